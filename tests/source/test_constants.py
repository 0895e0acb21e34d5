# SPDX-License-Identifier: GPL-2.0-or-later
"""Constants of a tree: values and types as the C compiler has them (by hand, gcc 12 asked)."""

import pytest

from linuxmm.source.constants import Constants
from linuxmm.source.ctype import INT, LONG, UNSIGNED_INT, UNSIGNED_LONG, CType
from linuxmm.source.layout import Layouts
from linuxmm.source.tree import SourceTree
from tests.source.plain import OneFile

TEXT = (
    """\
#define NAME 42
#define SHIFT 12
#define SIZE (_AC(1, UL) << SHIFT)
#define MASK (~(SIZE - 1))
#define ITSELF ITSELF
#define A B
#define B A
#define TWICE(x) ((x) * 2)
#define PASTED(x) x##00
#define MANY(...) (sizeof(long) + TWICE(__VA_ARGS__))
enum numbers { ZERO, ONE, FIVE = 5, SIX, LOW = -2, LOWER };
enum many {
"""
    + "".join(f"    E{n},\n" for n in range(100))
    + "};\n"
)


def constants() -> Constants:
    return Layouts(SourceTree(OneFile(TEXT), frozenset())).constants


@pytest.mark.parametrize(
    ("text", "value", "ctype"),
    [
        ("0x10UL", 16, UNSIGNED_LONG),
        ("010", 8, INT),
        ("1UL << 63", -(1 << 63), UNSIGNED_LONG),
        ("~0UL", -1, UNSIGNED_LONG),
        ("~0U", (1 << 32) - 1, UNSIGNED_INT),
        ("~0", -1, INT),
        ("0xffffffff", (1 << 32) - 1, UNSIGNED_INT),
        ("4294967295", (1 << 32) - 1, LONG),
        ("(1 << 3) | 0x20", 40, INT),
        ("-7 / 2", -3, INT),
        ("-7 % 2", -1, INT),
        ("-1 / 2U", 2147483647, UNSIGNED_INT),
        ("'a'", 97, INT),
        ("'\\n'", 10, INT),
        ("BIT(5)", 32, UNSIGNED_LONG),
        ("GENMASK_ULL(54, 0)", (1 << 55) - 1, UNSIGNED_LONG),
        ("(unsigned long)NAME + 1", 43, UNSIGNED_LONG),
        ("(__force vm_fault_t)0x4", 4, CType("vm_fault_t")),
        ("(unsigned char)-1", 255, CType("unsigned char")),
        ("(u16)-1 + 1", 65536, INT),
        ("NAME ? 1 : 2", 1, INT),
        ("SIZE", 4096, UNSIGNED_LONG),
        ("MASK", -4096, UNSIGNED_LONG),
        ("SIX + LOWER", 5, INT),
        ("E99", 99, INT),
        ("TWICE(NAME + 1)", 86, INT),
        ("PASTED(7)", 700, INT),
        ("MANY(3)", 14, UNSIGNED_LONG),
        ("sizeof(int) * 2", 8, UNSIGNED_LONG),
        ("-1 > 0U", 1, INT),
    ],
)
def test_values_and_types(text: str, value: int, ctype: CType) -> None:
    found = constants().of_text(text, "a.c")
    assert found is not None
    assert (found.constant, found.ctype) == (value, ctype)


@pytest.mark.parametrize(
    "text",
    ["OTHER(1)", "NONE + 1", "1 << 64", "1 / 0", "1 2", "09", "ITSELF", "A", "(1", "1 << 40 << 40",
     "x = 1", "f(2)", "TWICE(1, 2)", "", "1;2", "(struct s){1}.a", '"text"', "1.5"],
)  # fmt: skip
def test_what_has_no_value(text: str) -> None:
    assert constants().of_text(text, "a.c") is None


@pytest.mark.parametrize("text", ["(" * 5000, "!" * 5000, "-" * 5000, "1+" * 900 + "1", "("])
def test_hostile_texts_have_no_value(text: str) -> None:
    assert constants().of_text(text, "a.c") is None
