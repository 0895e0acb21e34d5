# SPDX-License-Identifier: GPL-2.0-or-later
"""Page kinds that the model itself makes, as /proc shows them: facts/real-kernels.md."""

from dataclasses import dataclass

import pytest

from linuxmm.fs.proc.text import (
    kpageflags_names,
    meminfo_fields,
    numa_fields,
    pictures,
    smaps_fields,
)
from linuxmm.machine import Machine, simple_spec
from linuxmm.state.constants import (
    OPS_FILE,
    OPS_FSDAX,
    OPS_MIXEDMAP_PAGE,
    OPS_NONE,
    OPS_PFNMAP,
    OPS_SHMEM,
)
from linuxmm.steps.lru import OP_MADVISE
from linuxmm.steps.memory import (
    OP_CREATE_FILE,
    OP_DRAIN,
    OP_FORK,
    OP_MMAP,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE
from linuxmm.steps.proc import (
    OP_KPAGECOUNT_AT,
    OP_KPAGEFLAGS_AT,
    OP_MEMINFO,
    OP_NUMA_MAPS,
    OP_OBSERVE,
    OP_PAGES,
    OP_SMAPS,
)
from linuxmm.uapi import MADV_PAGEOUT
from tests.some_kernels import EVERY_KERNEL, KERNELS

COHERENT, PRIVATE, DAX = 2, 3, 4  # ranges behind the one node
SHARED, PRIVATE_MAP, RW = 1, 2, 3


@dataclass(frozen=True)
class Kind:
    """How one page is made, and what the table says: `flags` None where there is no frame."""

    picture: tuple[str, int, int]
    flags: set[str] | None
    count: int
    rss: int
    anonymous: int
    numa: dict[str, int]
    ops: int = OPS_NONE
    shared: int = SHARED
    memory: int = 0
    device: int = 0
    write: bool = True


ANON = {"ANON", "MMAP", "SWAPBACKED"}
KINDS = {
    "anon": Kind(("ram", 1, 0), ANON | {"LRU"}, 1, 4, 4, {"anon": 1, "N0": 1}),
    "zero": Kind(("ram", 0, 0), {"ZERO_PAGE", "RESERVED"}, 0, 0, 0, {}, write=False),
    "shmem": Kind(("ram", 1, 1), {"DIRTY", "MMAP", "SWAPBACKED"}, 1, 4, 0, {"dirty": 1}, OPS_SHMEM),
    "cache": Kind(("ram", 1, 1), {"LRU", "MMAP"}, 1, 4, 0, {"mapped": 1}, OPS_FILE, write=False),
    "private file": Kind(("ram", 1, 0), ANON, 1, 4, 4, {"anon": 1}, OPS_FILE, PRIVATE_MAP),
    "coherent": Kind(("dev", 1, 0), {"NOPAGE"}, 0, 4, 4, {}, device=COHERENT),
    "private": Kind(("swap", 1, 0), None, -1, 4, 4, {}, device=PRIVATE),
    "fsdax": Kind(("dev", 0, 0), {"NOPAGE"}, 0, 0, 0, {}, OPS_FSDAX, memory=DAX),
    "fsdax copied": Kind(("ram", 1, 0), ANON, 1, 4, 4, {"anon": 1}, OPS_FSDAX, PRIVATE_MAP, DAX),
    "pfnmap": Kind(("none", 0, 0), None, -1, 0, 0, {}, OPS_PFNMAP, write=False),
    "mixedmap": Kind(
        ("ram", 1, 1), {"MMAP"}, 1, 4, 0, {"mapped": 1}, OPS_MIXEDMAP_PAGE, write=False
    ),
}


def machine(kernel: str) -> tuple[Machine, int]:
    m = Machine(kernel, simple_spec(nodes=1, coherent=1, private=1, dax=1, swap_slots=16))
    return m, m.call(OP_SPAWN)


def one_page(m: Machine, task: int, kind: Kind) -> int:
    """Map and touch one page of the kind; its address."""
    file = m.call(OP_CREATE_FILE, task, kind.ops, 1, kind.memory) if kind.ops else 0
    sharing = kind.shared if kind.ops else PRIVATE_MAP
    addr = m.call(OP_MMAP, task, 1, RW, sharing, file, 0)
    if kind.write:
        assert m.call(OP_WRITE, task, addr, 1, 0x5A) == 0
    else:
        m.call(OP_READ, task, addr, 1)
    if kind.device:
        m.call(OP_HMM_MIGRATE, 0, task, addr, 1, kind.device)
    m.call(OP_DRAIN)
    return addr


@EVERY_KERNEL
@pytest.mark.parametrize("name", KINDS)
def test_kind(name: str, kernel: str) -> None:
    kind = KINDS[name]
    m, task = machine(kernel)
    addr = one_page(m, task, kind)
    assert pictures(m.out(m.call(OP_PAGES, task, task, addr, 1)))[0][:3] == kind.picture
    word = m.out(m.call(OP_KPAGEFLAGS_AT, task, task, addr, 1))[0]
    assert (word < 0) if kind.flags is None else kind.flags <= set(kpageflags_names(word))
    assert m.out(m.call(OP_KPAGECOUNT_AT, task, task, addr, 1)) == [kind.count]
    smaps = smaps_fields(m.out(m.call(OP_SMAPS, task, task, addr)))
    assert (smaps["Rss"], smaps["Anonymous"]) == (kind.rss, kind.anonymous)
    numa = numa_fields(m.out(m.call(OP_NUMA_MAPS, task, task, addr)))
    assert kind.numa.items() <= numa.items() and bool(kind.numa) == bool(numa)


@EVERY_KERNEL
def test_swapped_out(kernel: str) -> None:
    # "swap": S; Swap 16; SwapPss by the entries that name a slot
    m, task = machine(kernel)
    addr = m.call(OP_MMAP, task, 4, RW, PRIVATE_MAP)
    m.call(OP_WRITE, task, addr, 4, 1)
    m.call(OP_DRAIN)
    assert m.call(OP_MADVISE, task, addr, 4, MADV_PAGEOUT) == 0
    assert pictures(m.out(m.call(OP_PAGES, task, task, addr, 4))) == [("swap", 0, 0, None)] * 4
    info = meminfo_fields(m.out(m.call(OP_MEMINFO)))
    assert (info["SwapTotal"], info["SwapFree"], info["SwapCached"]) == (64, 48, 0)
    child = m.call(OP_FORK, task)
    smaps = smaps_fields(m.out(m.call(OP_SMAPS, child, child, addr)))
    assert (smaps["Swap"], smaps["SwapPss"], smaps["Rss"]) == (16, 8, 0)


@pytest.mark.parametrize(("ops", "shmem"), [(OPS_FILE, 0), (OPS_SHMEM, 4)])
def test_page_cache_in_meminfo(ops: int, shmem: int) -> None:
    m, task = machine("v6.1")
    one_page(m, task, Kind(("ram", 1, 1), set(), 1, 4, 0, {}, ops))
    info = meminfo_fields(m.out(m.call(OP_MEMINFO)))
    assert (info["Cached"], info["Shmem"], info["Mapped"]) == (4, shmem, 4)
    assert (info["Inactive"], info["AnonPages"]) == (4, 0)


def test_fork_and_copy_as_recorded() -> None:
    # debian-6.1.json coherent_fork_cow
    m, task = machine("v6.1")
    addr = m.call(OP_MMAP, task, 4, RW, PRIVATE_MAP)
    m.call(OP_WRITE, task, addr, 4, 0x10)
    m.call(OP_HMM_MIGRATE, 0, task, addr, 4, COHERENT)
    child = m.call(OP_FORK, task)
    assert pictures(m.out(m.call(OP_PAGES, child, child, addr, 4))) == [
        ("dev", 0, 0, i) for i in range(4)
    ]
    m.call(OP_WRITE, child, addr, 1, 0x99)
    m.call(OP_READ, child, addr + 4096, 1)
    assert pictures(m.out(m.call(OP_PAGES, child, child, addr, 4))) == [
        ("ram", 1, 0, 0),
        *(("dev", 0, 0, i) for i in (1, 2, 3)),
    ]
    smaps = smaps_fields(m.out(m.call(OP_SMAPS, child, child, addr)))
    recorded = {
        "Rss": 16, "Pss": 10, "Shared_Dirty": 12, "Private_Clean": 0, "Private_Dirty": 4,
        "Referenced": 8, "Anonymous": 16, "LazyFree": 0, "AnonHugePages": 0, "Swap": 0,
        "Locked": 0,
    }  # fmt: skip
    assert {name: smaps[name] for name in recorded} == recorded


def test_dax_reads_report_on_split_v1_only() -> None:
    for kernel in KERNELS:
        m, task = machine(kernel)
        addr = one_page(m, task, KINDS["fsdax"])
        m.call(OP_SMAPS, task, task, addr)
        assert [e.name for e in m.events()] == ["bad-page-map"] * (kernel == "split-v1")
        assert m.call(OP_OBSERVE, task, task) and m.events() == []
