# SPDX-License-Identifier: GPL-2.0-or-later
"""What the readers left in m.out, by name and as the kernel prints it.  Not core.

`values` is m.out[0:n] of the reader.  Sizes become kB as in the kernel: shifted, not rounded.
"""

from collections.abc import Sequence
from typing import Final

from linuxmm.fs.proc.meminfo import MEMINFO_FIELDS, NODE_MEMINFO_FIELDS, VMSTAT_FIELDS
from linuxmm.fs.proc.pages import (
    KINDS,
    NR_PICTURE,
    PICTURE_EXCLUSIVE,
    PICTURE_FILE,
    PICTURE_FRAME,
    PICTURE_KIND,
    PICTURE_VIEW,
    VIEW_DEV,
    VIEWS,
)
from linuxmm.fs.proc.task_mmu.numa_maps import (
    MAX_NODES,
    NUMA_ACTIVE,
    NUMA_ANON,
    NUMA_DIRTY,
    NUMA_HUGETLB,
    NUMA_MAPCOUNT_MAX,
    NUMA_NODE,
    NUMA_PAGES,
    NUMA_POLICY,
    NUMA_POLICY_NODES,
    NUMA_SWAPCACHE,
    NUMA_WRITEBACK,
)
from linuxmm.fs.proc.task_mmu.smaps import (
    NR_SMAPS_SUMS,
    SMAPS_END,
    SMAPS_FIELDS,
    SMAPS_PSS_DIRTY,
    SMAPS_START,
    SMAPS_VM_FLAGS,
)
from linuxmm.fs.proc.task_mmu.status import STATUS_FIELDS
from linuxmm.state.constants import VM_HUGETLB
from linuxmm.uapi import (
    KPF_NAMES,
    MPOL_F_STATIC_NODES,
    MPOL_MODE_FLAGS,
    PM_FILE,
    PM_MMAP_EXCLUSIVE,
    PM_SOFT_DIRTY,
    PM_SWAP,
    PM_UFFD_WP,
)

# mm/mempolicy.c:policy_modes, by mode
POLICY_NAMES: Final = ("default", "prefer", "bind", "interleave", "local", "prefer(many)")

# show_smap_vma_flags: by bit; a bit without a word prints ?? (VM_LOCKONFAULT for one), the bits
# of protection keys print nothing.
VM_FLAG_WORDS: Final[dict[int, str]] = {
    0: "rd",
    1: "wr",
    2: "ex",
    3: "sh",
    4: "mr",
    5: "mw",
    6: "me",
    7: "ms",
    8: "gd",
    9: "um",
    10: "pf",
    12: "uw",
    13: "lo",
    14: "io",
    15: "sr",
    16: "rr",
    17: "dc",
    18: "de",
    20: "ac",
    21: "nr",
    22: "ht",
    23: "sf",
    24: "ar",
    25: "wf",
    26: "dd",
    27: "sd",
    28: "mm",
    29: "hg",
    30: "nh",
    31: "mg",
    37: "ui",
}
NUMBERS: Final = ("HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp")
ROLLUP_ONLY: Final = ("Pss_Anon", "Pss_File", "Pss_Shmem")
# The lines of __show_smap in their order; the ones that are not in SMAPS_FIELDS are huge pages.
SMAP_LINES: Final[tuple[str, ...]] = (
    "Rss",
    "Pss",
    "Pss_Dirty",
    *ROLLUP_ONLY,
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "LazyFree",
    "AnonHugePages",
    "ShmemPmdMapped",
    "FilePmdMapped",
    "Shared_Hugetlb",
    "Private_Hugetlb",
    "Swap",
    "SwapPss",
    "Locked",
)
PAGEMAP_LETTERS: Final[tuple[tuple[int, str], ...]] = (
    (PM_SWAP, "S"),
    (PM_FILE, "F"),
    (PM_MMAP_EXCLUSIVE, "X"),
    (PM_SOFT_DIRTY, "D"),
    (PM_UFFD_WP, "W"),
)


# --- smaps -----------------------------------------------------------------------------------
def vm_flag_words(flags: int) -> list[str]:
    """The words of the VmFlags line, in the order of the bits."""
    return [VM_FLAG_WORDS.get(bit, "??") for bit in range(64) if flags >> bit & 1]


def _smap_lines(values: Sequence[int], rollup: bool) -> dict[str, int]:
    sums = dict(zip(SMAPS_FIELDS[:NR_SMAPS_SUMS], values[:NR_SMAPS_SUMS], strict=True))
    absent = set() if rollup else set(ROLLUP_ONLY)
    if values[SMAPS_PSS_DIRTY] < 0:
        absent.add("Pss_Dirty")
    return {line: sums.get(line, 0) >> 10 for line in SMAP_LINES if line not in absent}


def smaps_fields(values: Sequence[int]) -> dict[str, int]:
    """One VMA's numbers by name, in kB."""
    size = (values[SMAPS_END] - values[SMAPS_START]) >> 10
    page = 2048 if values[SMAPS_VM_FLAGS] & VM_HUGETLB else 4
    return {"Size": size, "KernelPageSize": page, "MMUPageSize": page, **_smap_lines(values, False)}


def rollup_fields(values: Sequence[int]) -> dict[str, int]:
    """smaps_rollup by name, in kB."""
    return _smap_lines(values, True)


def _kb_line(name: str, kb: int) -> str:
    # Private_Hugetlb is one character longer than the column that the others end at
    width = 7 if name == "Private_Hugetlb" else 8
    return f"{name + ':':<16}{'' if width == 8 else ' '}{kb:>{width}} kB"


