# SPDX-License-Identifier: GPL-2.0-or-later
"""The running kernel as a source: /proc and /sys, or why not.

Every file is tried, no version is asked; what cannot be had stands in `missing` with the
reason, and what went away while it was read in `missed`.
"""

import ctypes
import errno
import mmap
import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Final

from linuxmm import procfs
from linuxmm.errors import InputError, LinuxmmError, NotModelled, Skipped, one_line
from linuxmm.inspect.area import Area, area_of
from linuxmm.inspect.count import Count, Tick
from linuxmm.inspect.physical import read_physical
from linuxmm.inspect.scan import (
    IS_HUGE,
    IS_PFNZERO,
    IS_PRESENT,
    IS_SWAPPED,
    SHOWN,
    can_scan,
    scan,
    word_of,
)
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.words import PM_PFN
from linuxmm.uapi import PAGE_SIZE

KPAGEFLAGS: Final = "/proc/kpageflags"
KPAGECOUNT: Final = "/proc/kpagecount"
GONE: Final = (FileNotFoundError, ProcessLookupError)
MAX_THREADS: Final = 4
COUNTERS: Final = ("RssAnon", "RssFile", "RssShmem", "VmSwap", "HugetlbPages")


@dataclass
class LiveMachine(Machine):
    """The running kernel.  The file descriptors are -1 where a file is not to be had."""

    kpageflags: int = -1
    kpagecount: int = -1
    scans: bool = False  # PAGEMAP_SCAN works

    def read_flags(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        return _by_frame(self.kpageflags, firsts, numbers)

    def read_counts(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        if self.kpagecount < 0 and KPAGECOUNT not in self.missing:
            self.kpagecount = _open(KPAGECOUNT, self.missing)
        if self.kpagecount < 0:
            return super().read_counts(firsts, numbers)
        return _by_frame(self.kpagecount, firsts, numbers)


@dataclass
class LiveProcess(Process):
    """A process under /proc."""

    pagemap: int = -1
    quick: bool = False
    sizes: dict[str, int] = field(default_factory=dict)  # of status, read with the VMAs
    machine: LiveMachine | None = None  # for what the kernel can do

    def read_entries(self, addr: int, into: memoryview) -> int:
        try:
            return os.preadv(self.pagemap, [into], addr // PAGE_SIZE * 8) // 8
        except OSError as error:
            self.missed.append(f"{addr:x}: pagemap {(error.strerror or 'failed').lower()}")
            return 0

    def _used_scan(self) -> None:
        if "PAGEMAP_SCAN" not in self.source:
            self.source += ", PAGEMAP_SCAN"

    def populated(self, start: int, end: int) -> list[tuple[int, int]]:
        if not self.machine or not self.machine.scans:
            return [(start, end)]
        try:
            runs = scan(self.pagemap, start, end, IS_PRESENT | IS_SWAPPED, IS_PRESENT)
            found = _joined((low, high) for low, high, _ in runs)
        except OSError:
            return [(start, end)]
        self._used_scan()
        return found

    def hints(self, start: int, end: int) -> list[tuple[int, int, int]]:
        if not self.machine or self.machine.pfns or not self.machine.scans:
            return []
        wanted = IS_PFNZERO | IS_HUGE
        try:
            found = list(scan(self.pagemap, start, end, wanted, wanted))
        except OSError:
            return []
        self._used_scan()
        return [(low, high, word_of(what)) for low, high, what in found]

    def numa_maps(self) -> Iterator[tuple[int, dict[str, int]]]:
        shown = procfs.parse_numa_maps(_contents(f"/proc/{self.pid}/numa_maps"))
        if shown.unread:
            self.missing.setdefault("a part of numa_maps", _does_not_parse(shown.unread))
        for mapping in shown.found:
            yield mapping.start, mapping.numbers

    def counters(self) -> dict[str, int]:
        try:
            sizes = procfs.in_kb(_status(self.pid))
        except LinuxmmError:
            return {}
        return {name: sizes[name] for name in COUNTERS if name in sizes}

    def charges(self) -> dict[str, int]:
        return {name: size for name, size in self.sizes.items() if name in ("VmPin", "VmLck")}

    def again(self) -> Process | None:
        try:
            return open_process(self.pid, self.quick, self.machine)
        except LinuxmmError:
            return None

    def is_there(self) -> bool:
        return _has_mm(str(self.pid))

    def close(self) -> None:
        if self.pagemap >= 0:
            os.close(self.pagemap)
            self.pagemap = -1


def _joined(runs: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs widened to 2 MiB (so that huge pages are never cut) and joined where they touch."""
    huge = 1 << 21
    found: list[tuple[int, int]] = []
    for low, high in runs:
        low, high = low & -huge, (high + huge - 1) & -huge
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _by_frame(fd: int, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
    """Runs of a file that has 8 bytes for each frame."""
    sizes, offsets = [8 * nr for nr in numbers], [8 * first for first in firsts]
    found = list(map(os.pread, repeat(fd), sizes, offsets))
    values = b"".join(found)
    if len(values) < sum(sizes):  # behind the last frame that has a memory map
        pairs = zip(found, sizes, strict=True)
        return b"".join(each.ljust(size, b"\0") for each, size in pairs)
    return values


def count_scan(
    machine: Machine, process: Process, areas: Sequence[Area], tick: Tick | None = None
) -> list[Count]:
    """Word -> pages of each VMA by PAGEMAP_SCAN alone: quick, without frames and page flags."""
    if not isinstance(process, LiveProcess):
        raise InputError("only the running kernel has PAGEMAP_SCAN")
    process.source = "maps, PAGEMAP_SCAN"
    found = []
    for i, area in enumerate(areas):
        words: Count = {0: area.nr_pages}
        try:
            runs = scan(process.pagemap, area.start, area.end, IS_PRESENT | IS_SWAPPED, SHOWN)
            for low, high, what in runs:
                nr = (high - low) // PAGE_SIZE
                words[word_of(what)] = words.get(word_of(what), 0) + nr
                words[0] -= nr
        except OSError:
            process.missed.append(f"{area}: it was gone when it was read")
        found.append({word: nr for word, nr in words.items() if nr})
        if tick:
            tick(i, len(areas))
    return found


def without_frames(machine: LiveMachine) -> LiveMachine:
    """The same machine as PAGEMAP_SCAN sees it.  Raises: Skipped where the kernel has none."""
    if not machine.scans:
        raise Skipped("this kernel has no PAGEMAP_SCAN (Linux 6.7 brought it)")
    missing = {**machine.missing, "nodes and page flags": "PAGEMAP_SCAN tells no frame (--scan)"}
    return replace(machine, pfns=False, has_flags=False, missing=missing)


# --- the machine ----------------------------------------------------------------------------------
def open_machine() -> LiveMachine:
    """What this machine shows."""
    machine = LiveMachine(read_physical())
    if machine.physical.missing:
        machine.missing["physical ranges"] = machine.physical.missing
    machine.threads = max(1, min(MAX_THREADS, len(os.sched_getaffinity(0))))
    machine.swap_files = max(0, len(procfs.lines(_contents("/proc/swaps"))) - 1)
    nodes = {region.node for region in machine.physical.regions if region.is_ram}
    machine.nodes = max(1, len(nodes - {-1}))
    balancing = procfs.numbers(_contents("/proc/sys/kernel/numa_balancing"))
    machine.numa_balancing = next(balancing, 0)
    machine.lru_gen = _generations(_contents("/sys/kernel/mm/lru_gen/enabled"))
    _probe_pagemap(machine)
    return machine


def _generations(enabled: bytes) -> bool:
    """Is MGLRU on, by bits that are written in hex (bit 0: LRU_GEN_CORE)?"""
    try:
        return bool(int(enabled, 16) & 1)
    except ValueError:  # this kernel has none
        return False


def _open(path: str, missing: dict[str, str]) -> int:
    try:
        fd = os.open(path, os.O_RDONLY)
        os.pread(fd, 8, 0)
    except OSError as error:
        missing[path] = error.strerror or "cannot be read"
        return -1
    return fd


def _contents(path: str) -> bytes:
    """A file of /proc; one that cannot be read is empty."""
    try:
        return procfs.read(path)
    except OSError:
        return b""


def _does_not_parse(unread: Sequence[str]) -> str:
    """Why something is not known, with the first of the lines."""
    more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
    return f'does not parse: "{one_line(unread[0])}"{more}'


def _probe_pagemap(machine: LiveMachine) -> None:
    """On a page of our own: are frame numbers shown, and does KPF_KSM mean what it says?

    The page was made this moment, so ksmd cannot have merged it: a kernel that calls it merged
    (6.12 does) calls every anonymous page so.
    """
    memory = mmap.mmap(-1, PAGE_SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    entry = array("Q", [0])
    try:
        fd = os.open("/proc/self/pagemap", os.O_RDONLY)
    except OSError as error:
        machine.missing["pagemap"] = (error.strerror or "cannot be read").lower()
    else:
        os.preadv(fd, [entry], address // PAGE_SIZE * 8)
        machine.scans = can_scan(fd)
        os.close(fd)
    pfn = entry[0] & PM_PFN
    if not pfn:
        machine.pfns = False
        machine.missing["frame numbers"] = "pagemap hides them (no CAP_SYS_ADMIN)"
        return
    machine.kpageflags = _open(KPAGEFLAGS, machine.missing)
    if machine.kpageflags >= 0:
        machine.has_flags = True
        flags = int.from_bytes(machine.read_flags([pfn], [1]), "little")
        machine.ksm_lies = bool(flags >> 21 & 1)
        if machine.ksm_lies:
            machine.missing["KSM pages"] = "this kernel sets KPF_KSM on every anonymous page"


# --- a process ------------------------------------------------------------------------------------
def process_ids() -> list[int]:
    """Every process that has memory of its own, kernel threads left out."""
    return [int(w) for w in sorted(os.listdir("/proc"), key=_number) if w.isdigit() and _has_mm(w)]


def cgroup_ids(path: str) -> list[int]:
    """The processes of a control group and those below it, by its path under /sys/fs/cgroup."""
    full = path if path.startswith("/sys/") else f"/sys/fs/cgroup/{path.lstrip('/')}"
    found: set[int] = set()
    for folder, _, files in os.walk(full):
        if "cgroup.procs" in files:
            found.update(procfs.numbers(_contents(f"{folder}/cgroup.procs")))
    if not os.path.isdir(full):
        raise InputError(f"control group {path}: no such folder {full}")
    if not found:
        raise InputError(f"control group {path} has no process")
    return sorted(pid for pid in found if _has_mm(str(pid)))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else -1


def _has_mm(pid: str) -> bool:
    return "VmSize" in procfs.parse_status(_contents(f"/proc/{pid}/status"))


def open_process(pid: int, quick: bool = False, machine: LiveMachine | None = None) -> LiveProcess:
    """The VMAs and the pagemap of a process.

    `quick` reads maps in place of smaps, which walks the whole page table.  Raises: InputError
    (no such process, a kernel thread), Skipped (no permission).
    """
    status = _status(pid)
    missing: dict[str, str] = {}
    text = b"" if quick else _read_or_why(pid, "smaps", missing)
    files = ["smaps" if text else "maps", "pagemap"]
    files += ["kpageflags"] if machine and machine.has_flags else []
    if not text:
        text = _read_or_why(pid, "maps", missing)
    shown = procfs.parse_smaps(text)
    if not shown.found:
        raise _no_memory(pid, status, missing, shown.unread)
    areas = [area_of(mapping) for mapping in shown.found]
    if shown.unread:
        missing[f"a part of {files[0]}"] = _does_not_parse(shown.unread)
    if not quick and not areas[0].complete:
        missing.setdefault("VMA flags", "smaps cannot be read")
    if quick:
        missing["VMA flags"] = "not read (--quick)"
    try:
        pagemap = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY)
    except GONE:
        name = one_line(status.get("Name", "?"))
        raise InputError(f"process {pid} ({name}) has just exited") from None
    except OSError as error:
        why = (error.strerror or "cannot be opened").lower()
        raise Skipped(f"process {pid}: /proc/{pid}/pagemap: {_of_root(why)}") from None
    name = status.get("Name", "?")
    source = ", ".join(files)
    process = LiveProcess(
        *(pid, name, areas, source, missing),
        pagemap=pagemap,
        quick=quick,
        sizes=procfs.in_kb(status),
        machine=machine,
    )
    process.unread = shown.unread
    return process


def _status(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status by name."""
    try:
        return procfs.parse_status(procfs.read(f"/proc/{pid}/status"))
    except GONE:
        raise InputError(f"there is no process {pid}") from None
    except OSError as error:
        raise Skipped(f"process {pid}: {(error.strerror or 'cannot be read').lower()}") from None


def _read_or_why(pid: int, name: str, missing: dict[str, str]) -> bytes:
    """The text of a file of the process, or nothing and the reason in `missing`."""
    try:
        return procfs.read(f"/proc/{pid}/{name}")
    except OSError as error:
        missing[name] = (error.strerror or "cannot be read").lower()
    return b""


def _of_root(why: str) -> str:
    """The reason, and who can do something about it."""
    told = '; root may read it: sudo "$(command -v linuxmm)" ...'
    return why + told if why == os.strerror(errno.EACCES).lower() else why


def _no_memory(
    pid: int, status: dict[str, str], missing: dict[str, str], unread: list[str]
) -> LinuxmmError:
    """Why a process shows no VMA."""
    name = one_line(status.get("Name", "?"))
    if status.get("State", "").startswith(("Z", "X")):
        return InputError(f"process {pid} ({name}) has exited: its memory is gone")
    if status.get("Kthread") == "1" or "VmSize" not in status:
        return InputError(f"{pid} ({name}) is a kernel thread: it has no memory of its own")
    if "maps" in missing:
        return Skipped(f"process {pid} ({name}): /proc/{pid}/maps: {_of_root(missing['maps'])}")
    if unread:
        return NotModelled(f"process {pid} ({name}): maps {_does_not_parse(unread)}")
    return InputError(f"process {pid} ({name}) maps nothing")
