"""The host's own decisions, without a real kernel behind them."""

import pytest

from linuxmm.errors import Skipped
from linuxmm.validate import abilities
from linuxmm.validate import host as module
from linuxmm.validate.abilities import Abilities, is_mergeable
from linuxmm.validate.host import HostRun
from linuxmm.validate.settings import KsmSettings
from tests.validate.test_plan import scenario_of


class Ksm(KsmSettings):
    """ksmd goes over everything once in so many looks (0: never)."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every, self.looks, self.run = every, 0, 0

    def get(self, name: str) -> int:
        self.looks += 1
        return self.looks // self.every if self.every else 0

    def set(self, name: str, value: int | str) -> int:
        return 0


@pytest.mark.parametrize(("every", "mergeable"), [(2, True), (2, False), (0, False)])
def test_a_pass_ends_or_there_is_nothing_to_scan(
    every: int, mergeable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scans(every, mergeable, monkeypatch) == "ok"


def test_a_pass_that_does_not_end_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Skipped, match="ksmd did not end a pass"):
        scans(0, True, monkeypatch)


def scans(every: int, mergeable: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "SCAN_PATIENCE", 0.0)
    monkeypatch.setattr(module, "STEP_LIMIT", 0.02)
    monkeypatch.setattr(module, "is_mergeable", lambda pid: mergeable)
    monkeypatch.setattr(HostRun, "pids", lambda run: [1])
    scenario = scenario_of("ksmd: full_scan 2", machine="  node0 512M\n  ksm run = 1")
    run = HostRun(scenario, Abilities(), Ksm(every))
    run._ksm_run = 1
    return run._do_ksmd(scenario.steps[0]).text()


# a file may be named so: no UTF-8, and a carriage return before what looks like a line of smaps
NAME = b"/tmp/\xff\rVmFlags: mg"
AREA = b"7f0000000000-7f0000001000 rw-p 00000000 08:01 7 %b\nSize: 4 kB\nVmFlags: rd wr %b\n"
STAT = b"ksm_rmap_items 0\nksm_merge_any: %b\nksm_mergeable: %b\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"ksm_stat": STAT % (b"no", b"yes")}, True),
        ({"ksm_stat": STAT % (b"yes", b"no")}, True),
        ({"ksm_stat": STAT % (b"no", b"no"), "smaps": AREA % (b"", b"mg")}, False),
        ({"ksm_stat": b"ksm_rmap_items 0\n", "smaps": AREA % (NAME, b"mg")}, True),
        ({"smaps": AREA % (NAME, b"mr")}, False),
        ({"smaps": b""}, False),
        ({}, False),
    ],
)
def test_who_gave_memory_to_ksm(
    files: dict[str, bytes], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: str) -> bytes:
        name = path.removeprefix("/proc/7/")
        if name not in files:
            raise FileNotFoundError(path)
        return files[name]

    monkeypatch.setattr(abilities, "read", read)
    assert is_mergeable(7) is expected
