"""A machine with one device of each kind, and the counts that must hold, taken from the entries."""

from linuxmm.arch.x86.pgtable import PAGE_SPECIAL, pte_none, pte_pfn, pte_present
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.memory.nonpresent import (
    is_device_exclusive_pte,
    is_device_private_pte,
    is_migration_pte,
    pfn_swap_entry_pfn,
)
from linuxmm.mm.page import page_to_pfn, pfn_to_page
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    LIST_ISOLATED,
    LIST_MIGRATE,
    NR_MM_COUNTERS,
    PG_ALLOCATED,
    PG_PRIVATE,
    RANGE_RAM,
    SET_ZERO_PAGE,
)
from linuxmm.state.layout import SIZE_C, SIZE_I, SIZE_P, SIZE_V, State
from linuxmm.steps.memory import (
    OP_DRAIN,
    OP_EXIT,
    OP_FORK,
    OP_MMAP,
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

KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
RW, MAP_PRIVATE, MAP_SHARED = 3, 2, 1
COHERENT, PRIVATE = 3, 4  # memory ranges: node0 1, node1 2


class Box:
    """Two nodes, a coherent and a private device; `a` is a mapping of the first process."""

    def __init__(self, kernel: "str | Kernel", npages: int = 4, flags: int = MAP_PRIVATE) -> None:
        self.machine = Machine(kernel, simple_spec(coherent=1, private=1))
        self.task = self.call(OP_SPAWN)
        self.n = npages
        self.a = self.call(OP_MMAP, self.task, npages, RW, flags)

    @property
    def m(self) -> State:
        return self.machine.block.m

    def call(self, op: int, task: int = 0, *args: int, cpu: int | None = None) -> int:
        return self.machine.call(op, task, *args, cpu=cpu)

    def at(self, i: int) -> int:
        return self.a + 4096 * i

    def write(self, tag: int, first: int = 0, n: int = 0, task: int = 0) -> int:
        return self.call(OP_WRITE, task or self.task, self.at(first), n or self.n - first, tag)

    def read(self, task: int = 0) -> list[int]:
        result = self.call(OP_READ, task or self.task, self.a, self.n)
        return self.machine.out(self.n) if result == self.n else [result]

    def fork(self) -> int:
        return self.call(OP_FORK, self.task)

    def drain(self) -> None:
        self.call(OP_DRAIN)

    def to_dev(self, n: int = 0, device: int = COHERENT, first: int = 0) -> list[int]:
        result = self.call(OP_HMM_MIGRATE, 0, self.task, self.at(first), n or self.n, device)
        return self.machine.out(2) if result == 0 else [result]

    def to_sys(self, n: int = 0, device: int = COHERENT) -> list[int]:
        result = self.call(OP_HMM_MIGRATE_TO_SYS, 0, self.task, self.a, n or self.n, device)
        return self.machine.out(2) if result == 0 else [result]

    def move(self, node: int = -1, flags: int = 2, nodes: int = 0) -> tuple[int, list[int]]:
        args = (self.task, self.a, self.n, node, flags, nodes)
        return self.call(OP_MOVE_PAGES, self.task, *args), self.machine.out(self.n)

    def mprotect(self, prot: int, first: int = 0, n: int = 0) -> int:
        return self.call(OP_MPROTECT, self.task, self.at(first), n or self.n, prot)

    def slot(self, i: int, task: int = 0) -> int:
        vma = find_vma(self.m, self.m.task_mm[task or self.task], self.at(i))
        return vma_pte_slot(self.m, vma, self.at(i))

    def pte(self, i: int, task: int = 0) -> int:
        return self.m.pte[self.slot(i, task)]

    def page(self, i: int, task: int = 0) -> int:
        """The page behind an entry, present or device-private; 0 when there is none."""
        return self.page_of(self.pte(i, task))

    def page_of(self, pte: int) -> int:
        k = self.machine.k
        if pte_present(pte):
            return pfn_to_page(self.m, pte_pfn(pte))
        if is_device_private_pte(k, pte) or is_migration_pte(k, pte):
            return pfn_to_page(self.m, pfn_swap_entry_pfn(k, pte))
        return 0

    def where(self, task: int = 0) -> list[str]:
        """What each page of the mapping is: n0, n1, coh, priv, zero, mig, none."""
        return [self.where_one(self.pte(i, task)) for i in range(self.n)]

    def where_one(self, pte: int) -> str:
        if pte_none(pte):
            return "none"
        if is_migration_pte(self.machine.k, pte):
            return "mig"
        page = self.page_of(pte)
        if page == self.m.setting[SET_ZERO_PAGE]:
            return "zero"
        return {1: "n0", 2: "n1", 3: "coh", 4: "priv"}.get(self.m.page_range[page], "?")

    def rss(self, which: int, task: int = 0) -> int:
        """A counter with the deltas of the tasks of this mm."""
        m, mm = self.m, self.m.task_mm[task or self.task]
        tasks = [t for t in range(1, m.used[SIZE_C]) if m.task_mm[t] == mm]
        deltas = sum(m.task_rss[t * NR_MM_COUNTERS + which] for t in tasks)
        return m.mm_rss[mm * NR_MM_COUNTERS + which] + deltas

    def exit(self, task: int = 0) -> None:
        self.call(OP_EXIT, task or self.task)


def counting_entries(box: Box) -> dict[int, tuple[int, int]]:
    """Per page: (references, mappings) that the page tables hold, counted entry by entry."""
    m, k = box.m, box.machine.k
    found: dict[int, tuple[int, int]] = {}
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0:
            continue
        for slot in range(
            m.vma_ptes[vma], m.vma_ptes[vma] + (m.vma_end[vma] - m.vma_start[vma]) // 4096
        ):
            pte = m.pte[slot]
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
    entries = counting_entries(box)
    cached = [m.cache_page[i] for i in range(1, m.size[SIZE_I])]
    for page in range(1, m.used[SIZE_P]):
        if page == m.setting[SET_ZERO_PAGE]:
            continue
        refs, maps = entries.get(page, (0, 0))
        refs += cached.count(page)
        refs += m.page_list[page] in (LIST_ISOLATED, LIST_MIGRATE)
        refs += bool(m.page_flags[page] & PG_PRIVATE)
        where = f"page {page} pfn {page_to_pfn(m, page):x}"
        assert m.page_mapcount[page] == maps, where
        assert m.page_refcount[page] == refs, where
        if refs == 0 and m.range_type[m.page_range[page]] == RANGE_RAM:
            assert m.page_flags[page] & PG_ALLOCATED == 0, where
