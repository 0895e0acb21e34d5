# SPDX-License-Identifier: GPL-2.0-or-later
"""Python's meaning kept by C: order of evaluation, numbers, loops, what was never set."""

import linecache
from array import array
from collections.abc import Callable
from random import Random

import pytest

from linuxmm.errors import ModelBug
from linuxmm.state.block import Block
from linuxmm.state.layout import SHAPES, STACK_TOP
from linuxmm.state.rules import Rules
from linuxmm.steps import compile
from linuxmm.steps.cemit.program import Program
from tests.compiled import NEEDS_COMPILER, defined
from tests.steps.random_core import HEAD, Writer

pytestmark = NEEDS_COMPILER
SEEDS = 12
EDGES = (0, 1, -1, 2, 3, -3, 7, 63, 64, 65, (1 << 31) - 1, -(1 << 31), (1 << 62), (1 << 63) - 1)


def wrapped(value: int) -> int:
    """The lower 64 bits, signed."""
    return (value & ((1 << 64) - 1)) - ((value & (1 << 63)) << 1)


def stepping(text: str, names: list[str]) -> Callable[..., int]:
    """A step whose operation n is the n-th function of a text, of two words."""
    lines = ["def step(m, k, op, a0, a1, a2, a3, a4, a5, a6, a7):"]
    for n, name in enumerate(names):
        lines += [f"    if op == {n}:", f"        return {name}(m, a0, a1)"]
    lines.append("    return 0")
    return defined(f"{HEAD}{text}\n\n" + "\n".join(lines), {"TOP": STACK_TOP})("step")


def block() -> Block:
    return Block(dict.fromkeys(SHAPES, 64))


def rules() -> Rules:
    k = Rules()
    for name in Rules.__annotations__:
        setattr(k, name, memoryview(array("q", range(8))))
    return k


def shown(b: Block, run: Callable[[], int]) -> tuple[object, bytes]:
    """A result or what was raised, and what the block holds then; the block is empty again."""
    b.view[:] = bytes(len(b.view))
    try:
        result: object = wrapped(run())
    except (ArithmeticError, IndexError, ValueError, UnboundLocalError) as error:
        result = type(error)
        if isinstance(error, OverflowError):
            result = ValueError  # a value that a memoryview refuses, and the checked core
    return result, bytes(b.view)


def both(text: str, *names: str, words: tuple[int, ...] = EDGES) -> None:
    """Functions of a text on the same words, interpreted and compiled with checking."""
    step, b, k = stepping(text, list(names)), block(), rules()
    engine = compile.build(step, checked=True)
    view, rule_view = engine.view(b), engine.rules(k)
    for n, name in enumerate(names):
        for x in words:
            for y in words:
                one = shown(b, lambda n=n, x=x, y=y: step(b.m, k, n, x, y, *[0] * 6))  # type: ignore[misc]
                two = shown(b, lambda n=n, x=x, y=y: engine.step(view, rule_view, n, x, y))  # type: ignore[misc]
                assert one == two, (name, x, y)


NUMBERS = """
def divided(m, a, b):
    return a // b

def left(m, a, b):
    return a % b

def shifted(m, a, b):
    return (a & 0xFFFF) << (b if b < 99 else -1)

def back(m, a, b):
    return a >> b

def back_4(m, a, b):
    return (a >> 4) + ((b & 0xFFFFFF) << 3 >> 3)

def truths(m, a, b):
    return ((a == b) << 40) + (not a) * 3 + (a < b) - (a in (1, 2, b)) * 7 + (b not in (0, 64))

def either(m, a, b):
    return (a or b) * 3 + (a and b) + (0 or a or 5) - (1 and b)

def chained(m, a, b):
    return (0 <= a < b) + 2 * (a <= b <= 64 != a)

def folded(m, a, b):
    return a | -(1 << 63) | (1 << 70 >> 10)

def chosen(m, a, b):
    return a if a > b else b if b else -9

def picked(m, a, b):
    return min(a, b, 7) - max(a, -b) + abs(a)
"""


