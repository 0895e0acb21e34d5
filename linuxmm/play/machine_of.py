# SPDX-License-Identifier: GPL-2.0-or-later
"""The ``machine:`` block of a scenario as what the model is built from.

What the block may say and the model does not know is refused here, before the first step.
"""

from typing import Final

from linuxmm.errors import NotModelled
from linuxmm.machine import MachineSpec, RangeSpec
from linuxmm.mm.gate import VSYSCALL_EMULATE, VSYSCALL_NONE, VSYSCALL_XONLY
from linuxmm.mm.memcontrol.tree import PARENT_BITS, PARENT_MASK, ROOT_MEMCG
from linuxmm.scenario.tree import Cgroup, Device, Machine, Node
from linuxmm.scenario.words import BOOT_VSYSCALL, SHMEM_MODES, THP_MODES
from linuxmm.state.constants import (
    MAX_MEMCGS,
    SET_CAPABLE,
    SET_HUGETLB_PAGES,
    SET_KSM_MAX_PAGE_SHARING,
    SET_KSM_MERGE_ACROSS_NODES,
    SET_KSM_RUN,
    SET_KSM_USE_ZERO_PAGES,
    SET_MAX_PTES_NONE,
    SET_MAX_PTES_SHARED,
    SET_MAX_PTES_SWAP,
    SET_MEMCG,
    SET_MEMCG_MAX,
    SET_MEMCG_TREE,
    SET_NUMA_BALANCING,
    SET_RLIMIT_MEMLOCK,
    SET_SHMEM_ENABLED,
    SET_SWAP_ASYNC,
    SET_THP,
    SET_VSYSCALL,
    SHMEM_HUGE_ADVISE,
    SHMEM_HUGE_ALWAYS,
    SHMEM_HUGE_DENY,
    SHMEM_HUGE_FORCE,
    SHMEM_HUGE_NEVER,
    SHMEM_HUGE_WITHIN_SIZE,
    THP_ALWAYS,
    THP_MADVISE,
    THP_NEVER,
)
from linuxmm.uapi import PAGE_SIZE

KSM_SET: Final[dict[str, int]] = {
    "run": SET_KSM_RUN,
    "merge_across_nodes": SET_KSM_MERGE_ACROSS_NODES,
    "use_zero_pages": SET_KSM_USE_ZERO_PAGES,
    "max_page_sharing": SET_KSM_MAX_PAGE_SHARING,
}
KHUGEPAGED_SET: Final[dict[str, int]] = {
    "max_ptes_none": SET_MAX_PTES_NONE,
    "max_ptes_swap": SET_MAX_PTES_SWAP,
    "max_ptes_shared": SET_MAX_PTES_SHARED,
}
VSYSCALL: Final[dict[str, int]] = {
    "none": VSYSCALL_NONE, "xonly": VSYSCALL_XONLY, "emulate": VSYSCALL_EMULATE,
}  # fmt: skip
ROOT: Final = "root"
MEMCG: Final[dict[str, int]] = {ROOT: ROOT_MEMCG, "g1": 2, "g2": 3, "g3": 4}
THP: Final = dict(zip(THP_MODES, (THP_NEVER, THP_MADVISE, THP_ALWAYS), strict=True))
SHMEM: Final = dict(
    zip(
        SHMEM_MODES,
        (
            *(SHMEM_HUGE_NEVER, SHMEM_HUGE_ALWAYS, SHMEM_HUGE_WITHIN_SIZE),
            *(SHMEM_HUGE_ADVISE, SHMEM_HUGE_DENY, SHMEM_HUGE_FORCE),
        ),
        strict=True,
    )
)
# files of ksm that only pace the daemon: a step says how far it scans
KSM_PACE: Final = ("pages_to_scan", "sleep_millisecs")
# the kernel's own values; another one is not modelled
SYSCTL_DEFAULTS: Final[dict[str, int]] = {
    "vm.swappiness": 60,
    "vm.overcommit_memory": 0,
    "vm.overcommit_ratio": 50,
    "vm.max_map_count": 65530,
    "vm.compact_unevictable_allowed": 1,
    "vm.unprivileged_userfaultfd": 0,
}


def machine_spec(machine: Machine) -> MachineSpec:
    """The memory ranges, CPUs, swap and settings that the block describes."""
    _check_nodes(machine)
    ranges = [
        RangeSpec(f"node{node.number}", node.nr_pages, node.number, movable=node.movable)
        for node in machine.nodes
    ]
    for device in machine.devices:
        if device.kind == "p2pdma":
            raise NotModelled(f"not modelled: the memory of {device.name}")
        ranges.append(RangeSpec(device.name, device.nr_pages, device.node))
    cpus = 1 + max(core_cpu(machine, cpu) for cpu in range(len(machine.cpu_nodes)))
    return MachineSpec(
        tuple(ranges), cpus=cpus, swap_slots=machine.swap_pages, settings=_settings(machine)
    )


