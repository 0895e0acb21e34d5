# SPDX-License-Identifier: GPL-2.0-or-later
"""Reasons why an edit cannot be noticed: by function and text, never by line."""

from linuxmm.explore.known_edits import Reason
from linuxmm.source.edits import Edit

EDIT = Edit("mm/memory.c", "zap_pte_range", "exit removed", (9, 1), (9, 9), "continue;", ";",
            ("!huge", "is_hwpoison_entry(entry)"))  # fmt: skip


def test_what_a_reason_names() -> None:
    assert Reason("mm/memory.c:*", "w", "s").names(EDIT)
    assert Reason("*:zap_pte_range", "w", "s", old="cont*", new=";", kind="exit *").names(EDIT)
    assert Reason("*", "w", "s", within="is_hwpoison*").names(EDIT)
    for other in (
        Reason("mm/gup.c:*", "w", "s"),
        Reason("*", "w", "s", old="break;"),
        Reason("*", "w", "s", new="x"),
        Reason("*", "w", "s", kind="exit moved"),
        Reason("*", "w", "s", within="*hugetlb*"),
    ):
        assert not other.names(EDIT)
