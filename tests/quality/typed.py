# SPDX-License-Identifier: GPL-2.0-or-later
"""A page that is typed at a terminal: what the reader does, block by block, and what comes.

`[...]` on a line of its own stands for lines that the page leaves out.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from linuxmm.cli.main import main

CUT: Final = "    [...]"
# a code block, and what the line before it says: "Save this as `NAME`:", "Add this to `NAME`:"
BLOCK: Final = re.compile(
    r"(?:(Save|Add) this\s+(?:as|to)\s+`([\w.]+)`:\n\n)?```\w*\n(.*?)```\n", re.S
)


class Typed(NamedTuple):
    """One thing that the reader does: a command and what it prints, or a file and its text."""

    command: str
    shown: str
    file: str = ""
    adds: bool = False


def typed(page: str) -> Iterator[Typed]:
    for verb, name, body in BLOCK.findall(page):
        if name:
            yield Typed("", body, name, verb == "Add")
        for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            yield Typed(command, shown)


def pattern(shown: str) -> re.Pattern[str]:
    """What the page shows, as a pattern for what is printed."""
    parts = [re.escape(part) for part in re.split(rf"(?m)^{re.escape(CUT)}\n", shown)]
    return re.compile("(?:.*\n)*?".join(parts))


def play(
    page: str, capsys: pytest.CaptureFixture[str], wanted: Callable[[str], bool] = lambda _: True
) -> int:
    """Do all that the page says, of its commands those that are `wanted`; how many were run."""
    code, count = 0, 0
    for act in typed(page):
        if act.file:
            before = Path(act.file).read_text() if act.adds else ""
            Path(act.file).write_text(before + act.shown)
        elif act.command == "echo $?":
            assert act.shown == f"{code}\n"
        elif wanted(act.command):
            code = main(act.command.split()[1:])
            printed = capsys.readouterr().out
            assert pattern(act.shown).fullmatch(printed), f"$ {act.command}\n{printed}"
            count += 1
    return count


def check_blocks(page: str) -> None:
    """Every block is a file or begins with a command."""
    blocks = BLOCK.findall(page)
    assert page.count("```") == 2 * len(blocks)
    assert all(name or body.startswith("$ linuxmm ") for _, name, body in blocks)
