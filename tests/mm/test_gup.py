# SPDX-License-Identifier: GPL-2.0-or-later
"""follow_page and get_user_pages: the outcomes of facts/gup.md."""

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED
from linuxmm.mm.gup.follow import follow_page
from linuxmm.mm.gup.grab import gup_put_page
from linuxmm.mm.vma import find_vma
from linuxmm.state.constants import (
    EEXIST,
    EFAULT,
    EINVAL,
    EOPNOTSUPP,
    OPS_FSDAX,
    OPS_MIXEDMAP_PFN,
    OPS_PFNMAP,
    PG_REFERENCED,
    RANGE_COHERENT,
    RANGE_RAM,
)
from linuxmm.state.flags import (
    FOLL_DUMP,
    FOLL_FAST_ONLY,
    FOLL_GET,
    FOLL_LONGTERM,
    FOLL_LRU,
    FOLL_PIN,
    FOLL_TOUCH,
    FOLL_WRITE,
)
from linuxmm.state.layout import NR_FOLL_PIN_ACQUIRED, NR_FOLL_PIN_RELEASED
from linuxmm.steps.memory import (
    OP_FOLLOW_PAGE,
    OP_GUP,
    OP_GUP_FAST,
)
from tests.mm.box import Box
from tests.some_kernels import EVERY_KERNEL

PAGE, NULL = "page", "null"


def of_kind(box: Box, kind: str) -> int:
    """An address whose entry is of this kind."""
    if kind == "mixedmap pfn":
        a = box.file(OPS_MIXEDMAP_PFN)
    elif kind == "dax":
        a = box.file(OPS_FSDAX)
    elif kind == "pfnmap":
        a = box.file(OPS_PFNMAP)
    else:
        a = box.anon(1)
    if kind in ("zero", "mixedmap pfn", "dax"):
        box.read(a)
    if kind in ("anon", "coherent"):
        box.write(a)
    if kind == "coherent":
        box.to_device(a)
    return a


def look(box: Box, addr: int, flags: int) -> tuple[str | int, list[str]]:
    """What follow_page gives (a page, NULL or -errno) and what was reported."""
    box.machine.block.begin_step()
    vma = find_vma(box.m, box.m.task_mm[box.task], addr)
    page = follow_page(box.m, box.machine.k, vma, addr, flags)
    if page > 0 and flags & FOLL_GET:
        gup_put_page(box.m, box.machine.k, page, flags)
    reports = box.events()
    return (PAGE if page > 0 else NULL if page == 0 else page), reports


G, D, N = FOLL_GET, FOLL_GET | FOLL_DUMP, 0
BAD = ["bad-page-map"]
# kind, flags, v5.17, split-v1 with FOLL_LRU, v6.1
TABLE = [
    ("anon", G, PAGE, PAGE, PAGE),
    ("zero", G, PAGE, PAGE, PAGE),
    ("zero", N, PAGE, PAGE, PAGE),
    ("zero", D, -EFAULT, -EFAULT, -EFAULT),
    ("coherent", G, PAGE, -EFAULT, PAGE),
    ("coherent", D, PAGE, -EFAULT, PAGE),
    ("coherent", N, PAGE, -EEXIST, PAGE),
    ("dax", G, PAGE, PAGE, PAGE),
    ("dax", D, PAGE, PAGE, PAGE),
    ("dax", N, -EEXIST, -EEXIST, -EEXIST),
    ("dax", FOLL_DUMP, -EFAULT, -EFAULT, -EFAULT),
    ("mixedmap pfn", G, -EFAULT, -EFAULT, -EEXIST),
    ("mixedmap pfn", D, -EFAULT, -EFAULT, -EFAULT),
    ("mixedmap pfn", N, -EEXIST, -EEXIST, -EEXIST),
    ("pfnmap", G, -EFAULT, -EFAULT, -EEXIST),
    ("untouched", D, -EFAULT, -EFAULT, -EFAULT),
    ("untouched", G, NULL, NULL, NULL),
]


