# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress: silent for two seconds, then one moving line, or plain lines in a log."""

import io

from linuxmm.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_short_work_shows_nothing() -> None:
    clock, stream = Clock(), Terminal()
    with Progress("searching", stream, clock) as progress:
        for done in range(19):
            clock.now += 0.1
            progress.update(done, 20)
    assert stream.getvalue() == ""


def test_a_terminal_gets_one_line_that_is_taken_away() -> None:
    clock, stream = Clock(), Terminal()
    with Progress("searching", stream, clock) as progress:
        clock.now += 2.5
        progress.update(3, 20, "ksm")
    assert stream.getvalue() == "\rsearching: 3 of 20, ksm, 2 s\x1b[K\r\x1b[K"


def test_a_log_gets_a_plain_line_every_five_seconds() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress("searching", stream, clock) as progress:
        for done in range(12):
            clock.now += 1
            progress.update(done)
    assert stream.getvalue().splitlines() == [
        "searching: 1, 2 s",
        "searching: 6, 7 s",
        "searching: 11, 12 s",
    ]
