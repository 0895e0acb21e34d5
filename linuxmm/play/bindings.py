"""What the names of a scenario stand for in the model: rows, addresses, handles.

Page rows are not among them (they move when a table grows), so bindings and a snapshot of the
block together are the whole of a run.  Bindings are a value: a step that names something makes
new ones, and the snapshots of a search share those that no step has changed.
"""

from dataclasses import dataclass, field, replace

from linuxmm.play.machine_of import core_cpu
from linuxmm.scenario.tree import PAGE_SIZE, Extent, Machine, Step


@dataclass(frozen=True)
class Bindings:
    """Names and their meaning, as far as the steps have come."""

    machine: Machine
    ranges: dict[str, int] = field(default_factory=dict)  # node0, coherent0 -> range row
    tasks: dict[str, int] = field(default_factory=dict)  # P0, P0.t1 -> task row
    mappings: dict[tuple[str, str], int] = field(default_factory=dict)  # P0, a -> address
    files: dict[str, int] = field(default_factory=dict)  # f -> file row
    handles: dict[tuple[str, str], int] = field(default_factory=dict)  # P0, h -> number
    held_at: dict[tuple[str, str], int] = field(default_factory=dict)  # P0, h -> first address
    gone: dict[str, str] = field(default_factory=dict)  # P0 -> what ended it
    next_handle: int = 1

    @staticmethod
    def of(machine: Machine) -> "Bindings":
        """The names before the first step: the memory of the machine."""
        names = [f"node{node.number}" for node in machine.nodes]
        names += [device.name for device in machine.devices]
        return Bindings(machine, {name: row for row, name in enumerate(names, 1)})

    # --- what they mean ---
    def cpu(self, number: int) -> int:
        """The core's number of a CPU of the scenario."""
        return core_cpu(self.machine, number)

    def address(self, extent: Extent) -> int:
        """Where the first page of the extent lies (0: its mmap failed)."""
        base = self.mappings.get((extent.process, extent.name), 0)
        return base + extent.start * PAGE_SIZE if base else 0

    def held(self, extent: Extent) -> tuple[int, int]:
        """The handle, and the address that the first page of the extent was taken at."""
        name = extent.process, extent.name
        return self.handles[name], self.held_at[name] + extent.start * PAGE_SIZE

    def threads(self, process: str) -> list[str]:
        """The living tasks of a process, its threads first."""
        return sorted(
            (name for name in self.tasks if name.partition(".")[0] == process),
            key=lambda name: (name == process, name),
        )

    # --- the next ones ---
    def after(self, step: Step, ret: int) -> "Bindings":
        """The names once a step was made that returned this."""
        if step.verb == "mmap" and ret > 0:
            mappings = {**self.mappings, (step.by, step.name): ret}
            return replace(self, mappings=mappings)
        if step.verb in ("file", "memfd_create") and ret > 0:
            return replace(self, files={**self.files, step.name: ret})
        if step.verb == "fork":
            if ret <= 0:
                return self.without_process(step.name, "never forked")
            return self._with_child(step.by, step.name, ret)
        if step.verb in ("get", "get_fast", "pin", "pin_fast") and step.target is not None:
            return self._with_held(step.by, step.name, step.target)
        if step.verb == "exit" and "." in step.actor:
            left = {task: row for task, row in self.tasks.items() if task != step.actor}
            return replace(self, tasks=left)
        return self.without_process(step.actor, "exit") if step.verb == "exit" else self

    def with_task(self, name: str, row: int) -> "Bindings":
        """A process or thread lives."""
        return replace(self, tasks={**self.tasks, name: row})

    def _with_child(self, parent: str, child: str, task: int) -> "Bindings":
        """A child knows the mappings that its parent has now."""
        known = [(name, address) for (of, name), address in self.mappings.items() if of == parent]
        mappings = {**self.mappings, **{(child, name): address for name, address in known}}
        return replace(self, tasks={**self.tasks, child: task}, mappings=mappings)

    def _with_held(self, process: str, name: str, pages: Extent) -> "Bindings":
        """The name of what a get or pin took; it may be nothing."""
        handles = {**self.handles, (process, name): self.next_handle}
        held_at = {**self.held_at, (process, name): self.address(pages)}
        return replace(self, handles=handles, held_at=held_at, next_handle=self.next_handle + 1)

    def without_process(self, process: str, why: str) -> "Bindings":
        """A process is gone, and with it what it held."""
        ended = self.threads(process)
        tasks = {name: row for name, row in self.tasks.items() if name not in ended}
        handles = {key: number for key, number in self.handles.items() if key[0] != process}
        gone = {**self.gone, process: why}
        return replace(self, tasks=tasks, handles=handles, gone=gone)
