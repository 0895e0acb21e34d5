# SPDX-License-Identifier: GPL-2.0-or-later
"""Transitions a second of the compiled search on a small scope, against the interpreted core.

Two tasks, one page, a coherent device, nineteen operations (`tests/steps/scopes.py`): as deep as
asked, or until no state is left.  Interpreted the same steps are made without remembering any
state, so that the ratio is of the steps alone, in the compiled search's disfavour.

`python3 benchmarks/compiled_search.py [DEPTH] [KERNEL]`
"""

import sys
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from linuxmm.steps.compile import compiled
from linuxmm.steps.search import search
from linuxmm.steps.step import step
from tests.steps.scopes import actions, two_tasks

MOST: Final = 400_000
SAMPLE: Final = 2_000  # states from which the interpreted steps are made


def main() -> int:
    """Print both."""
    depth = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    kernel = sys.argv[2] if len(sys.argv) > 2 else "v6.1"
    machine, ops = two_tasks(kernel)
    engine, block = compiled(), machine.block
    begin = time.process_time()
    found = search(engine, block, machine.k, actions(ops), depth, MOST)
    taken = time.process_time() - begin
    rate = found.transitions / taken
    print(
        f"{kernel}: {found.nr} states, {found.transitions} transitions, {found.levels} deep, "
        f"{'complete' if found.complete else 'not complete'}; left out: {found.no_row} for want of "
        f"rows, {found.not_modelled} not modelled, {found.other_traps} else"
    )
    made, spent = 0, time.process_time()
    for number in range(0, found.nr, max(1, found.nr // SAMPLE)):
        start = found.state(number)
        for op in ops:
            block.restore(start)
            if not op[1] or block.m.task_mm[op[1]]:
                step(block.m, machine.k, *op, *[0] * (9 - len(op)))
                made += 1
    plain = made / (time.process_time() - spent)
    print(f"compiled {rate:,.0f} transitions/s, interpreted {plain:,.0f}: {rate / plain:.0f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
