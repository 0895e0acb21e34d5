# SPDX-License-Identifier: GPL-2.0-or-later
"""A vmcore, or a running guest of QEMU, read through drgn: page tables and struct pages themselves.

The only module that imports drgn (extra: vmcore).  It is a source like a live kernel
(`source.py`), but nothing is hidden: `entry.py` and `structpage.py` decode what it reads.
"""

import logging
import os
import stat
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from linuxmm import procfs
from linuxmm.errors import InputError, MissingExtra, Skipped, one_line
from linuxmm.inspect.area import Area
from linuxmm.inspect.elf import build_id, check_notes
from linuxmm.inspect.entry import (
    WITH_PFN,
    Entry,
    SpecialTypes,
    decode,
    is_leaf,
    pagemap_entry,
    special_types,
    swap_kinds,
)
from linuxmm.inspect.physical import INSIDE_RAM, Physical, layout
from linuxmm.inspect.source import Machine, Process
from linuxmm.inspect.structpage import Layout, StructPage, StructPages, kpageflags
from linuxmm.uapi import PAGE_SIZE

if TYPE_CHECKING:
    from drgn import Object, Program

TABLE: Final = 512
BLOCK: Final = 8192  # entries that are looked at together
PFN_FIELD: Final = 0x000F_FFFF_FFFF_F000
PF_KTHREAD: Final = 0x0020_0000
RSS: Final = ("MM_FILEPAGES", "MM_ANONPAGES", "MM_SHMEMPAGES", "MM_SWAPENTS")


@dataclass(frozen=True)
class CoreArea(Area):
    """A VMA whose vm_ops were looked at."""

    shmem: bool = False

    @property
    def is_shmem(self) -> bool:
        return self.shmem