def machine_block(spec: MachineSpec) -> Machine:
    """The machine block that a spec amounts to, for a machine that was made from Python."""
    nodes, devices = [], []
    for r in spec.ranges:
        kind = r.name.rstrip("0123456789")
        number = int(r.name[len(kind) :])
        if kind == "node":
            nodes.append(Node(number, r.nr_pages, r.movable))
        else:
            filesystem = "ext4" if kind == "dax" else ""
            devices.append(Device(kind, number, r.nr_pages, r.node, filesystem))
    settings = dict(spec.settings)
    nr_hugepages = settings.get(SET_HUGETLB_PAGES, 0)
    pool = (("vm.nr_hugepages", nr_hugepages),) if nr_hugepages else ()
    return Machine(
        nodes=tuple(nodes),
        devices=tuple(devices),
        cpu_nodes=tuple(cpu % len(nodes) for cpu in range(spec.cpus)),
        swap_pages=spec.swap_slots,
        swap_kind="zram" if spec.swap_slots else "",
        unprivileged=settings.get(SET_CAPABLE, 1) == 0,
        thp=_word(THP, settings.get(SET_THP, THP_NEVER)),
        shmem=_word(SHMEM, settings.get(SET_SHMEM_ENABLED, SHMEM_HUGE_NEVER)),
        memlock=max(-1, settings.get(SET_RLIMIT_MEMLOCK, -1) // PAGE_SIZE),
        sysctls=(("kernel.numa_balancing", settings.get(SET_NUMA_BALANCING, 0)), *pool),
        ksm=_given(KSM_SET, settings),
        khugepaged=_given(KHUGEPAGED_SET, settings),
        memcg=settings.get(SET_MEMCG, 0) != 0 and not settings.get(SET_MEMCG_TREE),
        cgroups=_cgroups(settings),
        boot=tuple(
            (BOOT_VSYSCALL, word)
            for word, value in VSYSCALL.items()
            if value and value == settings.get(SET_VSYSCALL)
        ),
    )


def _cgroups(settings: dict[int, int]) -> tuple[Cgroup, ...]:
    """The groups of cgroup v2 that a spec has."""
    names = {number: name for name, number in MEMCG.items()}
    found = []
    for number in range(ROOT_MEMCG + 1, MAX_MEMCGS):
        parent = settings.get(SET_MEMCG_TREE, 0) >> number * PARENT_BITS & PARENT_MASK
        above = "" if parent == ROOT_MEMCG else names.get(parent, "")
        if parent:
            limit = settings.get(SET_MEMCG_MAX + number, 0)
            found.append(Cgroup(names[number], limit, above))
    return tuple(found)


def _word(words: dict[str, int], value: int) -> str:
    """How the language calls this value of a setting."""
    return next(word for word, number in words.items() if number == value)


def _given(names: dict[str, int], settings: dict[int, int]) -> tuple[tuple[str, int], ...]:
    """Those of some settings that a spec gives."""
    return tuple((key, settings[which]) for key, which in names.items() if which in settings)


def _check_nodes(machine: Machine) -> None:
    """The core numbers nodes without holes, and takes memory from them in that order."""
    if [node.number for node in machine.nodes] != list(range(len(machine.nodes))):
        raise NotModelled("not modelled: nodes whose numbers leave holes")


def core_cpu(machine: Machine, cpu: int) -> int:
    """The core's number of a CPU: there CPU n stands on node n modulo the nodes."""
    node = machine.cpu_nodes[cpu]
    return node + len(machine.nodes) * machine.cpu_nodes[:cpu].count(node)


def _settings(machine: Machine) -> tuple[tuple[int, int], ...]:
    """(SET_* index, value) pairs."""
    settings = {SET_CAPABLE: 0 if machine.unprivileged else 1, SET_RLIMIT_MEMLOCK: -1}
    if machine.memlock >= 0:
        settings[SET_RLIMIT_MEMLOCK] = machine.memlock * PAGE_SIZE
    if machine.swap_pages and machine.swap_kind != "zram":
        settings[SET_SWAP_ASYNC] = 1
    if machine.thp != "never":
        settings[SET_THP] = THP[machine.thp]
    if machine.shmem != "never":
        settings[SET_SHMEM_ENABLED] = SHMEM[machine.shmem]
    for key, value in machine.sysctls:
        if key == "kernel.numa_balancing":
            settings[SET_NUMA_BALANCING] = value
        elif key == "vm.nr_hugepages":
            settings[SET_HUGETLB_PAGES] = value
        elif SYSCTL_DEFAULTS.get(key) != value:
            raise NotModelled(f"not modelled: {key} = {value}")
    for key, value in machine.ksm:
        if key in KSM_SET:
            settings[KSM_SET[key]] = value
        elif key not in KSM_PACE:
            raise NotModelled(f"not modelled: ksm {key}")
    settings |= {KHUGEPAGED_SET[key]: value for key, value in machine.khugepaged}
    for group in machine.cgroups:
        number, parent = MEMCG[group.name], MEMCG[group.parent or ROOT]
        settings[SET_MEMCG] = ROOT_MEMCG
        tree = settings.get(SET_MEMCG_TREE, 0)
        settings[SET_MEMCG_TREE] = tree | parent << number * PARENT_BITS
        if group.max_pages:
            settings[SET_MEMCG_MAX + number] = group.max_pages
    if machine.memcg:
        if machine.swap_pages or machine.thp != "never" or machine.shmem != "never":
            raise NotModelled("not modelled: control groups of cgroup v1 with swap or huge pages")
        settings[SET_MEMCG] = ROOT_MEMCG
    for key, word in machine.boot:
        if key == BOOT_VSYSCALL:
            settings[SET_VSYSCALL] = VSYSCALL[word]
    return tuple(settings.items())
