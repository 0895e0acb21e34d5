# SPDX-License-Identifier: GPL-2.0-or-later
"""C of a tree: every function translated, what comes out run on a block of its own.

Spoilt texts that are like the kernel's, C that a grammar made, and C that was written to hurt.
"""

from collections.abc import Iterator
from typing import Final

from linuxmm.errors import InputError
from linuxmm.machine import Machine
from linuxmm.source.border import Border, border
from linuxmm.source.folder import decoded
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree
from tests.fuzz.target import Target
from tests.source.plain import OneFile, functions
from tests.source.random_c import HEAD, Writer
from tests.source.test_c import FLOW, FORMS, MEMORY, WORDS
from tests.source.test_execute import TEXT
from tests.source.test_traps import HOSTILE, UNSET

MOST_FUNCTIONS: Final = 12
MOST_RUN: Final = 3  # what hurts most takes half a second until its step is too much
ARGUMENTS: Final = (0, 1, -1, 1 << 62)
# What an executed text may end in beside its traps (machine.py: it leaves the model).
ANSWERS: Final = (IndexError, ValueError, ArithmeticError)
PIECES: Final = [
    b"{", b"}", b"(", b")", b"[", b"]", b";", b",", b"->", b".", b"++", b"--", b"&&", b"||", b"?",
    b":", b"*", b"&", b"!", b"~", b"-", b"/", b"%", b"<<", b">>", b"=", b"+=", b"<<=", b"#", b"##",
    b"({ ", b" })", b"/*", b"*/", b"//", b'"', b"'", b"\\\n", b"L'", b"...", b"case 1 ... 3:",
    b"#if 1\n", b"#else\n", b"#endif\n", b"#define f(x) x f(x)\n", b"#define f g\n#define g f\n",
    b"#define d(x) x x\n", b"d(d(d(d(d(d(a))))))", b"#define v(a, ...) f(a, ##__VA_ARGS__)\n",
    b"#include \"/etc/passwd\"\n", b"#undef a\n", b"goto out;", b"out:", b"switch (a) {",
    b"case 1:",
    b"default:", b"while (1)", b"for (;;)", b"do {", b"} while (0);", b"break;", b"continue;",
    b"return;", b"return f(a, b);", b"sizeof", b"typeof(a) ", b"static ", b"const ", b"struct s s;",
    b"struct s { struct s s; };", b"struct { int x : 99; } y;", b"union u { int a; long b; } u;",
    b"enum { A = 1 << 70, B };", b"int x[1 << 30];", b"int x[2][3];", b"long (*p)(long);",
    b"long m, k, site, fp, fuel, jump, t1, pc1;", b"__import__", b"lambda", b"None", b"def",
    b"c_f", b"UNSET", b"1 / 0", b"0x", b"1e5", b"'\\x41'", b"(u32)-1", b"(void)0", b"&&out",
    b"memset(&s, 0, sizeof(s));", b"swap(a, b);", b"min_t(unsigned long, a, b)", b"do_div(a, b)",
    b"container_of(a, struct s, b)", b"IS_ENABLED(CONFIG_KSM)", b"READ_ONCE(a)", b"LIST_HEAD(l);",
    b"list_for_each_entry(a, b, c) {", b"asm volatile(\"\" ::: \"memory\");",
    b"__attribute__((x)) ",
    b"f(f(f(f(a))))", b"long f(long a) { return f(a); }", b"a = a ? a : a;", b"u8 ", b"bool ",
    b"\xd1\x84", b"a\xcc\x81",
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    for texts in (FLOW, WORDS, MEMORY, FORMS):
        yield from (text.encode() for text in texts.values())
    yield TEXT.encode()
    yield UNSET.encode()
    for number in range(6):
        yield (HEAD + Writer(number).function("f")).encode()
    yield from (text.encode() for text in HOSTILE.values() if len(text) < 8192)


_MACHINE: Final = Machine("v6.1")


def run(data: bytes) -> None:
    text = decoded(data)
    for table in (border(), Border()):
        tree = SourceTree(OneFile(text), frozenset({"CONFIG_KSM"}))
        try:
            file = tree.file("a.c")
        except InputError as error:
            assert str(error).isprintable()
            raise
        assert file is not None
        program = Program(tree, border=table, touched=frozenset(file.functions))
        for name in list(file.functions)[:MOST_FUNCTIONS]:
            assert program.want("a.c", name)
        for trap in program.traps.values():
            assert str(trap).isprintable() and len(str(trap)) < 1000, trap
        loaded = functions(program)
    for function in list(loaded.values())[-MOST_RUN:]:
        for argument in ARGUMENTS:
            _call(function, argument)


def _call(function: object, argument: int) -> None:
    """Run a function as a step would: with so many arguments as it takes."""
    assert callable(function)
    count = max(0, function.__code__.co_argcount - 3)  # type: ignore[attr-defined]
    block = _MACHINE.block
    block.begin_step()
    try:
        result = function(block.m, None, 0, *[argument] * count)
    except ANSWERS:
        result = 0
    finally:
        block.undo_step()
    assert isinstance(result, int) and -(1 << 63) <= result < 1 << 63, result


TARGET: Final = Target(seeds, run, PIECES)
