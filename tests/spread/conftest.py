# SPDX-License-Identifier: GPL-2.0-or-later
"""A shelf of its own for each test, and units that take a moment each."""

from pathlib import Path

import pytest

from linuxmm.explore.plainly import PLAIN
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load
from linuxmm.spread.unit import Unit

CHEAP = ("zero", "anon-2", "shmem", "fsdax-read")


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def units() -> list[Unit]:
    """Some set-ups of the walk on v6.1."""
    kernel = load("v6.1")
    chosen = [setup for setup in SETUPS if setup.name in CHEAP]
    assert len(chosen) == len(CHEAP)
    return [Unit("walk", s.name, PLAIN.text((kernel, s, 2))) for s in chosen]


@pytest.fixture(scope="session")
def here() -> list[str]:
    """What the same set-ups give in this process, without any unit."""
    kernel = load("v6.1")
    chosen = [setup for setup in SETUPS if setup.name in CHEAP]
    return [PLAIN.text(Search(kernel, kernel, setups=(setup,)).run()) for setup in chosen]
