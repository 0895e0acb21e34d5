# SPDX-License-Identifier: GPL-2.0-or-later
"""Units done by processes beside us: in order, once, whoever is killed meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import InputError
from linuxmm.explore.setups import SETUPS
from linuxmm.spread.kept import Shelf
from linuxmm.spread.launch import Launcher, launcher
from linuxmm.spread.unit import Unit


def gave(far: Launcher, units: list[Unit]) -> list[str]:
    return [answer.gave for answer in far.answers(units)]


def children() -> list[int]:
    """Processes of ours that do units."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if parent == os.getpid() and b"linuxmm.spread" in words:
                found.append(int(entry.name))
    return found


def test_answers_come_in_order_and_are_what_one_process_finds(
    units: list[Unit], here: list[str]
) -> None:
    assert gave(Launcher(2), units) == here
    assert children() == []


def test_killed_processes_cost_their_units_only(units: list[Unit], here: list[str]) -> None:
    killed: list[int] = []

    def far(done: int, of: int) -> None:
        if len(killed) < 2:
            for child in children()[:1]:
                os.kill(child, signal.SIGKILL)
                killed.append(child)

    assert [answer.gave for answer in Launcher(2).answers(units, far)] == here
    assert len(killed) == 2


def test_finished_units_are_not_done_again(
    units: list[Unit], here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Launcher(1).answers(units)
    first = [next(answers).gave for _ in range(2)]
    del answers
    asked: list[int] = []
    real = Launcher._done

    def counted(self: Launcher, tasks: list[bytes], places: list[int]) -> object:
        asked.append(len(tasks))
        return real(self, tasks, places)

    monkeypatch.setattr(Launcher, "_done", counted)
    assert gave(Launcher(1), units) == here
    assert gave(Launcher(1), units) == here
    assert first == here[:2]
    assert asked[0] <= len(units) - 2 and asked[1] == 0


def test_what_was_cut_or_is_of_another_version_is_done_again(
    units: list[Unit], here: list[str], base: Path
) -> None:
    assert gave(Launcher(1), units[:3]) == here[:3]
    shelf = Shelf()
    files = [shelf.folder / f"{unit.name}.done" for unit in units[:3]]
    files[0].write_bytes(files[0].read_bytes()[:-40])
    text = files[1].read_text()
    files[1].write_text(text.replace('"build": "', '"build": "0'))
    assert [shelf.find(unit) is None for unit in units[:3]] == [True, True, False]
    assert gave(Launcher(1), units[:3]) == here[:3]


def test_a_unit_that_always_kills_fails_with_a_sentence(
    units: list[Unit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (answer,) = Launcher(1).answers(units[:1])
    assert answer.failed is not None
    assert answer.failed.code == 4
    assert "died 3 times" in answer.failed.said
    assert Shelf().find(units[0]) is None


def test_a_bug_in_a_unit_is_a_sentence_and_is_not_kept() -> None:
    unit = Unit("walk", "x", "no JSON")
    (answer,) = Launcher(1).answers([unit])
    assert answer.failed is not None and answer.failed.code == 2
    assert Shelf().find(unit) is None


def test_a_unit_is_a_file_in_and_a_file_out(units: list[Unit], here: list[str]) -> None:
    shelf = Shelf()
    shelf.want(units[0])
    path = str(shelf.folder / f"{units[0].name}.unit")
    subprocess.run([sys.executable, "-m", "linuxmm.spread", path], check=True)
    found = shelf.find(units[0])
    assert found is not None and found.gave == here[0]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{}", 2, "is no unit of work"),
        ('{"schema": "linuxmm/unit/1", "work": "walk", "build": "1", "given": ""}', 4,
         "has linuxmm"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_a_sentence(
    text: str, code: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.unit"
    path.write_text(text)
    command = [sys.executable, "-m", "linuxmm.spread", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_one_or_the_other() -> None:
    with pytest.raises(InputError, match="--jobs"):
        launcher(2, "tcp://x:1", print)
    assert launcher(0, "", print) is None


def test_check_and_mutate_say_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tuple(setup for setup in SETUPS if setup.name in ("coherent-2",))
    monkeypatch.setattr("linuxmm.explore.search.SETUPS", few)
    site = "fs/proc/task_mmu.c:can_gather_numa_stats"
    for words in (["check", "v6.1", "--format", "json"], ["mutate", "v6.1", "--site", site]):
        if words[0] == "check":
            monkeypatch.setattr("linuxmm.explore.check.modelled_sites", lambda kernel: [site])
        codes = main(words), main([*words, "--jobs", "2"])
        told = capsys.readouterr().out
        assert told[: len(told) // 2] == told[len(told) // 2 :]
        assert site in told and codes[0] == codes[1]