@pytest.mark.parametrize(("kind", "flags", "base", "lru", "v61"), TABLE)
def test_follow_page(kind: str, flags: int, base: object, lru: object, v61: object) -> None:
    for kernel, expected in (("v5.17-coherent", base), ("v6.1", v61)):
        box = Box(kernel)
        assert look(box, of_kind(box, kind), flags) == (expected, [])
    box = Box.__new__(Box)
    Box.__init__(box, "split-v1")
    reports = BAD if kind == "dax" else []
    assert look(box, _made(box, kind), flags | FOLL_LRU) == (lru, reports)


def _made(box: Box, kind: str) -> int:
    return of_kind(box, kind)


def test_touch_marks_an_entry_without_page() -> None:
    """follow_pfn_pte: TOUCH sets the accessed bit before -EEXIST."""
    box = Box("split-v1")
    a = of_kind(box, "coherent")
    slot_word = box.pte(a)
    assert look(box, a, FOLL_TOUCH | FOLL_LRU)[0] == -EEXIST
    assert box.pte(a) & PAGE_ACCESSED and box.pte(a) == slot_word | PAGE_ACCESSED


@pytest.mark.parametrize(
    ("kernel", "result"), [("v5.17-coherent", PAGE), ("split-v1", PAGE), ("v6.1", NULL)]
)
def test_prot_none_stops_follow_page_since_6_1(kernel: str, result: str) -> None:
    box = Box(kernel)
    a = of_kind(box, "anon")
    box.mprotect(a, 1, 0)
    assert look(box, a, FOLL_GET)[0] == result


def test_get_and_pin_exclude_each_other() -> None:
    box = Box("v5.17-coherent")
    a = of_kind(box, "anon")
    assert box.call(OP_FOLLOW_PAGE, box.task, a, FOLL_GET | FOLL_PIN) == -EINVAL
    assert box.events() == ["warn"]


@EVERY_KERNEL
def test_get_and_pin_count(kernel: str) -> None:
    """GET +1, PIN +1024; unpin reverses (facts/struct-page.md)."""
    box = Box(kernel)
    a = of_kind(box, "anon")
    box.drain()
    assert box.gup(a, FOLL_GET, handle=1) == 1
    assert box.counts(a) == (2, 1)
    assert box.gup(a, FOLL_PIN | FOLL_WRITE, handle=2) == 1
    assert box.counts(a) == (1026, 1)
    box.put(2)
    box.put(1)
    assert box.counts(a) == (1, 1)


@EVERY_KERNEL
def test_a_longterm_pin_moves_a_coherent_page_out(kernel: str) -> None:
    """Sites-core 6.3: the pin lands on system memory; a short pin stays on the device."""
    box = Box(kernel)
    a = of_kind(box, "coherent")
    assert box.gup(a, FOLL_PIN | FOLL_WRITE) == 1
    assert box.m.range_type[box.m.page_range[box.page(a)]] == RANGE_COHERENT
    box.put()
    assert box.gup(a, FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE) == 1
    assert box.m.range_type[box.m.page_range[box.page(a)]] == RANGE_RAM
    assert box.read(a) == [0x11]
    box.put()


@EVERY_KERNEL
def test_longterm_on_fsdax_and_device_mappings(kernel: str) -> None:
    box = Box(kernel)
    assert box.gup(of_kind(box, "dax"), FOLL_PIN | FOLL_LONGTERM) == -EOPNOTSUPP
    assert box.gup(of_kind(box, "pfnmap"), FOLL_GET) == -EFAULT


def test_a_readonly_pin_of_a_shared_page_unshares_it_in_6_1() -> None:
    """-EMLINK and the unshare fault: the pin lands on an exclusive page of its own."""
    results = {}
    for kernel in ("v5.17-coherent", "v6.1"):
        box = Box(kernel)
        a = of_kind(box, "anon")
        child = box.fork()
        before = box.page(a)
        assert box.gup(a, FOLL_PIN) == 1
        results[kernel] = box.page(a) == before
        assert box.page(a, child) == before
        box.put()
    assert results == {"v5.17-coherent": True, "v6.1": False}


