# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot go on is found when it is reached, with file and line; what is not, costs nothing."""

import time

import pytest

from linuxmm.errors import InputError
from tests.source.plain import functions, program, run, trapped

TEXT = """\
struct s { long x; struct s *next; };
long strange(long a) {
    if (a == 1)
        return *&&strange;
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


OUTSIDE = """\
struct s { long x; int y[3]; long z[]; };
static const int five[] = { 1, 2, 3, 4, 5 };
long local(long a) {
    long b[4] = { 0 };
    b[a] = 7;
    return b[a];
}
long member(long a) {
    struct s one = { .x = 4 };
    return one.y[a];
}
long fixed(long a) {
    return five[a];
}
long narrow(unsigned char a) {
    long b[256] = { 0 };
    return b[a];
}
long behind(long a) {
    long b[4] = { 0 };
    return b[4] + a;
}
"""


@pytest.mark.parametrize(
    ("name", "argument", "line", "said"),
    [
        ("local", 4, 5, "b[a] is outside of an array of 4"),
        ("local", -1, 5, "b[a] is outside of an array of 4"),
        ("member", 3, 10, "one.y[a] is outside of an array of 3"),
        ("fixed", 5, 13, "five[a] is outside of an array of 5"),
        ("behind", 0, 21, "b[4] is outside of an array of 4"),
    ],
)
def test_an_index_outside_of_its_array_is_found(
    name: str, argument: int, line: int, said: str
) -> None:
    trap = trapped(program(OUTSIDE, name), name, argument)
    assert trap is not None
    assert (trap.kind, trap.line, trap.why) == ("outside", line, said)


@pytest.mark.parametrize(
    ("name", "argument", "result"),
    [("local", 3, 7), ("member", 2, 0), ("fixed", 4, 5), ("narrow", 255, 0)],
)
def test_an_index_inside_of_its_array_is_no_trap(name: str, argument: int, result: int) -> None:
    assert run(program(OUTSIDE, name), name, argument) == result


def test_text_of_which_nobody_knows_whether_it_is_there_is_not_run() -> None:
    text = (
        "#if HERE(1)\nlong f(long a) { return 1; }\n#else\nlong f(long a) { return 2; }\n#endif\n"
    )
    trap = trapped(program(text, "f"), "f", 0)
    assert trap is not None
    assert str(trap) == "a.c:4: f: whether `#if HERE(1)` of line 1 holds is not known"


UNSET = """\
struct s { long x; int y[3]; struct { long deep; } in; };
long local(long a) {
    long b;
    if (a)
        b = 1;
    return b;
}
long branch(long a) {
    long b;
    if (a > 1)
        b = 3;
    else if (a < 1)
        b = 4;
    else
        goto out;
    a += b;
out:
    return a ? b : 0;
}
long loops(long a) {
    long b, n = 0;
    while (n < a) {
        b = n++;
        if (b > 3)
            break;
    }
    return b;
}
long again(long a) {
    long n = 0;
    for (int i = 0; i < 2; i++) {
        long b;
        if (i < a)
            b = 5;
        n += b;
    }
    return n;
}
long member(long a) {
    struct s s;
    s.x = 1;
    if (a)
        s.in.deep = 2;
    return s.x + s.in.deep;
}
long element(long a) {
    int v[3];
    v[0] = v[2] = 7;
    return v[a];
}
static void fill(long *to, long a) { if (a) *to = a; }
long given(long a) {
    long b;
    fill(&b, a);
    return b;
}
long copied(long a) {
    struct s s, t;
    s.x = a;
    t = s;
    if (a)
        return t.x;
    return t.y[1];
}
long switched(long a) {
    long b;
    switch (a) {
    case 1:
        b = 1;
    case 2:
        break;
    default:
        b = 3;
    }
    return b;
}
long sure(long a) {
    long b, c, d;
    do {
        b = a--;
    } while (a > 0);
    for (;;) {
        c = b;
        if (c)
            break;
        return 0;
    }
    if (!a && (d = c))
        return d;
    return c;
}
"""


@pytest.mark.parametrize(
    ("name", "argument", "line", "what"),
    [
        ("local", 0, 6, "b"),
        ("branch", 1, 18, "b"),
        ("loops", 0, 27, "b"),
        ("again", 1, 35, "b"),
        ("member", 0, 44, "s.in.deep"),
        ("element", 1, 49, "v[a]"),
        ("given", 0, 55, "b"),
        ("copied", 0, 63, "t.y[1]"),
        ("switched", 2, 75, "b"),
    ],
)
def test_what_was_never_set_is_found_when_it_is_read(
    name: str, argument: int, line: int, what: str
) -> None:
    trap = trapped(program(UNSET, name), name, argument)
    assert trap is not None
    assert (trap.line, trap.function, trap.kind) == (line, name, "unset")
    assert trap.why == f"reads {what}, which was never set"


@pytest.mark.parametrize(
    ("name", "argument", "result"),
    [("local", 1, 1), ("branch", 2, 3), ("branch", 0, 4), ("loops", 2, 1), ("again", 2, 10),
     ("member", 1, 3), ("element", 2, 7), ("given", 4, 4), ("copied", 6, 6), ("switched", 1, 1),
     ("switched", 9, 3), ("sure", 3, 1)],
)  # fmt: skip
def test_what_was_set_on_this_path_is_read(name: str, argument: int, result: int) -> None:
    assert run(program(UNSET, name), name, argument) == result


def test_only_reads_that_may_come_first_are_checked() -> None:
    assert "UNSET" not in program(UNSET, "sure").source()
    assert program(UNSET, "local").source().count("unset(") == 1


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
    "our names": "long f(long a) { long m = 1, k = 2, site = 3, fp = 4, fuel = 5, jump = 6, t1 = 8;"
    " while (m++ < 3) { if (t1) goto out; } out: return m + k + site + fp + fuel + a; }",
    "doubling macros": "\n".join(f"#define m{n} m{n + 1} m{n + 1}" for n in range(40))
    + "\n#define m40 +a\nlong f(long a) { return a m0; }",
    "doubling arguments": "#define d(x) x + x\nlong f(long a) { return "
    + "d(" * 60
    + "a"
    + ")" * 60
    + "; }",
    "doubling constants": "\n".join(f"#define x{n} (x{n + 1} + x{n + 1})" for n in range(60))
    + "\n#define x60 1\nlong f(long a) { return x0; }",
    "a macro of itself": "#define f2(x) f2(f2(x))\nlong f(long a) { return f2(a); }",
    "a number": "long f(long a) { return " + "9" * 300_000 + "; }",
    "an #if": "#if " + "1 && " * 50_000 + "1\n#endif\nlong f(long a) { return a; }",
    "a long line": "long f(long a) { return a" + " + a" * 250_000 + "; }",
    "calls in calls": "\n".join(
        f"static long g{n}(long a) {{ return g{n + 1}(a) + g{n + 1}(a); }}" for n in range(390)
    )
    + "\nstatic long g390(long a) { return a; }\nlong f(long a) { return g0(a); }",
    "loops in calls": "\n".join(
        f"static long g{n}(long a) {{ long i, s = 0; for (i = 0; i < 10000; i++) s += g{n + 1}(i);"
        " return s; }"
        for n in range(5)
    )
    + "\nstatic long g5(long a) { return a; }\nlong f(long a) { return g0(a); }",
    "labels in blocks": "long f(long a) {"
    + "".join(f"if (a == {n}) goto m{n}; if (a > 1) {{ a++; m{n}: a--; }}" for n in range(200))
    + "return a; }",
    "cases": "long f(long a) { switch (a) {"
    + "".join(f"case {n}: a++;" for n in range(3000))
    + "} return a; }",
    "typedefs": "\n".join(f"typedef t{n + 1} t{n};" for n in range(3000))
    + "\nlong f(t0 a) { t0 b = a; return b; }",
    "steps in a line": "long f(long a) { return " + "a++, " * 50_000 + "a; }",
    "NUL": "long f(long a) { return a\0; }\0",
    "another file": '#include "/etc/passwd"\n#include "../../etc/passwd"\n'
    "long f(long a) { return a; }",
    "a line that turns": "long f(long a) { return \u202e a; }",
    "python": "long f(long a) { long __import__ = a, exec = 1; return __import__ + exec; }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_a_trap_or_an_answer(name: str) -> None:
    start = time.process_time()
    try:
        found = program(HOSTILE[name], "f")
    except InputError as error:
        assert name in ("a long line", "braces") and "within bounds" in str(error)
        return
    assert "f" in functions(found)
    trap = trapped(found, "f", 1)
    assert time.process_time() - start < 5
    assert trap is None or str(trap).isprintable()
    if name == "our names":
        assert trap is None and run(found, "f", 1) == 17
    elif name == "python":
        assert trap is None and run(found, "f", 1) == 2
    else:
        assert trap is None or trap.path == "a.c"
