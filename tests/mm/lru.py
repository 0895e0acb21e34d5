"""A process on a small machine, for the tests of the LRU, swap, madvise and mlock.

Every call checks every invariant afterwards, so that each test also says that
nothing was left isolated, no count is off and no contents were lost.
"""

from dataclasses import replace

from linuxmm.arch.x86.pgtable import pte_pfn, pte_present
from linuxmm.fs.proc.text import pictures, smaps_fields
from linuxmm.kernels import Kernel, Test, load
from linuxmm.machine import Machine, simple_spec
from linuxmm.mm.mmap import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.vma import find_vma
from linuxmm.promises.invariants import Violation, check
from linuxmm.state.constants import RANGE_COHERENT, RANGE_FSDAX
from linuxmm.state.layout import SIZE_R, VMSTAT_NAMES, State
from linuxmm.steps.lru import OP_MADVISE, OP_MLOCK, OP_MUNLOCK
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
from linuxmm.steps.proc import OP_PAGES, OP_SMAPS

BASE, SPLIT, LANDED = "v5.17-coherent", "split-v1", "v6.1"
KERNELS = (BASE, SPLIT, LANDED)
RW = 3
PAGE = 4096
ANON = MAP_PRIVATE | MAP_ANONYMOUS
SHARED_ANON = MAP_SHARED | MAP_ANONYMOUS


class Box:
    """One machine, one process; `m` are the columns as they are now."""

    def __init__(self, kernel: str | Kernel, *, swap_slots: int = 8, checked: bool = True) -> None:
        spec = simple_spec(nodes=2, coherent=1, dax=1, cpus=2, swap_slots=swap_slots, rows=32)
        self.machine = Machine(kernel, spec)
        self.checked = checked
        self.task = self.call(OP_SPAWN)

    @property
    def m(self) -> State:
        return self.machine.block.m

    def call(self, op: int, *args: int, task: int | None = None, cpu: int = 0) -> int:
        """One step of the process; every invariant must hold after it."""
        who = getattr(self, "task", 0) if task is None else task
        result = self.machine.call(op, who, *args, cpu=cpu)
        if self.checked:
            assert self.violations() == [], op
        return result

    def violations(self) -> list[Violation]:
        return check(self.machine)

    def anon(self, npages: int, *tags: int, flags: int = ANON) -> int:
        """A new mapping whose first pages are written with these values."""
        addr = self.call(OP_MMAP, npages, RW, flags)
        for i, tag in enumerate(tags):
            self.call(OP_WRITE, addr + i * PAGE, 1, tag)
        return addr

    def file(self, ops: int, npages: int, flags: int = MAP_SHARED) -> int:
        """A mapping of a new file."""
        r = self.range_of(RANGE_FSDAX)
        file = self.call(OP_CREATE_FILE, ops, npages, r)
        return self.call(OP_MMAP, npages, RW, flags, file, 0)

    def coherent(self, npages: int, *tags: int) -> int:
        """A mapping whose written pages were all moved to coherent device memory."""
        addr = self.anon(npages, *tags)
        r = self.range_of(RANGE_COHERENT)
        self.call(OP_HMM_MIGRATE, self.task, addr, len(tags), r)
        assert self.kinds(addr, len(tags)) == ["dev"] * len(tags)
        return addr

    def range_of(self, kind: int) -> int:
        m = self.m
        return next(r for r in range(1, m.used[SIZE_R]) if m.range_type[r] == kind)

    def madvise(self, addr: int, npages: int, advice: int) -> int:
        return self.call(OP_MADVISE, addr, npages, advice)

    def mlock(self, addr: int, npages: int) -> int:
        return self.call(OP_MLOCK, addr, npages)

    def munlock(self, addr: int, npages: int) -> int:
        return self.call(OP_MUNLOCK, addr, npages)

    def drain(self) -> None:
        self.call(OP_DRAIN)

    def fork(self) -> int:
        return self.call(OP_FORK)

    def read(self, addr: int, npages: int = 1, task: int | None = None) -> list[int]:
        n = self.call(OP_READ, addr, npages, task=task)
        assert n == npages
        return self.machine.out(n)

    def write(self, addr: int, tag: int, task: int | None = None) -> None:
        assert self.call(OP_WRITE, addr, 1, tag, task=task) == 0

    # --- what can be seen ---
    def vma(self, addr: int) -> int:
        return find_vma(self.m, self.m.task_mm[self.task], addr)

    def flags(self, addr: int) -> int:
        return self.m.vma_flags[self.vma(addr)]

    def pte(self, addr: int, task: int | None = None) -> int:
        mm = self.m.task_mm[self.task if task is None else task]
        vma = find_vma(self.m, mm, addr)
        return self.m.pte[self.m.vma_ptes[vma] + (addr - self.m.vma_start[vma]) // PAGE]

    def page(self, addr: int, task: int | None = None) -> int:
        pte = self.pte(addr, task)
        assert pte_present(pte)
        return pfn_to_page(self.m, pte_pfn(pte))

    def page_flags(self, addr: int) -> int:
        return self.m.page_flags[self.page(addr)]

    def kinds(self, addr: int, npages: int) -> list[str]:
        """`ram`, `dev`, `swap` or `none` per page, as /proc/PID/pagemap shows it."""
        n = self.call(OP_PAGES, self.task, addr, npages)
        return [view for view, _, _, _ in pictures(self.machine.out(n))]

    def smaps(self, addr: int) -> dict[str, int]:
        n = self.call(OP_SMAPS, self.task, addr)
        return {key: kb for key, kb in smaps_fields(self.machine.out(n)).items() if kb}

    def vmstat(self, name: str) -> int:
        return self.m.vmstat[VMSTAT_NAMES.index(name)]


# --- kernels with one wrong cell ---
def without_test(kernel: str, site: str, refuse: str) -> Kernel:
    """A kernel that makes one test less at one site."""
    base = load(kernel)
    rule = base.site(site)
    tests = tuple(test for test in rule.tests if test.refuse != refuse)
    assert tests != rule.tests
    return base.with_site(replace(rule, tests=tests))


def with_test(kernel: str, site: str, test: Test) -> Kernel:
    """A kernel that makes one test more, before the others, at one site."""
    base = load(kernel)
    rule = base.site(site)
    return base.with_site(replace(rule, tests=(test, *rule.tests)))


def munlock_leaks_device_pages() -> Kernel:
    """mlock marks a device page, munlock refuses it: breaks `mlock`."""
    refuse = Test("zone_device", "skip", True, "")
    return with_test(BASE, "mm/mlock.c:munlock_vma_pages_range", refuse)
