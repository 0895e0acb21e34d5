# SPDX-License-Identifier: GPL-2.0-or-later
"""What the running kernel and our rights allow: each ability tried, none told from a version."""

import ctypes
import errno
import mmap
import os
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from linuxmm.procfs import lines, parse_smaps, parse_status, read, unescaped, words
from linuxmm.uapi import MADV_PAGEOUT, MADV_POPULATE_WRITE
from linuxmm.validate.agent import why_no_agent
from linuxmm.validate.procfs import Block

PAGE_SIZE: Final = mmap.PAGESIZE
KSM: Final = "/sys/kernel/mm/ksm/"
DISKS: Final = ("ext4", "ext3", "ext2", "xfs", "btrfs", "f2fs")
CAP_IPC_LOCK: Final = 14
CAP_SYS_NICE: Final = 23
UNTRIED: Final = frozenset(["copies_are_dirty"])  # it would take a KSM page of ours


@dataclass(frozen=True)
class Abilities:
    """What can be done and seen here.  `missing`: ability -> why not, for every one that is not."""

    nodes: int = 1
    cpus: tuple[int, ...] = (0,)
    disk: str = ""  # a folder on a file system that is on a disk
    missing: dict[str, str] = field(default_factory=dict)
    untried: frozenset[str] = frozenset()  # taken for missing: one cannot try without harm

    def has(self, ability: str) -> bool:
        return ability not in self.missing and ability not in self.untried

    def why_not(self, ability: str) -> str:
        return self.missing.get(ability, "")


def probe() -> Abilities:
    """Tries everything; changes nothing."""
    missing: dict[str, str] = {}
    for ability, check in CHECKS.items():
        why = check()
        if why:
            missing[ability] = why
    missing.update(_pagemap())
    if "pfn" in missing:
        for ability in ("kpageflags", "kpagecount"):
            missing.setdefault(ability, missing["pfn"])
    disk = _disk()
    if not disk:
        missing["disk"] = "no folder for temporary files on a disk"
    nodes = _nodes()
    if nodes < 2:
        missing["two_nodes"] = "the machine has one NUMA node"
    cpus = tuple(sorted(os.sched_getaffinity(0)))
    return Abilities(nodes, cpus, disk, missing, UNTRIED)


# --- one ability each: empty, or why not ----------------------------------------------------------
def _agent() -> str:
    """Can it be built, and started, and does it find here what it knows?"""
    if os.uname().machine not in ("x86_64", "aarch64"):
        return f"the numbers of the system calls of {os.uname().machine} are not known here"
    if PAGE_SIZE != 4096:
        return f"pages have {PAGE_SIZE} bytes here, the model's have 4096"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        return f"no pidfd_open: {error.strerror}"
    return why_no_agent()


def _root() -> str:
    return "" if os.geteuid() == 0 else "not root"


def _capability(bit: int, name: str) -> str:
    held = parse_status(read("/proc/self/status")).get("CapEff", "0")
    return "" if int(held, 16) >> bit & 1 else f"no {name}"


