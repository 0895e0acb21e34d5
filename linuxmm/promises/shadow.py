# SPDX-License-Identifier: GPL-2.0-or-later
"""What user space may expect to read: a memory kept beside the machine, from operations alone.

A `Shadow` is a value: `after` returns the next one, with the same `Contents` when nothing
changed, so a snapshot of a search keeps the reference.  It never looks at page contents:
writes, forks and unmappings say what must be there.  Private memory is kept per (mm, address),
shared memory per (file, index); what was never written reads as zero.  The one thing learned
from page tables: that a private copy of a file's page was made, which from then on keeps what
the file held.

Lazily freed pages (MADV_FREE) may read as zero.  Not followed: memory without struct page.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

from linuxmm.arch.x86.pgtable import pte_none, pte_pfn, pte_present, swp_offset
from linuxmm.fs.userfaultfd import UFFDIO_COPY, UFFDIO_ZEROPAGE
from linuxmm.machine import Machine
from linuxmm.mm.compound import HPAGE_PMD_NR, compound_head
from linuxmm.mm.madvise.syscalls import ANY_ADVICE
from linuxmm.mm.memory.nonpresent import is_pfn_swap_pte, is_real_swap_pte, pfn_swap_entry_pfn
from linuxmm.mm.page import page_anon, pfn_to_page
from linuxmm.mm.pagewalk import mm_find_pte
from linuxmm.mm.pgtable import PMD_SIZE, all_mapped, mapped
from linuxmm.mm.vma import find_vma, next_vma
from linuxmm.promises.marks import NO_MARKS, Marks, marked_after
from linuxmm.state.behaviours import (
    B_HUGETLB_DONTNEED,
    B_MADV_DONTNEED_LOCKED,
    B_MADV_REMOVE_NEEDS,
    B_OWN_ADVICE,
)
from linuxmm.state.constants import (
    EAGAIN,
    MAPPING_SHIFT,
    NO_PAGE,
    NO_VMA,
    OPS_FILE,
    OPS_HUGETLB,
    OPS_MIXEDMAP_PFN,
    OPS_NONE,
    OPS_PFNMAP,
    OPS_SHMEM,
    VM_DONTCOPY,
    VM_HUGETLB,
    VM_LOCKED,
    VM_MAYWRITE,
    VM_PFNMAP,
    VM_SHARED,
    VM_WIPEONFORK,
    VM_WRITE,
)
from linuxmm.state.flags import FOLL_PIN, FOLL_WRITE
from linuxmm.state.layout import NR_OUT, SIZE_H, SIZE_M, SIZE_V, State
from linuxmm.state.rules import Rules
from linuxmm.steps.lru import OP_MADVISE, OP_PROCESS_MADVISE
from linuxmm.steps.memory import (
    OP_EXIT,
    OP_FALLOCATE,
    OP_FORK,
    OP_FTRUNCATE,
    OP_MREMAP,
    OP_MUNMAP,
    OP_PWRITE,
    OP_UFFDIO,
    OP_WRITE,
    OP_WRITE_HELD,
)
from linuxmm.steps.migrate import OP_HMM_STORE
from linuxmm.steps.operations import BY_NUMBER
from linuxmm.steps.proc import OP_CLEAR_REFS
from linuxmm.uapi import (
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_ZERO_RANGE,
    MADV_DONTNEED,
    MADV_DONTNEED_LOCKED,
    MADV_FREE,
    MADV_REMOVE,
    PAGE_SIZE,
)

Place = tuple[int, int]  # (mm, address) or (file, index)
Made = tuple[int, int, int, int, int, int, int, int]  # op, task, a, b, c, d, e, f
WITHOUT_PAGES: Final = (OPS_PFNMAP, OPS_MIXEDMAP_PFN)
NOTHING_MADE: Final[Made] = (0, 0, 0, 0, 0, 0, 0, 0)
# these change no contents and no entry's page
QUIET: Final = {op for op, known in BY_NUMBER.items() if known.report} | {OP_CLEAR_REFS}


@dataclass(frozen=True)
class Contents:
    """What must be where.  `dropped`: (handle, address) that were discarded while pinned;
    `marks`: what userfaultfd protects from writes."""

    private: dict[Place, int] = field(default_factory=dict)
    files: dict[Place, int] = field(default_factory=dict)
    lazy: frozenset[Place] = frozenset()
    dropped: frozenset[Place] = frozenset()
    marks: Marks = NO_MARKS

    @cached_property
    def key(self) -> tuple[object, ...]:
        """The same for equal contents, in whatever order they came to be."""
        private, files = sorted(self.private.items()), sorted(self.files.items())
        sets = (tuple(sorted(places)) for places in (self.lazy, self.dropped, *self.marks))
        return (tuple(private), tuple(files), *sets)


class Shadow(NamedTuple):
    """Expected contents, and the operation that was made last (with its result)."""

    contents: Contents = Contents()
    made: Made = NOTHING_MADE
    result: int = 0

    def after(self, m: State, k: Rules, made: Made, result: int) -> "Shadow":
        """The shadow once the core has made an operation."""
        contents, op = self.contents, made[0]
        if op not in QUIET:
            change = _CHANGES.get(op)
            if change is not None:
                contents = change(contents, m, k, made, result)
            contents = _with_copies(contents, m, k)
            marks = marked_after(contents.marks, contents.lazy, m, k, made)
            if marks != contents.marks:
                contents = replace(contents, marks=marks)
        return Shadow(contents, made, result)

    def expected(self, m: State, vma: int, addr: int) -> int:
        """What a read of this address must give."""
        contents, place = self.contents, (m.vma_mm[vma], addr)
        if m.vma_flags[vma] & VM_SHARED or (m.vma_ops[vma] and place not in contents.private):
            return contents.files.get(_file_place(m, vma, addr), 0)
        return contents.private.get(place, 0)


def watch(machine: Machine) -> None:
    """From here on the machine carries a shadow that follows its steps."""
    machine.observer = Shadow()


def _file_place(m: State, vma: int, addr: int) -> Place:
    return m.vma_file[vma], m.vma_pgoff[vma] + ((addr - m.vma_start[vma]) >> 12)


# --- what each operation changes ---
def _write(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_WRITE: every page before the one that failed has the new contents."""
    _, task, start, npages, tag, *_ = made
    done = npages if result == 0 else m.scratch[NR_OUT]
    return _written(s, m, m.task_mm[task], start, done, tag)


