# SPDX-License-Identifier: GPL-2.0-or-later
"""The model and a kernel of Debian's in a virtual machine, side by side, by the nearest rules.

Boots a guest (a minute or two when it is emulated), therefore only when LINUXMM_VM is set:
LINUXMM_VM=1 python -m pytest tests/live/test_vm.py    (6.1; another series: LINUXMM_VM=6.12)
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.errors import Skipped
from linuxmm.generate import TARGETS, Wish, scenario
from linuxmm.scenario.parse import load
from linuxmm.validate.judge import VmJudge
from linuxmm.validate.score import AGREE, UNDECIDED
from linuxmm.validate.vm import find_image, is_series

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").rglob("*.mm"))


@pytest.fixture(scope="module")
def judge() -> Iterator[VmJudge]:
    wanted = os.environ.get("LINUXMM_VM", "")
    if not wanted:
        pytest.skip("boots a virtual machine: LINUXMM_VM=1 asks for it")
    try:
        with VmJudge(find_image(wanted if is_series(wanted) else "")) as booted:
            yield booted
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_gives_the_same(judge: VmJudge, file: Path) -> None:
    (verdict,) = judge.judge_all([load(file)])
    if verdict.verdict == UNDECIDED:
        pytest.skip(verdict.reason.splitlines()[-1])
    assert verdict.verdict == AGREE, "\n".join(d.text() for d in verdict.differences)


@pytest.mark.parametrize("seed", range(40))
def test_random_steps_give_the_same(judge: VmJudge, seed: int) -> None:
    (verdict,) = judge.judge_all([scenario(seed, Wish(TARGETS["vm"]))])
    assert verdict.compared
    assert not verdict.differences, "\n".join(d.text() for d in verdict.differences)
