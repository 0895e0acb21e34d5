# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parser gets of a file: lines stay where they are."""

from linuxmm.source.text import prepare

TEXT = """\
#include <linux/mm.h>
/* a comment
   over lines */ int a; // and one
#ifdef CONFIG_NUMA
static inline __must_check int f(void) __releases(ptl)
#else
int g(void)
#endif
{
	char *s = "/* no comment */ #if";
#if defined(CONFIG_KSM) || \\
    defined(CONFIG_NONE)
	return 1;
#elif 1
	return 2;
#endif
out:
}
#define FLAG	(1 << 3) /* eight */
#define CALL(a, b) \\
	((a) + \\
	(b))
#define FLAG 7
"""


def test_lines_stay_where_they_are() -> None:
    found = prepare(TEXT, frozenset({"CONFIG_NUMA"}))
    lines = found.text.split("\n")
    assert len(lines) == len(TEXT.split("\n"))
    assert [n for n, line in enumerate(lines, 1) if line.strip()] == [3, 5, 9, 10, 15, 17, 18]
    assert lines[2].strip() == "int a;"
    assert lines[4].split() == ["static", "int", "f(void)"]
    assert lines[9].strip() == 'char *s = "/* no comment */ #if";'
    assert lines[14].strip() == "return 2;"
    assert lines[16].strip() == "out:;"  # the grammar wants a statement behind a label


def test_what_a_file_defines() -> None:
    macros = prepare(TEXT, frozenset()).macros
    assert macros["FLAG"].params is None and macros["FLAG"].text == "(1 << 3)"
    assert macros["CALL"].params == ("a", "b")


def test_conditions_without_an_end_and_ends_without_a_condition() -> None:
    assert prepare("#endif\n#else\nint a;\n#if 0\nint b;\n", frozenset()).text.split() == [
        "int",
        "a;",
    ]
    deep = "#if 1\n" * 1000 + "int a;\n"
    assert "int a;" in prepare(deep, frozenset()).text


def test_what_a_file_defines_decides_its_own_conditions() -> None:
    text = """\
#define HAVE_ONE one
#ifndef HAVE_ONE
int a;
#endif
#undef HAVE_ONE
#if defined(HAVE_ONE)
int b;
#endif
#ifdef __KERNEL__
int c;
#endif
#if BITS_PER_LONG == 64
int d;
#endif
"""
    assert prepare(text, frozenset()).text.split() == ["int", "c;", "int", "d;"]


def test_what_nobody_knows_is_marked() -> None:
    text = """\
#define TWO 2
#if TWO == 2 && CONFIG_NUMA
int a;
#endif
#if HERE > 1
#define MAYBE 1
int b;
#else
int c;
#endif
#ifdef MAYBE
int d;
#endif
#if 0 && HERE
#if HERE
int e;
#endif
#endif
int f;
"""

    def elsewhere(name: str) -> bool | None:
        return None if name == "HERE" else False

    found = prepare(text, frozenset({"CONFIG_NUMA"}), elsewhere)
    assert found.text.split() == ["int", "a;", "int", "c;", "int", "f;"]
    assert [(each.line, each.end) for each in found.doubts] == [(5, 10), (11, 13)]
    assert str(found.doubts[0]) == "whether `#if HERE > 1` of line 5 holds is not known"
    assert found.doubts[0].covers(9, 9) and not found.doubts[0].covers(2, 4)
    assert [*found.doubtful] == ["MAYBE"] and "MAYBE" not in found.macros
