"""What cannot go on is found when it is reached, with file and line; what is not, costs nothing."""

import pytest

from tests.source.plain import functions, program, run, trapped

TEXT = """\
struct s { long x; struct s *next; };
long strange(long a) {
    if (a == 1)
        return ({ int b = 1; b; });
    if (a == 2)
        return unknown(a);
    if (a == 3)
        asm volatile("nop");
    return a;
}
long follow(long a) {
    struct s one = { .x = a }, *p = &one;
    if (a > 5)
        p = 0;
    return p->x + (p->next ? p->next->x : 0);
}
long endless(long a) {
    while (a)
        a |= 1;
    return 7;
}
long again(long a) {
back:
    if (a)
        goto back;
    return 8;
}
long unset(long a) {
    long b;
    if (a)
        b = 1;
    return b;
}
long itself(long a) {
    return a ? itself(a - 1) : 0;
}
"""


@pytest.mark.parametrize(
    ("name", "argument", "kind", "line"),
    [
        ("strange", 1, "missing", 4),
        ("strange", 2, "missing", 6),
        ("strange", 3, "missing", 8),
        ("follow", 9, "null", 15),
        ("endless", 1, "dry", 18),
        ("again", 1, "dry", 22),
        ("itself", 1, "missing", 35),
    ],
)
def test_a_trap_says_where(name: str, argument: int, kind: str, line: int) -> None:
    trap = trapped(program(TEXT, name), name, argument)
    assert trap is not None
    assert (trap.path, trap.line, trap.function, trap.kind) == ("a.c", line, name, kind)


@pytest.mark.parametrize(
    ("name", "argument", "result"),
    [("strange", 4, 4), ("follow", 3, 3), ("endless", 0, 7), ("again", 0, 8), ("unset", 1, 1),
     ("itself", 0, 0)],
)  # fmt: skip
def test_what_is_not_reached_costs_nothing(name: str, argument: int, result: int) -> None:
    assert run(program(TEXT, name), name, argument) == result


def test_a_variable_that_was_never_set_is_found() -> None:
    found = program(TEXT, "unset")
    with pytest.raises(UnboundLocalError, match="v_b"):
        run(found, "unset", 0)


def test_a_number_of_a_trap_outlives_lines_that_come_before() -> None:
    """Two versions of a file say the same of a function that did not change."""
    one, other = program(TEXT, "follow"), program("\n\n\n" + TEXT, "follow")
    assert one.source() == other.source()
    assert one.traps.keys() == other.traps.keys()


HOSTILE = {
    "braces": "long f(long a) {" + "{" * 20000 + "}" * 20000 + " return a; }",
    "brackets": "long f(long a) { return " + "(" * 3000 + "a" + ")" * 3000 + "; }",
    "elses": "long f(long a) {" + "if (a) ; else " * 3000 + "return a; }",
    "labels": "long f(long a) {" + "".join(f"l{n}: goto l{n + 1};" for n in range(3000)) + "}",
    "macros": "#define A B\n#define B A\nlong f(long a) { return A; }",
    "our names": "long f(long a) { long m = 1, k = 2, site = 3; return m + k + site + a; }",
    "python": "long f(long a) { long __import__ = a, exec = 1; return __import__ + exec; }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_a_trap_or_an_answer(name: str) -> None:
    found = program(HOSTILE[name], "f")
    compiled = functions(found)
    assert set(compiled) == {"f"}
    trap = trapped(found, "f", 1)
    if name == "our names":
        assert trap is None and run(found, "f", 1) == 7
    elif name == "python":
        assert trap is None and run(found, "f", 1) == 2
    else:
        assert trap is None or trap.path == "a.c"
