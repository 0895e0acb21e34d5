"""A scenario on the running kernel: plain system calls by processes of its own.

    with Host(abilities) as host:
        outcomes = host.play(part)

It touches nothing but its own processes and files, and puts back every setting it changes.
What it cannot do is `Skipped` (``part.py`` knows beforehand).
"""

import ctypes
import errno
import json
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from os.path import dirname, join
from types import TracebackType
from typing import Any, Final

from linuxmm.errors import ModelBug, Skipped, printable
from linuxmm.play.lower.memory import MAP_WORDS, PROTECTIONS
from linuxmm.play.render import GONE, errno_name
from linuxmm.play.steps_on_model import NO_FILE
from linuxmm.procfs import in_kb, parse_status, read
from linuxmm.scenario import outcome as form
from linuxmm.scenario.outcome import Atom, Errno, Result, StepOutcome, Value
from linuxmm.scenario.tree import PAGE_SIZE, Extent, Scenario, Step
from linuxmm.scenario.words import KSM_COUNTERS
from linuxmm.validate import procfs
from linuxmm.validate.abilities import Abilities, is_mergeable, mergeable_processes
from linuxmm.validate.answers import status_atom
from linuxmm.validate.numbers import (
    ADVICE,
    CALLS,
    KSM_KEYS,
    MAP_ANONYMOUS,
    MAP_PRIVATE,
    MAP_SHARED,
    MOVE,
    UNTOUCHED,
    uses_ksm,
)
from linuxmm.validate.played import PageRow, Played
from linuxmm.validate.settings import KsmSettings, Tell, silent

STEP_LIMIT: Final = 20.0  # seconds for one message to a worker
SCAN_PATIENCE: Final = 2.0  # seconds for ksmd, until it is asked whether it has anything to do
CHUNK: Final = 1000  # pages of one message
NOT_US: Final = "somebody else ended the worker of {}: {}"
LACKS: Final = (  # what this machine has not enough of or does not allow; a process that is gone
    errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ESRCH,
    errno.EACCES, errno.EPERM,
)  # fmt: skip
OF_AN_ACCESS: Final = ("SIGSEGV", "SIGBUS")  # signals that a step of its own can end a worker in


class Died(Exception):
    """A worker ended in the signal of an access: an outcome of the step."""

    def __init__(self, process: str, signal: str) -> None:
        super().__init__(f"{process} ended in {signal}")
        self.process, self.signal = process, signal


@dataclass
class Process:
    """A worker: its pid, a descriptor of it, our end of its channel."""

    name: str
    pid: int
    pidfd: int
    channel: socket.socket
    slot: int
    cpu: int = -1
    status_at_start: dict[str, int] = field(default_factory=dict)


