# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of other files, as `#ifdef` sees them."""

from linuxmm.source.border import Border
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree
from tests.source.plain import run, trapped

ARCH, GENERIC, ONE = "arch/x86/include/asm/own.h", "include/linux/own.h", "include/linux/one.h"
FILES = {
    "a.c": "#include <linux/own.h>\nlong f(long a) { return young(a); }\n",
    ARCH: "#define young young\nstatic inline long young(long a) { return a; }\n",
    GENERIC: "#ifndef young\nstatic inline long young(long a) { return 0; }\n#endif\n",
}


class Files:
    """A tree of texts."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def text(self, path: str) -> str | None:
        return self.texts.get(path)

    def headers(self, folder: str) -> list[str]:
        return sorted(p for p in self.texts if p.rpartition("/")[0] == folder and p[-2:] == ".h")


def program(tree: SourceTree) -> Program:
    found = Program(tree, border=Border())
    assert found.want("a.c", "f")
    return found


def tree(**others: str) -> SourceTree:
    names = {"c": "a.c", "arch": ARCH, "generic": GENERIC, "one": ONE}
    return SourceTree(Files({**FILES, **{names[k]: v for k, v in others.items()}}), frozenset())


def test_the_architecture_has_its_own() -> None:
    assert run(program(tree()), "f", 7) == 7
    assert run(program(tree(arch="")), "f", 7) == 0


def test_what_a_header_defines_counts_where_it_is_included() -> None:
    asks = "#ifdef ONE\nlong f(long a) { return 1; }\n#else\nlong f(long a) { return 2; }\n#endif\n"
    far = tree(c=asks, one="#define ONE 1\n")
    assert run(program(far), "f", 0) == 2
    near = tree(c=f"#include <linux/one.h>\n{asks}", one="#define ONE 1\n")
    assert run(program(near), "f", 0) == 1
    off = tree(c=f"#include <linux/one.h>\n{asks}", one="#ifdef CONFIG_X\n#define ONE 1\n#endif\n")
    assert run(program(off), "f", 0) == 2


def test_what_a_header_may_define_or_not_is_said() -> None:
    asks = "#include <linux/one.h>\n#ifdef ONE\nlong f(long a) { return 1; }\n#else\n"
    asks += "long f(long a) { return 2; }\n#endif\n"
    trap = trapped(program(tree(c=asks, one="#if HERE(1)\n#define ONE 1\n#endif\n")), "f", 0)
    assert trap is not None
    assert str(trap) == "a.c:5: f: whether `#ifdef ONE` of line 2 holds is not known"
    text = "#include <linux/one.h>\nlong f(long a) { return ONE; }\n"
    trap = trapped(program(tree(c=text, one="#if HERE(1)\n#define ONE 1\n#endif\n")), "f", 0)
    assert trap is not None and "whether `#if HERE(1)` of line 1 holds" in trap.why


def test_a_header_that_a_patch_changes_decides_anew() -> None:
    below = tree()
    assert run(program(below), "f", 7) == 7
    texts = {**FILES, ARCH: "static inline long old(long a) { return a; }\n"}
    above = SourceTree(Files(texts), frozenset(), below=below, changed=(ARCH,))
    assert run(program(above), "f", 7) == 0


def test_headers_of_32_bits_are_not_those_of_x86_64() -> None:
    here, there = (f"arch/x86/include/asm/own{tail}.h" for tail in ("_64", "-2level"))
    texts = {
        "a.c": "long f(long a) { return wide(a); }\n",
        here: "static inline long wide(long a) { return 64; }\n",
        there: "static inline long wide(long a) { return 32; }\n",
    }
    for config, wide in (({"CONFIG_X86_64"}, 64), (set(), 32)):
        assert run(program(SourceTree(Files(texts), frozenset(config))), "f", 0) == wide
