"""One scenario inside the virtual machine: the host's run, and the devices that only it has."""

import fcntl
import glob
import mmap
import os
import resource
import socket
import struct
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from linuxmm.errors import Skipped
from linuxmm.scenario import outcome as form
from linuxmm.scenario.outcome import (
    Atom,
    Errno,
    Event,
    PageState,
    PageView,
    PerPage,
    Result,
    Word,
)
from linuxmm.scenario.render import errno_name
from linuxmm.scenario.tree import PAGE_SIZE, Extent, Scenario, Step
from linuxmm.state.vocabulary import FOLL_FLAGS
from linuxmm.validate import procfs
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.guestworker import GuestWorker
from linuxmm.validate.host import HostRun, Played
from linuxmm.validate.settings import KsmSettings
from linuxmm.validate.settings import read as read_setting
from linuxmm.validate.worker import die_with_caller, libc

PROBE: Final = "/dev/mmprobe"
HMM: Final = "/dev/hmm_dmirror{}"
DAX: Final = "/run/linuxmm-dax"
DISK: Final = "/run/linuxmm-disk"
BALANCING: Final = "/proc/sys/kernel/numa_balancing"
ZRAM: Final = "/dev/zram0"
DEVICE_FRAMES: Final = range(0x140000, 0x190000)
BARE_FRAMES: Final = range(0x190000, 0x198000)
FIRST_COHERENT: Final = 2  # number of the first coherent device of test_hmm
COMMAND_WORDS: Final = 16
P_PROBE, P_GUP, P_PUT, P_HELD_READ, P_HELD_WRITE, P_FOLLOW, P_DRAIN, P_NUMA = range(1, 9)
P_INSERT, P_RESET, P_CLEAN = 9, 10, 11
FRESH_FRAMES: Final = 2048  # test_hmm hands its pages out from the top, the last used first
GUP_KINDS: Final = ("get", "get_fast", "pin", "pin_fast")
DRIVER: Final = {"pfnmap": 0, "pages": 1, "pfns": 2}
HMM_NUMBERS: Final = {"read": 0, "write": 1, "migrate": 2, "migrate_to_sys": 3}
_KSMD: list[str] = []  # its status file
KILLS: Final[tuple[tuple[str, str], ...]] = (
    ("Bad page map", "bad-page-map"),
    ("Bad rss-counter", "bad-rss-counter"),
    ("Bad page state", "bad-page-state"),
    ("bad pmd", "bad-pmd"),
    ("WARNING:", "warn"),
    ("BUG:", "bug"),
    ("kernel BUG", "bug"),
    ("Out of memory", "oom-kill"),
)
PG: Final = {
    1: "referenced", 3: "dirty", 4: "lru", 5: "active", 6: "workingset", 10: "swapcache",
    12: "reserved", 13: "private", 15: "writeback", 18: "reclaim", 19: "swapbacked",
    20: "unevictable", 21: "mlocked",
}  # fmt: skip


def request(number: int) -> int:
    """The ioctl number of one of the probe's requests (the module looks at the last byte)."""
    return 3 << 30 | COMMAND_WORDS * 8 << 16 | ord("m") << 8 | number


def hmm_request(number: int) -> int:
    return 3 << 30 | 40 << 16 | ord("H") << 8 | number


def libc_ioctl(fd: int, number: int, words: Sequence[int]) -> list[int]:
    """One request of our own process."""
    data = bytearray(struct.pack(f"{COMMAND_WORDS}q", *words, *[0] * (COMMAND_WORDS - len(words))))
    fcntl.ioctl(fd, request(number), data)
    return list(struct.unpack(f"{COMMAND_WORDS}q", data))


class KernelLog:
    """New lines of /dev/kmsg that tell of a fault, as events."""

    def __init__(self) -> None:
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def events(self) -> tuple[Event, ...]:
        found: list[Event] = []
        while True:
            try:
                line = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return tuple(found)
            except BrokenPipeError:  # lines were overwritten before we read them
                continue
            text = line.partition(";")[2].partition("\n")[0]
            name = next((name for words, name in KILLS if words in text), "")
            if name:
                found.append(Event(name, text=text[:200]))