class Host:
    """The running kernel, for one scenario after another."""

    def __init__(self, abilities: Abilities, tell: Tell = silent) -> None:
        self.abilities = abilities
        self.tell = tell  # what it waits for, so that nobody takes it for hanging
        self.ksm: KsmSettings | None = None
        self._why_no_ksm = ""

    def __enter__(self) -> "Host":
        if not self.abilities.has("worker"):
            raise Skipped(self.abilities.why_not("worker"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.ksm is not None:
            self.ksm.__exit__(kind, error, at)

    def play(self, scenario: Scenario, *, look: bool = True) -> list[Played]:
        """Every step in order.  `look`: all mapped pages after each of them."""
        try:
            return self._play(scenario, look)
        except Died as died:
            raise Skipped(f"{died} outside of its own steps") from None
        except OSError as error:
            if error.errno in LACKS:
                where = f": {os.fsdecode(error.filename)}" if error.filename else ""
                why = f"this machine could not play it{where}: {error.strerror}"
                raise Skipped(printable(why)) from None
            raise

    def _play(self, scenario: Scenario, look: bool) -> list[Played]:
        merges = any(uses_ksm(step) for step in scenario.steps)
        if merges and mergeable_processes(()):
            raise Skipped("KSM is in use by others")
        run = HostRun(scenario, self.abilities, self._ksm_settings() if merges else None)
        try:
            run.start()
            played = [run.step(step, look) for step in scenario.steps]
            run.check_alive()
            if merges and mergeable_processes(run.pids()):
                raise Skipped("KSM came into use by others")
            return played
        finally:
            run.close()

    def _ksm_settings(self) -> KsmSettings:
        """KSM is ours from the first scenario that uses it to the end of the run."""
        if self._why_no_ksm:  # waited for once
            raise Skipped(self._why_no_ksm)
        if self.ksm is None:
            ksm = KsmSettings(self.tell)
            try:
                ksm.__enter__()
            except Skipped as why:
                self._why_no_ksm = str(why)
                raise
            self.ksm = ksm
        return self.ksm


class HostRun:
    """One scenario under way: its processes, names and files."""

    def __init__(self, scenario: Scenario, abilities: Abilities, ksm: KsmSettings | None) -> None:
        self.scenario, self.abilities, self.ksm = scenario, abilities, ksm
        self.processes: dict[str, Process] = {}
        self.gone: set[str] = set()
        self.mappings: dict[tuple[str, str], tuple[int, int]] = {}  # address, pages
        self.files: dict[str, int] = {}
        self._ours: dict[str, socket.socket] = {}
        self._theirs: list[socket.socket] = []
        self._progress_fd = os.memfd_create("linuxmm-progress")
        os.ftruncate(self._progress_fd, PAGE_SIZE)
        self._progress = mmap.mmap(self._progress_fd, PAGE_SIZE)
        self._full_scans = 0
        self._ksm_run = 0

    # --- beginning and end --------------------------------------------------------------------
    def start(self) -> None:
        """The first process, and the settings of the machine block."""
        names = self.scenario.processes()
        for name in names:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._ours[name] = ours
            self._theirs.append(theirs)
        fds = [theirs.fileno() for theirs in self._theirs]
        words = ",".join(f"{name}={fd}" for name, fd in zip(names, fds, strict=True))
        worker = join(dirname(__file__), "worker.py")
        started = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", worker, str(self._progress_fd), words],
            pass_fds=[*fds, self._progress_fd],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # what a terminal sends us ends the workers through us
        )
        self._popen = started  # kept: it would complain about an unwaited child
        self._add("P0", started.pid)
        machine = self.scenario.machine
        memlock = machine.memlock * PAGE_SIZE if machine.memlock >= 0 else -1
        self._tell("P0", "limit", memlock, int(machine.unprivileged))
        self._run_on("P0", 0)
        self.processes["P0"].status_at_start = in_kb(
            parse_status(read(f"/proc/{started.pid}/status"))
        )
        self._start_ksm()

    def _start_ksm(self) -> None:
        if self.ksm is None:
            return
        self.ksm.unmerge()
        settings: dict[str, int | str] = {
            "advisor_mode": "none", "smart_scan": 0, "pages_to_scan": 1 << 20,
            "sleep_millisecs": 10_000_000, "merge_across_nodes": 1, "use_zero_pages": 0,
            "max_page_sharing": 256,
        }  # fmt: skip
        for name, value in settings.items():
            if self.ksm.has(name):
                self.ksm.set(name, value)
        for name, number in self.scenario.machine.ksm:
            self._set_ksm(name, number)
        self._full_scans = self.ksm.get("full_scans")

    def close(self) -> None:
        """No process, no file, no KSM page of ours is left."""
        for process in list(self.processes.values()):
            self._end(process, kill=True)
        for channel in (*self._ours.values(), *self._theirs):
            channel.close()
        for fd in (*self.files.values(), self._progress_fd):
            os.close(fd)
        self._progress.close()
        if self.ksm is not None:
            self.ksm.unmerge()

    def _add(self, name: str, pid: int) -> None:
        slot = 8 * self.scenario.processes().index(name)
        self.processes[name] = Process(name, pid, os.pidfd_open(pid), self._ours[name], slot)

    def _end(self, process: Process, *, kill: bool = False) -> str:
        """Waits for the end of a process: the signal that ended it, or nothing."""
        if kill:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process.pidfd, signal.SIGKILL)
        _, status = os.waitpid(process.pid, 0)
        if process.name == "P0":
            self._popen.returncode = 0
        os.close(process.pidfd)
        del self.processes[process.name]
        return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else ""

    def check_alive(self) -> None:
        """What was read of a process that somebody had ended would be nothing, not wrong."""
        for process in list(self.processes.values()):
            if select.select([process.pidfd], [], [], 0)[0]:
                raise Skipped(NOT_US.format(process.name, self._end(process)))

    # --- messages -----------------------------------------------------------------------------
    def _tell(self, name: str, verb: str, *args: object, fd: int = -1) -> Any:
        """What the worker answers; Died when a signal ended it first."""
        process = self.processes[name]
        message = json.dumps([verb, *args]).encode()
        channel = process.channel.fileno()
        with suppress(BrokenPipeError, ConnectionResetError):  # it is gone: its end says how
            socket.send_fds(process.channel, [message], [fd] if fd >= 0 else [])
            ready, _, _ = select.select([channel, process.pidfd], [], [], STEP_LIMIT)
            if not ready:
                raise Skipped(f"{verb} did not end within {STEP_LIMIT:.0f} s")
            data = process.channel.recv(1 << 20) if channel in ready else b""
            if data:
                return _answer(name, json.loads(data))
        raise self._died(process)

    def _died(self, process: Process) -> Exception:
        """What the end of a worker means."""
        ended_by = self._end(process)
        if not ended_by:
            return ModelBug(f"the worker of {process.name} ended by itself")
        if ended_by not in OF_AN_ACCESS:
            return Skipped(NOT_US.format(process.name, ended_by))
        return Died(process.name, ended_by)

    def _call(self, step: Step, *args: int) -> Result:
        """A system call with integers; what it returned."""
        number = CALLS[os.uname().machine][step.verb]
        return _returned(self._tell(step.by, "call", number, *args))

    def _address(self, extent: Extent) -> int:
        """Where the first page of the extent lies (0: its mmap failed), as `Bindings.address`."""
        base, _ = self.mappings.get((extent.process, extent.name), (0, 0))
        return base + extent.start * PAGE_SIZE if base else 0

    # --- steps ----------------------------------------------------------------------------------
    def step(self, step: Step, look: bool) -> Played:
        """One step and what it gave."""
        target = step.target.process if step.target else ""
        if any(name in self.gone for name in (step.by, target, step.process)):
            result: Result = GONE
            if step.verb == "fork":
                self.gone.add(step.name)
        elif self._has_no_file(step):
            result = NO_FILE
        else:
            try:
                if step.by:
                    self._run_on(step.by, step.cpu)
                result = self._step(step)
            except Died as died:
                if died.process != step.by:
                    raise
                self.gone.add(step.by)
                result = form.signalled(died.signal, self._pages_done(step.by))
        label = step.label or step.verb
        outcome = StepOutcome(step.line, step.actor, step.verb, label, result)
        return Played(step, outcome, self.look() if look else ())

    def _has_no_file(self, step: Step) -> bool:
        """As in the model: a file that could not be made is a descriptor that is not open."""
        target = step.target
        return target is not None and target.kind == "file" and target.name not in self.files

    def _run_on(self, name: str, cpu: int) -> None:
        """The process goes on where the step wants it."""
        if cpu not in self.abilities.cpus:
            cpu = self.abilities.cpus[0]
        if self.processes[name].cpu != cpu:
            self._tell(name, "cpu", cpu)
            self.processes[name].cpu = cpu

    def _pages_done(self, name: str) -> int:
        """How many pages the access had done when its process died."""
        slot = 8 * self.scenario.processes().index(name)
        return int.from_bytes(self._progress[slot : slot + 8], "little")

    def _step(self, step: Step) -> Result:
        verb = step.actor if step.actor == "ksmd" else step.verb
        method = getattr(self, "_do_" + verb, None)
        if method is None:
            raise Skipped(f"{step.verb} cannot be done on the host")
        result = method(step)
        assert isinstance(result, form.Single | form.PerPage | form.Fields)
        return result

    def look(self) -> tuple[PageRow, ...]:
        """All pages that have a name, of every living process."""
        if not self.abilities.has("pagemap"):
            return ()
        rows = []
        for (name, mapping), (address, nr_pages) in self.mappings.items():
            if name in self.processes:
                words = procfs.pagemap_words(self.processes[name].pid, address, nr_pages)
                shown = tuple(procfs.letters(word) for word in words)
                frames = tuple(procfs.frame(word) for word in words)
                rows.append(PageRow(name, mapping, shown, frames))
        return tuple(rows)

    # --- processes and mappings -----------------------------------------------------------------
    def _do_mmap(self, step: Step) -> Result:
        prot = next(PROTECTIONS[word] for word in step.words if word in PROTECTIONS)
        flags = MAP_SHARED if "shared" in step.words else MAP_PRIVATE
        for word in step.words:
            flags |= MAP_WORDS.get(word, 0)
        nr_pages, offset, fd = step.nr_pages, 0, -1
        if step.target is not None:
            fd = self.files[step.target.name]
            nr_pages, offset = step.target.nr_pages, step.target.start
        else:
            flags |= MAP_ANONYMOUS
        ret = self._tell(step.by, "mmap", nr_pages, prot, flags, offset, fd=fd)
        if ret < 0:
            return form.failed(errno_name(ret))
        self.mappings[step.by, step.name] = (ret, nr_pages)
        return form.OK

    def _do_fork(self, step: Step) -> Result:
        pid = self._tell(step.by, "fork", step.name)
        if pid < 0:
            return form.failed(errno_name(pid))
        self._add(step.name, pid)
        parent = self.processes[step.by]
        child = self.processes[step.name]
        child.status_at_start, child.cpu = parent.status_at_start, parent.cpu
        for (process, name), where in list(self.mappings.items()):
            if process == step.by:
                self.mappings[step.name, name] = where
        return form.OK

    def _do_exit(self, step: Step) -> Result:
        process = self.processes[step.by]
        with suppress(BrokenPipeError, ConnectionResetError):
            process.channel.send(json.dumps(["exit"]).encode())
        ended_by = self._end(process)
        if ended_by:
            raise Skipped(NOT_US.format(process.name, ended_by))
        self.gone.add(step.by)
        return form.OK

    def _do_file(self, step: Step) -> Result:
        """Zeroes that reached the disk and are not cached; nobody sees a name of it."""
        fd, path = tempfile.mkstemp(prefix="linuxmm-", dir=self.abilities.disk)
        os.unlink(path)
        self.files[step.name] = fd
        os.write(fd, bytes(step.nr_pages * PAGE_SIZE))
        os.fsync(fd)
        for _ in range(100):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            if not _is_cached(fd, step.nr_pages):
                return form.OK
            time.sleep(0.005)
        raise Skipped("a new file stays in the page cache")

    def _do_memfd_create(self, step: Step) -> Result:
        self.files[step.name] = os.memfd_create("linuxmm")
        os.ftruncate(self.files[step.name], step.nr_pages * PAGE_SIZE)
        return form.OK

    # --- calls on a range -------------------------------------------------------------------------
    def _range(self, step: Step) -> tuple[int, int]:
        assert step.target is not None
        return self._address(step.target), step.target.nr_pages * PAGE_SIZE

    def _plain(self, step: Step) -> Result:
        return self._call(step, *self._range(step))

    _do_munmap = _do_mlock = _do_munlock = _plain

    def _do_munlockall(self, step: Step) -> Result:
        return self._call(step)

    def _do_mlock2(self, step: Step) -> Result:
        return self._call(step, *self._range(step), int("MLOCK_ONFAULT" in step.words))

    def _do_mprotect(self, step: Step) -> Result:
        prot = next(PROTECTIONS[word] for word in step.words)
        return self._call(step, *self._range(step), prot)

    def _do_madvise(self, step: Step) -> Result:
        return self._call(step, *self._range(step), ADVICE[step.words[0]])

    def _do_process_madvise(self, step: Step) -> Result:
        pid = self._process_of(step).pid
        advice = ADVICE[step.words[0]]
        return _returned(self._tell(step.by, "process_madvise", pid, *self._range(step), advice))

    def _process_of(self, step: Step) -> Process:
        """The process whose pages or files the step names, else its own."""
        return self.processes[
            step.process or (step.target.process if step.target else "") or step.by
        ]

    def _do_move_pages(self, step: Step) -> Result:
        assert step.target is not None
        nr_pages = step.target.nr_pages
        nodes = list(step.nodes) * (nr_pages if len(step.nodes) == 1 else 1)
        flags = sum(MOVE.get(word, 0) for word in step.words)
        process = self._process_of(step)
        pid = 0 if process.name == step.by else process.pid
        told = self._tell(step.by, "move", pid, self._address(step.target), nr_pages, nodes, flags)
        ret, statuses = told
        returned: Atom = Errno(errno_name(ret)) if ret < 0 else Value(ret)
        if ret < 0 and all(status == UNTOUCHED for status in statuses):
            return form.per_page((), returned)
        return form.per_page((status_atom(status) for status in statuses), returned)

    # --- accesses ---------------------------------------------------------------------------------
    def _do_read(self, step: Step) -> Result:
        assert step.target is not None
        base, nr_pages = self._address(step.target), step.target.nr_pages
        values: list[int] = []
        for at in range(0, nr_pages, CHUNK):
            nr = min(CHUNK, nr_pages - at)
            values += self._tell(step.by, "read", base + at * PAGE_SIZE, nr, at)
        return form.contents(values)

    def _do_write(self, step: Step) -> Result:
        assert step.target is not None
        base, nr_pages = self._address(step.target), step.target.nr_pages
        values = list(step.values) * (nr_pages if len(step.values) == 1 else 1)
        for at in range(0, nr_pages, CHUNK):
            self._tell(step.by, "write", base + at * PAGE_SIZE, values[at : at + CHUNK], at)
        return form.OK

    # --- reports ----------------------------------------------------------------------------------
    def _words(self, step: Step) -> Sequence[int]:
        assert step.target is not None
        pid = self._process_of(step).pid
        return procfs.pagemap_words(pid, self._address(step.target), step.target.nr_pages)

    def _do_pages(self, step: Step) -> Result:
        return procfs.pictures(self._words(step))

    def _do_pagemap(self, step: Step) -> Result:
        return procfs.pagemap(self._words(step))

    def _do_kpageflags(self, step: Step) -> Result:
        return procfs.kpageflags(procfs.by_frame("/proc/kpageflags", self._words(step)))

    def _do_kpagecount(self, step: Step) -> Result:
        return procfs.kpagecount(procfs.by_frame("/proc/kpagecount", self._words(step)))

    def _do_smaps(self, step: Step) -> Result:
        assert step.target is not None
        pid, address = self._process_of(step).pid, self._address(step.target)
        return procfs.smaps(procfs.smaps_block(pid, address), step.keys)

    def _do_numa_maps(self, step: Step) -> Result:
        assert step.target is not None
        pid, address = self._process_of(step).pid, self._address(step.target)
        return procfs.numa_maps(procfs.numa_maps_line(pid, address), step.keys)

    def _do_status(self, step: Step) -> Result:
        process = self._process_of(step)
        now = in_kb(parse_status(read(f"/proc/{process.pid}/status")))
        return procfs.status_change(now, process.status_at_start, step.keys)

    def _do_clear_refs(self, step: Step) -> Result:
        return _returned(procfs.clear_refs(self._process_of(step).pid, step.number))

    # --- the machine ------------------------------------------------------------------------------
    def _do_drain(self, step: Step) -> Result:
        """A move of a page that is not there: before it the kernel drains every CPU's batches."""
        name = next(iter(self.processes), "")
        if name:
            self._tell(name, "move", 0, PAGE_SIZE, 1, [0], MOVE["MPOL_MF_MOVE"])
        return form.OK

    # --- KSM --------------------------------------------------------------------------------------
    def _set_ksm(self, name: str, value: int) -> int:
        """ksmd runs in its own steps only: run=1 is remembered, and comes true there."""
        assert self.ksm is not None
        if name != "run":
            paced = name in ("pages_to_scan", "sleep_millisecs")
            return 0 if paced else self.ksm.set(name, value)
        if value in (0, 1):
            self._ksm_run = value
            return 0
        ret = self.ksm.set(name, value)
        self._ksm_run = self._ksm_run if ret else value
        return ret

    def _do_ksm_set(self, step: Step) -> Result:
        for name, value in step.settings:
            ret = self._set_ksm(name, value)
            if ret:
                return form.failed(errno_name(ret))
        return form.value(0)

    def _do_ksm(self, step: Step) -> Result:
        assert self.ksm is not None
        keys = step.keys or tuple(key for key in KSM_COUNTERS if key.startswith("pages_"))
        found = {key: self.ksm.get(key) for key in keys if self.ksm.has(key)}
        if "full_scans" in found:
            found["full_scans"] -= self._full_scans
        if "run" in found:
            found["run"] = self._ksm_run
        return form.fields((key, found[key]) for key in KSM_KEYS if key in found)

    def _do_ksmd(self, step: Step) -> Result:
        """Whole passes, one after the other: after each ksmd sleeps until it is woken again."""
        assert self.ksm is not None
        if self._ksm_run != 1:
            return form.OK
        wanted = step.number if step.number >= 0 else 1
        before = self.ksm.get("full_scans")
        for done in range(wanted):
            if done == 0:
                self.ksm.set("run", 1)
            else:
                self._wake_ksmd()
            if not self._wait_for_scan(before + done + 1):
                break
        self.ksm.set("run", 0)
        self._wake_ksmd()
        return form.OK

    def _wake_ksmd(self) -> None:
        """ksmd sleeps no longer than sleep_millisecs, and looks again when that changes."""
        assert self.ksm is not None
        now = self.ksm.get("sleep_millisecs")
        self.ksm.set("sleep_millisecs", 10_000_000 if now != 10_000_000 else 10_000_001)

    def _wait_for_scan(self, number: int) -> bool:
        """Has ksmd gone over everything so many times?  It does not without a mergeable page.

        Skipped where it has one and does not come to it: then it is not known what it would do.
        """
        assert self.ksm is not None
        began = time.monotonic()
        while self.ksm.get("full_scans") < number:
            waited = time.monotonic() - began
            if waited > STEP_LIMIT:
                raise Skipped(f"ksmd did not end a pass within {STEP_LIMIT:.0f} s")
            if waited > SCAN_PATIENCE and not any(map(is_mergeable, self.pids())):
                return False
            time.sleep(0.0005 if waited < SCAN_PATIENCE else 0.05)
        return True

    def pids(self) -> list[int]:
        """Of the processes that live."""
        return [process.pid for process in self.processes.values()]


def _answer(name: str, answer: Any) -> Any:
    """What a worker answered; a dict: what went wrong inside it."""
    if isinstance(answer, dict):
        raise ModelBug(f"in the worker of {name}: {answer['fault']}")
    return answer


def _is_cached(fd: int, nr_pages: int) -> bool:
    """Is a page of the file in the page cache (mincore)?"""
    libc = ctypes.CDLL(None, use_errno=True)
    found = (ctypes.c_ubyte * nr_pages)()
    with mmap.mmap(fd, nr_pages * PAGE_SIZE) as memory:
        view = ctypes.c_char.from_buffer(memory)
        length = ctypes.c_size_t(nr_pages * PAGE_SIZE)
        failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(view)), length, found)
        del view
    return not failed and any(byte & 1 for byte in found)


def _returned(ret: int) -> Result:
    return form.failed(errno_name(ret)) if ret < 0 else form.value(ret)