def smaps_text(values: Sequence[int]) -> str:
    """One VMA's block from `Size:` to `VmFlags:` (header, THPeligible, ProtectionKey left out)."""
    lines = [_kb_line(name, kb) for name, kb in smaps_fields(values).items()]
    words = "".join(word + " " for word in vm_flag_words(values[SMAPS_VM_FLAGS]))
    return "\n".join([*lines, "VmFlags: " + words]) + "\n"


# --- the other files ---------------------------------------------------------------------------
def numa_fields(values: Sequence[int]) -> dict[str, int]:
    """The words of a numa_maps line that depend on pages: only those that are printed.

    Source: fs/proc/task_mmu.c:show_numa_map; kernelpagesize_kB is left out (`numa_page_kb`).
    """
    pages, anon, dirty = values[NUMA_PAGES], values[NUMA_ANON], values[NUMA_DIRTY]
    if pages == 0:
        return {}
    shown = {
        "anon": (anon, anon > 0),
        "dirty": (dirty, dirty > 0),
        "mapped": (pages, pages not in (anon, dirty)),
        "mapmax": (values[NUMA_MAPCOUNT_MAX], values[NUMA_MAPCOUNT_MAX] > 1),
        "swapcache": (values[NUMA_SWAPCACHE], values[NUMA_SWAPCACHE] > 0),
        "active": (values[NUMA_ACTIVE], values[NUMA_ACTIVE] < pages and not values[NUMA_HUGETLB]),
        "writeback": (values[NUMA_WRITEBACK], values[NUMA_WRITEBACK] > 0),
    }
    fields = {name: value for name, (value, printed) in shown.items() if printed}
    nodes = values[NUMA_NODE : NUMA_NODE + MAX_NODES]
    return {**fields, **{f"N{nid}": nr for nid, nr in enumerate(nodes) if nr}}


def numa_page_kb(values: Sequence[int]) -> int:
    """kernelpagesize_kB of a numa_maps line."""
    return 2048 if values[NUMA_HUGETLB] else 4


def policy_text(values: Sequence[int]) -> str:
    """The policy of a numa_maps line, without the blank of `prefer (many)`.

    Source: mm/mempolicy.c:mpol_to_str.
    """
    mode, nodes = values[NUMA_POLICY], values[NUMA_POLICY_NODES]
    shown = POLICY_NAMES[mode & ~MPOL_MODE_FLAGS]
    if mode & MPOL_MODE_FLAGS:
        shown += "=static" if mode & MPOL_F_STATIC_NODES else "=relative"
    return f"{shown}:{node_list(nodes)}" if nodes else shown


def node_list(nodes: int) -> str:
    """Nodes as the kernel prints a bitmap: `0-1,3`."""
    bits = [nid for nid in range(nodes.bit_length()) if nodes >> nid & 1]
    starts = [nid for nid in bits if nid - 1 not in bits]
    ends = [nid for nid in bits if nid + 1 not in bits]
    runs = zip(starts, ends, strict=True)
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def numa_maps_text(start: int, values: Sequence[int]) -> str:
    """The line of a VMA without a file."""
    policy = policy_text(values)
    words = [f"{name}={value}" for name, value in numa_fields(values).items()]
    size = f"kernelpagesize_kB={numa_page_kb(values)}"
    return " ".join([f"{start:08x}", policy, *words, *([size] if words else [])])


def pagemap_letters(word: int) -> str:
    """P present, S swap, F file, X exclusive, D soft-dirty, W uffd-wp; `none` for nothing."""
    letters = "P" if word < 0 else ""
    return letters + "".join(letter for bit, letter in PAGEMAP_LETTERS if word & bit) or "none"


def kpageflags_names(word: int) -> list[str]:
    """The KPF_ names of a kpageflags word, in the order of the bits."""
    return [name for bit, name in enumerate(KPF_NAMES) if word >> bit & 1]


def _kb_fields(names: Sequence[str], values: Sequence[int]) -> dict[str, int]:
    found = zip(names, values, strict=False)
    return {name: value if name in NUMBERS else value >> 10 for name, value in found if name}


def status_fields(values: Sequence[int]) -> dict[str, int]:
    """The Vm and Rss lines of status by name, in kB."""
    return _kb_fields(STATUS_FIELDS, values)


def meminfo_fields(values: Sequence[int]) -> dict[str, int]:
    """meminfo by name, in kB."""
    return _kb_fields(MEMINFO_FIELDS, values)


def node_meminfo_fields(values: Sequence[int]) -> dict[str, int]:
    """A node's meminfo by name, in kB."""
    return _kb_fields(NODE_MEMINFO_FIELDS, values)


def vmstat_fields(values: Sequence[int]) -> dict[str, int]:
    """vmstat by name, in pages and events."""
    return dict(zip(VMSTAT_FIELDS, values, strict=False))


def pictures(values: Sequence[int]) -> list[tuple[str, int, int, int | None]]:
    """Per page (view, exclusive, file, first page with the same frame), as the truth file has it.

    The last is None for a page that is not present.
    """
    first: dict[int, int] = {}
    result: list[tuple[str, int, int, int | None]] = []
    for i, at in enumerate(range(0, len(values), NR_PICTURE)):
        view = values[at + PICTURE_VIEW]
        same = first.setdefault(values[at + PICTURE_FRAME], i) if view >= VIEW_DEV else None
        exclusive, file = values[at + PICTURE_EXCLUSIVE], values[at + PICTURE_FILE]
        result.append((VIEWS[view], exclusive, file, same))
    return result


def picture_kinds(values: Sequence[int]) -> list[str]:
    """Per page its kind as the glossary calls it, for reports."""
    return [KINDS[kind] for kind in values[PICTURE_KIND::NR_PICTURE]]