def test_numbers() -> None:
    names = [line[4:].partition("(")[0] for line in NUMBERS.splitlines() if line[:4] == "def "]
    both(NUMBERS, *names)


ORDER = """
def read_then_call(m, a, b):
    return m.stack[1] * 10 + note(m, 5)

def call_then_read(m, a, b):
    return note(m, 5) * 10 + m.stack[1]

def arguments(m, a, b):
    return three(m, note(m, 1), m.stack[1], note(m, 2)) + m.stack[1]

def compared(m, a, b):
    return (note(m, 1) < m.stack[1]) + 2 * (m.stack[1] < note(m, 2))

def chained(m, a, b):
    return note(m, 3) < note(m, 2) < note(m, 9)

def stored(m, a, b):
    m.stack[note(m, 2)] = note(m, 7)
    return m.stack[1]

def stored_read(m, a, b):
    m.stack[m.stack[1] & 3] = note(m, 2)
    return m.stack[2] * 100 + m.stack[0]

def swapped(m, a, b):
    a, b = b, a
    m.stack[3], m.stack[4] = a, note(m, 8)
    return a - b

def members(m, a, b):
    return (note(m, 1) in (note(m, 2), note(m, 3), 1)) + m.stack[1] * 10

def decided(m, a, b):
    return (note(m, a & 1) or note(m, 2)) + (note(m, b & 1) and note(m, 3)) * 100

def refused_first(m, a, b):
    return m.stack[a] // b + m.page_flags[b]

def put_too_wide(m, a, b):
    m.page_range[note(m, 1)] = a
    m.page_refcount[a] = b
    return 1

def least(m, a, b):
    return min(note(m, 4), m.stack[1], note(m, 3))
"""


def test_the_order_of_evaluation_is_pythons() -> None:
    names = [line[4:].partition("(")[0] for line in ORDER.splitlines() if line[:4] == "def "]
    both(ORDER, *names, words=(0, 1, 2, 63, 64, 65, 255, 256, 1 << 40))


STARRED = """
def two_more(m, *_):
    return m.stack[1] + 7

def given_more(m, a, b):
    return two_more(m, note(m, 3), a, note(m, 4)) * 1000 + two_more(m) + two_more(m, m.stack[1])
"""


def test_arguments_that_go_nowhere_are_evaluated_in_their_order() -> None:
    both(STARRED, "given_more", words=(0, 1))
    reads = "def odd(m, *rest):\n    return rest\n\ndef calls(m, a, b):\n    return odd(m, a)\n"
    with pytest.raises(ModelBug, match="`rest` is neither a variable"):
        Program().emit(stepping(reads, ["calls"]))


LOOPS = """
def after(m, a, b):
    for i in range(a & 7):
        m.stack[i] = i
    return i

def changed(m, a, b):
    total = 0
    for i in range(a & 15, b & 15, 3):
        i += 100
        if i == 106:
            continue
        total = total * 2 + i
    return total

def down(m, a, b):
    total = 0
    for i in range(b & 15, a & 15, -2):
        total = total * 20 + i
        if total > 100000:
            break
    return total

def stepped(m, a, b):
    total = 0
    for i in range(0, 9, b & 3):
        total += i
    return total

def bounds_once(m, a, b):
    n = 3
    for i in range(n):
        n = 10
    return n * 10 + i

def at_the_edge(m, a, b):
    rounds = 0
    for i in range(0x7FFFFFFFFFFFFFF0, 0x7FFFFFFFFFFFFFFF, 4):
        rounds += 1
    return rounds

def maybe(m, a, b):
    if a & 1:
        x = 5
    while b & 2:
        b -= 2
        x = 7
        if b & 1:
            break
    return x

def never_ends_without(m, a, b):
    while True:
        a &= 7
        if a == 3:
            y = a
            break
        a += 1
    return y

def counted(m, a, b):
    if b & 1:
        z = 1
    z += 1
    return z
"""