def _uffdio(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_UFFDIO: what UFFDIO_COPY has filled holds what it copied, UFFDIO_ZEROPAGE zeroes (also in
    a private mapping of a file that has something there)."""
    _, task, request, start, npages, _, tag, _ = made
    if request not in (UFFDIO_COPY, UFFDIO_ZEROPAGE) or result not in (0, -EAGAIN):
        return s
    tag = tag if request == UFFDIO_COPY else 0
    done = npages if result == 0 else m.scratch[NR_OUT]
    return _written(s, m, m.task_mm[task], start, done, tag)


def _device_write(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_HMM_STORE: all pages or none; the entries are not marked, so that lazy pages stay it."""
    _, _, of, start, npages, tag, *_ = made
    if result != 0:
        return s
    return replace(_written(s, m, m.task_mm[of], start, npages, tag), lazy=s.lazy)


def _written(s: Contents, m: State, mm: int, start: int, npages: int, tag: int) -> Contents:
    """So many pages of a process from here on have these contents."""
    private: dict[Place, int] = {}
    files: dict[Place, int] = {}
    for addr in range(start, start + npages * PAGE_SIZE, PAGE_SIZE):
        vma = find_vma(m, mm, addr)
        if m.vma_flags[vma] & VM_SHARED == 0:
            private[mm, addr] = tag
        elif m.vma_ops[vma] not in WITHOUT_PAGES:
            files[_file_place(m, vma, addr)] = tag
    return Contents(
        {**s.private, **private} if private else s.private,
        {**s.files, **files} if files else s.files,
        s.lazy - private.keys() if s.lazy else s.lazy,
        s.dropped,
        s.marks,
    )


def _pwrite(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_PWRITE: the file has it, whoever maps it.  What a failed one wrote is not followed."""
    _, _, file, index, npages, tag, *_ = made
    files = dict(s.files)
    for i in range(index, index + npages):
        files[file, i] = tag
    return replace(s, files=files) if result == 0 else s


def _fork(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_FORK: the child reads what the parent reads, where the VMA is copied at all."""
    if result <= 0:
        return s
    mm, child = m.task_mm[made[1]], m.task_mm[result]
    private, lazy = dict(s.private), set(s.lazy)
    for place, tag in s.private.items():
        if place[0] == mm and not _left_out(m, place):
            private[child, place[1]] = tag
    for place in s.lazy:
        if place[0] == mm and not _left_out(m, place):
            lazy.add((child, place[1]))
    return replace(s, private=private, lazy=frozenset(lazy))


def _left_out(m: State, place: Place) -> bool:
    vma = find_vma(m, place[0], place[1])
    return m.vma_flags[vma] & (VM_DONTCOPY | VM_WIPEONFORK) != 0


def _forget(s: Contents, m: State, mm: int, start: int, end: int) -> Contents:
    """Private memory of a range is gone, and with it what pins there promised."""

    def stays(place: Place) -> bool:
        return place[0] != mm or not start <= place[1] < end

    private = {place: tag for place, tag in s.private.items() if stays(place)}
    dropped = {
        (m.held_owner[row], m.held_addr[row])
        for row in range(1, m.used[SIZE_H])
        if m.held_page[row] and not stays((m.held_mm[row], m.held_addr[row]))
    }
    lazy = frozenset(filter(stays, s.lazy))
    return replace(s, private=private, lazy=lazy, dropped=s.dropped | dropped)


def _munmap(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    if result != 0:
        return s
    s = _forget(s, m, m.task_mm[made[1]], made[2], made[2] + made[3] * PAGE_SIZE)
    return _without_dead_files(s, m)


def _mremap(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_MREMAP: what was there is where the result is, as far as that reaches.

    Source: mm/mremap.c:mremap_to.
    """
    _, task, old, npages, new_npages, *_ = made
    mm, kept = m.task_mm[task], min(npages, new_npages) * PAGE_SIZE
    cut = old + kept < old + npages * PAGE_SIZE and find_vma(m, mm, old + kept) == NO_VMA
    if result == old or (result < 0 and cut):  # mremap_to: shorter first, then it may fail
        s = _forget(s, m, mm, old + kept, old + npages * PAGE_SIZE)
    elif result >= 0:
        moved = {(mm, addr) for addr in range(old, old + kept, PAGE_SIZE)}
        there = {p: (mm, p[1] - old + result) for p in moved}
        private = {there[p]: tag for p, tag in s.private.items() if p in moved}
        lazy = frozenset(there[p] for p in s.lazy & moved)
        s = _forget(s, m, mm, old, old + npages * PAGE_SIZE)
        s = replace(s, private={**s.private, **private}, lazy=s.lazy | lazy)
    return _without_dead_files(s, m)


def _ftruncate(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_FTRUNCATE: what the file had behind its end; private copies too, where they are gone."""
    _, _, file, npages, *_ = made
    s = _without_pages(s, file, npages, max((i + 1 for f, i in s.files if f == file), default=0))
    return _forget_copies(s, m, file, npages)


def _forget_copies(s: Contents, m: State, file: int, first: int) -> Contents:
    """Private copies of the file from this page on, where they are gone."""
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or m.vma_file[vma] != file:
            continue
        start = m.vma_start[vma] + max(first - m.vma_pgoff[vma], 0) * PAGE_SIZE
        for addr in range(start, m.vma_end[vma], PAGE_SIZE):
            if pte_none(mm_find_pte(m, m.vma_mm[vma], addr)):
                s = _forget(s, m, m.vma_mm[vma], addr, addr + PAGE_SIZE)
    return s


def _fallocate(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_FALLOCATE: a hole is all zeroes; private copies stay, but those of huge pages."""
    _, _, file, first, npages, mode, *_ = made
    if result != 0 or mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) == 0:
        return s
    return _with_hole(s, m, file, first, first + npages)


def _with_hole(s: Contents, m: State, file: int, first: int, last: int) -> Contents:
    s = _without_pages(s, file, first, last)
    return _forget_copies(s, m, file, first) if m.file_ops[file] == OPS_HUGETLB else s


def _without_pages(s: Contents, file: int, first: int, last: int) -> Contents:
    """The file reads as zero from `first` to `last`."""
    files = {p: tag for p, tag in s.files.items() if p[0] != file or not first <= p[1] < last}
    return replace(s, files=files)


def _removed(s: Contents, m: State, k: Rules, mm: int, start: int, end: int) -> Contents:
    """MADV_REMOVE: holes in the files, up to the first area that refuses."""
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and start < end and m.vma_start[vma] < end:
        flags = m.vma_flags[vma]
        needs = VM_MAYWRITE if k.behaviour[B_MADV_REMOVE_NEEDS] else VM_WRITE
        if (
            not flags & VM_SHARED
            or not flags & needs
            or flags & VM_LOCKED
            or m.vma_ops[vma] not in (OPS_FILE, OPS_SHMEM, OPS_HUGETLB)
        ):
            return s
        low, high = max(start, m.vma_start[vma]), min(end, m.vma_end[vma])
        file, first = _file_place(m, vma, low)
        s = _with_hole(s, m, file, first, first + (high - low) // PAGE_SIZE)
        start = high
        vma = next_vma(m, mm, start)
    return s


def _without_dead_files(s: Contents, m: State) -> Contents:
    """Files of hugetlb go with their last mapping, and their rows are used again."""
    if all(m.file_nr_pages[file] for file, _ in s.files):
        return s
    files = {place: tag for place, tag in s.files.items() if m.file_nr_pages[place[0]]}
    return replace(s, files=files)


def _exit(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_EXIT: the last task of an mm takes its memory along."""
    dead = {mm for mm in range(1, m.used[SIZE_M]) if m.mm_users[mm] == 0}
    private = {place: tag for place, tag in s.private.items() if place[0] not in dead}
    lazy = frozenset(place for place in s.lazy if place[0] not in dead) if s.lazy else s.lazy
    return _without_dead_files(Contents(private, s.files, lazy, s.dropped, s.marks), m)


def _madvise(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_MADVISE: DONTNEED forgets, FREE may; up to the first VMA that refuses."""
    _, task, start, npages, advice, *_ = made
    if advice == MADV_REMOVE and not start & 4095:
        return _removed(s, m, k, m.task_mm[task], start, start + npages * PAGE_SIZE)
    if advice not in (MADV_DONTNEED, MADV_DONTNEED_LOCKED, MADV_FREE) or start & 4095:
        return s
    if advice == MADV_DONTNEED_LOCKED and not k.behaviour[B_MADV_DONTNEED_LOCKED]:
        return s
    refuses = VM_PFNMAP if advice == MADV_DONTNEED_LOCKED else VM_PFNMAP | VM_LOCKED
    mm, end = m.task_mm[task], start + npages * PAGE_SIZE
    vma = next_vma(m, mm, start)
    while vma != NO_VMA and start < end and m.vma_start[vma] < end:
        low, high = max(start, m.vma_start[vma]), min(end, m.vma_end[vma])
        if m.vma_flags[vma] & VM_HUGETLB:
            if advice == MADV_FREE or low % PMD_SIZE or not k.behaviour[B_HUGETLB_DONTNEED]:
                return s
            if m.vma_flags[vma] & VM_SHARED == 0:
                s = _forget(s, m, mm, low, high - high % PMD_SIZE)
            start = high
            vma = next_vma(m, mm, start)
            continue
        if m.vma_flags[vma] & refuses:
            return s
        if advice == MADV_FREE:
            if m.vma_ops[vma] != OPS_NONE:
                return s
            s = replace(s, lazy=s.lazy | {(mm, addr) for addr in range(low, high, PAGE_SIZE)})
        elif m.vma_flags[vma] & VM_SHARED == 0:
            s = _forget(s, m, mm, low, high)
        start = high
        vma = next_vma(m, mm, start)
    return s


def _process_madvise(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_PROCESS_MADVISE: to others only hints; to oneself, where the kernel lets, all of them."""
    op, task, whose, start, npages, advice, flags, *_ = made
    own = m.task_mm[task] == m.task_mm[whose] and k.behaviour[B_OWN_ADVICE] == ANY_ADVICE
    return (
        _madvise(s, m, k, (op, task, start, npages, advice, 0, 0, 0), result)
        if own and not flags
        else s
    )


def _write_held(s: Contents, m: State, k: Rules, made: Made, result: int) -> Contents:
    """OP_WRITE_HELD: who maps the page sees it.

    A page pinned for writing belongs to the process that pinned it: nobody else may see what a
    device writes there.  A plain reference promises nothing about who keeps the page.
    """
    _, _, handle, base, npages, tag, *_ = made
    if result != 0:
        return s
    rows = [r for r in range(1, m.used[SIZE_H]) if m.held_page[r] and m.held_owner[r] == handle]
    for row in rows:
        if base <= m.held_addr[row] < base + npages * PAGE_SIZE:
            owned = m.held_flags[row] & (FOLL_PIN | FOLL_WRITE) == FOLL_PIN | FOLL_WRITE
            s = _page_written(s, m, k, m.held_page[row], tag, m.held_mm[row] if owned else 0)
    return s


def _page_written(s: Contents, m: State, k: Rules, page: int, tag: int, owner: int) -> Contents:
    """The contents of a page changed under whoever (owner: only this mm) has it."""
    private, files = dict(s.private), dict(s.files)
    head = compound_head(m, page)
    if m.page_mapping[head] and not page_anon(m, page):
        files[m.page_mapping[head] >> MAPPING_SHIFT, m.page_index[head] + page - head] = tag
    for vma in range(1, m.used[SIZE_V]):
        if m.vma_mm[vma] == 0 or (owner and m.vma_mm[vma] != owner):
            continue
        for addr, pte in all_mapped(m, vma):
            if page in (page_of_entry(m, k, pte), _cached_page(m, k, pte)):
                if page_anon(m, page):
                    private[m.vma_mm[vma], addr] = tag
                elif m.vma_ops[vma] != OPS_NONE:
                    files[_file_place(m, vma, addr)] = tag
    return replace(s, private=private, files=files)


_CHANGES: Final = {
    OP_WRITE: _write,
    OP_HMM_STORE: _device_write,
    OP_PWRITE: _pwrite,
    OP_UFFDIO: _uffdio,
    OP_FORK: _fork,
    OP_MUNMAP: _munmap,
    OP_MREMAP: _mremap,
    OP_FTRUNCATE: _ftruncate,
    OP_FALLOCATE: _fallocate,
    OP_EXIT: _exit,
    OP_MADVISE: _madvise,
    OP_PROCESS_MADVISE: _process_madvise,
    OP_WRITE_HELD: _write_held,
}


def _with_copies(s: Contents, m: State, k: Rules) -> Contents:
    """Private copies of file pages that were just made keep what the file holds now.

    Also behind an entry that is not present: make_device_exclusive_range (mm/rmap.c) has the page
    copied by get_user_pages with FOLL_WRITE, and puts its own entry there at once.
    """
    found: dict[Place, int] = {}
    for vma in range(1, m.used[SIZE_V]):
        mm = m.vma_mm[vma]
        if mm == 0 or m.vma_ops[vma] == OPS_NONE or m.vma_flags[vma] & VM_SHARED:
            continue
        for addr, pte in mapped(m, vma):
            if (mm, addr) not in s.private:
                page = page_of_entry(m, k, pte)
                if page != NO_PAGE and page_anon(m, page):
                    found[mm, addr] = s.files.get(_file_place(m, vma, addr), 0)
    return replace(s, private={**s.private, **found}) if found else s


# --- what a state holds ---
def page_of_entry(m: State, k: Rules, pte: int) -> int:
    """The page that an entry stands for, present or not; NO_PAGE: none, or a swap slot."""
    if pte_present(pte):
        return pfn_to_page(m, pte_pfn(pte))
    return pfn_to_page(m, pfn_swap_entry_pfn(k, pte)) if is_pfn_swap_pte(k, pte) else NO_PAGE


def _cached_page(m: State, k: Rules, pte: int) -> int:
    """The page of the swap cache behind a swap entry; NO_PAGE: none."""
    if pte_present(pte) or not is_real_swap_pte(k, pte):
        return NO_PAGE
    return m.swap_page[swp_offset(pte)]


def slot_tag(m: State, slot: int) -> int:
    """What a swap slot holds, through the swap cache if it is there."""
    page = m.swap_page[slot]
    return m.page_tag[page] if page != NO_PAGE else m.swap_tag[slot]


def held_by_entry(m: State, k: Rules, pte: int) -> int | None:
    """The contents behind an entry that is not empty; None: not memory that can be followed."""
    if not pte_present(pte) and is_real_swap_pte(k, pte):
        return slot_tag(m, swp_offset(pte))
    page = page_of_entry(m, k, pte)
    return m.page_tag[page] if page != NO_PAGE else None


def held_by_file(m: State, place: Place) -> int | None:
    """What a file holds at an index: cached, in swap, or on its disk; None: nowhere."""
    file, index = place
    if m.file_pfn[file]:
        page = pfn_to_page(m, m.file_pfn[file] + index)
        return m.page_tag[page] if page != NO_PAGE else None
    if m.file_ops[file] == OPS_HUGETLB:
        head = m.cache_page[m.file_first[file] + index // HPAGE_PMD_NR]
        return m.page_tag[head + index % HPAGE_PMD_NR] if head else 0
    at = m.file_first[file] + index
    if m.cache_page[at] != NO_PAGE:
        return m.page_tag[m.cache_page[at]]
    return slot_tag(m, m.cache_swap[at]) if m.cache_swap[at] else m.cache_tag[at]
