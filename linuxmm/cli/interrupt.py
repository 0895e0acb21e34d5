# SPDX-License-Identifier: GPL-2.0-or-later
"""Told to end (Ctrl-C, SIGTERM, a terminal that goes away): what is finished is still shown.

A signal raises `KeyboardInterrupt`, as Ctrl-C does; but never inside `held()`, where a document
is on its way out: then it is raised when that piece is complete.  Signals that whoever started
us had set aside (nohup, a job in the background) stay set aside.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_PRESS_S: Final = 1.0  # a terminal and timeout(1) both pass on the same Ctrl-C


class _Told:
    """What has been told so far."""

    at = float("-inf")
    holds = 0
    waits = False


def install() -> None:
    """From now on a signal is a `KeyboardInterrupt`."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _told)


def set_aside() -> None:
    """The work is done and shown: nothing may turn that into a failure any more."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _told(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if now - _Told.at < ONE_PRESS_S:
        return
    _Told.at = now
    if _Told.holds and not _Told.waits:
        _Told.waits = True
        return
    raise KeyboardInterrupt  # also when told again: whoever reads what we write may have stopped


@contextmanager
def held() -> Iterator[None]:
    """A signal waits until the block is done."""
    _Told.holds += 1
    try:
        yield
    finally:
        _Told.holds -= 1
        if _Told.waits and not _Told.holds:
            _Told.waits = False
            raise KeyboardInterrupt