def test_loops_and_what_was_never_set() -> None:
    names = [line[4:].partition("(")[0] for line in LOOPS.splitlines() if line[:4] == "def "]
    both(LOOPS, *names, words=(0, 1, 2, 3, 5, 6, 8, 11, 14))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_functions(seed: int) -> None:
    writer = Writer(Random(f"core {seed}"))
    names = [f"g{n}" for n in range(8)]
    both("\n\n".join(writer.function(name) for name in names), *names, words=EDGES[:9])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("return [a][0]", "[a] is no column"),
        ("return (lambda: a)()", "a call of this kind"),
        ("return a ** b", "Pow"),
        ("return a / b", "Div"),
        ("return a @ b", "MatMult"),
        ("return f'{a}'", "JoinedStr"),
        ("return unknown", "neither a variable nor a whole number"),
        ("return unknown(a)", "unknown() is no function of the core"),
        ("return len(m.pte)", "len() is no function of the core"),
        ("return note(m)", "note() takes 2 arguments"),
        ("return note(a, b)", "takes m, not a"),
        ("return three(m, m, a, b)", "takes x, not m"),
        ("return m", "`m` is no number"),
        ("return a is b", "Is"),
        ("return a in b", "no tuple of whole numbers"),
        ("return", "a bare return"),
        ("return 1.5", "Constant is not known"),
        ("return 1 << 63", "9223372036854775808 does not fit"),
        ("return a + (1 << 64)", "does not fit"),
        ("return 1 << 300", "has no value"),
        ("return (1).real", "Attribute"),
        ("return (a := b)", "NamedExpr"),
        ("m.pte[0] += 1", "only variables are changed in place"),
        ("m = a", "nothing can be put into m"),
        ("a = b = 1", "more than one target"),
        ("a, b = 1", "nothing can be put into"),
        ("a, b = 1, 2, 3", "as many targets as values"),
        ("del a", "Delete"),
        ("try:\n        pass\n    finally:\n        pass", "Try"),
        ("while a:\n        pass\n    else:\n        pass", "While"),
        ("for i in (1, 2):\n        pass", "a loop over (1, 2)"),
        ("import os", "Import"),
        ("assert a", "Assert"),
        ("global a2\n    a2 = 1", "Global"),
        ("return min(a)", "min() of this kind"),
        ("return max(a, b, key=3)", "a call of this kind"),
        ("return m.pte[1:2]", "Slice"),
        ("return m.pte[0][1]", "no column"),
    ],
)
def test_what_is_not_known_names_file_and_line(line: str, why: str) -> None:
    text = f"def odd(m, a, b):\n    {line}\n"
    step = stepping(text, ["odd"])
    with pytest.raises(ModelBug) as caught:
        Program().emit(step)
    said = str(caught.value)
    expected = HEAD.count("\n") + 2
    assert said.startswith("the core does not compile: <text ") and why in said
    assert f">:{expected}: " in said and ".odd: " in said


def test_what_is_never_come_to_is_not_read() -> None:
    text = "def odd(m, a, b):\n    return a\n    return unknown(b)\n"
    assert "unknown" not in Program().emit(stepping(text, ["odd"]))


def test_a_text_that_changed_since_is_not_guessed_at() -> None:
    named = defined("def f(m, k, a):\n    return a\n", {})
    function = named("f")
    name = function.__code__.co_filename
    linecache.cache[name] = (0, None, ["\n", "def f(m, k, a):\n", "    return a + 1\n"], name)
    with pytest.raises(ModelBug, match=r"the text of .*f is not at"):
        Program().emit(function)


def test_the_same_functions_give_the_same_text() -> None:
    step = stepping(ORDER, ["arguments", "stored"])
    assert Program(True).emit(step) == Program(True).emit(step)