@EVERY_KERNEL
@pytest.mark.parametrize("op", [OP_GUP, OP_GUP_FAST])
@pytest.mark.parametrize(
    "flags", [FOLL_GET | FOLL_PIN, FOLL_GET | FOLL_LONGTERM, FOLL_PIN | FOLL_GET | FOLL_LONGTERM]
)
def test_get_and_pin_do_not_mix(kernel: str, op: int, flags: int) -> None:
    """is_valid_gup_flags and the first test of pin_user_pages_fast (mm/gup.c): WARN and -EINVAL."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    assert box.call(op, box.task, a, 1, flags, 1) == -EINVAL
    assert box.events() == ["warn"]


@EVERY_KERNEL
def test_fast_gup_takes_few_flags(kernel: str) -> None:
    """FOLL_LRU cannot be used with the fast forms: a warning and -EINVAL (facts/gup.md)."""
    box = Box(kernel)
    a = of_kind(box, "anon")
    assert box.call(OP_GUP_FAST, box.task, a, 1, FOLL_GET | FOLL_LRU, 1) == -EINVAL
    assert box.call(OP_GUP_FAST, box.task, a, 1, FOLL_GET, 1) == 1
    box.put()


@EVERY_KERNEL
def test_fast_gup_falls_back(kernel: str) -> None:
    """A special entry and an empty one go to slow GUP, unless FAST_ONLY."""
    box = Box(kernel)
    a = box.anon(2)
    box.read(a)
    assert box.call(OP_GUP_FAST, box.task, a, 2, FOLL_GET | FOLL_FAST_ONLY, 1) == 0
    assert box.call(OP_GUP_FAST, box.task, a, 2, FOLL_GET | FOLL_WRITE, 2) == 2
    assert box.write(a, 5, 2) == 0
    box.put(2)


@pytest.mark.parametrize(("kernel", "expected"), [("v5.17-coherent", 1), ("v6.1", -EEXIST)])
def test_pfn_entries_in_a_gup(kernel: str, expected: int) -> None:
    """-EEXIST: skipped with pages[i] unset before, returned since (facts/gup.md)."""
    box = Box(kernel)
    a = of_kind(box, "mixedmap pfn")
    assert box.gup(a, FOLL_PIN) == expected


def test_what_fast_gup_counts_when_it_must_unshare() -> None:
    """gup_pte_range (6.1) takes the pin before it asks, and puts it back."""
    box = Box("v6.1")
    a = box.anon(1)
    box.write(a)
    box.fork()
    assert box.call(OP_GUP_FAST, box.task, a, 1, FOLL_PIN | FOLL_FAST_ONLY, 1) == 0
    m = box.m
    assert (m.vmstat[NR_FOLL_PIN_ACQUIRED], m.vmstat[NR_FOLL_PIN_RELEASED]) == (1, 1)


def test_pages_of_a_fast_gup_that_falls_back_are_in_order() -> None:
    box = Box("v6.1")
    a = box.anon(3)
    box.write(a)  # the other two are holes: slow GUP fills them
    assert box.call(OP_GUP_FAST, box.task, a, 3, FOLL_GET | FOLL_WRITE, 1) == 3
    assert box.out(3) == [box.page(a + i * 4096) for i in range(3)]


@pytest.mark.parametrize(("longterm", "referenced"), [(0, PG_REFERENCED), (FOLL_LONGTERM, 0)])
def test_the_slow_half_touches_unless_longterm(longterm: int, referenced: int) -> None:
    """__gup_longterm_unlocked: get_user_pages_unlocked adds FOLL_TOUCH, the other branch not."""
    box = Box("v6.1")
    a = box.anon(1)
    assert box.call(OP_GUP_FAST, box.task, a, 1, FOLL_PIN | FOLL_WRITE | longterm, 1) == 1
    assert box.m.page_flags[box.page(a)] & PG_REFERENCED == referenced


@EVERY_KERNEL
def test_follow_page_with_pin_is_silent(kernel: str) -> None:
    """6.1.192 returns NULL without a warning; before, follow_page took the pin."""
    box = Box(kernel)
    a = box.anon(1)
    box.write(a)
    page = box.call(OP_FOLLOW_PAGE, box.task, a, FOLL_PIN)
    assert (page != 0) == (kernel != "v6.1")
    assert box.machine.events() == []
