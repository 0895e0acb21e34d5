# SPDX-License-Identifier: GPL-2.0-or-later
"""Page kinds, and how a page of each comes into a mapping: a few steps of set-up.

In a recipe ``{a}`` is the mapping, ``{f}`` its file, ``{n}`` how many pages it has, ``{v}`` a
value and ``{p}`` the process.  A line without an actor is the process's own.
"""

from dataclasses import dataclass
from typing import Final

Recipe = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A page kind: how often it is chosen, how it is mapped and how its pages get there.

    `maps`: the first lines (the last of them maps), `fills`: what follows, both by weight.
    `shared`, `file`: what later steps must know of the mapping.  Weight 0: only when asked for.
    """

    name: str
    weight: int
    maps: tuple[tuple[Recipe, int], ...]
    fills: tuple[tuple[Recipe, int], ...] = (((), 1),)
    source: str = ""  # what is behind the pages, where that is neither anonymous nor a file
    sizes: tuple[tuple[int, int], ...] = ((2, 6), (1, 4), (3, 3), (4, 3))  # pages, by weight

    @property
    def shortest(self) -> int:
        """How many steps it needs at least."""
        return min(len(m) for m, _ in self.maps) + min(len(f) for f, _ in self.fills)


_ANON: Final = ((("{a} = mmap {n}p rw private anon",), 1),)
_RARE: Final = tuple(
    ((f"{{a}} = mmap {{n}}p {prot} private anon",), weight)
    for prot, weight in (
        ("rw", 12),
        ("r", 4),
        ("none", 2),
        ("rx", 1),
        ("rwx", 1),
        ("x", 1),
        ("w", 1),
    )
)
_FILE: Final = (
    (("{f} = file {n}p", "{a} = mmap {f} rw shared"), 3),
    (("{f} = file {n}p", "{a} = mmap {f} rw private"), 3),
    (("{f} = file {n}p", "{a} = mmap {f} r private"), 1),
    (("{f} = file {n}p", "{a} = mmap {f} r shared"), 1),
)
_SHMEM: Final = (
    (("{a} = mmap {n}p rw shared anon",), 4),
    (("{f} = memfd_create {n}p", "{a} = mmap {f} rw shared"), 3),
    (("{f} = memfd_create {n}p", "{a} = mmap {f} rw private"), 2),
)
_DAX: Final = (
    (("{a} = mmap {n}p rw shared dax0",), 4),
    (("{a} = mmap {n}p rw private dax0",), 4),
    (("{f} = file {n}p dax0", "{a} = mmap {f} rw shared"), 1),
    (("{f} = file {n}p dax0", "{a} = mmap {f} rw private"), 1),
)
_TOUCH: Final = ((("read {a}",), 1), (("write {a} {v}",), 1))
_LOOK: Final = ((("read {a}",), 1),)
_STORE: Final = (
    (("write {a} {v}",), 6),
    (("madvise {a} MADV_POPULATE_WRITE",), 1),
    (("mlock {a}",), 1),
)
_MIGRATE: Final = (
    (("write {a} {v}", "{d}: migrate {p}.{a}"), 6),
    (("read {a}", "{d}: migrate {p}.{a}"), 1),
    (("{d}: migrate {p}.{a}",), 1),
)
_MERGE: Final = (
    (("write {a} {v}", "madvise {a} MADV_MERGEABLE", "ksmd: full_scan 2"), 3),
    (("madvise {a} MADV_MERGEABLE", "write {a} {v}", "ksmd: full_scan 3"), 1),
)
_LEAVES: Final = (
    (("write {a} {v}",), 5),
    (("madvise {a} MADV_HUGEPAGE", "write {a} {v}"), 2),
    (("read {a}",), 2),
)
_IN_PARTS: Final = (
    (("write {a} {v}", "madvise {a}[5:9] MADV_DONTNEED"), 3),
    (("write {a} {v}", "mprotect {a}[0:8] r", "mprotect {a}[0:8] rw"), 2),
    (("write {a} {v}", "munmap {a}[500:503]"), 1),
    (("read {a}", "write {a}[3:5] {v}"), 2),
)
_SHMEM_LEAVES: Final = (
    *_LEAVES,
    (("write {a} {v}", "madvise {a}[5:9] MADV_DONTNEED", "read {a}[0:3]"), 2),
    (("madvise {a} MADV_NOHUGEPAGE", "write {a}[0:9] {v}", "madvise {a} MADV_HUGEPAGE"), 2),
)
_HUGETLB: Final = (
    (("{a} = mmap {n}p rw private anon hugetlb",), 4),
    (("{a} = mmap {n}p rw shared anon hugetlb",), 2),
)
_DRIVER: Final = "rw shared", "rw private"

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("anon", 6, _ANON, _STORE),
        Kind("untouched", 3, (*_RARE, *_SHMEM)),
        Kind("zero", 3, (*_RARE[:2], (("{a} = mmap {n}p rw private anon",), 3)), _LOOK),
        Kind("file", 4, _FILE, _TOUCH),
        Kind("shmem", 4, _SHMEM, _TOUCH),
        Kind("ksm", 3, _ANON, _MERGE),
        Kind("swap", 3, _ANON, ((("write {a} {v}", "madvise {a} MADV_PAGEOUT"), 1),)),
        Kind("coherent", 7, _ANON, _MIGRATE, "coherent"),
        Kind("private", 4, _ANON, _MIGRATE, "private"),
        Kind("fsdax", 4, _DAX, _TOUCH, "dax"),
        Kind("devdax", 3, ((("{a} = mmap {n}p rw shared devdax0",), 1),), _TOUCH, "devdax"),
        Kind("pfnmap", 2,
             tuple(((f"{{a}} = mmap {{n}}p {how} pfnmap",), 1) for how in _DRIVER),
             source="driver"),
        Kind("mixedmap-page", 2,
             tuple(((f"{{a}} = mmap {{n}}p {how} mixedmap pages",), 1) for how in _DRIVER),
             source="driver"),
        Kind("mixedmap-pfn", 2,
             tuple(((f"{{a}} = mmap {{n}}p {how} mixedmap pfns",), 1) for how in _DRIVER),
             source="driver"),
        Kind("thp", 0, _ANON, _LEAVES, sizes=((512, 5), (1024, 3), (600, 1))),
        Kind("hugetlb", 0, _HUGETLB, _TOUCH, sizes=((512, 5), (1024, 3), (600, 1))),
        Kind("pthp", 0, _ANON, _IN_PARTS, sizes=((512, 5), (1024, 2))),
        Kind("shmem-thp", 0, _SHMEM, _SHMEM_LEAVES, sizes=((512, 5), (1024, 2), (600, 1))),
    )
}  # fmt: skip
NOT_MODELLED: Final[dict[str, str]] = {
    "p2pdma": "the memory of p2pdma devices is not modelled",
}
