# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs of others printed, and what we say while somebody waits for us."""

from collections.abc import Callable

from linuxmm.errors import one_line

Tell = Callable[[str], None]  # says what is waited for, so that nobody takes it for hanging


def silent(_: str) -> None:
    """Nobody is told."""


def last_line(text: str) -> str:
    """The last line that says something, safe in a line of ours; lines end with LF alone."""
    lines = (line.strip() for line in reversed(text.split("\n")))
    return one_line(next((line for line in lines if line), ""))
