"""Random states whose rows all exist but whose contents need not make sense, and random arguments.

The core must do the same with them interpreted and compiled; that reaches branches which no
scenario reaches (a refcount below zero, a table that is full, a trap).
"""

from collections.abc import Callable
from random import Random
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.state import constants
from linuxmm.state.block import Block
from linuxmm.state.layout import COLUMNS, SECTION_SHIFT, SHAPES, SIZE_P

RANGE_TYPES: Final = (0, 0, 1, 2, 3, 4, 5)  # two nodes, then one of each device type
ROWS_PER_RANGE: Final = 3
SLOTS_PER_VMA: Final = 5
NR_VMAS: Final = 6
SIZES: Final[dict[str, int]] = {
    "P": 1 + ROWS_PER_RANGE * len(RANGE_TYPES),
    "R": 1 + len(RANGE_TYPES),
    "X": 2 + len(RANGE_TYPES),
    "T": 1 + SLOTS_PER_VMA * NR_VMAS,
    "V": 1 + NR_VMAS,
    "M": 4,
    "C": 5,
    "U": 2,
    "A": 5,
    "F": 10,
    "I": 12,
    "S": 5,
    "K": 6,
    "Q": 5,
    "H": 6,
    "D": 6,
}
# which table a unit or an argument name is a row of
ROW_OF: Final[dict[str, str]] = {
    "page": "P", "newpage": "P", "kpage": "P", "tree_page": "P", "other": "P", "mine": "P",
    "range": "R", "r": "R",
    "PTE slot": "T", "slot": "T",
    "vma": "V",
    "mm": "M", "oldmm": "M",
    "task": "C",
    "cpu": "U",
    "anon_vma": "A", "parent": "A",
    "file": "F",
    "cache slot": "I",
    "swap slot": "S", "offset": "S",
    "rmap item": "K", "item": "K", "handle": "H",
    "stable node": "Q", "node": "Q",
}  # fmt: skip


def bits(prefix: str) -> list[int]:
    """The one-bit constants of a family."""
    found = vars(constants).items()
    return [
        value
        for name, value in found
        if name.startswith(prefix) and isinstance(value, int) and value.bit_count() == 1
    ]


PG_BITS: Final = bits("PG_")
VM_BITS: Final = bits("VM_")
FOLL_BITS: Final = bits("FOLL_") or [1 << i for i in range(20)]
PTE_BITS: Final = [
    value
    for name, value in vars(pgtable).items()
    if name.startswith("PAGE_") and isinstance(value, int) and abs(value).bit_count() == 1
]


def some(random: Random, values: list[int]) -> int:
    """A few of these bits, often none."""
    word = 0
    for _ in range(random.choice((0, 1, 2, 3, 5))):
        word |= random.choice(values)
    return word


def small(random: Random) -> int:
    return random.choice((0, 0, 1, 1, 2, 3, 4, 7))


def row(random: Random, letter: str) -> int:
    return 0 if random.random() < 0.1 else random.randrange(SIZES[letter])


def pfn(random: Random) -> int:
    """The pfn of a page, or one beside the ranges."""
    section = 1 + random.randrange(len(RANGE_TYPES) + (random.random() < 0.1))
    return (section << SECTION_SHIFT) + random.randrange(ROWS_PER_RANGE + (random.random() < 0.1))


def addr(random: Random) -> int:
    vma = random.randrange(1, NR_VMAS + 1)
    return vma_start(vma) + 4096 * random.randrange(SLOTS_PER_VMA + (random.random() < 0.1))


def vma_start(vma: int) -> int:
    return 0x7000_0000_0000 + vma * SLOTS_PER_VMA * 4096


def pte(random: Random) -> int:
    """A word of any kind: empty, present, PROT_NONE, special, migration, device, swap."""
    choice = random.random()
    if choice < 0.15:
        return 0
    if choice < 0.6:
        prot = some(random, PTE_BITS) | random.choice((1, 1, 1, pgtable.PAGE_PROTNONE))
        return pgtable.pfn_pte(pfn(random), prot)
    offset = pfn(random) if random.random() < 0.6 else random.randrange(SIZES["S"])
    return pgtable.swp_pte(random.randrange(20, 32), offset) | some(random, [2, 4, 8])


def settings(random: Random) -> int:
    return random.choice((0, 0, 1, 2))


