"""Opening a live process: its VMAs, its pagemap, the flags of its frames, or why not.

Every source is tried, no version is asked; what cannot be had stands in `missing` with the
reason, and what went away while it was read in `missed`.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from linuxmm.errors import InputError, Skipped
from linuxmm.inspect.area import Area, parse_areas
from linuxmm.inspect.physical import Physical, read_physical

KPAGEFLAGS: Final = "/proc/kpageflags"
KPAGECOUNT: Final = "/proc/kpagecount"
GONE: Final = (FileNotFoundError, ProcessLookupError)


@dataclass
class Machine:
    """What is read once for every process: ranges, the files by frame, swap."""

    physical: Physical
    kpageflags: int = -1  # file descriptor; -1: not there
    kpagecount: int = -1
    pfns: bool = True  # pagemap shows frame numbers
    swap_files: int = 0
    nodes: int = 1
    ksm_lies: bool = False  # this kernel sets KPF_KSM on every anonymous page
    numa_balancing: int = 0
    missing: dict[str, str] = field(default_factory=dict)


@dataclass
class Process:
    """One process.  `pagemap` is a file descriptor, -1 when it may not be read."""

    pid: int
    name: str
    areas: list[Area]
    pagemap: int
    missing: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def close(self) -> None:
        if self.pagemap >= 0:
            os.close(self.pagemap)
            self.pagemap = -1


# --- the machine ----------------------------------------------------------------------------------
def open_machine(counts: bool = False) -> Machine:
    """What this machine shows; kpagecount only when asked: it costs as much as kpageflags."""
    machine = Machine(read_physical())
    if machine.physical.missing:
        machine.missing["physical ranges"] = machine.physical.missing
    machine.kpageflags = _open(KPAGEFLAGS, machine.missing)
    if counts:
        machine.kpagecount = _open(KPAGECOUNT, machine.missing)
    machine.swap_files = max(0, len(_lines("/proc/swaps")) - 1)
    nodes = {region.node for region in machine.physical.regions if region.node >= 0}
    machine.nodes = max(1, len(nodes))
    balancing = _lines("/proc/sys/kernel/numa_balancing")
    machine.numa_balancing = int(balancing[0]) if balancing and balancing[0].isdigit() else 0
    _probe_pagemap(machine)
    return machine


def _open(path: str, missing: dict[str, str]) -> int:
    try:
        fd = os.open(path, os.O_RDONLY)
        os.pread(fd, 8, 0)
    except OSError as error:
        missing[path] = error.strerror or "cannot be read"
        return -1
    return fd


def _lines(path: str) -> list[str]:
    try:
        with open(path) as stream:
            return stream.read().splitlines()
    except OSError:
        return []


def _probe_pagemap(machine: Machine) -> None:
    """On a page of our own: are frame numbers shown, and does KPF_KSM mean what it says?"""
    import ctypes
    import mmap

    memory = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    try:
        fd = os.open("/proc/self/pagemap", os.O_RDONLY)
        (entry,) = struct.unpack("<Q", os.pread(fd, 8, address // 4096 * 8))
        os.close(fd)
    except (OSError, struct.error):
        entry = 0
    pfn = entry & (1 << 55) - 1
    if not pfn:
        machine.pfns = False
        machine.missing["frame numbers"] = "pagemap hides them (no CAP_SYS_ADMIN)"
        machine.kpageflags = machine.kpagecount = -1
        return
    if machine.kpageflags >= 0:
        (flags,) = struct.unpack("<Q", os.pread(machine.kpageflags, 8, pfn * 8))
        machine.ksm_lies = bool(flags >> 21 & 1) and not _ksm_runs()
        if machine.ksm_lies:
            machine.missing["KSM pages"] = "this kernel sets KPF_KSM on every anonymous page"


def _ksm_runs() -> bool:
    lines = _lines("/sys/kernel/mm/ksm/pages_shared")
    return bool(lines) and lines[0] not in ("", "0")


# --- a process ------------------------------------------------------------------------------------
def process_ids() -> list[int]:
    """Every process that has memory of its own, kernel threads left out."""
    return [int(w) for w in sorted(os.listdir("/proc"), key=_number) if w.isdigit() and _has_mm(w)]


def cgroup_ids(path: str) -> list[int]:
    """The processes of a control group, by its path below /sys/fs/cgroup or in full."""
    full = path if path.startswith("/sys/") else f"/sys/fs/cgroup/{path.lstrip('/')}"
    try:
        with open(f"{full.rstrip('/')}/cgroup.procs") as stream:
            found = [int(word) for word in stream.read().split()]
    except OSError as error:
        raise InputError(f"control group {path}: {(error.strerror or '').lower()}") from None
    if not found:
        raise InputError(f"control group {path} has no process")
    return found


def _number(word: str) -> int:
    return int(word) if word.isdigit() else -1


def _has_mm(pid: str) -> bool:
    return any(line.startswith("VmSize:") for line in _lines(f"/proc/{pid}/status"))


def open_process(pid: int, quick: bool = False) -> Process:
    """The VMAs and the pagemap of a process.

    `quick` reads maps in place of smaps, which walks the whole page table.  Raises: InputError
    (no such process, a kernel thread), Skipped (no permission).
    """
    status = _status(pid)
    missing: dict[str, str] = {}
    text = "" if quick else _read_or_why(pid, "smaps", missing)
    if not text:
        text = _read_or_why(pid, "maps", missing)
    areas = parse_areas(text)
    if not areas:
        raise _no_memory(pid, status, missing)
    if not quick and not areas[0].complete:
        missing.setdefault("VMA flags", "smaps cannot be read")
    if quick:
        missing["VMA flags"] = "not read (--quick)"
    try:
        pagemap = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY)
    except OSError as error:
        raise Skipped(f"/proc/{pid}/pagemap: {(error.strerror or '').lower()}") from None
    return Process(pid, status.get("Name", "?"), areas, pagemap, missing)


def _status(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status by name."""
    try:
        with open(f"/proc/{pid}/status", errors="replace") as stream:
            pairs = (line.partition(":") for line in stream)
            return {key: rest.strip() for key, _, rest in pairs}
    except GONE:
        raise InputError(f"there is no process {pid}") from None
    except OSError as error:
        raise Skipped(f"process {pid}: {(error.strerror or 'cannot be read').lower()}") from None


