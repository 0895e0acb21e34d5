# SPDX-License-Identifier: GPL-2.0-or-later
"""What the running kernel and our rights allow: each ability tried, none told from a version.

What kernels do in different ways is asked beside this (``questions.py``).
"""

import ctypes
import mmap
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from linuxmm.procfs import lines, parse_smaps, parse_status, read, unescaped, words
from linuxmm.validate.agent import why_no_agent

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

    def without(self, more: Mapping[str, str], asked: Collection[str]) -> "Abilities":
        """The same without these; what was asked is no longer untried, nor told by a file."""
        missing = {name: why for name, why in self.missing.items() if name not in asked}
        return replace(self, missing={**missing, **more}, untried=self.untried - set(asked))


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


def booted_with() -> frozenset[str]:
    """The words of the running kernel's command line."""
    try:
        return frozenset(words(read("/proc/cmdline")).split())
    except OSError:
        return frozenset()


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
    "zero_pages_stay": _zero_pages_stay,
}
OF_PAGEMAP: Final = ("pagemap", "pfn", "soft_dirty")
TRIED: Final = frozenset((*CHECKS, *OF_PAGEMAP, "disk", "two_nodes"))