UNITS: Final[dict[str, Callable[[Random], int]]] = {
    "page offset": small,
    "contents": small,
    "references": lambda random: random.choice((-1, 0, 1, 1, 2, 3, 1024, 1025, 1026)),
    "mappings": lambda random: random.choice((0, 0, 1, 1, 2, 3)),
    "x86-64 entry": pte,
    "PG_* bits": lambda random: some(random, PG_BITS),
    "VM_* bits": lambda random: some(random, VM_BITS),
    "FOLL_* bits": lambda random: some(random, FOLL_BITS),
    "PTE bits": lambda random: some(random, PTE_BITS),
    "row << 2 | MAPPING_*": lambda random: random.randrange(5) << 2 | random.choice((0, 1, 1, 3)),
    "address": addr,
    "pfn": pfn,
    "see SET_*": settings,
    "OPS_*": lambda random: random.choice((0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
    "LIST_*": lambda random: random.randrange(8),
    "nid": lambda random: random.randrange(3),
    "swap entry": lambda random: row(random, "S"),
}
NAMES: Final[dict[str, Callable[[Random], int]]] = {
    "pte": pte, "old": pte, "new": pte, "word": pte, "source": pte,
    "addr": addr, "start": addr, "end": addr, "address": addr,
    "pfn": pfn, "vm_flags": UNITS["VM_* bits"], "prot": UNITS["PTE bits"],
    "foll": UNITS["FOLL_* bits"], "rival_foll": UNITS["FOLL_* bits"],
    "flags": lambda random: some(random, random.choice((FOLL_BITS, VM_BITS, PG_BITS, [1, 2, 8]))),
    "mask": UNITS["PG_* bits"],
    "site": lambda random: random.randrange(1, 42),
    "test": lambda random: random.randrange(0, 24),
    "kind": lambda random: random.randrange(0, 11),
    "nid": UNITS["nid"], "target": lambda random: random.randrange(4),
    "delta": lambda random: random.choice((-1, 0, 1)),
}  # fmt: skip


def value_of(random: Random, name: str) -> int:
    """A value for a unit or an argument name."""
    known = UNITS.get(name) or NAMES.get(name)
    if known is not None:
        return known(random)
    if name in ROW_OF:
        return row(random, ROW_OF[name])
    return small(random)


def state(random: Random) -> Block:
    """A block full of such values; ranges, sections and VMAs are laid out as they should be."""
    block = Block(SIZES)
    m = block.m
    for name, spec in COLUMNS.items():
        if spec.part != "scratch" and name not in ("size", "used"):
            column = getattr(m, name)
            for i in range(len(column)):
                column[i] = value_of(random, spec.unit)
                if ROW_OF.get(spec.unit, "") == spec.shape or "rbtree" in spec.unit:
                    column[i] = random.randrange(1 + i // spec.per_row)  # a link: no rings
    for i in range(len(SHAPES)):
        m.used[i] = m.size[i]
    _lay_out_ranges(block, random)
    for vma in range(1, NR_VMAS + 1):
        m.vma_start[vma], m.vma_end[vma] = vma_start(vma), vma_start(vma + 1)
        m.vma_ptes[vma] = 1 + (vma - 1) * SLOTS_PER_VMA
        m.vma_mm[vma] = random.randrange(1, SIZES["M"])
    m.setting[constants.SET_ZERO_PAGE] = 1
    m.setting[constants.SET_HIGHEST_MEMMAP_PFN] = (len(RANGE_TYPES) + 1) << SECTION_SHIFT
    if random.random() < 0.5:
        _clear_null_rows(block)
    return block


def _lay_out_ranges(block: Block, random: Random) -> None:
    m = block.m
    m.size[SIZE_P] = SIZES["P"]
    for r, kind in enumerate(RANGE_TYPES, 1):
        m.range_type[r], m.range_node[r] = kind, (r - 1) % 3
        m.range_start_pfn[r] = r << SECTION_SHIFT
        m.range_rows[r] = ROWS_PER_RANGE
        m.range_nr_pages[r] = ROWS_PER_RANGE + random.randrange(2)
        m.range_row[r] = 1 + (r - 1) * ROWS_PER_RANGE
        m.section_range[r] = r
        for page in range(m.range_row[r], m.range_row[r] + ROWS_PER_RANGE):
            m.page_range[page] = r


def _clear_null_rows(block: Block) -> None:
    for name, spec in COLUMNS.items():
        if spec.shape != "1":
            for i in range(spec.per_row):
                getattr(block.m, name)[i] = 0


def arguments(random: Random, function: Callable[..., int]) -> list[int]:
    """Integers for a core function's arguments, by their names (`m` and `k` apart)."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    return [value_of(random, name) for name in names if name not in ("m", "k")]