def _readable(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            if not stream.read(8):
                return f"{path} is empty (masked by a container?)"
    except OSError as error:
        return f"{path}: {(error.strerror or 'unreadable').lower()}"
    return ""


def _clear_refs() -> str:
    return "" if os.access("/proc/self/clear_refs", os.W_OK) else "no /proc/PID/clear_refs"


def _pagemap() -> dict[str, str]:
    """pagemap itself, the frame numbers in it, and the soft-dirty bit."""
    memory = mmap.mmap(-1, PAGE_SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    try:
        fd = os.open("/proc/self/pagemap", os.O_RDONLY)
    except OSError as error:
        why = f"/proc/PID/pagemap: {error.strerror}"
        return dict.fromkeys(OF_PAGEMAP, why)
    word = int.from_bytes(os.pread(fd, 8, address // PAGE_SIZE * 8), "little")
    os.close(fd)
    missing = {}
    if not word & (1 << 55) - 1:
        missing["pfn"] = "pagemap hides the frame numbers"
    if not word >> 55 & 1:
        missing["soft_dirty"] = "the kernel tracks no soft-dirty pages"
    return missing


def _ksm() -> str:
    """KSM is there, may be set, and nobody uses it."""
    if not os.path.isdir(KSM):
        return "the kernel has no KSM"
    if not os.access(KSM + "run", os.W_OK):
        return "KSM may be set by root only"
    try:
        with open(KSM + "run", "r+") as stream:
            run = stream.read().strip()
    except OSError as error:
        return f"KSM cannot be set: {error.strerror}"
    if run == "1" or mergeable_processes(()):
        return "KSM is in use by others"
    return "" if _sees_ksmd() else "ksmd cannot be seen, so nobody knows when it has scanned"


def _sees_ksmd() -> bool:
    """Not in a container, and by root alone: where it waits its stack tells (agent/ksm.c)."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if read(f"/proc/{pid}/comm") == b"ksmd\n":
                return bool(read(f"/proc/{pid}/stack")) and bool(read(f"/proc/{pid}/wchan"))
    return False


def mergeable_processes(ours: Collection[int]) -> list[int]:
    """Other processes whose memory ksmd would look at."""
    found = []
    for word in os.listdir("/proc"):
        if word.isdigit() and int(word) not in ours and is_mergeable(int(word)):
            found.append(int(word))
    return found


def is_mergeable(pid: int) -> bool:
    """Has the process given memory to KSM?  ksm_stat says so since 6.15, smaps always."""
    try:
        said = parse_status(read(f"/proc/{pid}/ksm_stat"))
        if "ksm_mergeable" in said:
            # "yes" to memory that it gave by madvise, and to all of it by prctl
            return "yes" in (said["ksm_mergeable"], said.get("ksm_merge_any"))
    except OSError:
        pass
    try:
        mappings = parse_smaps(read(f"/proc/{pid}/smaps")).found
    except OSError:
        return False
    return any("mg" in mapping.vm_flags for mapping in mappings if mapping.vm_flags)


def _no_swap() -> str:
    try:
        return "the machine has swap of its own" if len(lines(read("/proc/swaps"))) > 1 else ""
    except OSError:
        return ""


def _classic_lru() -> str:
    try:
        with open("/sys/kernel/mm/lru_gen/enabled") as stream:
            on = int(stream.read(), 16)
    except (OSError, ValueError):
        return ""
    return "the multi-generational LRU ages pages in its own way" if on else ""


# --- behaviour of 6.1, tried on a page of our own -------------------------------------------------
_libc: Final = ctypes.CDLL(None, use_errno=True)
ALONE: Final = 1 << 41  # an address where nothing else lives
PROCESS_MADVISE: Final = 440  # on every architecture
MOVE_PAGES: Final[dict[str, int]] = {"x86_64": 279, "aarch64": 239}


def _own_page(*, write: bool = True) -> tuple[mmap.mmap, int]:
    """A page in a mapping that merges with no other, and its address."""
    memory = mmap.mmap(-1, PAGE_SIZE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    if write:
        memory[0] = 1
    return memory, ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _query(address: int) -> int:
    """What a query by move_pages says of a page of ours."""
    status = ctypes.c_int(0)
    pages = (ctypes.c_void_p * 1)(address)
    number, zero = ctypes.c_long(MOVE_PAGES.get(os.uname().machine, -1)), ctypes.c_long(0)
    _libc.syscall(number, zero, ctypes.c_ulong(1), pages, None, ctypes.byref(status), zero)
    return status.value


def _protect(address: int, nr_pages: int, prot: int) -> None:
    _libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(nr_pages * PAGE_SIZE), prot)


def _query_prot_none() -> str:
    """Up to 6.1 move_pages does not find a page without access; later kernels do."""
    memory, address = _own_page()
    _protect(address, 1, 0)
    status = _query(address)
    _protect(address, 1, mmap.PROT_READ | mmap.PROT_WRITE)
    del memory
    return "" if status < 0 else "move_pages finds pages without access (6.1 does not)"


def _query_hole() -> str:
    """Up to 6.1 move_pages says -EFAULT of an anonymous page that was never there."""
    memory = mmap.mmap(-1, 3 * PAGE_SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    status = _query(ctypes.addressof(ctypes.c_char.from_buffer(memory)) + PAGE_SIZE)
    del memory
    return "" if status == -errno.EFAULT else "move_pages says -ENOENT of holes (6.1 -EFAULT)"


def _alone(nr_pages: int) -> int:
    """The address of a writable private mapping far from all others; 0: not there."""
    anonymous = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    _libc.mmap.restype = ctypes.c_void_p
    length, hint = ctypes.c_size_t(nr_pages * PAGE_SIZE), ctypes.c_void_p(ALONE)
    writable = mmap.PROT_READ | mmap.PROT_WRITE
    got = int(_libc.mmap(hint, length, writable, anonymous, -1, ctypes.c_long(0)) or 0)
    if got != ALONE:
        _unmap(got, nr_pages)
        return 0
    return got


def _unmap(address: int, nr_pages: int) -> None:
    _libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(nr_pages * PAGE_SIZE))


def _account_stays() -> str:
    """Up to 6.1 an area that was writable once counts as committed memory for ever."""
    address = _alone(1)
    if not address:
        return ""
    _protect(address, 1, 0)
    _, flags = _smaps_of(address)
    _unmap(address, 1)
    return (
        ""
        if flags is None or "ac" in flags
        else "mprotect gives back what is not used (6.1 does not)"
    )


def _populate_holes() -> str:
    """Up to 6.1 MADV_POPULATE_* goes on behind a hole."""
    address = _alone(2)
    if not address:
        return ""
    _unmap(address, 1)
    length = ctypes.c_size_t(2 * PAGE_SIZE)
    _libc.madvise(ctypes.c_void_p(address), length, MADV_POPULATE_WRITE)
    numbers, _ = _smaps_of(address + PAGE_SIZE)
    _unmap(address + PAGE_SIZE, 1)
    stops = numbers.get("Rss") == 0
    return "MADV_POPULATE stops at a hole (6.1 goes on behind it)" if stops else ""


def _smaps_of(address: int) -> Block:
    """What smaps says of the mapping with this address; nothing where it says nothing."""
    try:
        mappings = parse_smaps(read("/proc/self/smaps")).found
    except OSError:
        return {}, None
    block = next((m for m in mappings if m.start <= address < m.end), None)
    return (block.fields, block.vm_flags) if block else ({}, None)


def _pageout_makes_old() -> str:
    """Up to 6.1 MADV_PAGEOUT clears the accessed bit of an entry that stays."""
    memory, address = _own_page()
    _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(PAGE_SIZE), MADV_PAGEOUT)
    numbers, _ = _smaps_of(address)
    del memory
    young = numbers and numbers.get("Rss") == numbers.get("Referenced")
    return "MADV_PAGEOUT leaves the accessed bit of what stays (6.1 clears it)" if young else ""


def _own_advice() -> str:
    """Up to 6.12 process_madvise takes few kinds of advice, for oneself too."""
    memory, address = _own_page()
    fd = os.pidfd_open(os.getpid())
    pages = (ctypes.c_size_t * 2)(address, PAGE_SIZE)
    number, none = ctypes.c_long(PROCESS_MADVISE), ctypes.c_long(0)
    ret = _libc.syscall(number, ctypes.c_long(fd), pages, ctypes.c_long(1), none, none)
    os.close(fd)
    del memory
    return "process_madvise gives oneself any advice (6.1 only some)" if ret == PAGE_SIZE else ""


def _halves() -> str:
    """Up to 6.1 an area with an anon_vma does not take in a neighbour that has none."""
    address = _alone(2)
    if not address:
        return ""
    writable = mmap.PROT_READ | mmap.PROT_WRITE
    _protect(address, 1, writable | mmap.PROT_EXEC)
    ctypes.c_char.from_address(address).value = b"x"
    _protect(address, 2, writable)
    numbers, _ = _smaps_of(address)
    _unmap(address, 2)
    merges = numbers.get("Size") == 2 * PAGE_SIZE >> 10
    return "areas merge that 6.1 leaves apart (is_mergeable_anon_vma)" if merges else ""


def _zero_pages_stay() -> str:
    """Up to 6.5 KSM forgets the zero pages that it has put in place; now it counts them."""
    counted = os.path.exists(KSM + "ksm_zero_pages")
    return "KSM breaks up the zero pages that it has made (6.1 forgets them)" if counted else ""


def _nodes() -> int:
    try:
        names = os.listdir("/sys/devices/system/node")
    except OSError:
        return 1
    return max(1, sum(name[:4] == "node" and name[4:].isdigit() for name in names))


def _disk() -> str:
    """A folder whose files have a disk behind them (not tmpfs, not an overlay)."""
    for folder in dict.fromkeys((tempfile.gettempdir(), "/var/tmp", os.getcwd())):
        if _filesystem(folder) in DISKS and os.access(folder, os.W_OK):
            return folder
    return ""


def _filesystem(folder: str) -> str:
    """The type of the file system of a folder."""
    best, found = b"", b""
    where = os.fsencode(os.path.realpath(folder))
    try:
        mounts = lines(read("/proc/self/mountinfo"))
    except OSError:
        return ""
    for line in mounts:
        left, _, right = line.partition(b" - ")
        point = unescaped(left.split(b" ")[4])
        inside = where == point or where.startswith(point.rstrip(b"/") + b"/")
        if inside and len(point) >= len(best):
            best, found = point, right.split(b" ")[0]
    return words(found)


# --- all of them ----------------------------------------------------------------------------------
CHECKS: Final[dict[str, Callable[[], str]]] = {
    "agent": _agent,
    "root": _root,
    "memlock": lambda: _capability(CAP_IPC_LOCK, "CAP_IPC_LOCK"),
    "nice": lambda: _capability(CAP_SYS_NICE, "CAP_SYS_NICE"),
    "smaps": lambda: _readable("/proc/self/smaps"),
    "numa_maps": lambda: _readable("/proc/self/numa_maps"),
    "kpageflags": lambda: _readable("/proc/kpageflags"),
    "kpagecount": lambda: _readable("/proc/kpagecount"),
    "clear_refs": _clear_refs,
    "ksm": _ksm,
    "no_swap": _no_swap,
    "classic_lru": _classic_lru,
    "query_passes_prot_none": _query_prot_none,
    "query_faults_on_hole": _query_hole,
    "populate_passes_holes": _populate_holes,
    "account_stays": _account_stays,
    "pageout_makes_old": _pageout_makes_old,
    "own_advice_is_limited": _own_advice,
    "halves_stay_apart": _halves,
    "zero_pages_stay": _zero_pages_stay,
}
OF_PAGEMAP: Final = ("pagemap", "pfn", "soft_dirty")
TRIED: Final = frozenset((*CHECKS, *OF_PAGEMAP, "disk", "two_nodes"))
