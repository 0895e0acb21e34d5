"""A scenario run that also notes what a search wants to know of each step."""

from dataclasses import replace

from linuxmm.explore.census import Census, values
from linuxmm.explore.invariants import Violation, check_settled, check_step, pin_result, report
from linuxmm.explore.shadow import NOTHING_MADE, Shadow, watch
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine
from linuxmm.mm.sites import MET_UNUSUAL
from linuxmm.mm.steps.memory import OP_GUP, OP_GUP_FAST
from linuxmm.mm.steps.proc import OP_VMSTAT
from linuxmm.scenario.bindings import Bindings
from linuxmm.scenario.lower import Op
from linuxmm.scenario.machine_of import machine_spec
from linuxmm.scenario.render import OpResult
from linuxmm.scenario.steps_on_model import FIRST_REPORT, OnModel
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.state.layout import DIVERGED, FOLL_LRU_DEVICE, KSM_DEVICE, NR_EVENTS
from linuxmm.state.rules import Rules
from linuxmm.state.vocabulary import NR_SITES


class Walker(OnModel):
    """One kernel on one machine; after `begin()` it collects over the operations that follow.

    `diverged`: a rival rule answered differently; `diverged_sites`: at which sites;
    `visited`: sites that looked a page up; `met`: those that met a device page or special entry;
    `broken`: promises that the steps themselves broke.
    """

    def __init__(self, block: MachineBlock, kernel: Kernel, rules: Rules) -> None:
        self.diverged = False
        self.diverged_sites: set[int] = set()
        self.visited: set[int] = set()
        self.met: set[int] = set()
        self.broken: list[Violation] = []
        machine = Machine(kernel, machine_spec(block), rules=rules)
        super().__init__(machine, Bindings.of(block))
        watch(machine)
        self.spawn("P0")

    def begin(self) -> None:
        """Start collecting anew."""
        self.diverged = False
        self.diverged_sites = set()
        self.visited = set()
        self.met = set()
        self.broken = []

    # --- promises ---
    def expected(self) -> tuple[object, ...]:
        """What user space may expect to read, as a key: with the state it decides `content`."""
        s = self._shadow()
        lazy, dropped = tuple(sorted(s.lazy)), tuple(sorted(s.dropped))
        return (tuple(sorted(s.private.items())), tuple(sorted(s.files.items())), lazy, dropped)

    def broken_by_state(self) -> list[Violation]:
        """What the state breaks, whatever step led to it."""
        machine, shadow = self.machine, self._shadow()
        machine.observer = replace(shadow, made=NOTHING_MADE, result=0)
        found = check_settled(machine)
        machine.observer = shadow
        return found

    def broken_by_answer(self) -> list[Violation]:
        """What the answer of the last operation breaks: reports under /proc, results of pins."""
        shadow = self._shadow()
        op = shadow.made[0]
        if op not in (OP_GUP, OP_GUP_FAST) and not FIRST_REPORT <= op <= OP_VMSTAT:
            return []
        m, k = self.machine.block.m, self.machine.k
        census = Census(m, k)
        return [v for rule in (pin_result, report) for v in rule(m, k, census, shadow)]

    def _shadow(self) -> Shadow:
        observer = self.machine.observer
        assert isinstance(observer, Shadow)
        return observer

    def _call(self, op: Op, previous: int) -> OpResult:
        result = super()._call(op, previous)
        m = self.machine.block.m
        scratch = m.scratch
        if scratch[DIVERGED]:
            self.diverged = True
            column = m.diverged_site
            self.diverged_sites |= {s for s in range(1, NR_SITES) if column[s]}
        for site, met in enumerate(values(m.visited_site)):
            if met:
                self.visited.add(site)
                if met >= MET_UNUSUAL:
                    self.met.add(site)
        if scratch[NR_EVENTS] or scratch[KSM_DEVICE] or scratch[FOLL_LRU_DEVICE]:
            self.broken += check_step(m)
        return result
