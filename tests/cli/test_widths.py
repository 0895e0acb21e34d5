# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of every verb at 60 to 200 columns: no line is longer, and no name is lost.

A name that is wider than its column is broken (behind an underscore); everything else stands in
the narrow text as it does in the wide one.
"""

import os
import re
from pathlib import Path
from typing import Final

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.setups import SETUPS
from linuxmm.printed import NARROWEST, WIDEST, columns_of
from linuxmm.validate import judge as module
from tests.cli.test_validate import ModelJudge, other, same
from tests.review.patches import lookup_diff
from tests.source.test_execute import tree as planted

WIDTHS: Final = (NARROWEST, 80, 120, WIDEST)
QUICK: Final = (
    ["kernels", "list"], ["matrix"], ["doctor"], ["source", "--list"], ["border"],
    ["border", "put_page"], ["border", "--tree", "TREE"], ["sites", "v6.1"],
    ["sites", "gate.patch"], ["review", "gate.patch"], ["review", "--short", "gate.patch"],
    ["run", "coherent-pages-stay", "--explain", "--pages"], ["run", "live/mlock", "-v"],
    ["validate", "OTHER", "SAME", "--on", "host"], ["why", "PID", "PAGE"], ["inspect", "PID"],
    ["inspect", "PID", "--vma", "--what-if", "coherent", "--counts"],
)  # fmt: skip
LONG: Final = (
    ["check", "v6.1", "--promises"],
    ["mutate", "v6.1", "--site", "fs/proc/task_mmu.c:clear_refs_pte_range", "-v"],
)
BROKEN_NAMES: Final = ("sites", "border", "inspect", "why")  # wider than a column of 60's
CHANGES: Final = ("inspect", "why", "doctor")  # what they tell is another a moment later
HEADS: Final = {"refcount", "mapcount", "step"}  # of a table whose narrow form has others
WORD: Final = re.compile(r"[A-Za-z0-9_]{2,}")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    patch = lookup_diff("mm/gup.c", "get_gate_page", "vm_normal_page", "vm_normal_page_pmd")
    Path("gate.patch").write_text(patch)
    few = tuple(setup for setup in SETUPS if setup.name in ("untouched", "coherent"))
    monkeypatch.setattr("linuxmm.explore.search.SETUPS", few)


def at(
    width: int, words: list[str], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(width))
    page = Path("/proc/self/maps").read_text().partition("-")[0]
    meant = {"PID": str(os.getpid()), "PAGE": page, "TREE": str(planted(Path("tree")))}
    meant |= {"OTHER": other(Path()), "SAME": same(Path())}
    with monkeypatch.context() as patched:
        if words[0] == "validate":  # a model plays
            patched.setattr(module, "HostJudge", ModelJudge)
            ModelJudge.breaks, ModelJudge.after = None, 0
        code = main([meant.get(word, word) for word in words])
    out, err = capsys.readouterr()
    assert code in (0, 1, 3) and out, err
    return out


def too_long(text: str, width: int) -> list[str]:
    """Lines that could have been broken: what is one word cannot."""
    lines = [line for line in text.splitlines() if columns_of(line) > width]
    return [line for line in lines if len(line.split()) > 1]


@pytest.mark.parametrize("words", [*QUICK, *LONG], ids=" ".join)
def test_lines_follow_the_width(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    widths = WIDTHS if words in QUICK else WIDTHS[::2]
    texts = {width: at(width, words, monkeypatch, capsys) for width in widths}
    for width, text in texts.items():
        assert too_long(text, width) == []
    narrow, wide = texts[widths[0]], texts[widths[-1]]
    if words[0] not in BROKEN_NAMES:
        lost = {*WORD.findall(wide)} - {*WORD.findall(narrow)}
        assert {word for word in lost if not word.isdigit()} <= HEADS
    if max(map(columns_of, texts[widths[1]].splitlines())) > 78:
        assert len(wide.splitlines()) <= len(narrow.splitlines())
    if words[0] not in CHANGES:  # narrower is the terminal's to break
        assert at(20, words, monkeypatch, capsys) == narrow


def test_a_wide_terminal_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["review", "gate.patch"], ["kernels", "list"], ["border"], ["doctor"]):
        text = at(WIDEST, words, monkeypatch, capsys)
        assert max(map(columns_of, text.splitlines())) > 100, words
