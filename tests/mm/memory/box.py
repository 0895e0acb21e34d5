"""A machine with one process, and short words for looking at it."""

from linuxmm.arch.x86.pgtable import pte_pfn
from linuxmm.kernels import Kernel
from linuxmm.machine import Machine, MachineSpec, simple_spec
from linuxmm.mm.mmap import MAP_PRIVATE, MAP_SHARED
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.rmap import vma_pte_slot
from linuxmm.mm.vma import find_vma
from linuxmm.promises.invariants import check
from linuxmm.state.constants import PROT_READ, PROT_WRITE
from linuxmm.steps.memory import (
    OP_CREATE_FILE,
    OP_DRAIN,
    OP_FORK,
    OP_GUP,
    OP_MMAP,
    OP_PUT,
    OP_READ,
    OP_SPAWN,
    OP_WRITE,
)
from linuxmm.steps.migrate import OP_HMM_MIGRATE

KERNELS = ("v5.17-coherent", "split-v1", "v6.1")
RW = PROT_READ | PROT_WRITE


class Box:
    """`p` is the first process; every step is followed by a check of all promises."""

    def __init__(self, kernel: str | Kernel = "v6.1", spec: MachineSpec | None = None) -> None:
        spec = spec or simple_spec(coherent=1, private=1, dax=1, devdax=1, swap_slots=16)
        self.machine = Machine(kernel, spec)
        self.p = self.machine.call(OP_SPAWN)

    @property
    def m(self):  # type: ignore[no-untyped-def]
        return self.machine.block.m

    def call(self, op: int, *args: int) -> int:
        result = self.machine.call(op, *args)
        assert check(self.machine) == []
        return result

    def anon(self, npages: int = 1, prot: int = RW, task: int = 0) -> int:
        return self.call(OP_MMAP, task or self.p, npages, prot, MAP_PRIVATE)

    def of_file(self, ops: int, npages: int = 1, shared: bool = True, r: int = 0) -> int:
        file = self.call(OP_CREATE_FILE, self.p, ops, npages, r)
        flags = MAP_SHARED if shared else MAP_PRIVATE
        return self.call(OP_MMAP, self.p, npages, RW, flags, file)

    def write(self, addr: int, npages: int = 1, tag: int = 0x11, task: int = 0) -> int:
        return self.call(OP_WRITE, task or self.p, addr, npages, tag)

    def read(self, addr: int, npages: int = 1, task: int = 0) -> list[int]:
        result = self.call(OP_READ, task or self.p, addr, npages)
        return self.machine.out(result) if result > 0 else [result]

    def fork(self) -> int:
        return self.call(OP_FORK, self.p)

    def drain(self) -> None:
        self.call(OP_DRAIN)

    def to_coherent(self, addr: int, npages: int = 1) -> None:
        device = [r.name for r in self.machine.spec.ranges].index("coherent0") + 1
        self.call(OP_HMM_MIGRATE, 0, self.p, addr, npages, device)

    def gup(self, addr: int, flags: int, npages: int = 1, handle: int = 1) -> int:
        return self.call(OP_GUP, self.p, addr, npages, flags, handle)

    def put(self, handle: int = 1) -> int:
        return self.call(OP_PUT, self.p, handle)

    def pte(self, addr: int, task: int = 0) -> int:
        vma = find_vma(self.m, self.m.task_mm[task or self.p], addr)
        return int(self.m.pte[vma_pte_slot(self.m, vma, addr)])

    def page(self, addr: int, task: int = 0) -> int:
        return pfn_to_page(self.m, pte_pfn(self.pte(addr, task)))

    def counts(self, addr: int, task: int = 0) -> tuple[int, int]:
        """refcount and mapcount of the page mapped there."""
        page = self.page(addr, task)
        return self.m.page_refcount[page], self.m.page_mapcount[page]

    def rss(self, which: int, task: int = 0) -> int:
        from linuxmm.mm.memory.rss import rss_of

        return rss_of(self.m, self.m.task_mm[task or self.p], which)
