# SPDX-License-Identifier: GPL-2.0-or-later
"""The set-ups of a search: one page kind in one mapping each, then what wrong rules need.

Of `KINDS` the ordinary page and the page of device memory that the CPU maps like one are looked
into deeply (three actions and a look), the others less (two).  `NEIGHBOURS` have what a single
page cannot show: a page that a walk refuses before one that it takes, a second thread on another
node, a page in the other node, several pages of a kind.  `MEMCG` has control groups, `GATE`
no mapping.  `HUGE` maps 2 MiB, `HUGETLB` a huge page of the pool, `WATCHED` what userfaultfd
protects.  `STORIES` are whole scenarios that no short path comes by.
"""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setup_lines import ANON, COHERENT, DAX, DEVDAX, FORK, PRIVATE, TREE

OF_THE_MACHINE: Final = ("drain", "fail")


def setup(
    name: str,
    kind: str,
    *lines: str,
    machine: tuple[str, ...] = (),
    modifiers: int = 2,
    only: str = "",
) -> Setup:
    """A set-up; a line without an actor is one of P0's, or the machine's."""
    steps = tuple(
        line if ": " in line or line.split()[0] in OF_THE_MACHINE else f"P0: {line}"
        for line in lines
    )
    return Setup(name, kind, steps, machine, modifiers, frozenset(only.split()))


