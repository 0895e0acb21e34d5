# SPDX-License-Identifier: GPL-2.0-or-later
"""Units done by real workers of a real Dask scheduler on this machine."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import linuxmm
from linuxmm.errors import InputError
from linuxmm.spread import cluster
from linuxmm.spread.kept import Shelf
from linuxmm.spread.launch import Launcher
from linuxmm.spread.unit import Unit, build

pytest.importorskip("distributed", reason="the extra sweep is not installed")
Process = subprocess.Popen[str]
START_S = 60


class Dask:
    """A scheduler, and workers as they are wanted."""

    def __init__(self, place: Path) -> None:
        self.place, self.started = place, list[Process]()
        self.scheduler, said = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.address = said(r"Scheduler at:\s+(tcp://\S+)")

    def worker(self, path: str = "") -> Process:
        """One worker with one thread, its linuxmm from `path`; it is there when this returns."""
        words = (self.address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")
        process, said = self._start("worker", *words, path=path)
        said(r"Registered to:\s+(tcp://\S+)")
        return process

    def _start(
        self, what: str, *words: str, path: str = ""
    ) -> tuple[Process, Callable[[str], str]]:
        log = self.place / f"{len(self.started)}.log"
        env = {**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__ADMIN__EVENT_LOOP": "asyncio"}
        command = [sys.executable, "-m", "dask", what, *words, "--no-dashboard"]
        with log.open("w") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, text=True, env=env, cwd=self.place
            )
        self.started.append(process)

        def said(pattern: str) -> str:
            ends = time.monotonic() + START_S
            while time.monotonic() < ends and process.poll() is None:
                found = re.search(pattern, log.read_text())
                if found:
                    return found[1]
                time.sleep(0.05)
            raise AssertionError(f"{what} did not start:\n{log.read_text()}")

        return process, said

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    started = Dask(tmp_path)
    try:
        yield started
    finally:
        started.end()


def another_linuxmm(place: Path) -> str:
    """A linuxmm with one more line, in a folder of its own."""
    package = Path(linuxmm.__file__).parent
    shutil.copytree(package, place / "linuxmm", ignore=shutil.ignore_patterns("__pycache__"))
    with (place / "linuxmm" / "version.py").open("a") as file:
        file.write("# another one\n")
    return str(place)


def test_a_worker_is_killed_and_one_is_refused(
    units: list[Unit], here: list[str], dask: Dask, tmp_path: Path
) -> None:
    first, told = dask.worker(), list[str]()
    dask.worker()
    dask.worker(another_linuxmm(tmp_path / "other"))
    done: list[int] = []

    def far(nr: int, of: int) -> None:
        if not done:
            first.send_signal(signal.SIGKILL)
        done.append(nr)

    launcher = Launcher(scheduler=dask.address, say=told.append)
    assert [answer.gave for answer in launcher.answers(units, far)] == here
    assert first.wait() == -signal.SIGKILL and done == list(range(1, len(units) + 1))
    assert len(told) == 1 and "is refused" in told[0] and build() in told[0]


def test_none_but_a_wrong_worker_ends_the_run(
    units: list[Unit], dask: Dask, tmp_path: Path
) -> None:
    dask.worker(another_linuxmm(tmp_path / "other"))
    with pytest.raises(InputError, match="has no worker of this version"):
        list(Launcher(scheduler=dask.address, say=lambda _: None).answers(units))


def test_a_scheduler_that_goes_leaves_what_is_done(
    units: list[Unit], here: list[str], dask: Dask
) -> None:
    dask.worker()
    answers = Launcher(scheduler=dask.address).answers(units)
    assert next(answers).gave == here[0]
    dask.scheduler.kill()
    with pytest.raises(InputError, match="has gone"):
        list(answers)
    found = Shelf().find(units[0])
    assert found is not None and found.gave == here[0]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "\x1b[2J"])
def test_a_scheduler_that_is_not_there_is_a_sentence(
    units: list[Unit], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WAIT_S", "1s")
    with pytest.raises(InputError, match="no scheduler answers at") as error:
        list(Launcher(scheduler=address).answers(units))
    assert str(error.value).isprintable()
