# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario as operations of the agent, and its answers as outcomes.

    plan = Plan(part)
    played = plan.outcomes(split(answers_to(plan.text())))

An operation is a line of text (``agent/player.c`` has the table): numbers in decimal, a process
by its number, a place by the number of its mapping and of a page in it.  The record of a verb
names its operation and arguments, and the answer is read by the verb's form; where there is more
to it, the record names a method that writes the operations and returns how they are read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.play.lower.arguments import words_of
from linuxmm.play.lower.memory import MAP_WORDS, PROTECTIONS
from linuxmm.play.lower.policy import chosen, from_to, policy_of
from linuxmm.play.machine_of import MEMCG, ROOT
from linuxmm.scenario.outcome import Event, PageState, Result, StepOutcome
from linuxmm.scenario.story import START, story_of
from linuxmm.scenario.tree import Extent, Machine, Scenario, Step
from linuxmm.scenario.words import KSM_COUNTERS, MEMCGS
from linuxmm.uapi import (
    GET_POLICY,
    MAP_ANONYMOUS,
    MAP_HUGETLB,
    MAP_PRIVATE,
    MAP_SHARED,
    MBIND,
    PAGE_SIZE,
)
from linuxmm.validate import answers as read
from linuxmm.validate.answers import Answer
from linuxmm.validate.hello import BALANCING, NODES, NR_HUGEPAGES, THP_FOLDER
from linuxmm.validate.limits import MAX_DAX_PAGES, MAX_DEVICE_PAGES
from linuxmm.validate.masks import OF_MIGRATION
from linuxmm.validate.numbers import KSM_KEYS, uses_ksm
from linuxmm.validate.played import PageRow, Played

Answers = Sequence[Answer]
Reader = Callable[[Answers], Result]
PROBE: Final = "/dev/mmprobe"
HMM: Final = "/dev/hmm_dmirror{}"
DAX: Final = "/run/linuxmm-dax"
DEVDAX: Final = "/run/linuxmm-devdax"
ZRAM: Final = "/dev/zram0"
KHUGEPAGED: Final = {"max_ptes_none": 511, "max_ptes_swap": 64, "max_ptes_shared": 256}
POOL: Final = "vm.nr_hugepages"
FIRST_COHERENT: Final = 2  # test_hmm's private devices have the numbers before it
TOPS: Final = (0x150000, 0x160000)  # test_hmm hands pages out from the top, the last used first
DRIVER: Final = {"pfnmap": 0, "pages": 1, "pfns": 2}  # kinds of mmprobe.c's mappings
SIGN: Final = 1 << 63


@dataclass(frozen=True)
class Planned:
    """A step and the numbers of its operations; -1: it is not looked at in this way."""

    step: Step
    own: range
    read: Reader
    log: int = -1
    rows: int = -1
    hidden: int = -1

    @property
    def last(self) -> int:
        return max(self.own.stop - 1, self.log, self.rows, self.hidden)


@dataclass(frozen=True)
class Place:
    """Where a plan is played, as far as its operations differ.

    `ours`: the whole machine is the scenario's, with its settings, its log, and our module that
    tells what only the kernel sees; else every step has the pages after it (`rows`).
    `disk`: the folder of its files.  `lacks`: abilities that a kernel of ours has not: there is no
    switch to set.  `smart`: ksmd scans as it does when a machine has booted; else it looks at every
    page in each pass.
    """

    ours: bool
    disk: str
    rows: bool = True
    lacks: frozenset[str] = frozenset()
    smart: bool = False


GUEST: Final = Place(ours=True, disk="/run/linuxmm-disk", smart=True)


