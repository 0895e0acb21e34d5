# SPDX-License-Identifier: GPL-2.0-or-later
"""Random states whose rows all exist but whose contents need not make sense, and random arguments.

The core must do the same with them interpreted and compiled; that reaches branches which no
scenario reaches (a refcount below zero, a table that is full, a trap).
"""

from collections.abc import Callable
from random import Random
from types import FunctionType
from typing import Final

from linuxmm.arch.x86 import pgtable
from linuxmm.mm.page import pfn_to_page
from linuxmm.mm.pagewalk import WALK_MM, WALK_PRIVATE, WALK_VMA
from linuxmm.mm.pgtable import pte_offset_map, walk_to_pmd
from linuxmm.state import constants
from linuxmm.state.block import Block
from linuxmm.state.constants import PG_ALLOCATED
from linuxmm.state.layout import (
    COLUMNS,
    MAX_OUT,
    NR_STACK,
    SECTION_SHIFT,
    SHAPES,
    SIZE_C,
    SIZE_K,
    SIZE_P,
    SIZE_Q,
    SIZE_V,
    STACK_TOP,
    State,
)
from linuxmm.state.rules import MAX_CHOICES, Rules
from linuxmm.state.sites import NR_SITES
from linuxmm.state.vocabulary import LOOKUPS, TESTS

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
    "E": 64,
}
# which table a unit or an argument name is a row of
ROW_OF: Final[dict[str, str]] = {
    "page": "P", "newpage": "P", "kpage": "P", "tree_page": "P", "other": "P", "mine": "P",
    "head": "P", "hpage": "P",
    "range": "R", "r": "R",
    "PTE slot": "T", "slot": "T",
    "vma": "V", "low": "V", "high": "V", "neighbour": "V",
    "mm": "M", "oldmm": "M", "src_mm": "M", "dst_mm": "M",
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
FAULT_BITS: Final = bits("FAULT_FLAG_")
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
    "pte": pte, "old": pte, "new": pte, "word": pte,
    "source": lambda random: random.randrange(3),
    "addr": addr, "start": addr, "end": addr, "address": addr,
    "pfn": pfn, "vm_flags": UNITS["VM_* bits"], "prot": UNITS["PTE bits"],
    "foll": UNITS["FOLL_* bits"], "rival_foll": UNITS["FOLL_* bits"],
    "flags": lambda random: some(random, random.choice((FOLL_BITS, VM_BITS, PG_BITS, [1, 2, 8]))),
    "mask": UNITS["PG_* bits"],
    "site": lambda random: random.randrange(1, 42),
    "test": lambda random: random.randrange(0, len(TESTS)),
    "kind": lambda random: random.randrange(0, 11),
    "nid": UNITS["nid"], "target": lambda random: random.randrange(4),
    "nodes": lambda random: random.randrange(5), "dest": lambda random: random.randrange(3),
    "mode": lambda random: random.randrange(8) | random.choice((0, 0, 1 << 14, 1 << 15)),
    "memcg": lambda random: random.randrange(constants.MAX_MEMCGS),
    "haddr": lambda random: addr(random) & -1 << 21, "newprot": UNITS["PTE bits"],
    "orig_pte": pte, "entry": pte, "owner": lambda random: row(random, "R"),
    "ops": UNITS["OPS_*"], "delta": lambda random: random.choice((-1, 0, 1)),
    "seen": lambda random: random.choice((0, 1, 5, MAX_OUT)),
    "passes": lambda random: random.choice((0, 1, 3)),
    "walk": small,
    "pmd": lambda random: 512 + random.randrange(SIZES["T"]),
    "src_pmd": lambda random: 512 + random.randrange(SIZES["T"]),
    "dst_pmd": lambda random: 512 + random.randrange(SIZES["T"]),
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
    _lay_out_walk(random, m, random.randrange(1, NR_VMAS + 1))
    m.setting[constants.SET_ZERO_PAGE] = 1
    m.setting[constants.SET_HIGHEST_MEMMAP_PFN] = (len(RANGE_TYPES) + 1) << SECTION_SHIFT
    if random.random() < 0.5:
        _clear_null_rows(block)
    return block


Place = dict[str, int]  # argument name -> a value that fits the others


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


def _lay_out_walk(random: Random, m: State, vma: int) -> None:
    """A walk of this VMA that is under way, at the bottom of a stack full of anything."""
    m.scratch[STACK_TOP] = NR_STACK // 4
    for word in range(NR_STACK // 4):
        m.stack[word] = random.choice((small(random), addr(random)))
    m.stack[WALK_MM], m.stack[WALK_VMA] = m.vma_mm[vma], vma
    m.stack[WALK_PRIVATE] = small(random)


def _lay_out_structs(random: Random, m: State, fits: Place) -> Place:
    """What a function may be given on the stack, and where it stands."""
    vmf = (fits["vma"], fits["addr"], some(random, FAULT_BITS), fits["slot"], fits["pte"])
    nr = random.randrange(3)
    src = random.randrange(1, SIZES["D"])
    migrate = (
        fits["vma"],
        fits["addr"],
        fits["end"],
        src,
        nr,
        nr,
        random.randrange(8),
        small(random),
    )
    pages = [_page_of(random, m, 0) for _ in range(nr)]
    structs = {
        "vmf": (*vmf, fits["page"]), "migrate": migrate, "pages": (nr, *pages),
        "pol": (NAMES["mode"](random), 1 + random.randrange(3), random.randrange(5)),
        "pra": (random.randrange(3), 0, 0),
        "mc": (1 + random.randrange(4), 1 + random.randrange(4), random.randrange(4), 1),
        "mtc": (fits["mm"], fits["start"], 0, 0),
    }  # fmt: skip
    structs["qp"] = (8 + 6 + len(migrate), random.randrange(64), 1 + random.randrange(3),
                     fits["start"], fits["end"], 0, 0, 8)  # fmt: skip
    found = {"census": 224, "rss": 128, "prealloc": 132, "status": 136, "mss": 152, "md": 172}
    first = 8
    for name, words in structs.items():
        found[name] = first
        for word in words:
            m.stack[first] = _word(word)
            first += 1
    found |= dict.fromkeys(("pagelist", "page_list", "pvec"), found["pages"])
    if random.random() < 0.5:
        m.stack[found["prealloc"]] = _page_of(random, m, 0)
    return found


def _clear_null_rows(block: Block) -> None:
    for name, spec in COLUMNS.items():
        if spec.shape != "1":
            for i in range(spec.per_row):
                getattr(block.m, name)[i] = 0


def place(random: Random, m: State) -> Place:
    """One entry of one mapping, with its page, its process and what else belongs to them."""
    live = [vma for vma in range(1, m.used[SIZE_V]) if m.vma_mm[vma]]
    if not live:
        return {}
    vma = random.choice(live)
    start, mm = m.vma_start[vma], m.vma_mm[vma]
    nr = (m.vma_end[vma] - start) >> 12
    index = random.randrange(nr) if nr > 0 else 0
    addr = start + 4096 * index
    slot = pte_offset_map(m, walk_to_pmd(m, vma, addr), addr)
    word = m.pte[slot]
    tasks = [task for task in range(1, m.used[SIZE_C]) if m.task_mm[task] == mm]
    items = [item for item in range(1, m.used[SIZE_K]) if m.item_mm[item] == mm]
    nodes = [node for node in range(1, m.used[SIZE_Q]) if m.stable_page[node]]
    length = random.choice((1, 1, nr - index, nr - index, 600, 3000))
    found = {
        "vma": vma, "mm": mm, "addr": addr, "start": addr, "slot": slot, "pte": word, "old": word,
        "npages": length, "nr": length, "end": addr + 4096 * length, "file": m.vma_file[vma],
        "page": _page_of(random, m, word), "index": m.vma_pgoff[vma] + index,
        "dst_vma": random.choice(live), "src_vma": vma, "oldmm": mm, "h": m.vma_pgoff[vma],
        "flags": random.choice(COMMON_FOLL), "anon_vma": m.vma_anon_vma[vma],
        "task": random.choice(tasks) if tasks else 0,
        "item": random.choice(items) if items else 0,
        "advice": random.choice((*range(26), 100)), "node": random.choice(nodes) if nodes else 0,
    }  # fmt: skip
    found["pmd"], found["walk"] = walk_to_pmd(m, vma, addr), 0
    found["dst_pte"], found["src_pte"] = m.vma_ptes[found["dst_vma"]] + index, slot
    _lay_out_walk(random, m, vma)
    found |= _lay_out_structs(random, m, found)
    if random.random() < 0.3:
        found["old"] = found["page"]
    found["kpage"] = found["tree_page"] = _page_of(random, m, 0)
    if nodes and random.random() < 0.7:
        found["kpage"] = found["tree_page"] = m.stable_page[found["node"]]
    return found


def _page_of(random: Random, m: State, word: int) -> int:
    """The page an entry names, or another that is in use."""
    page = pfn_to_page(m, pgtable.pte_pfn(word)) if word & pgtable.PAGE_PRESENT else 0
    used = [page for page in range(1, m.used[SIZE_P]) if m.page_flags[page] & PG_ALLOCATED]
    return page if page and random.random() < 0.8 else random.choice(used or [1])


def arguments(random: Random, function: Callable[..., int], m: State) -> list[int]:
    """Integers for a core function's arguments, by their names (`m` and `k` apart).

    Most fit each other (`place`); some are anything.
    """
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    fits = place(random, m) if random.random() < 0.8 else {}
    return [
        _word(fits[name] if name in fits and random.random() < 0.95 else _within(random, name, m))
        for name in names
        if name not in ("m", "k")
    ]


def _word(value: int) -> int:
    """The value, or 0 when it has more than 64 bits, as what is worked out from damage may."""
    return value if -(1 << 63) <= value < 1 << 63 else 0


def _within(random: Random, name: str, m: State) -> int:
    """A value by name; a row only where the table has one."""
    if name in ("new", "old") and random.random() < 0.5:
        name = "page"
    if name in ROW_OF:
        used = m.used[SHAPES.index(ROW_OF[name])]
        return random.randrange(used) if used else 0
    return value_of(random, name)


COMMON_FOLL: Final = (0, 1, 4, 5, 0x40000, 0x40001, 0x50000, 0x50001, 0x10, 0x11, 0x40011, 0x10004)


def sites_of(function: Callable[..., int]) -> list[int]:
    """The sites that a function, or one that it calls, names."""
    scope = function.__globals__
    called = [scope.get(name) for name in function.__code__.co_names]
    found = dict.fromkeys(function.__code__.co_names, scope)
    for callee in called:
        if isinstance(callee, FunctionType):
            found |= dict.fromkeys(callee.__code__.co_names, callee.__globals__)
    return sorted(found[name][name] for name in found if name.startswith("SITE_"))


def damage_site(random: Random, k: Rules, site: int) -> None:
    """A record that refuses every page, or gives something else for those that it refuses."""
    half = random.choice((0, 0, NR_SITES))
    gives = random.choice((1, 2, 3, 4, 0, 0, -22, -14, -16, -17))
    if random.random() < 0.4:
        k.site_refused[half + site] = gives
        k.choice_lookup[(half + site) * MAX_CHOICES] = random.randrange(len(LOOKUPS))
        k.site_differs[site] = 1
        return
    first = max(1, k.site_test_first[half + site]) - 1
    k.site_test_first[half + site], k.site_test_nr[half + site] = first, 1
    k.test_refuse[first] = TESTS.index(random.choice(("any_page", TESTS[-1])))
    k.test_gives[first], k.test_put[first] = gives, random.randrange(2)
    k.test_unless[first] = 0


def damage_rules(random: Random, k: Rules) -> None:
    """Another cell in the rules; what a lookup is made of stays, so that it ends."""
    name = random.choice((*RULE_CELLS, "site_refused", "test_gives", "test_put"))
    column = getattr(k, name)
    row = random.randrange(len(column))
    if name in ("site_flags", "row_need", "row_forbid", "test_unless"):
        column[row] ^= 1 << random.randrange(21 if name == "site_flags" else 8)
    elif name in ("test_put", "behaviour", "site_differs"):
        column[row] = 1 - column[row]
    elif name in ("choice_mask", "choice_lookup"):
        column[row] = random.randrange(len(LOOKUPS))
    elif name == "test_refuse":
        column[row] = random.randrange(1, len(TESTS))
    else:
        column[row] = random.choice((0, 1, 2, 3, 4, -22, -14, -16, -17))


RULE_CELLS: Final = (
    "site_flags", "row_need", "row_forbid", "test_unless", "behaviour", "site_differs",
    "choice_mask", "choice_lookup", "test_refuse",
)  # fmt: skip
