# SPDX-License-Identifier: GPL-2.0-or-later
"""What the names of a scenario stand for in the model: rows, addresses, handles.

Who lives and who knows which name is told by the story; here is what it means.  Page rows are not
among them (they move when a table grows), so bindings and a snapshot of the block together are
the whole of a run.  Bindings are a value: a step that names something makes new ones, and the
snapshots of a search share those that no step has changed.
"""

from dataclasses import dataclass, field, replace

from linuxmm.play.machine_of import core_cpu
from linuxmm.scenario.story import START, Story
from linuxmm.scenario.tree import Extent, Machine, Step
from linuxmm.state.constants import ENOMEM
from linuxmm.uapi import PAGE_SIZE


@dataclass(frozen=True)
class Bindings:
    """Names and their meaning, as far as the steps have come."""

    machine: Machine
    ranges: dict[str, int] = field(default_factory=dict)  # node0, coherent0 -> range row
    story: Story = START
    tasks: dict[str, int] = field(default_factory=dict)  # P0, P0.t1, who live -> task row
    addresses: dict[int, int] = field(default_factory=dict)  # number of a mapping -> address
    files: dict[str, int] = field(default_factory=dict)  # f -> file row
    held_at: dict[int, int] = field(default_factory=dict)  # handle -> first address

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

    def base(self, process: str, name: str) -> int:
        """Where a mapping lies (0: its mmap failed)."""
        mapping = self.story.mapping(process, name)
        return self.addresses.get(mapping.number, 0) if mapping else 0

    def address(self, extent: Extent) -> int:
        """Where the first page of the extent lies (0: its mmap failed)."""
        base = self.base(extent.process, extent.name)
        return base + extent.start * PAGE_SIZE if base else 0

    def held(self, extent: Extent) -> tuple[int, int]:
        """The handle, and the address that the first page of the extent was taken at."""
        number = self.story.handles[extent.process, extent.name].number
        return number, self.held_at[number] + extent.start * PAGE_SIZE

    # --- the next ones ---
    def after(self, step: Step, ret: int) -> "Bindings":
        """The names once a step was made that returned this."""
        made = _did_it(step, ret)
        story = self.story.after(step, made=made)
        if story is self.story:
            return self
        makes = step.record.makes
        if makes == "mapping" and made:
            number = story.mappings[step.by, step.name].number
            return replace(self, story=story, addresses={**self.addresses, number: ret})
        if makes == "file" and made:
            return replace(self, story=story, files={**self.files, step.name: ret})
        if makes == "process" and made:
            return replace(self, story=story, tasks={**self.tasks, step.name: ret})
        if makes == "handle" and step.target:
            number = story.handles[step.by, step.name].number
            held_at = {**self.held_at, number: self.address(step.target)}
            return replace(self, story=story, held_at=held_at)
        return self._told(story)

    def with_task(self, name: str, row: int) -> "Bindings":
        """A process that no other has forked, or a thread, lives."""
        story = self.story
        if "." in name:
            story = story.with_thread(name)
        elif name not in story.processes:
            story = story.with_process(name)
        return replace(self, story=story, tasks={**self.tasks, name: row})

    def without_process(self, process: str, why: str) -> "Bindings":
        """A process is gone, and with it what it held."""
        return self._told(self.story.ended(process, why))

    def _told(self, story: Story) -> "Bindings":
        """As the story goes on: who does not live has no task."""
        tasks = {name: row for name, row in self.tasks.items() if story.lives(name)}
        return replace(self, story=story, tasks=tasks)


def _did_it(step: Step, ret: int) -> bool:
    """Did the step that returned this do what it is for?"""
    record = step.record
    if record.makes == "handle":
        return True  # it holds the pages that it got, however few
    if record.makes:
        return ret > 0  # an address, a row
    # mm/madvise.c:do_madvise: a hole is passed, and told at the end
    return ret >= 0 or (ret == -ENOMEM and bool(record.for_children))
