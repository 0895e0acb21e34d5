# SPDX-License-Identifier: GPL-2.0-or-later
"""What tree-sitter is given.  Expected: written by hand, column by column."""

import pytest

from linuxmm.source.readable import readable


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("static inline int f(void)", "static        int f(void)"),
        ("static noinline_for_stack int f", "static                    int f"),
        ("int myinline, inline_x, x__user;", "int myinline, inline_x, x__user;"),
        ("char __user *p", "char        *p"),
        ("int x ____cacheline_aligned;", "int x                      ;"),
        ("int f(int a) __releases(b(c, d))", "int f(int a)                    "),
        ("__attribute__((__packed__))\nint a;", "                           \nint a;"),
        ("rb_entry(n, struct item, m)", "rb_entry(n,        item, m)"),
        ("f(struct item, m)", "f(struct item, m)"),
        ("min_t(unsigned long, a, b)", "min_t(unsigned_long, a, b)"),
        ("f(long x, b)", "f(long x, b)"),
        ("\tout:\n}", "\tout:;\n}"),
        ("\tcase 1:\n}", "\tcase 1:\n}"),
        ("a ? b : c }", "a ? b : c }"),
        ("__user:}", "      :}"),
    ],
)
def test_columns_and_lines_stay(code: str, said: str) -> None:
    assert readable(code) == said
