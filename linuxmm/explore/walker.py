"""A scenario run that also notes what a search wants to know of each step."""

from linuxmm.explore.invariants import Violation, check_step
from linuxmm.kernels import Kernel
from linuxmm.scenario.lower import Op
from linuxmm.scenario.render import OpResult
from linuxmm.scenario.steps_on_model import OnModel
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.state.layout import DIVERGED, FOLL_LRU_DEVICE, KSM_DEVICE, NR_EVENTS
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import NR_SITES


class Walker(OnModel):
    """One kernel on one machine; after `begin()` it collects over the operations that follow.

    `diverged`: a rival rule answered differently; `diverged_sites`: at which sites;
    `visited`: sites that looked a page up; `broken`: promises that the steps themselves broke.
    """

    def __init__(self, block: MachineBlock, kernel: Kernel, rules: Rules) -> None:
        self.diverged = False
        self.diverged_sites: set[int] = set()
        self.visited: set[int] = set()
        self.broken: list[Violation] = []
        super().__init__(block, kernel, rules=rules)

    def begin(self) -> None:
        """Start collecting anew."""
        self.diverged = False
        self.diverged_sites = set()
        self.visited = set()
        self.broken = []

    def _call(self, op: Op, previous: int) -> OpResult:
        result = super()._call(op, previous)
        m = self.machine.block.m
        scratch = m.scratch
        if scratch[DIVERGED]:
            self.diverged = True
            column = m.diverged_site
            self.diverged_sites |= {s for s in range(1, NR_SITES) if column[s]}
        column = m.visited_site
        self.visited |= {s for s in range(1, NR_SITES) if column[s]}
        if scratch[NR_EVENTS] or scratch[KSM_DEVICE] or scratch[FOLL_LRU_DEVICE]:
            self.broken += check_step(m)
        return result