class GuestRun(HostRun):
    """A scenario under way in the guest."""

    def __init__(
        self, scenario: Scenario, abilities: Abilities, ksm: KsmSettings | None, log: KernelLog,
        dax_offset: int,
    ) -> None:  # fmt: skip
        super().__init__(scenario, abilities, ksm)
        self.log = log
        self.dax_offset = dax_offset
        self.probe = os.open(PROBE, os.O_RDWR)
        self.held: dict[tuple[str, str], tuple[int, int]] = {}
        self.kept: list[int] = []  # our own duplicates: the last close of a device frees its pages
        self.counters: dict[str, int] = {}
        self._restore: list[tuple[str, str]] = []

    # --- beginning and end --------------------------------------------------------------------
    def start(self) -> None:
        machine = self.scenario.machine
        libc_ioctl(self.probe, P_RESET, [])
        for top in (0x150000, 0x160000):
            libc_ioctl(self.probe, P_CLEAN, [0, top - FRESH_FRAMES, FRESH_FRAMES])
        for key, number in machine.sysctls:
            path = "/proc/sys/" + key.replace(".", "/")
            self._set(path, str(number), keep=path == BALANCING)
        if "kernel.numa_balancing" not in dict(machine.sysctls):
            self._set(BALANCING, "0", keep=True)
        self._set("/sys/kernel/mm/transparent_hugepage/enabled", machine.thp, keep=True)
        _swap(bool(machine.swap_pages))
        self._start_first()
        memlock = machine.memlock * PAGE_SIZE if machine.memlock >= 0 else -1
        self._tell("P0", "limit", memlock, int(machine.unprivileged))
        self._tell("P0", "cpu", 0)
        self.processes["P0"].status_at_start = procfs.status(self.processes["P0"].pid)
        self._start_ksm()
        self.drain()
        self.counters = self.read_counters()
        self.log.events()

    def _start_first(self) -> None:
        """P0 is a fork of this process: a new Python would take longer than the scenario."""
        names = self.scenario.processes()
        for name in names:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._ours[name] = ours
            self._theirs.append(theirs)
        fds = {name: s.fileno() for name, s in zip(names, self._theirs, strict=True)}
        pid = os.fork()
        if pid == 0:
            die_with_caller()
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            libc.prctl(41, int(self.scenario.machine.thp == "never"), 0, 0, 0)
            with suppress(BaseException):
                GuestWorker("P0", fds, self._progress_fd).serve()
            os._exit(1)
        self._popen = SimpleNamespace(returncode=0)  # type: ignore[assignment]
        self._add("P0", pid)

    def _set(self, path: str, value: str, *, keep: bool = False) -> None:
        """`keep`: every scenario sets it, so that it stays; some switches take long to turn."""
        before = read_setting(path)
        if before == value:
            return
        if not keep:
            self._restore.append((path, before))
        with open(path, "w") as stream:
            stream.write(value)

    def close(self) -> None:
        libc_ioctl(self.probe, P_RESET, [])
        super().close()
        for fd in (*self.kept, self.probe):
            os.close(fd)
        for path, value in self._restore:
            with open(path, "w") as stream:
                stream.write(value)

    # --- steps ----------------------------------------------------------------------------------
    def play(self, step: Step) -> Played:
        """One step, what the kernel logged meanwhile, and all mapped pages after it."""
        played = self.step(step, True)
        return replace(played, outcome=replace(played.outcome, events=self.log.events()))

    def _step(self, step: Step) -> Result:
        if step.actor.startswith("coherent"):
            return self._device(step)
        if step.actor == "numa":
            return self._numa(step)
        return super()._step(step)

    def step(self, step: Step, look: bool) -> Played:
        """What an ended process held is given back."""
        played = super().step(step, look)
        for process, name in list(self.held):
            if process in self.gone:
                number, _ = self.held.pop((process, name))
                libc_ioctl(self.probe, P_PUT, [0, 0, 0, 0, number])
        return played

    def drain(self) -> None:
        libc_ioctl(self.probe, P_DRAIN, [])

    def _do_drain(self, step: Step) -> Result:
        self.drain()
        return form.OK

    # --- the test device ------------------------------------------------------------------------
    def _open(self, process: str, path: str) -> int:
        """A descriptor in the process; we keep a duplicate, for its last close acts.

        Each time a new one: test_hmm's mirror of the address space then begins empty.
        """
        fd = int(self._tell(process, "open", path))
        self.kept.append(_duplicate(self.processes[process].pidfd, fd))
        return fd

    def _device_path(self, name: str) -> str:
        """The device of test_hmm whose memory is on the wanted node."""
        device = self.scenario.machine.device(name)
        assert device is not None
        return HMM.format(FIRST_COHERENT + min(device.node, 1))

    def _device(self, step: Step) -> Result:
        path = self._device_path(step.actor)
        if step.verb == "release":  # the last close of any file does it for the whole device
            os.close(os.open(path, os.O_RDWR))
            return form.OK
        assert step.target is not None
        process, nr = step.target.process, step.target.nr_pages
        values = list(step.values) * (nr if len(step.values) == 1 else 1) or [0] * nr
        fd = self._open(process, path)
        number = hmm_request(HMM_NUMBERS[step.verb])
        ret, words, found = self._tell(
            process, "hmm", fd, number, self._address(step.target), values
        )
        if ret < 0:
            return form.failed(errno_name(ret))
        if step.verb == "read":
            return form.contents(found)
        if step.verb == "write":
            return form.OK
        return form.fields((("cpages", words[3]), ("faults", words[4])))

    def _numa(self, step: Step) -> Result:
        """What task_numa_work does to each area, by our module."""
        process = step.target.process if step.target else step.process
        ranges = [where for (name, _), where in self.mappings.items() if name == process]
        if step.target is not None:
            ranges = [(self._address(step.target), step.target.nr_pages)]
        self._run_on(process, step.cpu)  # pages of this CPU's node are left alone
        fd = self._open(process, PROBE)
        for address, nr in ranges:
            self._tell(process, "ioctl", fd, request(P_NUMA), _padded([0, address, nr]))
        return form.OK

    def _do_ksmd(self, step: Step) -> Result:
        """`scan`: one batch of so many pages; ksmd sleeps behind it."""
        if step.verb != "scan" or self._ksm_run != 1:
            return super()._do_ksmd(step)
        assert self.ksm is not None
        self.ksm.set("pages_to_scan", step.number)
        slept = _ksmd_sleeps()
        self.ksm.set("run", 1)
        deadline = time.monotonic() + 5.0
        while _ksmd_sleeps() == slept and time.monotonic() < deadline:
            time.sleep(0.001)
        self.ksm.set("run", 0)
        self._wake_ksmd()
        self.ksm.set("pages_to_scan", 1 << 20)
        return form.OK

    # --- mappings and files ---------------------------------------------------------------------
    def _do_mmap(self, step: Step) -> Result:
        kind = "pfnmap" if "pfnmap" in step.words else ""
        if "mixedmap" in step.words:
            kind = "pfns" if "pfns" in step.words else "pages"
        if kind:
            return self._map_file(step, self.probe, DRIVER[kind], step.nr_pages)
        if step.device.startswith("devdax"):
            fd = os.open(_dax_device(), os.O_RDWR)
            at, self.dax_offset = self.dax_offset, self.dax_offset + step.nr_pages
            try:
                _zero(fd, at, step.nr_pages)
                return self._map_file(step, fd, at, step.nr_pages)
            finally:
                os.close(fd)
        if step.device:
            fd = _new_file(DAX, step.nr_pages)
            self.kept.append(fd)  # a file that goes while its pages are held: WARNING, fs/dax.c
            return self._map_file(step, fd, 0, step.nr_pages)
        return super()._do_mmap(step)

    def _map_file(self, step: Step, fd: int, offset: int, nr_pages: int) -> Result:
        from linuxmm.scenario.lower.memory import MAP_WORDS, PROTECTIONS

        prot = next(PROTECTIONS[word] for word in step.words if word in PROTECTIONS)
        flags = 1 if "shared" in step.words else 2
        for word in step.words:
            flags |= MAP_WORDS.get(word, 0)
        ret = self._tell(step.by, "mmap", nr_pages, prot, flags, offset, fd=fd)
        if ret < 0:
            return form.failed(errno_name(ret))
        self.mappings[step.by, step.name] = (ret, nr_pages)
        return form.OK

    def _do_file(self, step: Step) -> Result:
        self.files[step.name] = _new_file(DAX if step.device else DISK, step.nr_pages)
        return form.OK

    def _do_pread(self, step: Step) -> Result:
        assert step.target is not None
        fd, at = self.files[step.target.name], step.target.start
        data = os.pread(fd, step.target.nr_pages * PAGE_SIZE, at * PAGE_SIZE)
        words = [data[i : i + 8] for i in range(0, len(data), PAGE_SIZE)]
        return form.contents(int.from_bytes(word, "little") for word in words)

    def _do_pwrite(self, step: Step) -> Result:
        assert step.target is not None
        nr = step.target.nr_pages
        values = list(step.values) * (nr if len(step.values) == 1 else 1)
        data = b"".join(value.to_bytes(8, "little") * 512 for value in values)
        fd = self.files[step.target.name]
        return form.value(os.pwrite(fd, data, step.target.start * PAGE_SIZE))

    def _do_fsync(self, step: Step) -> Result:
        assert step.target is not None
        os.fsync(self.files[step.target.name])
        return form.value(0)

    # --- references -----------------------------------------------------------------------------
    def _gup(self, step: Step) -> Result:
        assert step.target is not None
        fd = self._open(step.by, PROBE)
        flags = sum(FOLL_FLAGS[word] for word in step.words)
        flags |= GUP_KINDS.index(step.verb) << 32
        pid = self.processes[step.target.process].pid
        words = [pid, self._address(step.target), step.target.nr_pages, flags]
        _, back = self._tell(step.by, "ioctl", fd, request(P_GUP), _padded(words))
        if back[5] > 0:
            self.held[step.by, step.name] = (back[4], back[5])
        ret = back[5]
        return form.failed(errno_name(ret)) if ret < 0 else form.value(ret)

    _do_get = _do_get_fast = _do_pin = _do_pin_fast = _gup

    def _do_put(self, step: Step) -> Result:
        assert step.target is not None
        found = self.held.pop((step.target.process, step.target.name), None)
        if found is not None:  # a get that failed holds nothing
            libc_ioctl(self.probe, P_PUT, [0, 0, 0, 0, found[0]])
        return form.OK

    _do_unpin = _do_put

    def _do_follow_page(self, step: Step) -> Result:
        assert step.target is not None
        flags = sum(FOLL_FLAGS[word] for word in step.words)
        pid = self.processes[step.target.process].pid
        atoms: list[Atom] = []
        for i in range(step.target.nr_pages):
            at = self._address(step.target) + i * PAGE_SIZE
            ret = libc_ioctl(self.probe, P_FOLLOW, [pid, at, 0, flags])[5]
            word = {0: "none", 1: "page", 2: "zero"}.get(ret, "")
            atoms.append(Word(word) if word else Errno(errno_name(ret)))
        return form.per_page(atoms)

    def _held_pages(self, extent: Extent) -> tuple[int, range] | None:
        found = self.held.get((extent.process, extent.name))
        if found is None or extent.stop > found[1]:
            return None
        return found[0], range(extent.start, extent.stop)

    def _do_read(self, step: Step) -> Result:
        if step.target is None or step.target.kind != "handle":
            return super()._do_read(step)
        held = self._held_pages(step.target)
        if held is None:
            return form.failed("EINVAL")
        words = [libc_ioctl(self.probe, P_HELD_READ, [0, 0, i, 0, held[0]]) for i in held[1]]
        return form.contents(word[6] & (1 << 64) - 1 for word in words)

    def _do_write(self, step: Step) -> Result:
        if step.target is None or step.target.kind != "handle":
            return super()._do_write(step)
        held = self._held_pages(step.target)
        if held is None:
            return form.failed("EINVAL")
        for n, i in enumerate(held[1]):
            value = step.values[n if len(step.values) > 1 else 0]
            value -= 1 << 64 if value >= 1 << 63 else 0
            libc_ioctl(self.probe, P_HELD_WRITE, [0, 0, i, 0, held[0], 0, value])
        return form.OK

    # --- reports --------------------------------------------------------------------------------
    def _do_pages(self, step: Step) -> Result:
        """Device frames are told by their number."""
        words = self._words(step)
        rows = procfs.pictures(words)
        if not isinstance(rows, PerPage):
            return rows
        atoms: list[Atom] = []
        for word, atom in zip(words, rows.atoms(), strict=True):
            device = procfs.frame(word) in DEVICE_FRAMES
            if isinstance(atom, PageView) and atom.kind == "ram" and device:
                atom = PageView("dev", atom.exclusive, atom.file, atom.same_as)
            atoms.append(atom)
        return form.per_page(atoms)

    def read_counters(self) -> dict[str, int]:
        """meminfo and vmstat, per-CPU remainders folded in."""
        with open("/proc/sys/vm/stat_refresh", "w") as stream:
            stream.write("1")
        found = {}
        for path in ("/proc/meminfo", "/proc/vmstat"):
            with open(path) as stream:
                for line in stream:
                    words = line.split()
                    found[words[0].rstrip(":")] = int(words[1])
        return found

    def _do_counters(self, step: Step) -> Result:
        now = self.read_counters()
        return form.fields((key, now[key] - self.counters[key]) for key in step.keys)

    _do_meminfo = _do_vmstat = _do_counters

    # --- what only the kernel sees ---------------------------------------------------------------
    def hidden(self) -> list[PageState]:
        """Every mapped page of every living process, by the probe; batches are emptied before."""
        self.drain()
        found = []
        for (name, mapping), (address, nr_pages) in self.mappings.items():
            if name not in self.processes:
                continue
            pid = self.processes[name].pid
            for i in range(nr_pages):
                words = libc_ioctl(self.probe, P_PROBE, [pid, address + i * PAGE_SIZE])[6:]
                if words[0] != 1 or words[1] == 0:
                    continue
                found.append(_page_state(name, mapping, i, words))
        return found


