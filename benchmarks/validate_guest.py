# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios a second in one booted guest: the guest alone, the model alone, both side by side.

The same generated scenarios are played three times after a warm-up; the aim is 30 a second once
booted, on two quiet cores.  `python3 benchmarks/validate_guest.py [COUNT]`
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.generate import TARGETS, Wish
from linuxmm.generate import scenario as generated
from linuxmm.scenario.tree import Scenario
from linuxmm.validate.guestpart import playable
from linuxmm.validate.judge import VmJudge
from linuxmm.validate.model import play
from linuxmm.validate.plan import Plan
from linuxmm.validate.vm import find_image

COUNT: Final = 200
FIRST_SEED: Final = 1
GOAL: Final = 30.0


def rate(what: str, count: int, work: Callable[[], object]) -> float:
    """Scenarios a second of one way of playing them."""
    began = time.perf_counter()
    work()
    found = count / (time.perf_counter() - began)
    print(f"{what:34} {found:7.1f} scenarios/s")
    return found


def guest_alone(judge: VmJudge, scenarios: list[Scenario]) -> None:
    for number, scenario in enumerate(scenarios):
        plan = Plan(playable(scenario, judge.abilities).scenario, number * 64)
        judge.guest.send("play", plan.text())
        judge.guest.receive()


def model_alone(judge: VmJudge, scenarios: list[Scenario]) -> None:
    for scenario in scenarios:
        play(playable(scenario, judge.abilities).scenario, survive=True)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    wish = Wish(TARGETS["vm"])
    scenarios = [generated(seed, wish) for seed in range(FIRST_SEED, FIRST_SEED + count)]
    steps = sum(len(scenario.steps) for scenario in scenarios)
    try:
        with VmJudge(find_image()) as judge:
            print(f"{judge.describe()}; {count} scenarios, {steps} steps of their own")
            guest_alone(judge, scenarios[:20])
            alone = rate("guest alone", count, lambda: guest_alone(judge, scenarios))
            rate("model alone", count, lambda: model_alone(judge, scenarios))
            both = rate("both, and compared", count, lambda: list(judge.judge_all(scenarios)))
    except Skipped as reason:
        print(f"not measured: {reason}")
        return 0
    print(f"both / guest alone {both / alone:.2f}; both / goal {both / GOAL:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