def _read_or_why(pid: int, name: str, missing: dict[str, str]) -> str:
    """The text of a file of the process, or nothing and the reason in `missing`."""
    try:
        with open(f"/proc/{pid}/{name}", errors="replace") as stream:
            return stream.read()
    except OSError as error:
        missing[name] = (error.strerror or "cannot be read").lower()
    return ""


def _no_memory(pid: int, status: dict[str, str], missing: dict[str, str]) -> InputError | Skipped:
    """Why a process shows no VMA."""
    name = status.get("Name", "?")
    if "maps" in missing:
        return Skipped(f"process {pid} ({name}): /proc/{pid}/maps: {missing['maps']}")
    if status.get("State", "").startswith(("Z", "X")):
        return InputError(f"process {pid} ({name}) has exited: its memory is gone")
    if status.get("Kthread") == "1" or "VmSize" not in status:
        return InputError(f"{pid} ({name}) is a kernel thread: it has no memory of its own")
    return InputError(f"process {pid} ({name}) maps nothing")


def numa_maps(pid: int) -> Iterator[tuple[int, dict[str, int]]]:
    """(address, words with a number) of each line of numa_maps; nothing where there is none."""
    for line in _lines(f"/proc/{pid}/numa_maps"):
        words = line.split()
        pairs = (word.partition("=") for word in words[2:])
        yield int(words[0], 16), {k: int(v) for k, _, v in pairs if v.isdigit()}