def _near(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A set-up of which all that is known shows within two actions."""
    return setup(name, kind, *lines, machine=machine, modifiers=1)


KINDS: Final[tuple[Setup, ...]] = (
    setup("untouched", "", "a = mmap 1p"),
    setup("anon", "anon", "a = mmap 1p", "write a 0x11"),
    _near("zero", "zero", "a = mmap 1p", "read a"),
    _near("anon-2", "anon", *ANON),
    setup("coherent", "coherent", "a = mmap 1p", "write a 0x11", "coherent0: migrate P0.a",
           machine=COHERENT),
    _near("coherent-2", "coherent", *ANON, "coherent0: migrate P0.a",
           machine=COHERENT),
    setup("coherent-anon", "coherent", *ANON,
           "coherent0: migrate P0.a[0]", machine=COHERENT),
    _near("anon-coherent", "coherent", *ANON,
           "coherent0: migrate P0.a[1]", machine=COHERENT),
    _near("private", "private", "a = mmap 1p", "write a 0x11", "private0: migrate P0.a",
           machine=PRIVATE),
    _near("shmem", "shmem", "a = mmap 1p rw shared anon", "write a 0x11"),
    _near("file-read", "file", "f = file 1p", "a = mmap f rw shared", "read a"),
    _near("file-write", "file", "f = file 1p", "a = mmap f rw shared", "write a 0x11"),
    _near("file-private", "file", "f = file 1p", "a = mmap f rw private", "read a"),
    _near("fsdax-read", "fsdax", "a = mmap 1p rw shared dax0", "read a", machine=DAX),
    _near("fsdax-write", "fsdax", "a = mmap 1p rw shared dax0", "write a 0x11", machine=DAX),
    _near("fsdax-private", "fsdax", "a = mmap 1p rw private dax0", "read a", machine=DAX),
    _near("fsdax-mixed", "fsdax", "a = mmap 2p rw private dax0", "read a", "write a[0] 0x11",
           machine=DAX),
    _near("fsdax-by-device", "fsdax", "a = mmap 1p rw shared dax0", "read a",
           machine=(*DAX, *COHERENT)),
    _near("devdax", "devdax", "a = mmap 1p rw shared devdax0", "write a 0x11", machine=DEVDAX),
    _near("pfnmap", "pfnmap", "a = mmap 1p rw shared pfnmap"),
    _near("pfnmap-private", "pfnmap", "a = mmap 1p rw private pfnmap"),
    _near("mixedmap-page", "mixedmap", "a = mmap 1p rw shared mixedmap pages"),
    _near("mixedmap-pfn", "mixedmap", "a = mmap 1p rw shared mixedmap pfns", "read a"),
    _near("mixedmap-by-device", "mixedmap", "a = mmap 1p rw shared mixedmap pfns", "read a",
           machine=COHERENT),
)  # fmt: skip

NEIGHBOURS: Final[tuple[Setup, ...]] = (
    # a page that a walk refuses, then one that it takes
    _near("zero-anon", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11"),
    _near("shared-anon", "anon", *ANON, FORK, "write a[1] 0x22",
          "move_pages a[1] node1"),
    _near("far-anon", "anon", *ANON, "move_pages a[1] node1"),
    _near("pinned-anon", "anon", *ANON, "k = pin a[0] FOLL_WRITE"),
    _near("file-anon", "file", "f = file 3p", "a = mmap f rw private", "read a[0]",
          "write a[1:3] 0x11"),
    _near("late-anon", "anon", "a = mmap 2p", "write a[1] 0x11",
          "P0 on cpu1: write a[0] 0x11"),
    _near("dirty-file", "file", "f = file 2p", "a = mmap f rw shared", "read a", "write a[0] 0x11",
          "move_pages a[1] node1"),
    _near("zero-far-anon", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11",
          "move_pages a[1:3] node1"),
    _near("zero-coherent", "coherent", "a = mmap 2p", "read a[0]", "write a[1] 0x11",
          "coherent0: migrate P0.a[1]", machine=COHERENT),
    # kinds that need more than one line
    _near("ksm-once", "anon", "a = mmap 2p", "write a 0x5a", "madvise a MADV_MERGEABLE",
          "ksmd: full_scan 3", "write a[1] 0x22"),
    _near("ksm-thread", "anon", "a = mmap 3p", "write a 0x5a", "madvise a MADV_MERGEABLE",
          "ksmd: full_scan 3", "write a[1] 0x22", "write a[2] 0x33", "P0.t9: read a"),
    _near("ksm-file", "file", "f = file 3p", "a = mmap f rw private", "read a[0]",
          "write a[1:3] 0x11", "madvise a MADV_MERGEABLE"),
    _near("ksm-hole", "anon", "a = mmap 3p", "write a[1:3] 0x11", "madvise a MADV_MERGEABLE"),
    _near("ksm-zero", "anon", "a = mmap 3p", "read a[0]", "write a[1:3] 0x11",
          "madvise a MADV_MERGEABLE"),
    _near("anon-by-device", "anon", *ANON, machine=COHERENT),
    _near("pinned-by-device", "anon", *ANON, "k = pin a[0] FOLL_WRITE",
          machine=COHERENT),
    _near("locked-anon", "anon", "a = mmap 2p", "write a[0] 0x11", "mlock a",
          machine=COHERENT),
    _near("private-by-device", "private", "a = mmap 1p", "write a 0x11",
          "private0: migrate P0.a", machine=(*PRIVATE, *COHERENT)),
    _near("two-devices", "coherent", *ANON, "coherent0: migrate P0.a[0]",
          "coherent1: migrate P0.a[1]", machine=(*COHERENT, "coherent1 256M")),
)  # fmt: skip


def _memcg(name: str, kind: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """Pages that are charged to g1, and g2 that takes the charges of who comes."""
    steps = ("cgroup_procs g1", "move_charge_at_immigrate g2 3", *lines)
    return setup(f"memcg-{name}", kind, *steps, machine=("memcg v1", *machine), modifiers=1,
                 only="move-charge fork get munmap to-sys child-write")  # fmt: skip


# What a walk that moves charges meets.
MEMCG: Final[tuple[Setup, ...]] = (
    _memcg("anon", "anon", *ANON),
    _memcg("shmem", "shmem", "a = mmap 2p rw shared anon", "write a[0] 0x11"),
    _memcg("file", "file", "f = file 2p", "a = mmap f rw private", "read a", "write a[0] 0x11"),
    _memcg("zero", "zero", "a = mmap 1p", "read a"),
    _memcg("coherent", "coherent", *ANON, "coherent0: migrate P0.a[0]", machine=COHERENT),
    _memcg("private", "private", *ANON, "private0: migrate P0.a[0]", machine=PRIVATE),
    _memcg("fsdax", "fsdax", "a = mmap 1p rw shared dax0", "read a", machine=DAX),
)


# The gate page, which is no page of a VMA: who holds it, and what is asked about any address.
GATE: Final[tuple[Setup, ...]] = (
    setup("gate", "", "a = vsyscall", machine=("boot vsyscall=emulate",), modifiers=1,
          only="get pin pin-read pin-longterm pin-fast unpin put read munmap smaps pagemap "
          "move-query"),
)  # fmt: skip


_THP: Final = ("thp madvise",)


def _huge(name: str, kind: str, *lines: str, only: str, machine: tuple[str, ...] = ()) -> Setup:
    """2 MiB of which a few pages are there, or all as one: a step may cost what 512 pages cost."""
    return setup(name, kind, "a = mmap 512p", *lines, machine=(*_THP, *machine), modifiers=1,
                 only=only)  # fmt: skip


_ZRAM: Final = ("swap 64M zram",)
_READ_IN: Final = (
    *("write a[0:260] 0x11", "madvise a[258:260] MADV_PAGEOUT", "madvise a MADV_HUGEPAGE"),
    *(FORK, "P9: read a[258:260]", "write a[5] 0x22"),
)
HUGE: Final[tuple[Setup, ...]] = (
    _huge("thp", "thp", "madvise a MADV_HUGEPAGE", "write a[0] 0x11",
          only="fork get put split-huge"),
    # a table of which khugepaged could make one
    _huge("table", "anon", "write a[0:3] 0x11", "madvise a MADV_HUGEPAGE",
          only="fork pin child-write khugepaged collapse"),
    _huge("table-shared", "anon", "write a[0:3] 0x11", "madvise a MADV_HUGEPAGE", FORK,
          only="write khugepaged collapse", machine=("khugepaged max_ptes_shared = 2",)),
    _huge("table-device", "coherent", "write a[0:3] 0x11", "madvise a MADV_HUGEPAGE",
          "coherent0: migrate P0.a[0]", only="khugepaged collapse", machine=COHERENT),
    _huge("table-coherent", "coherent", "write a[0:3] 0x11", "madvise a MADV_HUGEPAGE", FORK,
          "coherent0: migrate P0.a[0]", only="khugepaged collapse",
          machine=(*COHERENT, "khugepaged max_ptes_shared = 0")),
    # half of it was used lately, two pages are out, and the child has read them in again
    _huge("table-swapped", "anon", *_READ_IN, only="khugepaged collapse",
          machine=(*_ZRAM, "khugepaged max_ptes_shared = 257")),
    _huge("table-cached", "anon", *_READ_IN, only="khugepaged collapse",
          machine=(*_ZRAM, "khugepaged max_ptes_shared = 259")),
    _huge("table-pinned", "anon", *_READ_IN, "P9: k = get a[258]", only="khugepaged collapse",
          machine=(*_ZRAM, "khugepaged max_ptes_shared = 259")),
)  # fmt: skip


def _parts(name: str, kind: str, *lines: str, only: str, machine: tuple[str, ...] = ()) -> Setup:
    """2 MiB of shmem in a huge page, of whose parts a table maps a few."""
    mode = "advise" if "khugepaged: scan" in lines else "always"
    return setup(name, kind, *lines, machine=(*_THP, f"shmem_enabled {mode}", *machine),
                 modifiers=1, only=only)  # fmt: skip


_COPIED: Final = ("f = memfd_create 512p", "pwrite f[0] 0x11", "a = mmap f rw private",
                  "write a[1] 0x22", "read a[0]")  # fmt: skip
# khugepaged cannot take the table away while a driver holds mmap_lock, and comes back to it
_AWAITED: Final = (
    *("f = memfd_create 512p", "pwrite f[0:2] 0x11", "a = mmap f rw private", "read a[0]"),
    *("madvise a MADV_HUGEPAGE", "madvise a MADV_HUGEPAGE", "b = mmap 1p", "write b 0x22"),
    *("coherent0: setup P0.b MIGRATE_VMA_SELECT_SYSTEM", "khugepaged: scan"),
    *("coherent0: pages", "coherent0: finalize", "read a[0]"),
)
PARTS: Final[tuple[Setup, ...]] = (
    _parts("parts", "pthp", "a = mmap 512p rw shared anon", "write a[0] 0x11",
           "mprotect a[0:8] r", "read a[0]", "mprotect a[0:8] rw", only="khugepaged collapse"),
    _parts("parts-copied", "anon", *_COPIED, only="khugepaged collapse"),
    _parts("parts-device", "coherent", *_COPIED, "coherent0: migrate P0.a[1]",
           only="khugepaged collapse", machine=COHERENT),
    _parts("parts-awaited", "pthp", *_AWAITED, only="khugepaged", machine=COHERENT),
    _parts("parts-awaited-copied", "anon", *_AWAITED, "write a[1] 0x33", only="khugepaged",
           machine=COHERENT),
    _parts("parts-awaited-device", "coherent", *_AWAITED, "write a[1] 0x33",
           "coherent0: migrate P0.a[1]", only="khugepaged", machine=COHERENT),
)  # fmt: skip


def _pool(name: str, pages: int, *lines: str, only: str) -> Setup:
    """A huge page of a pool that has so many: one entry, which every step meets as one."""
    return setup(name, "hugetlb", *lines, machine=(f"sysctl vm.nr_hugepages = {pages}",),
                 modifiers=1, only=only)  # fmt: skip


_LOOKS: Final = "smaps numa-maps pagemap"
HUGETLB: Final[tuple[Setup, ...]] = (
    _pool("hugetlb", 3, "a = mmap 512p hugetlb", "write a[0] 0x11",
          only=f"{_LOOKS} fork pin get put mprotect-r madv-dontneed move move-query mbind-move "
          "munmap"),
    _pool("hugetlb-forked", 3, "a = mmap 1024p hugetlb", "write a[0] 0x11",
          "write a[512] 0x12", FORK, only=f"{_LOOKS} write get munmap exit"),
    # without another page the parent takes the child's
    _pool("hugetlb-taken", 1, "a = mmap 512p hugetlb", "write a[0] 0x11", FORK, "write a[0] 0x22",
          only=_LOOKS),
    _pool("hugetlb-shared", 1, "a = mmap 512p shared hugetlb", "write a[0] 0x11", FORK,
          "P9: read a[0]", only=f"{_LOOKS} mprotect-r pin move move-all munmap"),
    _pool("hugetlb-not-promised", 1, "a = mmap 512p noreserve hugetlb", "b = mmap 512p hugetlb",
          only="read populate-read get pin smaps munmap"),
)  # fmt: skip


def _story(name: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    """A whole scenario: what it is for shows on its way."""
    return setup(name, "anon", *lines, *_LOOK, machine=machine, modifiers=-1)


_TREE_OF_FILE: Final = ("f = file 3p", "a = mmap f rw private", "write a 0x0 0x11 0x0",
                        "madvise a MADV_MERGEABLE", "ksmd: full_scan 1",
                        "ksmd: scan 1")  # fmt: skip
_LOOK: Final = ("pages a", "ksm pages_shared pages_sharing pages_unshared", "kpagecount a",
                "exit")  # fmt: skip
# two parts of a huge page in a table; then one that the child maps too, and a page of its own
_PARTS: Final = ("a = mmap 512p", "madvise a MADV_HUGEPAGE", "write a[0] 0x11",
                 "mprotect a[0:2] r", "mprotect a[0:2] rw")  # fmt: skip
_PART_THEN_OWN: Final = (*_PARTS, FORK, "write a[1] 0x22")
STORIES: Final[tuple[Setup, ...]] = (
    _story("parts-paged-out", *_PART_THEN_OWN, "madvise a[0:2] MADV_PAGEOUT",
           machine=(*_THP, *_ZRAM)),
    _story("parts-freed", *_PART_THEN_OWN, "madvise a[0:2] MADV_FREE", "drain",
           "vmstat pglazyfree",
           machine=(*_THP, *_ZRAM)),
    _story("tree-item-becomes-device-page", *TREE, "coherent0: migrate P0.a[0]", "ksmd: scan 2",
           machine=COHERENT),
    _story("tree-item-becomes-file-page", *_TREE_OF_FILE, "madvise a[0] MADV_DONTNEED",
           "read a[0]", "ksmd: scan 2"),
    _story("tree-item-in-migration", *TREE, "coherent0: setup P0.a[0]", "ksmd: scan 2",
           "coherent0: pages", "coherent0: finalize", machine=COHERENT),
    _story("zero-pages-given-back", "a = mmap 2p", "write a 0x0", "madvise a MADV_MERGEABLE",
           "ksmd: full_scan 3", "madvise a MADV_UNMERGEABLE", machine=("ksm use_zero_pages = 1",)),
    _story("part-of-huge-page-to-device", "a = mmap 512p", "madvise a MADV_HUGEPAGE",
           "write a[0] 0x11", "madvise a[5] MADV_DONTNEED", "write a[5] 0x22",
           "coherent0: migrate P0.a[4:7]", machine=(*_THP, *COHERENT)),
    _story("parts-locked", *_PART_THEN_OWN, "mlock a[0:2]", "drain", "meminfo Mlocked",
           "kpageflags a[0:2]", machine=_THP),
    # the one part that is left of it gets a hint
    _story("parts-hinted", *_PARTS, "P0.t9: read a[0]", "madvise a[1:512] MADV_DONTNEED",
           "numa: scan P0", "P0 on cpu1: read a[0]", "vmstat numa_hint_faults", machine=_THP),
    _story("huge-page-unmerged", "a = mmap 512p", "madvise a MADV_HUGEPAGE", "write a[0] 0x11",
           "madvise a[0:2] MADV_MERGEABLE", "madvise a[0:2] MADV_UNMERGEABLE",
           machine=_THP),
    _story("merged-page-to-device", "a = mmap 3p", "write a 0x5a 0x5a 0x11",
           "madvise a MADV_MERGEABLE", "ksmd: full_scan 3", "coherent0: migrate P0.a",
           "pages a", "coherent0: migrate_to_sys P0.a", machine=COHERENT),
    _story("asked-in-migration", *ANON, "coherent0: setup P0.a", "move_pages a",
           "move_pages a node1", "coherent0: pages", "coherent0: finalize", machine=COHERENT),
)  # fmt: skip

# What userfaultfd protects from writes, and who meets it.  Faults of the kernel fail: those that
# sleep are not modelled.
_REGISTER: Final = "userfaultfd a UFFDIO_REGISTER_MODE_WP UFFD_USER_MODE_ONLY"
_PROTECT: Final = "uffdio_writeprotect a[0] UFFDIO_WRITEPROTECT_MODE_WP"
_MEETS: Final = (
    "write read fork child-write get pin pin-fast mprotect-r mprotect-rw move numa-scan "
    "clear-refs-4 madv-pageout madv-dontneed pagemap smaps populate-write to-coherent "
    "uffd-lift uffd-copy"
)
WATCHED: Final[tuple[Setup, ...]] = (
    setup("watched", "anon", *ANON, _REGISTER, _PROTECT, machine=COHERENT, modifiers=1,
          only=f"{_MEETS} ksm"),
    setup("watched-shmem", "shmem", "a = mmap 2p rw shared anon", "write a 0x11", _REGISTER,
          _PROTECT, modifiers=1, only=_MEETS),
)  # fmt: skip


SETUPS: Final[tuple[Setup, ...]] = (
    *KINDS,
    *NEIGHBOURS,
    *MEMCG,
    *GATE,
    *HUGE,
    *PARTS,
    *HUGETLB,
    *WATCHED,
    *STORIES,
)
