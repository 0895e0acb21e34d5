# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals: quiet and exit code 130 at any moment, and no document cut in two."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.cli import interrupt
from linuxmm.cli.interrupt import held

ROOT = Path(__file__).parent.parent.parent
# The command, sent a signal when a module is first looked for: no clock, always the same moment.
AT_IMPORT = """\
import os, sys
moment, number, *words = sys.argv[1:]
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(number))
sys.meta_path.insert(0, Finder())
sys.argv = ["linuxmm", *words]
from linuxmm.__main__ import main
sys.exit(main())
"""
MOMENTS = [
    "linuxmm.cli",
    "argparse",
    "linuxmm.errors",
    "linuxmm.cli.check",
    "linuxmm.explore.check",
]


def at_import(
    moment: str, number: int, *words: str, before: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", before + AT_IMPORT, moment, str(number), *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_interrupted_while_it_starts(moment: str) -> None:
    done = at_import(moment, signal.SIGINT, "check", "v6.1")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "linuxmm: interrupted\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_while_it_starts(number: int) -> None:
    # what this run of the tests was told to ignore (nohup) does not count
    before = f"import signal; signal.signal({int(number)}, signal.SIG_DFL)\n"
    # by the signal itself: as quiet
    done = at_import("argparse", number, "check", "v6.1", before=before)
    assert (done.returncode, done.stdout, done.stderr) == (-number, "", "")
    done = at_import("linuxmm.explore.check", number, "check", "v6.1", before=before)
    assert (done.returncode, done.stderr) == (130, "linuxmm: interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["argparse", "linuxmm.cli.gen"])
def test_what_was_set_aside_stays_so(moment: str, number: int) -> None:
    # nohup(1), and a shell's jobs in the background
    before = f"import signal; signal.signal({int(number)}, signal.SIG_IGN)\n"
    done = at_import(moment, number, "gen", "--seed", "1", before=before)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command's handlers, for this test alone."""
    before = {number: signal.getsignal(number) for number in interrupt.SIGNALS}
    monkeypatch.setattr(interrupt._Told, "at", float("-inf"))
    interrupt.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_waits_for_the_end_of_a_piece(told: None) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held():
        os.kill(os.getpid(), signal.SIGTERM)
        with held():
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    with held():
        done.append("again")  # nothing is left over


def test_one_press_told_twice_is_one(told: None) -> None:
    # a terminal and timeout(1) in front of us both pass Ctrl-C on
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)


def test_a_second_press_does_not_wait(told: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "ONE_PRESS_S", 0)
    reached = []
    with pytest.raises(KeyboardInterrupt), held():
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(1)
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(2)
    assert reached == [1]


def test_afterwards_nothing_turns_a_result_into_a_failure(told: None) -> None:
    interrupt.set_aside()
    for number in interrupt.SIGNALS:
        os.kill(os.getpid(), number)
