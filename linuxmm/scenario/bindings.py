"""What the names of a scenario stand for in the model: rows, addresses, handles.

Page rows are not among them (they move when a table grows), so a copy of the bindings and a
snapshot of the block together are the whole of a run.
"""

from dataclasses import dataclass, field

from linuxmm.scenario.machine_of import core_cpu
from linuxmm.scenario.tree import PAGE_SIZE, Extent, Machine


@dataclass
class Bindings:
    """Names and their meaning, as far as the steps have come."""

    machine: Machine
    ranges: dict[str, int] = field(default_factory=dict)  # node0, coherent0 -> range row
    tasks: dict[str, int] = field(default_factory=dict)  # P0, P0.t1 -> task row
    mappings: dict[tuple[str, str], int] = field(default_factory=dict)  # P0, a -> address
    files: dict[str, int] = field(default_factory=dict)  # f -> file row
    handles: dict[tuple[str, str], int] = field(default_factory=dict)  # P0, h -> number
    gone: dict[str, str] = field(default_factory=dict)  # P0 -> what ended it
    next_handle: int = 1

    @staticmethod
    def of(machine: Machine) -> "Bindings":
        """The names before the first step: the memory of the machine."""
        names = [f"node{node.number}" for node in machine.nodes]
        names += [device.name for device in machine.devices]
        return Bindings(machine, {name: row for row, name in enumerate(names, 1)})

    def copy(self) -> "Bindings":
        """The same names, to go on from here more than once."""
        return Bindings(
            self.machine,
            self.ranges,
            dict(self.tasks),
            dict(self.mappings),
            dict(self.files),
            dict(self.handles),
            dict(self.gone),
            self.next_handle,
        )

    def cpu(self, number: int) -> int:
        """The core's number of a CPU of the scenario."""
        return core_cpu(self.machine, number)

    def address(self, extent: Extent) -> int:
        """Where the first page of the extent lies (0: its mmap failed)."""
        base = self.mappings.get((extent.process, extent.name), 0)
        return base + extent.start * PAGE_SIZE if base else 0

    def threads(self, process: str) -> list[str]:
        """The living tasks of a process, its threads first."""
        return sorted(
            (name for name in self.tasks if name.partition(".")[0] == process),
            key=lambda name: (name == process, name),
        )

    def fork(self, parent: str, child: str, task: int) -> None:
        """A child knows the mappings that its parent has now."""
        self.tasks[child] = task
        for (process, name), address in list(self.mappings.items()):
            if process == parent:
                self.mappings[child, name] = address

    def end(self, process: str, why: str) -> None:
        """A process is gone, and with it what it held."""
        for name in self.threads(process):
            del self.tasks[name]
        for key in [key for key in self.handles if key[0] == process]:
            del self.handles[key]
        self.gone[process] = why
