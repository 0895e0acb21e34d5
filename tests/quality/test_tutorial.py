# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/tutorial.md and docs/learn, typed: each command prints what the page shows."""

from pathlib import Path
from typing import Final

import pytest

from tests.quality.cited import DOCS
from tests.quality.typed import CUT, check_blocks, pattern, play, typed

PAGE: Final = (DOCS / "tutorial.md").read_text()
LEARN: Final = sorted((DOCS / "learn").glob("*.md"))
SLOW: Final = "linuxmm review"
ON_THE_HOST: Final = "linuxmm validate"  # tests/live/test_learn.py


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_typed_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(PAGE, capsys, lambda command: not command.startswith(SLOW)) == 6


@pytest.mark.slow
def test_the_review_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(PAGE, capsys) == 7


@pytest.mark.parametrize("page", LEARN, ids=lambda page: page.stem)
def test_a_page_to_learn_from(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text()
    commands = [act.command for act in typed(text) if act.command]
    asked = [command for command in commands if command.startswith(ON_THE_HOST)]
    assert len(commands) >= 4 and commands[-1:] == asked  # it ends at the reader's own kernel
    ran = play(text, capsys, lambda command: not command.startswith(ON_THE_HOST))
    assert ran == len(commands) - 1


def test_there_are_three_of_them() -> None:
    assert [page.stem for page in LEARN] == ["copy-on-write", "ksm", "numa-and-devices"]


@pytest.mark.parametrize(
    "text", [PAGE, *(p.read_text() for p in LEARN)], ids=["tutorial", *(p.stem for p in LEARN)]
)
def test_every_block_is_typed_or_a_file(text: str) -> None:
    check_blocks(text)


def test_a_cut_stands_for_lines_and_for_nothing_else() -> None:
    assert pattern(f"a\n{CUT}\nd\n").fullmatch("a\nb\nc\nd\n")
    assert not pattern(f"a\n{CUT}\nd\n").fullmatch("a\nb\nc\n")
    assert not pattern("a\n").fullmatch("a\nb\n")
