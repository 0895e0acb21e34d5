# SPDX-License-Identifier: GPL-2.0-or-later
"""Who lives at a step of a scenario and what each name stands for there: told once, for everybody.

    story = START
    for step in scenario.steps:
        story = story.after(step)
    story.lives("P1"), story.mapping("P1", "a"), story.extents()

A story is a value: a step that names nothing and ends nothing gives the same object.  It goes as
the language has it, where every step does what it is for.  Who knows better says so: the model
and a real kernel of a step that failed and of a process that a signal ended, a part of a scenario
of the steps that it leaves out.  The rules are those of ``docs/scenario-language.md``.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

from linuxmm.scenario.tree import Extent, Step

EXIT: Final = "exit"
# the word of mmap whose areas their driver marks VM_IO (mm/memory.c:remap_pfn_range): what was kept
# from children there stays so (mm/madvise.c:madvise_vma_behavior)
VM_IO: Final = "pfnmap"
STAYS_MAPPED: Final = "MREMAP_DONTUNMAP"

Name = tuple[str, str]  # whose, which


@dataclass(frozen=True, slots=True)
class Mapping:
    """A range of addresses with a name, as one process has it.

    `number`: in the order of the steps that made them; what a child knows from its parent has its
    parent's, for it lies at the same addresses.  `words`: of the mmap that it comes from.  Bit i
    of `there`: page i is mapped; of `kept_back`: no child gets it.  `made`: False if the call
    failed: no addresses.
    """

    number: int
    nr_pages: int
    words: tuple[str, ...] = ()
    there: int = 0
    kept_back: int = 0
    made: bool = True

    def inherited(self) -> "Mapping":
        """What a child that is forked now has of it."""
        if not self.kept_back:
            return self
        return replace(self, there=self.there & ~self.kept_back, kept_back=0)


@dataclass(frozen=True, slots=True)
class File:
    """A file; `made`: False if it could not be made: a descriptor that is not open."""

    nr_pages: int
    made: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """What a get or pin holds, and the line of the step that gave it back, once one did.

    `number`: from 1, in the order of the gets and pins.  `made`: False if there was none.
    """

    number: int
    verb: str
    nr_pages: int
    made: bool = True
    given_back: bool = False
    line: int = 0


class Gone(NamedTuple):
    """The end of a process or thread: `exit` or a signal, at which line; was it ever born?"""

    why: str
    line: int = 0
    born: bool = True


@dataclass(frozen=True)
class Story:
    """Everything that a scenario has named so far, and what has become of it."""

    processes: tuple[str, ...] = ("P0",)  # also those that are gone, as they came to life
    threads: frozenset[str] = frozenset()  # that live, but for the first of each process
    gone: dict[str, Gone] = field(default_factory=dict)  # processes and threads
    mappings: dict[Name, Mapping] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    handles: dict[Name, Held] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)  # device -> how far its migration is
    pages_of: dict[str, int] = field(default_factory=lambda: {"P0": 0})  # who live: all mappings
    nr_mappings: int = 0

    # --- who lives ---
    def lives(self, actor: str) -> bool:
        """Does this process or thread live?"""
        return actor in self.threads or (actor in self.processes and actor not in self.gone)

    def living(self) -> list[str]:
        """The processes that live, as they came to life."""
        return [process for process in self.processes if process not in self.gone]

    def tasks(self, process: str) -> list[str]:
        """All that live in the address space of a process, its threads first."""
        threads = sorted(thread for thread in self.threads if process_of(thread) == process)
        return [*threads, process] if self.lives(process) else threads

    def unborn(self) -> set[str]:
        """Processes that have a name only: their fork failed."""
        return {name for name, gone in self.gone.items() if not gone.born}

    # --- what names stand for ---
    def mapping(self, process: str, name: str) -> Mapping | None:
        """The mapping that a process knows by this name."""
        return self.mappings.get((process, name))

    def held(self, process: str, name: str) -> Held | None:
        """What a process holds, or held, by this name."""
        return self.handles.get((process, name))

    def holding(self) -> list[tuple[str, str, Held]]:
        """What is held now, as it was taken: whose, its name; a process that ends lets go."""
        return [
            (process, name, held)
            for (process, name), held in self.handles.items()
            if held.made and not held.given_back and process not in self.gone
        ]

    def extents(self) -> list[Extent]:
        """Every mapping of every process that lives, whole."""
        return [
            Extent("mapping", process, name, 0, mapping.nr_pages, mapping.nr_pages)
            for (process, name), mapping in self.mappings.items()
            if mapping.made and process not in self.gone
        ]

    def is_taken(self, process: str, name: str) -> bool:
        """Does the name stand for something in this process already?"""
        key = process, name
        return key in self.mappings or key in self.handles or name in self.files

    def has_hole(self, extent: Extent) -> bool:
        """Is a page of this part of a mapping not mapped?"""
        mapping = self.mapping(extent.process, extent.name)
        return mapping is not None and ~mapping.there & bits(extent) != 0

    def lacks(self, step: Step) -> bool:
        """Does the step need something that was never made?"""
        if self.unborn() & step.needs:
            return True
        found = self._meant(step.target) if step.target else None
        return found is not None and not found.made

    def _meant(self, extent: Extent) -> Mapping | File | Held | None:
        if extent.kind == "file":
            return self.files.get(extent.name)
        known = self.mapping if extent.kind == "mapping" else self.held
        return known(extent.process, extent.name)

    @cached_property
    def names_by_number(self) -> dict[int, str]:
        """What each mapping is called: the same by all who know it."""
        return {mapping.number: name for (_, name), mapping in self.mappings.items()}

    # --- how much there is ---
    @property
    def next_handle(self) -> int:
        """The number of what the next get or pin takes."""
        return len(self.handles) + 1

    @cached_property
    def nr_names(self) -> int:
        """Mappings and handles of those who live, they themselves, their threads, the files."""
        known = len(self.mappings) + len(self.handles)
        if self.gone:
            owners = (process for process, _ in (*self.mappings, *self.handles))
            known = sum(process not in self.gone for process in owners)
        return known + len(self.living()) + len(self.threads) + len(self.files)

    # --- what comes next ---
    def after(self, step: Step, *, made: bool = True) -> "Story":
        """Once the step was made; `made`: did it do what it is for?

        If not, nothing ends, and the name that it gives stands for nothing.
        """
        verb = step.record
        story = self.with_thread(step.actor) if "." in step.actor else self
        if made and verb.ends:
            story = story._ended(step, verb.ends)
        if verb.makes:
            return story._made(step, verb.makes, made)
        if made and verb.phase:
            return replace(story, phases={**story.phases, step.actor: verb.phase[1]})
        for word, gives in verb.for_children:
            if made and word in step.words:
                return story._with_for_children(step, gives)
        return story

    def _made(self, step: Step, what: str, made: bool) -> "Story":
        """What the step names is there, or stands for nothing."""
        if what == "process":
            return self.forked(step.by, step.name, step.line, made=made)
        if what == "mapping":
            return self._mapped(step, made)
        if what == "file":
            return self.with_file(step.name, step.nr_pages, made=made)
        nr_pages = step.target.nr_pages if step.target else 0
        return self.with_held(step.by, step.name, step.verb, nr_pages, made=made)

    def _mapped(self, step: Step, made: bool) -> "Story":
        """A new mapping, or what another has become: of the same kind, kept back alike."""
        extent = step.target
        known = self.mapping(extent.process, extent.name) if extent else None
        words = known.words if known else step.words
        story = self.with_mapping(step.by, step.name, step.nr_pages, words, made=made)
        if extent and known and known.kept_back >> extent.start & 1:
            new = story.mappings[step.by, step.name]
            return story._with(step.by, step.name, replace(new, kept_back=new.there))
        return story

    def _ended(self, step: Step, what: str) -> "Story":
        """What the step takes away is there no more."""
        if what == "task":
            return self.ended(step.actor, EXIT, step.line)
        assert step.target is not None
        if what == "handle":
            return self.given_back(step.target.process, step.target.name, step.line)
        return self if STAYS_MAPPED in step.words else self.unmapped(step.target)

    def _with_for_children(self, step: Step, gives: bool) -> "Story":
        """Whether children get the pages that the step names."""
        extent = step.target
        known = self.mapping(extent.process, extent.name) if extent else None
        if extent is None or known is None or (gives and VM_IO in known.words):
            return self
        there = known.there & bits(extent)
        kept = known.kept_back & ~there if gives else known.kept_back | there
        return self._with(extent.process, extent.name, replace(known, kept_back=kept))

    # --- one thing at a time ---
    def with_process(self, process: str) -> "Story":
        """A process that no other has forked."""
        pages_of = {**self.pages_of, process: 0}
        return replace(self, processes=(*self.processes, process), pages_of=pages_of)

    def with_thread(self, thread: str) -> "Story":
        """A thread lives from its first step."""
        if thread in self.threads or not self.lives(process_of(thread)):
            return self
        return replace(self, threads=self.threads | {thread})

    def forked(self, parent: str, child: str, line: int = 0, *, made: bool = True) -> "Story":
        """A child knows the mappings that its parent has now; what is held stays its parent's."""
        processes = (*self.processes, child)
        if not made:
            gone = {**self.gone, child: Gone("never forked", line, born=False)}
            return replace(self, processes=processes, gone=gone)
        known = {
            (child, name): mapping.inherited()
            for (process, name), mapping in self.mappings.items()
            if process == parent
        }
        return replace(
            self,
            processes=processes,
            mappings={**self.mappings, **known},
            pages_of={**self.pages_of, child: self.pages_of[parent]},
        )

    def ended(self, actor: str, why: str, line: int = 0) -> "Story":
        """A thread ends alone, a process with all its threads."""
        gone = {**self.gone, actor: Gone(why, line)}
        left = frozenset(t for t in self.threads if actor not in (t, process_of(t)))
        pages_of = {process: nr for process, nr in self.pages_of.items() if process != actor}
        return replace(self, gone=gone, threads=left, pages_of=pages_of)

    def with_mapping(
        self,
        process: str,
        name: str,
        nr_pages: int,
        words: tuple[str, ...] = (),
        *,
        made: bool = True,
    ) -> "Story":
        """A new mapping, with all its pages."""
        there = (1 << nr_pages) - 1 if made else 0
        new = Mapping(self.nr_mappings, nr_pages, words, there, made=made)
        pages_of = self.pages_of
        if made:
            pages_of = {**pages_of, process: pages_of[process] + nr_pages}
        story = self._with(process, name, new)
        return replace(story, nr_mappings=self.nr_mappings + 1, pages_of=pages_of)

    def _with(self, process: str, name: str, mapping: Mapping) -> "Story":
        return replace(self, mappings={**self.mappings, (process, name): mapping})

    def unmapped(self, extent: Extent) -> "Story":
        """Pages of a mapping are there no more; the name stays: it is a range of addresses."""
        known = self.mappings[extent.process, extent.name]
        left = replace(known, there=known.there & ~bits(extent))
        return self if left == known else self._with(extent.process, extent.name, left)

    def with_file(self, name: str, nr_pages: int, *, made: bool = True) -> "Story":
        """A new file, known to all."""
        return replace(self, files={**self.files, name: File(nr_pages, made)})

    def with_held(
        self, process: str, name: str, verb: str, nr_pages: int, *, made: bool = True
    ) -> "Story":
        """What a get or pin took; it may be nothing."""
        new = Held(self.next_handle, verb, nr_pages, made)
        return replace(self, handles={**self.handles, (process, name): new})

    def given_back(self, process: str, name: str, line: int) -> "Story":
        """put or unpin."""
        back = replace(self.handles[process, name], given_back=True, line=line)
        return replace(self, handles={**self.handles, (process, name): back})


START: Final = Story()


def process_of(actor: str) -> str:
    """The process that a process or thread belongs to."""
    return actor.partition(".")[0]


def bits(extent: Extent) -> int:
    """A bit for each page of the extent."""
    return (1 << extent.stop) - (1 << extent.start)


def story_of(steps: tuple[Step, ...] | list[Step]) -> Story:
    """The story after these steps."""
    story = START
    for step in steps:
        story = story.after(step)
    return story
