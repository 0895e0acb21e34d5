# SPDX-License-Identifier: GPL-2.0-or-later
"""The ``machine:`` block: nodes, devices, CPUs, swap and settings."""

import re

from linuxmm.scenario.lines import Line, Place, shown, suggest
from linuxmm.scenario.sizes import is_number, number, size_in_pages
from linuxmm.scenario.tree import Cgroup, Device, Machine, Node
from linuxmm.scenario.words import (
    BOOT_WORDS,
    DEVICE_KINDS,
    FILESYSTEMS,
    KHUGEPAGED_RANGES,
    KSM_RANGES,
    MAX_CPUS,
    MAX_NODES,
    MEMCGS,
    SHMEM_MODES,
    SYSCTL_RANGES,
)

_NUMBERED = re.compile(r"([a-z0-9]*[a-z])([0-9]{1,3})", re.ASCII)
_WORDS = (
    "cpus",
    "swap",
    "thp",
    "shmem_enabled",
    "unprivileged",
    "sysctl",
    "ksm",
    "khugepaged",
    "rlimit",
    "boot",
    "memcg",
    "cgroup",
)
DEFAULT_NODE = Node(0, (512 << 20) // 4096)


class _Block:
    """What the lines have said so far."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.devices: dict[str, tuple[Device, Place]] = {}
        self.once: dict[str, str] = {}
        self.sysctls: dict[str, int] = {}
        self.ksm: dict[str, int] = {}
        self.khugepaged: dict[str, int] = {}
        self.boot: dict[str, str] = {}
        self.cgroups: dict[str, Cgroup] = {}
        self.cpus = 0
        self.swap: tuple[int, str] = (0, "")
        self.memlock = -1


def parse_machine(lines: list[Line], file: str, boot: tuple[Line, ...] = ()) -> Machine:
    """The block as a Machine; without lines one node of 512 MiB and one CPU.

    `boot`: lines ``boot KEY=VALUE`` that stand elsewhere (``requires:``).
    """
    block = _Block()
    for line in (*boot, *lines):
        _parse_line(block, line.text.split(), Place(file, line.number))
    nodes = tuple(block.nodes[i] for i in sorted(block.nodes)) or (DEFAULT_NODE,)
    with_cpus = [node.number for node in nodes if not node.cpuless]
    if lines and not with_cpus:
        Place(file, lines[0].number).fail("every node is cpuless; one needs CPUs")
    for device, place in block.devices.values():
        if device.node not in [node.number for node in nodes]:
            place.fail(f"{device.name} lies on node{device.node}, which the machine does not have")
    count = block.cpus or len(with_cpus)
    return Machine(
        nodes=nodes,
        devices=tuple(device for device, _ in block.devices.values()),
        cpu_nodes=tuple(with_cpus[cpu % len(with_cpus)] for cpu in range(count)),
        swap_pages=block.swap[0],
        swap_kind=block.swap[1],
        thp=block.once.get("thp", "never"),
        shmem=block.once.get("shmem_enabled", "never"),
        unprivileged="unprivileged" in block.once,
        memcg="memcg" in block.once,
        cgroups=tuple(block.cgroups[name] for name in sorted(block.cgroups)),
        memlock=block.memlock,
        sysctls=tuple(block.sysctls.items()),
        ksm=tuple(block.ksm.items()),
        khugepaged=tuple(block.khugepaged.items()),
        boot=tuple(block.boot.items()),
    )


def _parse_line(block: _Block, words: list[str], place: Place) -> None:
    """One line of the block, by its first word."""
    first, rest = words[0], words[1:]
    numbered = _NUMBERED.fullmatch(first)
    if numbered and numbered[1] == "node":
        _parse_node(block, int(numbered[2]), rest, place)
    elif numbered and numbered[1] in DEVICE_KINDS:
        _parse_device(block, numbered[1], int(numbered[2]), rest, place)
    elif first == "sysctl":
        _parse_setting(block.sysctls, SYSCTL_RANGES, words, place)
    elif first == "ksm":
        _parse_setting(block.ksm, KSM_RANGES, words, place)
    elif first == "khugepaged":
        _parse_setting(block.khugepaged, KHUGEPAGED_RANGES, words, place)
    elif first == "boot":
        _parse_boot(block.boot, rest, place)
    elif first == "cgroup":
        _parse_cgroup(block, rest, place)
    elif first in _WORDS:
        if first in block.once:
            place.fail(f"{first} is given twice")
        block.once[first] = rest[0] if rest else ""
        _parse_single(block, first, rest, place)
    else:
        valid = ["node0", *(kind + "0" for kind in DEVICE_KINDS), *_WORDS]
        hint = suggest(first, valid) or "; valid: " + ", ".join(valid)
        place.fail(f"{shown(first)} is no part of a machine{hint}")


def _parse_node(block: _Block, index: int, rest: list[str], place: Place) -> None:
    """``node1 512M [movable] [cpuless]``."""
    if index >= MAX_NODES:
        place.fail(f"node{index}: nodes go up to node{MAX_NODES - 1}")
    if index in block.nodes:
        place.fail(f"node{index} is given twice")
    if not rest:
        place.fail(f"node{index} needs a size, as in node{index} 512M")
    nr_pages = size_in_pages(rest[0], place)
    for word in rest[1:]:
        if word not in ("movable", "cpuless"):
            place.fail(f"{shown(word)} is no word of a node{suggest(word, ['movable', 'cpuless'])}")
    block.nodes[index] = Node(index, nr_pages, "movable" in rest, "cpuless" in rest)


def _parse_device(block: _Block, kind: str, index: int, rest: list[str], place: Place) -> None:
    """``coherent0 256M [node1]``, ``dax0 64M [ext4|xfs|virtiofs]``."""
    name = f"{kind}{index}"
    if index > 9:
        place.fail(f"{name}: devices go up to {kind}9")
    if name in block.devices:
        place.fail(f"{name} is given twice")
    if not rest:
        place.fail(f"{name} needs a size, as in {name} 256M")
    nr_pages, node, filesystem = size_in_pages(rest[0], place), 0, ""
    for word in rest[1:]:
        numbered = _NUMBERED.fullmatch(word)
        if numbered and numbered[1] == "node":
            node = int(numbered[2])
        elif kind == "dax" and word in FILESYSTEMS:
            filesystem = word
        else:
            valid = ["node0", *(FILESYSTEMS if kind == "dax" else ())]
            place.fail(f"{shown(word)} is no word of a {kind} device{suggest(word, valid)}")
    filesystem = filesystem or ("ext4" if kind == "dax" else "")
    block.devices[name] = (Device(kind, index, nr_pages, node, filesystem), place)


def _parse_setting(
    values: dict[str, int], known: dict[str, tuple[int, int]], words: list[str], place: Place
) -> None:
    """``sysctl KEY = VALUE``, ``ksm KEY = VALUE``, ``khugepaged KEY = VALUE``."""
    if len(words) != 4 or words[2] != "=" or not is_number(words[3]):
        place.fail(f"{words[0]} is written {words[0]} KEY = NUMBER")
    if words[1] not in known:
        place.fail(f"{shown(words[1])} is no {words[0]} key{suggest(words[1], tuple(known))}")
    if words[1] in values:
        place.fail(f"{words[0]} {words[1]} is given twice")
    low, high = known[words[1]]
    if not low <= number(words[3]) <= high:
        place.fail(f"{words[0]} {words[1]} is a number from {low} to {high}, not {words[3]}")
    values[words[1]] = number(words[3])


def _parse_boot(values: dict[str, str], rest: list[str], place: Place) -> None:
    """``boot vsyscall=emulate``: words of the kernel's command line."""
    if not rest:
        place.fail("boot is written boot KEY=VALUE, as in boot vsyscall=emulate")
    for word in rest:
        key, _, value = word.partition("=")
        if key not in BOOT_WORDS:
            hint = suggest(key, tuple(BOOT_WORDS)) or "; valid: " + ", ".join(BOOT_WORDS)
            place.fail(f"{shown(key)} is no word of a boot{hint}")
        if value not in BOOT_WORDS[key]:
            valid = ", ".join(BOOT_WORDS[key])
            place.fail(f"boot {key} is one of {valid}, not {shown(value)}")
        if key in values:
            place.fail(f"boot {key} is given twice")
        values[key] = value


def _parse_cgroup(block: _Block, rest: list[str], place: Place) -> None:
    """``cgroup g2 [64M] [in g1]``: a group of cgroup v2."""
    name, words = (rest[0], rest[1:]) if rest else ("", [])
    if name not in MEMCGS.words:
        place.fail("cgroup is written cgroup g1, cgroup g1 64M or cgroup g2 in g1: up to g3")
    if name in block.cgroups:
        place.fail(f"cgroup {name} is given twice")
    if "memcg" in block.once:
        place.fail("memcg v1 has the groups of cgroup v1; there are none of v2 beside them")
    parent = ""
    if words[-2:-1] == ["in"]:
        parent, words = words[-1], words[:-2]
        if parent not in block.cgroups:
            place.fail(f"{shown(parent)} is no group that is given above this line")
    if len(words) > 1:
        place.fail("cgroup is written cgroup g1, cgroup g1 64M or cgroup g2 in g1: up to g3")
    limit = size_in_pages(words[0], place) if words else 0
    block.cgroups[name] = Cgroup(name, limit, parent)


def _parse_single(block: _Block, first: str, rest: list[str], place: Place) -> None:
    """The words that may stand once: cpus, swap, thp, shmem_enabled, unprivileged, rlimit."""
    if first == "cpus":
        if len(rest) != 1 or not is_number(rest[0]) or not 1 <= number(rest[0]) <= MAX_CPUS:
            place.fail(f"cpus is written cpus N, with N from 1 to {MAX_CPUS}")
        block.cpus = number(rest[0])
    elif first == "swap":
        if len(rest) not in (1, 2) or (len(rest) == 2 and rest[1] != "zram"):
            place.fail("swap is written swap SIZE or swap SIZE zram")
        block.swap = (size_in_pages(rest[0], place), "zram" if len(rest) == 2 else "disk")
    elif first == "thp":
        if len(rest) != 1 or rest[0] not in ("never", "madvise", "always"):
            place.fail("thp is written thp never, thp madvise or thp always")
    elif first == "shmem_enabled":
        if len(rest) != 1 or rest[0] not in SHMEM_MODES:
            modes = ", ".join(SHMEM_MODES[:-1])
            place.fail(f"shmem_enabled is one of {modes} and {SHMEM_MODES[-1]}")
    elif first == "memcg":
        if rest != ["v1"]:
            place.fail(
                "memcg is written memcg v1: the groups g1, g2 and g3 of cgroup v1; "
                "those of v2 are written cgroup g1"
            )
        if block.cgroups:
            place.fail("memcg v1 has the groups of cgroup v1; there are none of v2 beside them")
    elif first == "rlimit":
        if len(rest) != 2 or rest[0] != "memlock":
            place.fail("rlimit is written rlimit memlock SIZE, 0 or unlimited")
        limits = {"unlimited": -1, "0": 0}
        block.memlock = limits[rest[1]] if rest[1] in limits else size_in_pages(rest[1], place)
    elif rest:
        place.fail(f"{first} stands alone on its line")
