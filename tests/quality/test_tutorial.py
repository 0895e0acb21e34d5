"""docs/tutorial.md, typed: each command prints what the page shows.

`[...]` on a line of its own stands for lines that the page leaves out.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from linuxmm.cli.main import main
from tests.quality.cited import DOCS

PAGE: Final = (DOCS / "tutorial.md").read_text()
CUT: Final = "    [...]"
# a code block, and what the line before it says: "Save this as `NAME`:", "Add this to `NAME`:"
_BLOCK: Final = re.compile(
    r"(?:(Save|Add) this\s+(?:as|to)\s+`([\w.]+)`:\n\n)?```\w*\n(.*?)```\n", re.S
)


class Typed(NamedTuple):
    """One thing that the reader does: a command and what it prints, or a file and its text."""

    command: str
    shown: str
    file: str = ""
    adds: bool = False


def typed() -> Iterator[Typed]:
    for verb, name, body in _BLOCK.findall(PAGE):
        if name:
            yield Typed("", body, name, verb == "Add")
        for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            yield Typed(command, shown)


def pattern(shown: str) -> re.Pattern[str]:
    """What the page shows, as a pattern for what is printed."""
    parts = [re.escape(part) for part in re.split(rf"(?m)^{re.escape(CUT)}\n", shown)]
    return re.compile("(?:.*\n)*?".join(parts))


def play(capsys: pytest.CaptureFixture[str], *, slow: bool) -> int:
    """Do all that the page says, commands that take long only if `slow`; how many were run."""
    code, count = 0, 0
    for act in typed():
        if act.file:
            before = Path(act.file).read_text() if act.adds else ""
            Path(act.file).write_text(before + act.shown)
        elif act.command == "echo $?":
            assert act.shown == f"{code}\n"
        elif not act.command.startswith("linuxmm review") or slow:
            code = main(act.command.split()[1:])
            printed = capsys.readouterr().out
            assert pattern(act.shown).fullmatch(printed), f"$ {act.command}\n{printed}"
            count += 1
    return count


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_typed_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(capsys, slow=False) == 6


@pytest.mark.slow
def test_the_review_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(capsys, slow=True) == 7


def test_every_block_is_typed_or_a_file() -> None:
    assert PAGE.count("```") == 2 * len(_BLOCK.findall(PAGE))
    assert all(name or body.startswith("$ ") for _, name, body in _BLOCK.findall(PAGE))


def test_a_cut_stands_for_lines_and_for_nothing_else() -> None:
    assert pattern(f"a\n{CUT}\nd\n").fullmatch("a\nb\nc\nd\n")
    assert not pattern(f"a\n{CUT}\nd\n").fullmatch("a\nb\nc\n")
    assert not pattern("a\n").fullmatch("a\nb\n")
