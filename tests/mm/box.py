# SPDX-License-Identifier: GPL-2.0-or-later
"""One machine under test, for every test of the core: its first process, and what can be seen.

    box = Box("v6.1", 4)                  # a mapping of four pages at box.a
    box.write(box.at(1), 0x5A)            # a verb of the kernel: an address, then the others
    box.to_device()                       # no address: the whole of that mapping
    assert box.where() == ["none", "coh", "none", "none"]

Operations without a helper go through `call`, as they do in `Machine`.  Every promise is checked
after every step, unless the kernel is one that breaks some (`checked=False`).
"""

from collections.abc import Iterator

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none, pte_pfn, pte_present
from linuxmm.fs.proc.text import pictures, smaps_fields
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, MachineSpec, simple_spec
from linuxmm.mm.ksm.sysfs import KSM_FILES, KSM_MM_FILES
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.memory.rss import rss_of
from linuxmm.mm.page import is_zone_device_page, page_to_pfn, pfn_to_page
from linuxmm.mm.pgtable import mapped, pte_offset_map, walk_to_pmd
from linuxmm.mm.vma import find_vma
from linuxmm.promises.checks import check
from linuxmm.promises.record import Violation
from linuxmm.state.constants import (
    LIST_ISOLATED,
    LIST_MIGRATE,
    OPS_DEVDAX,
    OPS_FSDAX,
    PG_ALLOCATED,
    PG_PRIVATE,
    RANGE_FSDAX,
    RANGE_GENERIC,
    RANGE_RAM,
    SET_KSM_RUN,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import (
    KSM_DEVICE,
    SIZE_I,
    SIZE_P,
    SIZE_Q,
    SIZE_R,
    SIZE_V,
    VMSTAT_NAMES,
    State,
)
from linuxmm.steps.ksm import OP_KSM_READ, OP_KSM_READ_MM, OP_KSM_SET, OP_KSMD
from linuxmm.steps.lru import OP_MADVISE, OP_MLOCK, OP_MUNLOCK
from linuxmm.steps.memory import (
    OP_CREATE_FILE,
    OP_DRAIN,
    OP_EXIT,
    OP_FORK,
    OP_GUP,
    OP_MMAP,
    OP_MUNMAP,
    OP_PUT,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.steps.migrate import (
    OP_HMM_MIGRATE,
    OP_HMM_MIGRATE_TO_SYS,
    OP_MOVE_PAGES,
    OP_MPROTECT,
)
from linuxmm.steps.proc import OP_PAGES, OP_SMAPS
from linuxmm.uapi import (
    MADV_MERGEABLE,
    MAP_ANONYMOUS,
    MAP_PRIVATE,
    MAP_SHARED,
    MPOL_MF_MOVE,
    PROT_READ,
    PROT_WRITE,
)
from tests.some_kernels import LANDED

PAGE = 4096
RW = PROT_READ | PROT_WRITE
ANON, SHARED_ANON = MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS
NODE0, NODE1, COHERENT, PRIVATE, FSDAX, DEVDAX = range(1, 7)  # memory ranges, in this order
SHORT = {NODE0: "n0", NODE1: "n1", COHERENT: "coh", PRIVATE: "priv", FSDAX: "dax", DEVDAX: "dax"}


def spec(swap_slots: int = 16, rows: int = 32) -> MachineSpec:
    """Two nodes, two CPUs, one device of each kind."""
    return simple_spec(
        nodes=2, coherent=1, private=1, dax=1, devdax=1, cpus=2, swap_slots=swap_slots, rows=rows
    )


class Box:
    """`task` is the first process; `a` its first mapping of `n` pages, when it has one."""

    def __init__(
        self,
        kernel: str | Kernel = LANDED,
        npages: int = 0,
        flags: int = ANON,
        *,
        spec: MachineSpec | None = None,
        checked: bool = True,
    ) -> None:
        self.machine = Machine(kernel, spec or SPEC)
        self.checked = checked
        self.device_merges = 0  # device pages that ksmd put into a tree or merged
        self.task = self.call(OP_SPAWN)
        self.n = npages
        self.a = self.mmap(npages, flags) if npages else 0

    @property
    def m(self) -> State:
        return self.machine.block.m

    def call(self, op: int, task: int = 0, *args: int, cpu: int | None = None) -> int:
        """One step of the core."""
        result = self.machine.call(op, task, *args, cpu=cpu)
        if self.checked:
            assert self.violations() == [], op
        return result

    def out(self, n: int) -> list[int]:
        return self.machine.out(n)

    def violations(self) -> list[Violation]:
        return check(self.machine)

    def events(self) -> list[str]:
        return [event.name for event in self.machine.events()]

    def at(self, i: int, start: int = 0) -> int:
        """The address of a page of a mapping, of the first one if none is named."""
        return (start or self.a) + PAGE * i

    def _range(self, addr: int, npages: int) -> tuple[int, int]:
        """An address alone is one page, none the whole of the first mapping."""
        return (addr, npages or 1) if addr else (self.a, npages or self.n)

    # --- mappings and files ---
    def mmap(
        self, npages: int, flags: int = ANON, prot: int = RW, file: int = 0, task: int = 0
    ) -> int:
        return self.call(OP_MMAP, task or self.task, npages, prot, flags, file)

    def anon(
        self, npages: int, *tags: int, task: int = 0, cpu: int | None = None, flags: int = ANON
    ) -> int:
        """A new mapping whose first pages are written with these values."""
        addr = self.call(OP_MMAP, task or self.task, npages, RW, flags, cpu=cpu)
        for i, tag in enumerate(tags):
            assert self.call(OP_WRITE, task or self.task, self.at(i, addr), 1, tag, cpu=cpu) == 0
        return addr

    def coherent(self, npages: int, *tags: int) -> int:
        """A mapping whose written pages were all moved to coherent device memory."""
        addr = self.anon(npages, *tags)
        self.to_device(addr, len(tags))
        assert self.kinds(addr, len(tags)) == ["dev"] * len(tags)
        return addr

    def create_file(self, ops: int, npages: int = 1) -> int:
        """A new file; those of DAX lie on their device."""
        device = {OPS_FSDAX: FSDAX, OPS_DEVDAX: DEVDAX}.get(ops, 0)
        return self.call(OP_CREATE_FILE, self.task, ops, npages, device)

    def file(self, ops: int, npages: int = 1, flags: int = MAP_SHARED) -> int:
        """A mapping of a new file."""
        return self.mmap(npages, flags, file=self.create_file(ops, npages))

    def munmap(self, addr: int = 0, npages: int = 0, task: int = 0) -> int:
        return self.call(OP_MUNMAP, task or self.task, *self._range(addr, npages))

    def mprotect(self, addr: int = 0, npages: int = 0, prot: int = RW) -> int:
        return self.call(OP_MPROTECT, self.task, *self._range(addr, npages), prot)

    def madvise(self, addr: int, npages: int, advice: int) -> int:
        return self.call(OP_MADVISE, self.task, addr, npages, advice)

    def mlock(self, addr: int, npages: int) -> int:
        return self.call(OP_MLOCK, self.task, addr, npages)

    def munlock(self, addr: int, npages: int) -> int:
        return self.call(OP_MUNLOCK, self.task, addr, npages)

    # --- processes, accesses ---
    def fork(self, task: int = 0) -> int:
        return self.call(OP_FORK, task or self.task)

    def exit(self, task: int = 0) -> None:
        self.call(OP_EXIT, task or self.task)

    def drain(self) -> None:
        self.call(OP_DRAIN)

    def write(self, addr: int = 0, tag: int = 0x11, npages: int = 0, task: int = 0) -> int:
        return self.call(OP_WRITE, task or self.task, *self._range(addr, npages), tag)

    def read(self, addr: int = 0, npages: int = 0, task: int = 0) -> list[int]:
        """The contents, or the one result that is no success."""
        first, nr = self._range(addr, npages)
        result = self.call(OP_READ, task or self.task, first, nr)
        return self.out(nr) if result == nr else [result]

    def gup(self, addr: int, flags: int, npages: int = 1, handle: int = 1) -> int:
        return self.call(OP_GUP, self.task, addr, npages, flags, handle)

    def put(self, handle: int = 1) -> int:
        return self.call(OP_PUT, self.task, handle)

    # --- migration ---
    def to_device(self, addr: int = 0, npages: int = 0, device: int = COHERENT) -> list[int]:
        """cpages and what was copied, or the one result that is no success."""
        result = self.call(OP_HMM_MIGRATE, 0, self.task, *self._range(addr, npages), device)
        return self.out(2) if result == 0 else [result]

    def to_system(self, addr: int = 0, npages: int = 0, device: int = COHERENT) -> list[int]:
        result = self.call(OP_HMM_MIGRATE_TO_SYS, 0, self.task, *self._range(addr, npages), device)
        return self.out(2) if result == 0 else [result]

    def move_pages(
        self, addr: int = 0, npages: int = 0, node: int = -1, flags: int = MPOL_MF_MOVE,
        nodes: int = 0,
    ) -> tuple[int, list[int]]:  # fmt: skip
        """The result and the status of each page; node -1 asks where they are."""
        first, nr = self._range(addr, npages)
        args = (self.task, first, nr, node, flags, nodes)
        return self.call(OP_MOVE_PAGES, self.task, *args), self.out(nr)

    # --- KSM ---
    def ksmd(self, passes: int = 1) -> None:
        for _ in range(passes):
            self.call(OP_KSMD)
            self.device_merges += self.m.scratch[KSM_DEVICE]

    def ksm_set(self, which: int, value: int) -> int:
        return self.call(OP_KSM_SET, 0, which, value)

    def ksm(self) -> dict[str, int]:
        """/sys/kernel/mm/ksm."""
        return dict(zip(KSM_FILES, self.out(self.call(OP_KSM_READ)), strict=True))

    def ksm_of_mm(self, task: int = 0) -> dict[str, int]:
        n = self.call(OP_KSM_READ_MM, task or self.task)
        return dict(zip(KSM_MM_FILES, self.out(n), strict=True))

    def shares(self) -> tuple[int, ...]:
        """Shared, sharing, unshared, volatile."""
        files = self.ksm()
        names = ("pages_shared", "pages_sharing", "pages_unshared", "pages_volatile")
        return tuple(files[name] for name in names)

    def device_nodes(self) -> int:
        """Stable nodes that stand for a device page."""
        pages = [self.m.stable_page[q] for q in range(1, self.m.used[SIZE_Q])]
        return sum(is_zone_device_page(self.m, page) for page in pages if page)

    # --- what can be seen ---
    def range_of(self, kind: int) -> int:
        m = self.m
        return next(r for r in range(1, m.used[SIZE_R]) if m.range_type[r] == kind)

    def vma(self, addr: int = 0, task: int = 0) -> int:
        return find_vma(self.m, self.m.task_mm[task or self.task], addr or self.a)

    def vma_flags(self, addr: int = 0, task: int = 0) -> int:
        return self.m.vma_flags[self.vma(addr, task)]

    def slot(self, addr: int = 0, task: int = 0) -> int:
        at = addr or self.a
        return pte_offset_map(self.m, walk_to_pmd(self.m, self.vma(addr, task), at), at)

    def pte(self, addr: int = 0, task: int = 0) -> int:
        return self.m.pte[self.slot(addr, task)]

    def page(self, addr: int = 0, task: int = 0) -> int:
        """The page behind an entry, present or not; 0 when there is none."""
        return self.page_of(self.pte(addr, task))

    def page_of(self, pte: int) -> int:
        if pte_present(pte):
            return pfn_to_page(self.m, pte_pfn(pte))
        k = self.machine.k
        if is_device_private_pte(k, pte) or is_migration_pte(k, pte):
            return pfn_to_page(self.m, pfn_swap_entry_pfn(k, pte))
        return 0

    def page_flags(self, addr: int = 0) -> int:
        return self.m.page_flags[self.page(addr)]

    def counts(self, addr: int = 0, task: int = 0) -> tuple[int, int]:
        """refcount and mapcount of the page mapped there."""
        page = self.page(addr, task)
        return self.m.page_refcount[page], self.m.page_mapcount[page]

    def where(self, task: int = 0) -> list[str]:
        """What each page of the first mapping is: n0, n1, coh, priv, dax, zero, mig, none."""
        return [self.where_one(self.pte(self.at(i), task)) for i in range(self.n)]

    def where_one(self, pte: int) -> str:
        if pte_none(pte):
            return "none"
        if is_migration_pte(self.machine.k, pte):
            return "mig"
        page = self.page_of(pte)
        zero = page == self.m.setting[SET_ZERO_PAGE]
        return "zero" if zero else SHORT.get(self.m.page_range[page], "?")

    def kinds(self, addr: int, npages: int) -> list[str]:
        """`ram`, `dev`, `swap` or `none` per page, as /proc/PID/pagemap shows it."""
        n = self.call(OP_PAGES, self.task, self.task, addr, npages)
        return [view for view, _, _, _ in pictures(self.out(n))]

    def smaps(self, addr: int) -> dict[str, int]:
        n = self.call(OP_SMAPS, self.task, self.task, addr)
        return {key: kb for key, kb in smaps_fields(self.out(n)).items() if kb}

    def rss(self, which: int, task: int = 0) -> int:
        """A counter with the deltas of the tasks of this mm."""
        return rss_of(self.m, self.m.task_mm[task or self.task], which)

    def vmstat(self, name: str) -> int:
        return self.m.vmstat[VMSTAT_NAMES.index(name)]


def mergeable(kernel: str | Kernel, *tags: int) -> Box:
    """ksmd is on, and the first mapping is its to merge, each page with its own contents."""
    box = Box(kernel, checked=False)
    box.a, box.n = merge_area(box, *tags), len(tags)
    box.ksm_set(SET_KSM_RUN, 1)
    return box


def merge_area(box: Box, *tags: int, task: int = 0, cpu: int | None = None) -> int:
    """One more mapping for ksmd."""
    addr = box.anon(len(tags), *tags, task=task, cpu=cpu)
    assert box.call(OP_MADVISE, task or box.task, addr, len(tags), MADV_MERGEABLE) == 0
    return addr


# --- the counts, taken from the entries ---
def entries(m: State) -> Iterator[int]:
    """Every entry of every VMA that is not empty."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma]:
            yield from (pte for _, pte in mapped(m, vma))


def counting_entries(box: Box) -> dict[int, tuple[int, int]]:
    """Per page: (references, mappings) that the page tables hold, counted entry by entry."""
    m, k = box.m, box.machine.k
    found: dict[int, tuple[int, int]] = {}
    for pte in entries(m):
        mapped = 1
        if pte_present(pte):
            if pte & PAGE_SPECIAL:
                continue
            page = pfn_to_page(m, pte_pfn(pte))
        elif is_device_private_pte(k, pte) or is_device_exclusive_pte(k, pte):
            page = pfn_to_page(m, pfn_swap_entry_pfn(k, pte))
            mapped = is_device_private_pte(k, pte)
        else:
            continue
        refs, maps = found.get(page, (0, 0))
        found[page] = (refs + 1, maps + mapped)
    return found


def check_counts(box: Box) -> None:
    """Every page's refcount and mapcount, from entries, caches and isolation (batches empty)."""
    box.drain()
    m = box.m
    mapped = counting_entries(box)
    cached = [m.cache_page[i] for i in range(1, m.size[SIZE_I])]
    for page in range(1, m.used[SIZE_P]):
        if page == m.setting[SET_ZERO_PAGE]:
            continue
        refs, maps = mapped.get(page, (0, 0))
        refs += cached.count(page)
        refs += m.page_list[page] in (LIST_ISOLATED, LIST_MIGRATE)
        refs += bool(m.page_flags[page] & PG_PRIVATE)
        refs += m.range_type[m.page_range[page]] in (RANGE_FSDAX, RANGE_GENERIC)  # the driver's
        where = f"page {page} pfn {page_to_pfn(m, page):x}"
        assert m.page_mapcount[page] == maps, where
        assert m.page_refcount[page] == refs, where
        if refs == 0 and m.range_type[m.page_range[page]] == RANGE_RAM:
            assert m.page_flags[page] & PG_ALLOCATED == 0, where


SPEC = spec()