class Plan:
    """The operations of one scenario, in order."""

    def __init__(self, scenario: Scenario, dax_offset: int = 0, place: Place = GUEST) -> None:
        self.scenario, self.place = scenario, place
        self.merges = any(map(uses_ksm, scenario.steps))
        self.ops: list[str] = []
        self.story = START
        self.whole = story_of(scenario.steps)
        self.files: dict[str, int] = {}
        self.of_pool: set[str] = set()  # of huge pages
        self.nr_files = 0
        self.cpus = {"P0": 0}
        self.status_at_start = -1  # the answer with it; a child begins with its parent's
        self.dax_offset = dax_offset % MAX_DAX_PAGES
        self.ksm_run = 0
        self.moves_worker = any(step.record.nodes == "from_to" for step in scenario.steps)
        self._answers: Answers = ()
        self._start()
        self.planned = [self._step(step) for step in scenario.steps]
        self._alive = -1 if place.ours else self._op("alive")
        self._op("end")
        self._late = self._op("log") if place.ours else -1

    def text(self) -> str:
        """What the agent plays."""
        return "\n".join(self.ops)

    def _op(self, *words: object) -> int:
        """One more operation: the number of its answer."""
        self.ops.append(" ".join(map(str, words)))
        return len(self.ops) - 1

    # --- the beginning ---------------------------------------------------------------------------
    def _start(self) -> None:
        machine = self.scenario.machine
        if self.place.ours:
            self._set_machine()
        if machine.memcg:
            self._op("memcg_start", 1)
        elif machine.cgroups:
            groups = (_group(machine, name) for name in MEMCGS.words)
            self._op("memcg_start", 2, *(n for group in groups for n in group))
        memlock = machine.memlock * PAGE_SIZE if machine.memlock >= 0 else -1
        thp = int(self.place.ours)  # on a host the machine's own setting is not ours
        self._op("start", len(self.whole.processes), memlock, int(machine.unprivileged), thp)
        self._op("cpu", 0, 0)
        if any(step.record.plan == "status" for step in self.scenario.steps):
            self.status_at_start = self._op("status", 0)
        self._start_ksm()
        if self.place.ours:
            self._op("drain")
            self._start_counters()
            self._op("log")

    def _set_machine(self) -> None:
        """What a guest is before the scenario: its switches, and nothing left of others."""
        machine = self.scenario.machine
        self._op("reset", *(n for top in TOPS for n in (top - MAX_DEVICE_PAGES, MAX_DEVICE_PAGES)))
        for key, number in machine.sysctls:
            if key == POOL:
                continue
            path = "/proc/sys/" + key.replace(".", "/")
            self._op("set", path, number, int(path == BALANCING))
        lacks = self.place.lacks
        if "kernel.numa_balancing" not in dict(machine.sysctls) and "numa_balancing" not in lacks:
            self._op("set", BALANCING, 0, 1)
        if "hugetlb" not in lacks:
            self._set_pool(dict(machine.sysctls).get(POOL, 0))
        if "thp" not in lacks:
            self._set_thp(machine)
        if "swap" not in lacks:
            self._op("swap", ZRAM, int(bool(machine.swap_pages)))

    def _set_pool(self, wanted: int) -> None:
        """Huge pages that nobody has used, on each node its share as the model has it."""
        for node in range(NODES):
            self._op("set", NR_HUGEPAGES.format(node), 0, 1)
        for node in range(NODES if wanted else 0):
            self._op("set", NR_HUGEPAGES.format(node), (wanted + NODES - 1 - node) // NODES, 1)

    def _set_thp(self, machine: Machine) -> None:
        """Huge pages as the machine has them; khugepaged wakes when a step says so."""
        for name, number in (KHUGEPAGED | dict(machine.khugepaged)).items():
            self._op("set", f"{THP_FOLDER}/khugepaged/{name}", number, 1)
        self._op("set", f"{THP_FOLDER}/enabled", machine.thp, 1)
        self._op("set", f"{THP_FOLDER}/shmem_enabled", machine.shmem, 1)
        if machine.thp != "never":
            self._op("khugepaged_start")

    def _start_ksm(self) -> None:
        self.full_scans = -1
        if not self.merges:
            return
        self._op("ksm_start", int(self.place.smart))
        for name, number in self.scenario.machine.ksm:
            self._set_ksm(name, number)
        self.full_scans = self._op("ksm_get", "full_scans")

    def _start_counters(self) -> None:
        counters = (step for step in self.scenario.steps if step.record.plan == "counters")
        keys = [key for step in counters for key in step.keys]
        self.counters = dict.fromkeys((*keys, *read.others_than(keys)))
        self.counters_at_start = self._op("counters", *self.counters) if keys else -1

    # --- steps -----------------------------------------------------------------------------------
    def _on_cpu(self, step: Step) -> None:
        """The process that makes the call is on the CPU of the step.

        A device's call is made by the process whose pages it names, on the CPU of a step without
        one, whatever CPU that process was on last.
        """
        process = step.by or step.whose
        if self.story.lives(process) and self.cpus.get(process) != step.cpu:
            self.cpus[process] = step.cpu
            self._op("cpu", self.number_of(process), step.cpu)

    def _step(self, step: Step) -> Planned:
        self._on_cpu(step)
        first = len(self.ops)
        verb = step.record
        write: Callable[[Step], Reader] = getattr(self, "_do_" + (verb.plan or "plain"))
        reader = write(step)
        self.story = self.story.after(step)
        own = range(first, len(self.ops))
        if step.by and verb.unowned:
            for i in own:
                self.ops[i] = f"by {self.number_of(step.by)} {self.ops[i]}"
        if not self.place.ours:
            rows = self._op("rows") if self.place.rows else -1
            return Planned(step, own, reader, rows=rows)
        log = self._op("log")
        if verb.drains:  # it shows in what only the kernel sees
            return Planned(step, own, reader, log, hidden=self._op("hidden"))
        if verb.looks:
            return Planned(step, own, reader, log)
        return Planned(step, own, reader, log, rows=self._op("rows"))

    def _do_plain(self, step: Step) -> Reader:
        """One operation, its arguments looked up by the names that the record has for them."""
        name, *arguments = step.record.agent
        self._op(name, *(word for each in arguments for word in ARGUMENTS[each](self, step)))
        return self._reader(step)

    def _reader(self, step: Step) -> Reader:
        """How an answer is read, by the form of the verb."""
        verb = step.record
        if verb.who == "device":
            return OF_DEVICES[verb.form]
        if verb.form == "picture" and not self.place.ours:
            return read.pictures_of_ram
        if verb.form == "fields":
            fields = FIELDS[verb.reads]
            return lambda found: fields(found[-1], step.keys)
        return BY_FORM[verb.form]

    def number_of(self, process: str) -> int:
        return self.whole.processes.index(process)

    def place_of(self, extent: Extent) -> tuple[int, int, int]:
        """Mapping, first page, pages."""
        number = self.story.mappings[extent.process, extent.name].number
        return number, extent.start, extent.nr_pages

    def slot_of(self, extent: Extent) -> int:
        """Where the agent keeps what is held."""
        return self.story.handles[extent.process, extent.name].number - 1

    # --- processes and mappings ------------------------------------------------------------------
    def _do_mmap(self, step: Step) -> Reader:
        prot = next(PROTECTIONS[word] for word in step.words if word in PROTECTIONS)
        flags = MAP_SHARED if "shared" in step.words else MAP_PRIVATE
        for word in step.words:
            flags |= MAP_WORDS.get(word, 0)
        if step.target is not None and step.target.name in self.of_pool:
            flags |= MAP_HUGETLB  # else the player does not know that the kernel rounds up
        nr, offset, file = self._behind(step)
        flags |= MAP_ANONYMOUS if file < 0 else 0
        number = self.story.nr_mappings
        self._op("mmap", self.number_of(step.by), number, nr, prot, flags, offset, file)
        return read.ok_or_errno

    def _do_mremap(self, step: Step) -> Reader:
        place, number = self.place_of(_target(step)), self.story.nr_mappings
        self._op("mremap", self.number_of(step.by), *place, number, step.nr_pages, words_of(step))
        return read.ok_or_errno

    def _behind(self, step: Step) -> tuple[int, int, int]:
        """Pages, offset and number of the file behind a mapping; -1: it is anonymous."""
        if step.target is not None:
            extent = step.target
            return extent.nr_pages, extent.start, self.files[extent.name]
        nr = step.nr_pages
        kind = "pfnmap" if "pfnmap" in step.words else ""
        if "mixedmap" in step.words:
            kind = "pfns" if "pfns" in step.words else "pages"
        if kind:
            return nr, DRIVER[kind], self._file("device", PROBE)
        if step.device.startswith("devdax"):
            at = self.dax_offset if self.dax_offset + nr <= MAX_DAX_PAGES else 0
            self.dax_offset = (at + nr) % MAX_DAX_PAGES
            return nr, at, self._file("dax", DEVDAX, nr, at)
        if step.device:
            return nr, 0, self._file("disk", DAX, nr)
        return nr, 0, -1

    def _file(self, *words: object) -> int:
        self.nr_files += 1
        self._op("file", self.nr_files - 1, *words)
        return self.nr_files - 1

    def _do_file(self, step: Step) -> Reader:
        folder = DAX if step.device else self.place.disk
        self.files[step.name] = self._file("disk", folder, step.nr_pages)
        return read.ok

    def _do_memfd_create(self, step: Step) -> Reader:
        of_pool = "MFD_HUGETLB" in step.words
        self.files[step.name] = self._file("hugetlb" if of_pool else "memfd", step.nr_pages)
        if of_pool:
            self.of_pool.add(step.name)
        return read.ok

    def _do_split_huge_pages(self, step: Step) -> Reader:
        if step.target is None:
            self._op("split_huge_pages_all", self.number_of(step.by), step.number)
        elif step.target.kind == "file":
            extent = step.target
            file = self.files[extent.name]
            self._op("split_huge_pages_in_file", file, extent.start, extent.nr_pages)
        else:
            self._op("split_huge_pages", self.number_of(step.whose), *self.place_of(step.target))
        return read.returned

    def _do_fork(self, step: Step) -> Reader:
        self._op("fork", self.number_of(step.by), self.number_of(step.name))
        self.cpus[step.name] = self.cpus[step.by]
        return read.forked

    # --- accesses --------------------------------------------------------------------------------
    def _do_read(self, step: Step) -> Reader:
        assert step.target is not None
        if step.target.kind == "handle":
            return self._on_held("held_read", step, (), read.contents)
        self._op("read", self.number_of(step.by), *self.place_of(step.target))
        return read.contents

    def _do_write(self, step: Step) -> Reader:
        assert step.target is not None
        if step.target.kind == "handle":
            return self._on_held("held_write", step, step.values, read.ok_or_errno)
        place = self.place_of(step.target)
        self._op("write", self.number_of(step.by), *place, *signed(step.values))
        return read.ok

    # --- references ------------------------------------------------------------------------------
    def _do_gup(self, step: Step) -> Reader:
        assert step.target is not None
        flags = words_of(step) | step.record.request << 32
        pair = self.number_of(step.by), self.number_of(step.target.process)
        self._op("gup", *pair, *self.place_of(step.target), flags, self.story.next_handle - 1)
        return read.returned

    def _on_held(self, op: str, step: Step, values: Sequence[int], reader: Reader) -> Reader:
        assert step.target is not None
        extent = step.target
        place = self.number_of(extent.process), self.slot_of(extent), extent.start, extent.nr_pages
        self._op(op, *place, *signed(values))
        return reader

    # --- devices and daemons ---------------------------------------------------------------------
    def device_path(self, name: str) -> str:
        """The coherent device of test_hmm whose memory is on the wanted node; the private ones."""
        device = self.scenario.machine.device(name)
        assert device is not None
        if device.kind == "private":
            return HMM.format(device.number)
        return HMM.format(FIRST_COHERENT + min(device.node, 1))

    def _do_numa(self, step: Step) -> Reader:
        """What task_numa_work does to each area, by our module."""
        process = step.whose
        place = self.place_of(step.target) if step.target else ()
        self._op("numa", self.number_of(process), *place)
        return read.ok

    # --- KSM -------------------------------------------------------------------------------------
    def _set_ksm(self, name: str, value: int) -> None:
        """ksmd runs in its own steps only: run=1 is remembered, and comes true there."""
        if name in ("pages_to_scan", "sleep_millisecs"):
            return
        if name != "run":
            self._op("ksm_set", name, *signed((value,)))
            return
        if value in (0, 1, 2):
            self.ksm_run = value
        if value not in (0, 1):
            self._op("ksm_set", name, *signed((value,)))

    def _do_ksm_set(self, step: Step) -> Reader:
        for name, value in step.settings:
            self._set_ksm(name, value)
        return read.first_failure

    def _do_ksm(self, step: Step) -> Reader:
        wanted = step.keys or tuple(key for key in KSM_COUNTERS if key.startswith("pages_"))
        keys = tuple(key for key in KSM_KEYS if key in wanted)
        self._op("ksm_get", *keys)
        at_start, run = self.full_scans, self.ksm_run
        return lambda found: read.ksm(found[-1], keys, run, self._answers[at_start])

    def _do_ksmd_scan(self, step: Step) -> Reader:
        return self._ksmd("ksm_batch", step.number)

    def _do_ksmd_full_scan(self, step: Step) -> Reader:
        return self._ksmd("ksm_pass", step.number if step.number >= 0 else 1)

    def _ksmd(self, op: str, number: int) -> Reader:
        if self.ksm_run == 1:
            self._op(op, number)
        return read.ok

    # --- reports ---------------------------------------------------------------------------------
    def _do_status(self, step: Step) -> Reader:
        process = step.whose
        self._op("status", self.number_of(process))
        before = self.status_at_start
        return lambda found: read.status(found[-1], self._answers[before], step.keys)

    def _do_get_mempolicy(self, step: Step) -> Reader:
        """Of an address of a mapping, or of none (a mapping below all)."""
        place = self.place_of(step.target) if step.target else (-1, 0, 0)
        self._op("get_mempolicy", self.number_of(step.by), *place, chosen(step, GET_POLICY))
        return lambda found: read.policy(found[-1], step)

    def _do_counters(self, step: Step) -> Reader:
        self._op("counters", *step.keys, *read.others_than(step.keys))
        order = list(self.counters)
        before = self.counters_at_start
        lost = OF_MIGRATION if self.moves_worker else ()
        return lambda found: read.counters(found[-1], self._answers[before], step.keys, order, lost)

    # --- the answers -----------------------------------------------------------------------------
    def outcomes(self, answers: Answers) -> list[Played]:
        """The steps that the answers reach, each with the pages after it; Skipped if one broke."""
        self._answers = answers
        for answer in answers:
            read.check(answer)
        if not self.place.ours:
            self._check_ends(answers)
        done = [planned for planned in self.planned if planned.last < len(answers)]
        return [self._played(planned, answers) for planned in done]

    def _check_ends(self, answers: Answers) -> None:
        """Skipped if somebody else, the OOM killer say, ended a process of the scenario."""
        ended = [found for answer in answers if (found := read.ended_by_others(answer))]
        if self._alive < len(answers):
            words = answers[self._alive].words()
            ended += zip(words[::2], words[1::2], strict=True)
        for process, signal in ended:
            who = f"the worker of {self.whole.processes[process]}"
            raise Skipped(f"somebody else ended {who}: {read.signal_name(signal)}")

    def late(self) -> list[str]:
        """Names of what the kernel logged while everything ended."""
        if not 0 <= self._late < len(self._answers):
            return []
        return [name for name, _ in read.events(self._answers[self._late])]

    def _played(self, planned: Planned, answers: Answers) -> Played:
        step = planned.step
        result = read.result(planned.read, [answers[i] for i in planned.own])
        label = step.label or step.verb
        logged = () if planned.log < 0 else read.events(answers[planned.log])
        events = tuple(Event(name, text=text) for name, text in logged)
        outcome = StepOutcome(step.line, step.actor, step.verb, label, result, events)
        rows = () if planned.rows < 0 else tuple(self._rows(answers[planned.rows]))
        hidden = None if planned.hidden < 0 else tuple(self._hidden(answers[planned.hidden]))
        return Played(step, outcome, rows, hidden)

    def _rows(self, answer: Answer) -> list[PageRow]:
        return [PageRow(*self._named(p, m), *read.row(words)) for p, m, words in read.rows(answer)]

    def _hidden(self, answer: Answer) -> list[PageState]:
        return [
            read.page_state(*self._named(p, m), page, words)
            for p, m, page, words in read.hidden(answer)
        ]

    def _named(self, process: int, mapping: int) -> tuple[str, str]:
        """The names of a process and a mapping that an answer has by number."""
        names, processes = self.whole.names_by_number, self.whole.processes
        if process >= len(processes) or mapping not in names:
            raise read.no_answer(f"process {process}, mapping {mapping}: there is none")
        return processes[process], names[mapping]


def _group(machine: Machine, name: str) -> tuple[int, int]:
    """The number of the group that it is in (0: there is no such group), and its limit in pages."""
    found = next((group for group in machine.cgroups if group.name == name), None)
    return (MEMCG[found.parent or ROOT], found.max_pages) if found else (0, 0)


def signed(values: Sequence[int]) -> tuple[int, ...]:
    """64-bit contents as the agent's numbers."""
    return tuple(value - 2 * SIGN if value >= SIGN else value for value in values)


def _target(step: Step) -> Extent:
    assert step.target is not None
    return step.target


# as the records name them
ARGUMENTS: Final[dict[str, Callable[[Plan, Step], Sequence[object]]]] = {
    "0": lambda plan, step: (0,),
    "by": lambda plan, step: (plan.number_of(step.by),),
    "whose": lambda plan, step: (plan.number_of(step.whose),),
    "call": lambda plan, step: (step.verb,),
    "request": lambda plan, step: (step.record.request,),
    "path": lambda plan, step: (plan.device_path(step.actor),),
    "place": lambda plan, step: plan.place_of(_target(step)),
    "file": lambda plan, step: (plan.files[_target(step).name],),
    "first": lambda plan, step: (_target(step).start,),
    "nr": lambda plan, step: (_target(step).nr_pages,),
    "slot": lambda plan, step: (plan.slot_of(_target(step)),),
    "new_mapping": lambda plan, step: (plan.story.nr_mappings,),
    "new_nr": lambda plan, step: (step.nr_pages,),
    "words": lambda plan, step: (words_of(step),),
    "values": lambda plan, step: signed(step.values),
    "nodes": lambda plan, step: step.nodes,
    "number": lambda plan, step: (step.number,),
    "policy": lambda plan, step: policy_of(step),
    "from_to": lambda plan, step: from_to(step),
    "flags": lambda plan, step: (chosen(step, MBIND),),
    "passes": lambda plan, step: (max(step.number, 1),),
}
BY_FORM: Final[dict[str, Reader]] = {
    "ok": read.ok,
    "return": read.returned,
    "values": read.contents,
    "status": read.statuses,
    "found": read.followed,
    "picture": read.pictures,
    "pagemap": read.pagemap,
    "kpageflags": read.kpageflags,
    "counts": read.counts,
}
OF_DEVICES: Final[dict[str, Reader]] = {
    "ok": read.ok,
    "access": read.ok_or_errno,
    "values": read.hmm_read,
    "fields": read.hmm_moved,
    "snapshot": read.hmm_snapshot,
}
FIELDS: Final[dict[str, Callable[[Answer, Sequence[str]], Result]]] = {
    reader.__name__: reader for reader in (read.smaps, read.numa_maps, read.memory_stat)
}
