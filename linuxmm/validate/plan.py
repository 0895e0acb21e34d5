"""A scenario as operations of the agent, and its answers as outcomes.

    plan = Plan(part)
    played = plan.outcomes(split(answers_to(plan.text())))

An operation is a line of text (``agent/player.c`` has the table): numbers in decimal, a process
by its number, a place by the number of its mapping and of a page in it.  Each verb stands here
once: a method writes its operations and returns how their answers are read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.play.lower.memory import MAP_WORDS, PROTECTIONS
from linuxmm.scenario.outcome import Event, PageState, Result, StepOutcome
from linuxmm.scenario.tree import PAGE_SIZE, Extent, Scenario, Step
from linuxmm.scenario.words import KSM_COUNTERS
from linuxmm.state.vocabulary import FOLL_FLAGS
from linuxmm.validate import answers as read
from linuxmm.validate.answers import Answer
from linuxmm.validate.limits import MAX_DAX_PAGES, MAX_DEVICE_PAGES
from linuxmm.validate.looks import is_report
from linuxmm.validate.numbers import (
    ADVICE,
    KSM_KEYS,
    MAP_ANONYMOUS,
    MAP_PRIVATE,
    MAP_SHARED,
    MOVE,
    uses_ksm,
)
from linuxmm.validate.played import PageRow, Played

Answers = Sequence[Answer]
Reader = Callable[[Answers], Result]
PROBE: Final = "/dev/mmprobe"
HMM: Final = "/dev/hmm_dmirror{}"
DAX: Final = "/run/linuxmm-dax"
DEVDAX: Final = "/run/linuxmm-devdax"
ZRAM: Final = "/dev/zram0"
BALANCING: Final = "/proc/sys/kernel/numa_balancing"
THP: Final = "/sys/kernel/mm/transparent_hugepage/enabled"
FIRST_COHERENT: Final = 2  # test_hmm's private devices have the numbers before it
TOPS: Final = (0x150000, 0x160000)  # test_hmm hands pages out from the top, the last used first
GUP_KINDS: Final = ("get", "get_fast", "pin", "pin_fast")
DRIVER: Final = {"pfnmap": 0, "pages": 1, "pfns": 2}  # kinds of mmprobe.c's mappings
HMM_NUMBERS: Final = {"read": 0, "write": 1, "migrate": 2, "migrate_to_sys": 3, "snapshot": 4}
HMM_READERS: Final[dict[str, Reader]] = {
    "read": read.hmm_read, "write": read.ok_or_errno, "snapshot": read.hmm_snapshot,
}  # fmt: skip
# operations of these verbs name no process; one that is gone does not make them
WITHOUT_PROCESS: Final = frozenset(
    ("file", "memfd_create", "pread", "pwrite", "fsync", "ksm", "ksm_set", "meminfo", "vmstat")
)
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
    `disk`: the folder of its files.
    """

    ours: bool
    disk: str
    rows: bool = True


GUEST: Final = Place(ours=True, disk="/run/linuxmm-disk")


