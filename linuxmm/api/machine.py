# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine as a user of the library holds it: its processes, devices and daemons."""

from typing import Final, Never

from linuxmm.api.device import Device, Khugepaged, Ksmd
from linuxmm.api.keywords import checked_number, refuse_unknown
from linuxmm.api.process import Process
from linuxmm.api.session import Broken, Session
from linuxmm.errors import WrongArgument, nearest
from linuxmm.kernels import DEFAULT_KERNEL, Kernel
from linuxmm.machine import Machine as Steps
from linuxmm.machine import MachineSpec, simple_spec
from linuxmm.notebook import paragraph
from linuxmm.play.machine_of import machine_spec
from linuxmm.printed import counted
from linuxmm.scenario.lines import read_lines
from linuxmm.scenario.machineblock import parse_machine
from linuxmm.scenario.outcome import PageState, StepOutcome
from linuxmm.scenario.sizes import size_text
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.scenario.words import MAX_CPUS, MAX_NODES
from linuxmm.state.constants import SET_NUMA_BALANCING
from linuxmm.state.rules import Rules

DEVICES: Final = ("coherent", "private", "dax", "devdax")
MOST_DEVICES: Final = 10  # of one kind, as in a scenario
MOST_SWAP_PAGES: Final = 1 << 20
KEYWORDS: Final = ("kernel", "spec", "nodes", *DEVICES, "cpus", "swap_slots", "numa_balancing")


class Machine(Steps):
    """One kernel on one machine, and the names of what lives on it.

    >>> m = Machine("v6.1", nodes=1, coherent=1)
    >>> m
    <Machine debian-6.1: node0 512M, coherent0 256M; 0 steps>

    `kernel`: a name, the path of a record or a kernel.  `nodes` of 512 MiB, `coherent`, `private`,
    `dax` and `devdax` devices of 256 MiB, `cpus`, `swap_slots` pages of swap, `numa_balancing` on
    or off; or instead of them `spec`: a MachineSpec, or the lines of a scenario's machine block.
    """

    def __init__(
        self,
        kernel: str | Kernel = DEFAULT_KERNEL,
        spec: MachineSpec | str | None = None,
        *,
        nodes: int = 2,
        coherent: int = 1,
        private: int = 0,
        dax: int = 0,
        devdax: int = 0,
        cpus: int = 2,
        swap_slots: int = 0,
        numa_balancing: bool = False,
        rival: Kernel | None = None,
        rules: Rules | None = None,
        **unknown: Never,
    ) -> None:
        refuse_unknown("Machine", unknown, KEYWORDS)
        block: MachineBlock | None = None
        if isinstance(spec, str):
            block = parse_machine(read_lines(spec, "<machine>"), "<machine>")
            made = machine_spec(block)
        elif spec is not None:
            made = spec
        else:
            counts = {"coherent": coherent, "private": private, "dax": dax, "devdax": devdax}
            made = _small(nodes, counts, cpus, swap_slots, numa_balancing)
        if not isinstance(kernel, str | Kernel):
            raise WrongArgument(f"Machine: kernel is a name, a path or a Kernel, not {kernel!r}")
        super().__init__(kernel, made, rival=rival, rules=rules)
        self._session: Session | None = None
        self._block = block

    @property
    def session(self) -> Session:
        """The names of this machine and every step made by them."""
        if self._session is None:
            self._session = Session(self, self._block)
        return self._session

    def __repr__(self) -> str:
        memory = ", ".join(f"{r.name} {size_text(r.nr_pages)}" for r in self.spec.ranges)
        steps = len(self._session.steps) if self._session else 0
        made = counted(steps, "step")
        broken = f", {counted(len(self.broken), 'promise')} broken" if self.broken else ""
        return f"<Machine {self.kernel.name}: {memory}; {made}{broken}>"

    def _repr_html_(self) -> str:
        return f"{paragraph(repr(self)[1:-1])}\n{self.session.pages_html()}"

    # --- who acts ---
    def process(self) -> Process:
        """A new process, with no memory mapped."""
        return Process(self.session, self.session.spawn())

    def device(self, name: str) -> Device:
        """A device of this machine by its name: `coherent0`, `private0`."""
        names = [r.name for r in self.spec.ranges if not r.name.startswith("node")]
        if name not in names:
            known = nearest(str(name), names) if names else "; it has none (coherent=1 adds one)"
            raise WrongArgument(f'this machine has no device "{name}"{known}')
        return Device(self.session, name)

    @property
    def ksmd(self) -> Ksmd:
        """The daemon that merges pages."""
        return Ksmd(self.session)

    @property
    def khugepaged(self) -> Khugepaged:
        """The daemon that makes huge pages of small ones."""
        return Khugepaged(self.session)

    def drain(self) -> StepOutcome:
        """Empty the per-CPU batches."""
        return self.session.do("", "drain")

    def fail_alloc(self, times: int = 1) -> StepOutcome:
        """The next allocations of a page fail."""
        return self.session.do("", "fail", "alloc", times)

    def numa_scan(self, what: object) -> StepOutcome:
        """One scan of NUMA balancing over a process or a mapping."""
        return self.session.do("numa", "scan", what)

    # --- what there is to see ---
    def pages(self) -> list[PageState]:
        """Every page that a process has mapped: kind, pfn, counts, flags, the entry's bits."""
        return self.session.pages()

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The promises that a step broke, each with the first step after which it did not hold."""
        return tuple(self._session.broken) if self._session else ()


def _small(
    nodes: int, devices: dict[str, int], cpus: int, swap_slots: int, numa_balancing: bool
) -> MachineSpec:
    """The machine of the keywords, within the bounds of a scenario."""
    checked_number("Machine", "nodes", nodes, 1, MAX_NODES)
    for kind, count in devices.items():
        checked_number("Machine", kind, count, 0, MOST_DEVICES)
    checked_number("Machine", "cpus", cpus, 1, MAX_CPUS)
    checked_number("Machine", "swap_slots", swap_slots, 0, MOST_SWAP_PAGES)
    spec = simple_spec(nodes, **devices, cpus=cpus, swap_slots=swap_slots)
    settings = ((SET_NUMA_BALANCING, int(bool(numa_balancing))),) if numa_balancing else ()
    return MachineSpec(spec.ranges, spec.cpus, spec.swap_slots, settings)