@dataclass
class CoreMachine(Machine):
    """The machine in the core."""

    core: "Core" = field(repr=False, kw_only=True)

    def read_flags(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        return self._each(firsts, numbers, lambda pfn, p: kpageflags(p, self.core.is_zero(pfn)))

    def read_counts(self, firsts: Sequence[int], numbers: Sequence[int]) -> bytes:
        return self._each(firsts, numbers, lambda _, page: max(0, page.mapcount) if page else 0)

    def _each(
        self,
        firsts: Sequence[int],
        numbers: Sequence[int],
        value: Callable[[int, StructPage | None], int],
    ) -> bytes:
        """A number for each frame of the runs."""
        words: list[int] = []
        for first, number in zip(firsts, numbers, strict=True):
            run = range(first, first + number)
            self.core.pages.fetch(run)
            words += [value(pfn, self.core.pages.page(pfn)) for pfn in run]
        return struct.pack(f"<{len(words)}Q", *words)


Look = tuple[int, Entry, StructPage | None]  # index in the range, decoded entry, its struct page


@dataclass
class CoreProcess(Process):
    """A process in the core; `rss` is mm->rss_stat in pages."""

    core: "Core" = field(repr=False, kw_only=True)
    pgd: int = 0
    rss: dict[str, int] = field(default_factory=dict)

    def read_entries(self, addr: int, into: memoryview) -> int:
        into[:] = memoryview(bytes(8 * len(into))).cast("Q")
        for i, entry, page in self.look(addr, addr + len(into) * PAGE_SIZE):
            normal = page is not None and not entry.special and not self.core.is_zero(entry.pfn)
            anon, mapcount = (page.anon, page.mapcount) if page and normal else (False, -1)
            into[i] = pagemap_entry(entry, anon, mapcount)
        return len(into)

    def look(self, start: int, end: int) -> Iterator[Look]:
        """Every entry of [start, end) that is not empty; what cannot be read is in `missed`."""
        block: list[tuple[int, Entry]] = []
        for address, word, size in self.core.words(self, start, end):
            first = (address & size - 1) // PAGE_SIZE
            at = (address - start) // PAGE_SIZE
            nr = min(size // PAGE_SIZE - first, (end - address) // PAGE_SIZE)
            block += ((at + i, decode(self.core.types, word, size, first + i)) for i in range(nr))
            if len(block) >= BLOCK:
                yield from self._with_pages(block)
                block = []
        yield from self._with_pages(block)

    def _with_pages(self, block: list[tuple[int, Entry]]) -> Iterator[Look]:
        pages = self.core.pages
        pages.fetch({entry.pfn for _, entry in block if entry.what in WITH_PFN})
        found = [
            (i, entry, pages.page(entry.pfn) if entry.what in WITH_PFN else None)
            for i, entry in block
        ]
        yield from found  # as a list: who looks may have other pages fetched meanwhile

    def populated(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where there are tables at all."""
        found: list[tuple[int, int]] = []
        for low, high in self.core.tables(self, start, end):
            if found and found[-1][1] == low:
                low = found.pop()[0]
            found.append((low, high))
        return found


# --- opening --------------------------------------------------------------------------------------
def open_core(vmcore: str, qmp: str, vmlinux: str) -> "Core":
    """A core file or the QMP socket of a guest, with the types of its kernel.

    Raises: InputError (no such file, not a core, the types of another kernel), Skipped (no drgn,
    not x86-64).
    """
    try:
        import drgn
    except ImportError:
        raise MissingExtra("a vmcore is read with drgn", "vmcore", "drgn") from None
    logging.getLogger("drgn").setLevel(logging.CRITICAL)  # what it says is in its errors too
    for path in filter(None, (vmcore, qmp, vmlinux)):
        if not os.path.exists(path):
            raise InputError("there is no such file", file=path)
    if qmp and not stat.S_ISSOCK(os.stat(qmp).st_mode):
        raise InputError("is no socket", file=qmp)
    for path in filter(None, (vmcore, vmlinux)):
        check_notes(path)
    prog = drgn.Program()
    _open(prog, vmcore, qmp)
    _load_types(prog, vmcore or qmp, vmlinux)
    if prog.platform is None or prog.platform.arch != drgn.Architecture.X86_64:
        raise Skipped(f"{vmcore or qmp}: only x86-64 is known here")
    try:
        return Core(prog, vmcore or qmp, bool(qmp))
    except (LookupError, drgn.FaultError) as error:
        raise InputError(f"not a kernel that is known here: {error}", file=vmcore or qmp) from None


def _open(prog: "Program", vmcore: str, qmp: str) -> None:
    try:
        if qmp:
            prog.set_qemu_qmp(qmp)
        else:
            prog.set_core_dump(vmcore)
    except Exception as error:  # drgn raises OSError, ValueError and its own
        raise InputError(_reason(error), file=qmp or vmcore) from None
    import drgn

    if not prog.flags & drgn.ProgramFlags.IS_LINUX_KERNEL:
        hint = "; is it QEMU's, started with -device vmcoreinfo?" if qmp else ""
        raise InputError(f"no Linux kernel was found in it{hint}", file=qmp or vmcore)


def _load_types(prog: "Program", core: str, vmlinux: str) -> None:
    """The kernel's types: from the file given, or where distributions put it."""
    import drgn

    if vmlinux:
        ours = build_id(vmlinux)
        wanted = prog["VMCOREINFO"].string_().decode(errors="replace")
        its = dict(line.partition("=")[::2] for line in wanted.split("\n")).get("BUILD-ID", "")
        if its and ours and its != ours:
            release = prog["UTS_RELEASE"].string_().decode(errors="replace")
            raise InputError(f"is not the kernel in {core} ({release})", file=vmlinux)
    try:
        if vmlinux:
            prog.load_debug_info([vmlinux])
        else:
            prog.set_enabled_debug_info_finders(["standard"])
            prog.load_debug_info(main=True)
        prog.type("struct page")
    except (drgn.MissingDebugInfoError, LookupError, OSError, ValueError) as error:
        if vmlinux:
            raise InputError("has no types (DWARF) of the kernel", file=vmlinux) from None
        raise InputError(
            f"the kernel's types are needed: --vmlinux FILE ({_reason(error)})"
        ) from None


def _reason(error: BaseException) -> str:
    """The first line of what drgn or the system said."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line((said or type(error).__name__).split("\n")[0])


# --- the core -------------------------------------------------------------------------------------
class Core:
    """An opened program: processes, page tables, struct pages."""

    def __init__(self, prog: "Program", name: str, live: bool) -> None:
        self.prog, self.name, self.live = prog, name, live
        self.types: SpecialTypes = _special_types(prog)
        self.levels = 5 if _variable(prog, "__pgtable_l5_enabled") else 4
        self.zero = _variable(prog, "zero_pfn")
        self.huge_zero = _variable(prog, "huge_zero_pfn") & (1 << 52) - 1
        self.shmem_ops = _shmem_ops(prog)
        self.pages = StructPages(_layout(prog), self._read, self._pgmap_type)
        self._pgmaps: dict[int, int] = {}
        self.machine = self._machine()

    def _machine(self) -> CoreMachine:
        prog = self.prog
        machine = CoreMachine(_physical(self), has_flags=True, tables=True, core=self)
        machine.swap_files = self.types.first if _variable(prog, "total_swap_pages") > 0 else 0
        machine.swap_kinds = swap_kinds(self.types)
        machine.nodes = len(_online_nodes(prog))
        machine.numa_balancing = _variable(prog, "sysctl_numa_balancing_mode")
        machine.release = procfs.words(prog["UTS_RELEASE"].string_())
        machine.version = _uts_version(prog)
        return machine

    def describe(self) -> str:
        """What columns are read from, in words."""
        what = "the guest at" if self.live else "the core"
        return f"page tables and struct pages in {what} {os.path.basename(self.name)}"

    def is_zero(self, pfn: int) -> bool:
        """Is it the zero page, or a part of the huge one?"""
        return pfn == self.zero or 0 <= pfn - self.huge_zero < TABLE

    def _read(self, address: int, size: int) -> bytes | None:
        from drgn import FaultError

        try:
            data: bytes = self.prog.read(address, size)
        except (FaultError, OverflowError):
            return None
        return data

    def _pgmap_type(self, address: int) -> int:
        from drgn import Object

        if address not in self._pgmaps:
            pgmap = Object(self.prog, "struct dev_pagemap", address=address)
            self._pgmaps[address] = pgmap.type.value_()
        return self._pgmaps[address]

    # --- processes --------------------------------------------------------------------------------
    def process_ids(self) -> list[int]:
        """Every process that has memory of its own."""
        from drgn.helpers.linux.pid import for_each_task

        return sorted(
            task.pid.value_()
            for task in for_each_task(self.prog)
            if task.pid.value_() == task.tgid.value_() and task.mm
        )

    def open_process(self, pid: int) -> CoreProcess:
        """Raises: InputError (no such process, a kernel thread, exited)."""
        from drgn import FaultError
        from drgn.helpers.linux.mm import for_each_vma, task_rss
        from drgn.helpers.linux.pid import find_task

        try:
            task = find_task(self.prog, pid)
            if not task:
                raise InputError(f"there is no process {pid} in {self.name}")
            name = procfs.words(task.comm.string_())
            if not task.mm:
                raise _no_memory(pid, one_line(name), task.flags.value_())
            areas: list[Area] = [self._area(vma) for vma in for_each_vma(task.mm)]
            rss = task_rss(self.prog, task.group_leader)
        except FaultError as error:
            raise InputError(f"process {pid} in {self.name}: {_reason(error)}") from None
        counts = dict(zip(RSS, (rss.file, rss.anon, rss.shmem, rss.swap), strict=True))
        pgd = task.mm.pgd.value_()
        return CoreProcess(pid, name, areas, self.describe(), core=self, pgd=pgd, rss=counts)

    def _area(self, vma: "Object") -> CoreArea:
        from drgn.helpers.linux.mm import vma_name

        file, device, inode = vma.vm_file.read_(), "0:0", 0
        if file:
            inode, dev = file.f_inode.i_ino.value_(), file.f_inode.i_sb.s_dev.value_()
            device = f"{dev >> 20:02x}:{dev & 0xFFFFF:02x}"
        return CoreArea(
            vma.vm_start.value_(),
            vma.vm_end.value_(),
            vma.vm_flags.value_(),
            vma.vm_pgoff.value_(),
            device,
            inode,
            procfs.words(vma_name(vma)),
            complete=True,
            shmem=bool(file) and vma.vm_ops.value_() in self.shmem_ops,
        )

    # --- page tables ------------------------------------------------------------------------------
    def words(self, process: CoreProcess, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(address, word, bytes it maps) of every entry of [start, end) that is not empty.

        A leaf of a middle level is handed out once, at the first address that was asked for.
        """
        yield from self._walk(process, start, end, 12)

    def tables(self, process: CoreProcess, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of [start, end) that have a last-level table or a leaf above it."""
        for address, _, size in self._walk(process, start, end, 21):
            yield address, min(end, (address & -size) + size)

    def _walk(
        self, process: CoreProcess, start: int, end: int, last: int
    ) -> Iterator[tuple[int, int, int]]:
        from drgn import FaultError

        try:
            pgd = self.prog.read(process.pgd, PAGE_SIZE)
            yield from self._level(pgd, 12 + 9 * (self.levels - 1), start, end, last)
        except FaultError as error:
            process.missed.append(f"{start:x}-{end:x}: {_reason(error)}")

    def _level(
        self, table: bytes, shift: int, start: int, end: int, last: int
    ) -> Iterator[tuple[int, int, int]]:
        words = struct.unpack(f"<{TABLE}Q", table)
        addr, size = start, 1 << shift
        while addr < end:
            behind = min(end, (addr & -size) + size)
            word = words[addr >> shift & TABLE - 1]
            if word and (shift == last or is_leaf(word)):
                yield addr, word, size
            elif word & 1:
                inner = self.prog.read(word & PFN_FIELD, PAGE_SIZE, True)
                yield from self._level(inner, shift - 9, addr, behind, last)
            addr = behind


def _no_memory(pid: int, name: str, flags: int) -> InputError:
    if flags & PF_KTHREAD:
        return InputError(f"{pid} ({name}) is a kernel thread: it has no memory of its own")
    return InputError(f"process {pid} ({name}) has exited: its memory is gone")


# --- ranges of memory -----------------------------------------------------------------------------
def _physical(core: Core) -> Physical:
    """Resources, painted over by device memory; nodes as the firmware told them, or struct page."""
    prog = core.prog
    ranges = list(_resources(prog, prog["iomem_resource"].child))
    nodes = list(_node_blocks(prog))
    for first, behind, kind in _device_ranges(prog):
        core.pages.fetch({behind - 1})  # the first ones may hold the struct pages
        page = core.pages.page(behind - 1)
        ranges.append((first, behind, f"DEVICE_{kind}"))
        if page:
            nodes.append((first, behind, page.node))
    return layout(ranges, nodes, "")


def _resources(prog: "Program", child: "Object") -> Iterator[tuple[int, int, str]]:
    """As /proc/iomem lists them: outer ranges before those inside."""
    while child:
        name = child.name.string_().decode(errors="replace") if child.name else ""
        first, behind = child.start.value_() >> 12, child.end.value_() + 1 >> 12
        if first < behind and name and not name.startswith(INSIDE_RAM):
            yield first, behind, name
            yield from _resources(prog, child.child)
        child = child.sibling.read_()


def _node_blocks(prog: "Program") -> Iterator[tuple[int, int, int]]:
    """(first pfn, pfn behind the last, node)."""
    try:
        info = prog.variable("numa_meminfo")
        for i in range(info.nr_blks.value_()):
            block = info.blk[i]
            yield block.start.value_() >> 12, block.end.value_() >> 12, block.nid.value_()
    except LookupError:
        for nid in _online_nodes(prog):
            node = prog["node_data"][nid]
            first = node.node_start_pfn.value_()
            yield first, first + node.node_spanned_pages.value_(), nid


def _device_ranges(prog: "Program") -> Iterator[tuple[int, int, str]]:
    """Every range of ZONE_DEVICE memory (mm/memremap.c: pgmap_array) with its type."""
    from drgn import cast
    from drgn.helpers.linux.xarray import xa_for_each

    try:
        array = prog.variable("pgmap_array")
    except LookupError:
        return
    names = {n: name for name, n in _enum(prog, "memory_type").items()}
    seen = set()
    for _, entry in xa_for_each(array.address_of_()):
        pgmap = cast("struct dev_pagemap *", entry)
        if pgmap.value_() in seen:
            continue
        seen.add(pgmap.value_())
        kind = names.get(pgmap.type.value_(), "MEMORY").removeprefix("MEMORY_DEVICE_")
        for i in range(pgmap.nr_range.value_()):
            part = pgmap.ranges[i]
            yield part.start.value_() >> 12, part.end.value_() + 1 >> 12, kind


# --- struct page ----------------------------------------------------------------------------------
def _layout(prog: "Program") -> Layout:
    """Where struct page keeps what, in this build."""
    from drgn import offsetof, sizeof

    page = prog.type("struct page")
    dtor = _member(prog, "compound_dtor")
    names = ("flags", "_refcount", "_mapcount", "mapping", "compound_head", "pgmap")
    entire, old = _entire_mapcount(prog)
    zone_shift, zone_mask, node_shift = _zones(prog)
    return Layout(
        base=prog["vmemmap"].value_(),
        size=sizeof(page),
        at={name: offsetof(page, name) for name in names},
        entire_at=entire,
        file_counts_whole=old,
        hugetlb_at=sizeof(page) + dtor if dtor >= 0 else -1,
        hugetlb_dtor=_enum(prog, "compound_dtor_id").get("HUGETLB_PAGE_DTOR", -1)
        if dtor >= 0
        else -1,
        flag_bits=_flag_bits(prog),
        zone_shift=zone_shift,
        zone_mask=zone_mask,
        zone_device=_enum(prog, "zone_type").get("ZONE_DEVICE", -1),
        node_shift=node_shift,
    )


def _member(prog: "Program", name: str) -> int:
    """The offset of a member of struct page; -1 where it has none of that name."""
    from drgn import offsetof

    try:
        offset: int = offsetof(prog.type("struct page"), name)
    except LookupError:
        return -1
    return offset


def _enum(prog: "Program", name: str) -> dict[str, int]:
    return dict(prog.type(f"enum {name}").enumerators or ())


def _entire_mapcount(prog: "Program") -> tuple[int, bool]:
    """Where the count of whole mappings lies from the head on, and is it the old way (to 6.1)?"""
    from drgn import offsetof, sizeof

    old = _member(prog, "compound_mapcount")
    if old >= 0:
        return sizeof(prog.type("struct page")) + old, True
    try:
        return offsetof(prog.type("struct folio"), "_entire_mapcount"), False
    except LookupError:
        return -1, False


def _flag_bits(prog: "Program") -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for name, bit in _enum(prog, "pageflags").items():
        if name.startswith("PG_") and 0 <= bit < 32:
            found[bit] = (*found.get(bit, ()), name.removeprefix("PG_"))
    return found


def _zones(prog: "Program") -> tuple[int, int, int]:
    """Source: include/linux/page-flags-layout.h, where sections need no bits (vmemmap)."""
    zone_bits = (_enum(prog, "zone_type")["__MAX_NR_ZONES"] - 1).bit_length()
    node_bits = ((prog.variable("node_data").type_.length or 1) - 1).bit_length()
    return 64 - node_bits - zone_bits, (1 << zone_bits) - 1, 64 - node_bits


def _shmem_ops(prog: "Program") -> set[int]:
    """vm_ops of shared memory; from 6.3 on there are two."""
    found = set()
    for name in ("shmem_vm_ops", "shmem_anon_vm_ops"):
        try:
            found.add(prog.variable(name).address_)
        except LookupError:
            continue
    return {address for address in found if address is not None}


def _variable(prog: "Program", name: str) -> int:
    """The value of a variable of the kernel; 0 where it has none of that name."""
    try:
        value: int = prog.variable(name).value_()
    except LookupError:
        return 0
    return value


def _special_types(prog: "Program") -> SpecialTypes:
    """Source: include/linux/swap.h.  The third migration type came with PG_anon_exclusive."""
    length = prog.variable("swap_info").type_.length
    migration = 0
    if _has_function(prog, "migrate_pages"):
        migration = 3 if "PG_anon_exclusive" in _enum(prog, "pageflags") else 2
    return special_types(length or 0, _has_function(prog, "memory_failure"), migration)


def _uts_version(prog: "Program") -> str:
    """uname -v of the kernel in the core; empty where it is not found."""
    try:
        return procfs.words(prog["init_uts_ns"].name.version.string_())
    except LookupError:
        return ""


def _has_function(prog: "Program", name: str) -> bool:
    try:
        prog.function(name)
    except LookupError:
        return False
    return True


def _online_nodes(prog: "Program") -> list[int]:
    from drgn.helpers.linux.nodemask import for_each_online_node

    return list(for_each_online_node(prog))