class Plan:
    """The operations of one scenario, in order."""

    def __init__(self, scenario: Scenario, dax_offset: int = 0, place: Place = GUEST) -> None:
        self.scenario, self.place = scenario, place
        self.merges = any(map(uses_ksm, scenario.steps))
        self.ops: list[str] = []
        self.processes = {name: i for i, name in enumerate(scenario.processes())}
        self.maps: dict[tuple[str, str], int] = {}
        self.names: list[str] = []  # of the mapping with this number
        self.files: dict[str, int] = {}
        self.held: dict[tuple[str, str], int] = {}
        self.nr_files = self.nr_held = 0
        self.cpus = {"P0": 0}
        self.status_of: dict[str, int] = {}  # the answer with the status at the start
        self.dax_offset = dax_offset % MAX_DAX_PAGES
        self.ksm_run = 0
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
        memlock = machine.memlock * PAGE_SIZE if machine.memlock >= 0 else -1
        thp = int(self.place.ours and machine.thp != "never")
        self._op("start", len(self.processes), memlock, int(machine.unprivileged), thp)
        self._op("cpu", 0, 0)
        if any(step.verb == "status" for step in self.scenario.steps):
            self.status_of["P0"] = self._op("status", 0)
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
            path = "/proc/sys/" + key.replace(".", "/")
            self._op("set", path, number, int(path == BALANCING))
        if "kernel.numa_balancing" not in dict(machine.sysctls):
            self._op("set", BALANCING, 0, 1)
        self._op("set", THP, machine.thp, 1)
        self._op("swap", ZRAM, int(bool(machine.swap_pages)))

    def _start_ksm(self) -> None:
        self.full_scans = -1
        if not self.merges:
            return
        self._op("ksm_start")
        for name, number in self.scenario.machine.ksm:
            self._set_ksm(name, number)
        self.full_scans = self._op("ksm_get", "full_scans")

    def _start_counters(self) -> None:
        keys = [k for s in self.scenario.steps if s.verb in ("meminfo", "vmstat") for k in s.keys]
        self.counters = dict.fromkeys((*keys, *read.others_than(keys)))
        self.counters_at_start = self._op("counters", *self.counters) if keys else -1

    # --- steps -----------------------------------------------------------------------------------
    def _step(self, step: Step) -> Planned:
        if step.by and self.cpus.get(step.by) != step.cpu:
            self.cpus[step.by] = step.cpu
            self._op("cpu", self.processes[step.by], step.cpu)
        first = len(self.ops)
        reader = self._method(step)(step)
        own = range(first, len(self.ops))
        if step.by and step.verb in WITHOUT_PROCESS:
            for i in own:
                self.ops[i] = f"by {self._number(step.by)} {self.ops[i]}"
        if not self.place.ours:
            rows = self._op("rows") if self.place.rows else -1
            return Planned(step, own, reader, rows=rows)
        log = self._op("log")
        if step.verb == "drain":  # it shows in what only the kernel sees
            return Planned(step, own, reader, log, hidden=self._op("hidden"))
        if is_report(step):
            return Planned(step, own, reader, log)
        return Planned(step, own, reader, log, rows=self._op("rows"))

    def _method(self, step: Step) -> Callable[[Step], Reader]:
        if step.actor.startswith(("coherent", "private")):
            return self._release if step.verb == "release" else self._device
        verb = step.actor if step.actor in ("numa", "ksmd") else step.verb
        method: Callable[[Step], Reader] = getattr(self, "_do_" + verb)
        return method

    def _number(self, process: str) -> int:
        return self.processes[process]

    def _whose(self, step: Step) -> str:
        """The process whose pages or files the step names, else its own."""
        return step.process or (step.target.process if step.target else "") or step.by

    def _place(self, extent: Extent) -> tuple[int, int, int]:
        """Mapping, first page, pages."""
        number = self.maps[extent.process, extent.name]
        return number, extent.start, extent.nr_pages

    # --- processes and mappings ------------------------------------------------------------------
    def _do_mmap(self, step: Step) -> Reader:
        prot = next(PROTECTIONS[word] for word in step.words if word in PROTECTIONS)
        flags = MAP_SHARED if "shared" in step.words else MAP_PRIVATE
        for word in step.words:
            flags |= MAP_WORDS.get(word, 0)
        nr, offset, file = self._behind(step)
        flags |= MAP_ANONYMOUS if file < 0 else 0
        number = len(self.names)
        self.names.append(step.name)
        self.maps[step.by, step.name] = number
        self._op("mmap", self._number(step.by), number, nr, prot, flags, offset, file)
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
        self.files[step.name] = self._file("memfd", step.nr_pages)
        return read.ok

    def _do_fork(self, step: Step) -> Reader:
        self._op("fork", self._number(step.by), self._number(step.name))
        maps = {(step.name, n): v for (p, n), v in self.maps.items() if p == step.by}
        self.maps.update(maps)
        for known in (self.cpus, self.status_of):
            if step.by in known:
                known[step.name] = known[step.by]
        return read.ok_or_errno

    def _do_exit(self, step: Step) -> Reader:
        self._op("exit", self._number(step.by))
        return read.ok

    # --- calls on a range ------------------------------------------------------------------------
    def _range(self, step: Step, argument: int = 0) -> Reader:
        assert step.target is not None
        place = self._place(step.target)
        self._op("range", self._number(step.by), step.verb, *place, argument)
        return read.returned

    _do_munmap = _do_mlock = _do_munlock = _range

    def _do_mlock2(self, step: Step) -> Reader:
        return self._range(step, int("MLOCK_ONFAULT" in step.words))

    def _do_mprotect(self, step: Step) -> Reader:
        return self._range(step, next(PROTECTIONS[word] for word in step.words))

    def _do_madvise(self, step: Step) -> Reader:
        return self._range(step, ADVICE[step.words[0]])

    def _do_munlockall(self, step: Step) -> Reader:
        self._op("call", self._number(step.by), "munlockall")
        return read.returned

    def _do_process_madvise(self, step: Step) -> Reader:
        assert step.target is not None
        pair = self._number(step.by), self._number(self._whose(step))
        self._op("process_madvise", *pair, *self._place(step.target), ADVICE[step.words[0]])
        return read.returned

    def _do_move_pages(self, step: Step) -> Reader:
        assert step.target is not None
        flags = sum(MOVE.get(word, 0) for word in step.words)
        pair = self._number(step.by), self._number(self._whose(step))
        self._op("move_pages", *pair, *self._place(step.target), flags, *step.nodes)
        return read.statuses

    # --- accesses --------------------------------------------------------------------------------
    def _do_read(self, step: Step) -> Reader:
        assert step.target is not None
        if step.target.kind == "handle":
            return self._on_held("held_read", step, (), read.contents)
        self._op("read", self._number(step.by), *self._place(step.target))
        return read.contents

    def _do_write(self, step: Step) -> Reader:
        assert step.target is not None
        if step.target.kind == "handle":
            return self._on_held("held_write", step, step.values, read.ok_or_errno)
        self._op("write", self._number(step.by), *self._place(step.target), *signed(step.values))
        return read.ok

    def _do_pread(self, step: Step) -> Reader:
        assert step.target is not None
        extent = step.target
        self._op("pread", self.files[extent.name], extent.start, extent.nr_pages)
        return read.contents

    def _do_pwrite(self, step: Step) -> Reader:
        assert step.target is not None
        extent, values = step.target, signed(step.values)
        self._op("pwrite", self.files[extent.name], extent.start, extent.nr_pages, *values)
        return read.returned

    def _do_fsync(self, step: Step) -> Reader:
        assert step.target is not None
        self._op("fsync", self.files[step.target.name])
        return read.returned

    # --- references ------------------------------------------------------------------------------
    def _gup(self, step: Step) -> Reader:
        assert step.target is not None
        flags = sum(FOLL_FLAGS[word] for word in step.words)
        flags |= GUP_KINDS.index(step.verb) << 32
        self.held[step.by, step.name] = slot = self.nr_held
        self.nr_held += 1
        pair = self._number(step.by), self._number(step.target.process)
        self._op("gup", *pair, *self._place(step.target), flags, slot)
        return read.returned

    _do_get = _do_get_fast = _do_pin = _do_pin_fast = _gup

    def _do_put(self, step: Step) -> Reader:
        assert step.target is not None
        owner = step.target.process
        self._op("put", self._number(owner), self.held[owner, step.target.name])
        return read.ok

    _do_unpin = _do_put

    def _on_held(self, op: str, step: Step, values: Sequence[int], reader: Reader) -> Reader:
        assert step.target is not None
        extent = step.target
        slot = self.held[extent.process, extent.name]
        place = self._number(extent.process), slot, extent.start, extent.nr_pages
        self._op(op, *place, *signed(values))
        return reader

    def _do_follow_page(self, step: Step) -> Reader:
        assert step.target is not None
        flags = sum(FOLL_FLAGS[word] for word in step.words)
        target = self._number(step.target.process)
        self._op("follow_page", target, *self._place(step.target), flags)
        return read.followed

    # --- devices and daemons ---------------------------------------------------------------------
    def _device_path(self, name: str) -> str:
        """The coherent device of test_hmm whose memory is on the wanted node; the private ones."""
        device = self.scenario.machine.device(name)
        assert device is not None
        if device.kind == "private":
            return HMM.format(device.number)
        return HMM.format(FIRST_COHERENT + min(device.node, 1))

    def _device(self, step: Step) -> Reader:
        assert step.target is not None
        path, number = self._device_path(step.actor), HMM_NUMBERS[step.verb]
        mapping, first, nr = self._place(step.target)
        process, values = self._number(step.target.process), signed(step.values)
        self._op("hmm", process, number, path, mapping, first, nr, *values)
        return HMM_READERS.get(step.verb, read.hmm_moved)

    def _release(self, step: Step) -> Reader:
        self._op("release", self._device_path(step.actor))
        return read.ok

    def _do_numa(self, step: Step) -> Reader:
        """What task_numa_work does to each area, by our module."""
        process = self._whose(step)
        if self.cpus.get(process) != step.cpu:  # pages of this CPU's node are left alone
            self.cpus[process] = step.cpu
            self._op("cpu", self._number(process), step.cpu)
        place = self._place(step.target) if step.target else ()
        self._op("numa", self._number(process), *place)
        return read.ok

    def _do_drain(self, step: Step) -> Reader:
        self._op("drain")
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

    def _do_ksmd(self, step: Step) -> Reader:
        if self.ksm_run != 1:
            return read.ok
        if step.verb == "scan":
            self._op("ksm_batch", step.number)
        else:
            self._op("ksm_pass", step.number if step.number >= 0 else 1)
        return read.ok

    # --- reports ---------------------------------------------------------------------------------
    def _report(self, op: str, step: Step) -> None:
        assert step.target is not None
        self._op(op, self._number(self._whose(step)), *self._place(step.target))

    def _do_pages(self, step: Step) -> Reader:
        self._report("pagemap", step)
        return read.pictures if self.place.ours else read.pictures_of_ram

    def _do_pagemap(self, step: Step) -> Reader:
        self._report("pagemap", step)
        return read.pagemap

    def _do_kpageflags(self, step: Step) -> Reader:
        self._report("kpageflags", step)
        return read.kpageflags

    def _do_kpagecount(self, step: Step) -> Reader:
        self._report("kpagecount", step)
        return read.kpagecount

    def _do_smaps(self, step: Step) -> Reader:
        self._report("smaps", step)
        return lambda found: read.smaps(found[-1], step.keys)

    def _do_numa_maps(self, step: Step) -> Reader:
        self._report("numa_maps", step)
        return lambda found: read.numa_maps(found[-1], step.keys)

    def _do_status(self, step: Step) -> Reader:
        process = self._whose(step)
        self._op("status", self._number(process))
        before = self.status_of[process]
        return lambda found: read.status(found[-1], self._answers[before], step.keys)

    def _do_clear_refs(self, step: Step) -> Reader:
        self._op("clear_refs", self._number(self._whose(step)), step.number)
        return read.returned

    def _do_meminfo(self, step: Step) -> Reader:
        self._op("counters", *step.keys, *read.others_than(step.keys))
        order = list(self.counters)
        before = self.counters_at_start
        return lambda found: read.counters(found[-1], self._answers[before], step.keys, order)

    _do_vmstat = _do_meminfo

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
            who = f"the worker of {list(self.processes)[process]}"
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
        if process >= len(self.processes) or mapping >= len(self.names):
            raise read.no_answer(f"process {process}, mapping {mapping}: there is none")
        return list(self.processes)[process], self.names[mapping]


def signed(values: Sequence[int]) -> tuple[int, ...]:
    """64-bit contents as the agent's numbers."""
    return tuple(value - 2 * SIGN if value >= SIGN else value for value in values)
