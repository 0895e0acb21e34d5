# SPDX-License-Identifier: GPL-2.0-or-later
"""A run on the host that ends badly: every setting is as before, no process and no file is left."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

from linuxmm.errors import Skipped
from linuxmm.scenario.parse import load
from linuxmm.validate import settings
from linuxmm.validate.abilities import KSM, probe
from linuxmm.validate.judge import HostJudge
from linuxmm.validate.settings import KsmSettings, read

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
SETTINGS = ("run", "sleep_millisecs", "pages_to_scan", "merge_across_nodes", "max_page_sharing")
PATIENCE = 30.0  # seconds until everything has ended
MARK = "LINUXMM_BAD_DAY"


def ksm_settings() -> list[str]:
    return [read(KSM + name) for name in SETTINGS if os.path.exists(KSM + name)]


def marked(mark: str) -> list[str]:
    """The command lines of all processes that were started under this mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if f"{MARK}={mark}".encode() in environment:
            found.append(f"{pid} {command.decode(errors='replace')}")
    return found


def check_nothing_left(mark: str, folder: Path, before: list[str]) -> None:
    """Nothing of ours after a while: the guard has to notice that we are gone."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not marked(mark) and ksm_settings() == before:
            break
        time.sleep(0.1)
    assert marked(mark) == []
    assert ksm_settings() == before
    assert list(folder.iterdir()) == []


def start(
    mark: str, folder: Path, *words: str, err: int | IO[bytes] = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, MARK: mark, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=err,
        start_new_session=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the files of a run; not on a disk everywhere, then there are none."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_ended_at_any_moment(
    number: signal.Signals, seed: int, folder: Path, tmp_path: Path
) -> None:
    if not probe().has("agent"):
        pytest.skip(probe().why_not("agent"))
    before = ksm_settings()
    mark = f"{os.getpid()}-{number}-{seed}"
    words = ("-m", "linuxmm", "validate", "--generated", "1000", "--seed", "9", "--on", "host")
    with open(tmp_path / "err", "wb+") as err:
        process = start(mark, folder, *words, "--no-minimise", err=err)
        time.sleep(random.Random(seed).uniform(1, 5))
        os.killpg(process.pid, number)  # as a terminal does: to everyone in the group
        code = process.wait(PATIENCE)
        assert code in (130, -number)  # the latter where it came before the first scenario
        check_nothing_left(mark, folder, before)
        err.seek(0)
        assert b"Traceback" not in err.read()


CHANGE = """
import sys, time
from linuxmm.validate.settings import KsmSettings
with KsmSettings():
    for name, value in (("sleep_millisecs", 4321), ("pages_to_scan", 77)):
        with open("/sys/kernel/mm/ksm/" + name, "w") as stream:
            stream.write(str(value))
    print("changed", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_settings_come_back_after_every_signal(number: signal.Signals, folder: Path) -> None:
    """Also the hardest one: a small process of ours outlives the others and puts them back."""
    if not os.access(KSM + "run", os.W_OK):
        pytest.skip("KSM may be set by root only, or is not there")
    before = ksm_settings()
    mark = f"{os.getpid()}-settings-{number}"
    process = start(mark, folder, "-c", CHANGE)
    assert process.stdout is not None
    if process.stdout.readline() != b"changed\n":
        process.wait()
        pytest.skip("another run has KSM")
    assert ksm_settings() != before
    process.send_signal(number)
    process.wait()
    check_nothing_left(mark, folder, before)


LOCK_OF_ANYBODY = f"""
import fcntl, sys, time
stream = open("{KSM}run")
fcntl.flock(stream, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""


def test_who_can_read_the_files_of_ksm_cannot_hold_us_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody may lock /sys/kernel/mm/ksm/run; and who needs no KSM takes no lock at all."""
    if not probe().has("ksm"):
        pytest.skip(probe().why_not("ksm"))
    monkeypatch.setattr(settings, "PATIENCE", 0.0)
    locker = start(f"{os.getpid()}-lock", folder, "-c", LOCK_OF_ANYBODY)
    try:
        assert locker.stdout is not None and locker.stdout.readline() == b"locked\n"
        said: list[str] = []
        with KsmSettings(pytest.fail):  # it would wait, and say so
            with pytest.raises(Skipped, match="another run has KSM"):
                KsmSettings(said.append).__enter__()
            plain = ROOT / "scenarios" / "mlock" / "refused-mapping.mm"
            with HostJudge(tell=pytest.fail) as judge:
                (verdict,) = judge.judge_all([load(plain)])
    finally:
        locker.kill()
        locker.wait()
    assert said == ["another run has KSM; waiting up to 0 s for it ..."]
    assert verdict.verdict == "agree", verdict
