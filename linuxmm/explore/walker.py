"""A scenario run that also notes what a search wants to know of each step."""

from linuxmm.explore.invariants import Violation, check_step
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine
from linuxmm.mm.sites import MET_UNUSUAL
from linuxmm.scenario.bindings import Bindings
from linuxmm.scenario.lower import Op
from linuxmm.scenario.machine_of import machine_spec
from linuxmm.scenario.render import OpResult
from linuxmm.scenario.steps_on_model import OnModel
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.state.layout import DIVERGED, FOLL_LRU_DEVICE, KSM_DEVICE, NR_EVENTS
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import NR_SITES


class Walker(OnModel):
    """One kernel on one machine; after `begin()` it collects over the operations that follow.

    `diverged`: a rival rule answered differently; `diverged_sites`: at which sites;
    `visited`: sites that looked a page up; `met`: those that met a device page or special entry; `broken`: promises that the steps themselves broke.
    """

    def __init__(self, block: MachineBlock, kernel: Kernel, rules: Rules) -> None:
        self.diverged = False
        self.diverged_sites: set[int] = set()
        self.visited: set[int] = set()
        self.met: set[int] = set()
        self.broken: list[Violation] = []
        machine = Machine(kernel, machine_spec(block), rules=rules)
        super().__init__(machine, Bindings.of(block))
        self.spawn("P0")

    def begin(self) -> None:
        """Start collecting anew."""
        self.diverged = False
        self.diverged_sites = set()
        self.visited = set()
        self.met = set()
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
        for site in range(1, NR_SITES):
            if column[site]:
                self.visited.add(site)
                if column[site] >= MET_UNUSUAL:
                    self.met.add(site)
        if scratch[NR_EVENTS] or scratch[KSM_DEVICE] or scratch[FOLL_LRU_DEVICE]:
            self.broken += check_step(m)
        return result