def _page_state(process: str, name: str, index: int, words: list[Any]) -> PageState:
    _, pte, pfn, flags, refs, maps, _, _, pgmap, bits = words
    known = bits & 1
    names = tuple(word for bit, word in PG.items() if known and flags >> bit & 1)
    kind = ("", "private", "coherent", "fsdax", "devdax")[pgmap] if 0 <= pgmap < 5 else ""
    return PageState(process, name, index, pte, pfn, kind, refs if known else 0,
                     maps if known else 0, names)  # fmt: skip


def _padded(words: list[int]) -> list[int]:
    return words + [0] * (COMMAND_WORDS - len(words))


def _ksmd_sleeps() -> int:
    """How often ksmd has gone to sleep."""
    if not _KSMD:
        for path in glob.glob("/proc/[0-9]*/comm"):
            with open(path) as stream:
                if stream.read() == "ksmd\n":
                    _KSMD.append(path.replace("comm", "status"))
                    break
    with open(_KSMD[0]) as stream:
        return next(int(s.split()[1]) for s in stream if s.startswith("voluntary"))


def _duplicate(pidfd: int, fd: int) -> int:
    """A descriptor of another process, as ours (pidfd_getfd)."""
    return int(libc.syscall(438, pidfd, fd, 0))


def _new_file(folder: str, nr_pages: int) -> int:
    """Zeroes that reached the disk and are not cached; nobody sees a name of it."""
    fd, path = tempfile.mkstemp(prefix="linuxmm-", dir=folder)
    os.unlink(path)
    os.write(fd, bytes(nr_pages * PAGE_SIZE))
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    return fd


def _swap(wanted: bool) -> None:
    """Swap on zram, on or off; turning it costs more than a scenario, so that it stays."""
    with open("/proc/swaps") as stream:
        now = len(stream.readlines()) > 1
    if wanted != now and (libc.swapon(ZRAM.encode(), 0) if wanted else libc.swapoff(ZRAM.encode())):
        raise Skipped("swap on zram cannot be turned on or off")


def _zero(fd: int, first: int, nr_pages: int) -> None:
    """Device DAX keeps what the scenario before wrote."""
    with mmap.mmap(fd, nr_pages * PAGE_SIZE, offset=first * PAGE_SIZE) as memory:
        memory[:] = bytes(nr_pages * PAGE_SIZE)


def _dax_device() -> str:
    found = sorted(glob.glob("/dev/dax*.*"))
    if not found:
        raise Skipped("no device DAX in this guest")
    return found[0]
