# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not compared hangs on states of pages, not on words of the scenario.

The other kernel here is the model itself, whose answer is changed by hand where a real one differs
(6.18, ``linuxmm validate --on host``).
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from linuxmm.scenario.outcome import Fields, Flags, PageState, PerPage, Result, Value, per_page
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.compare import Comparison
from linuxmm.validate.masks import MASKS
from linuxmm.validate.model import play
from linuxmm.validate.played import Played
from linuxmm.validate.score import Score
from linuxmm.validate.states import Mark
from tests.validate.test_plan import scenario_of

LATER = Abilities(missing={mask.ability: "a later kernel" for mask in MASKS if mask.ability})
PTE_ACCESSED = 1 << 5
MACHINE = "  node0 512M\n  node1 512M\n  sysctl kernel.numa_balancing = 1\n  ksm run = 1"
MAP, WRITE, EQUAL = "P0: a = mmap 2p", "P0: write a 0x1 0x2", "P0: write a 0x5a"
MERGE = ("P0: madvise a MADV_MERGEABLE", "ksmd: full_scan 3")
UNMERGE, RUN_2, NONE = "P0: madvise a MADV_UNMERGEABLE", "P0: ksm_set run=2", "P0: mprotect a none"

HALVES = ("P0: mprotect a[1] r", "P0: write a[0] 0x1")


def played(*steps: str, zero_pages: int = 0) -> list[Played]:
    machine = f"{MACHINE}\n  ksm use_zero_pages = {zero_pages}"
    return play(scenario_of(*steps, machine=machine)).played


def marks(*steps: str, zero_pages: int = 0) -> set[Mark]:
    return {mark for _, mark in played(*steps, zero_pages=zero_pages)[-1].marks}


@pytest.mark.parametrize(
    ("steps", "zero_pages", "expected"),
    [
        # broken up by the kernel: three ways there, and words that do not lead there
        ((MAP, EQUAL, *MERGE, UNMERGE), 0, {Mark.COPIED}),
        ((MAP, EQUAL, *MERGE, RUN_2), 0, {Mark.COPIED}),
        ((MAP, EQUAL, *MERGE, "P0: P1 = fork", "P1: madvise a MADV_UNMERGEABLE"), 0, {Mark.COPIED}),
        ((MAP, WRITE, *MERGE, UNMERGE), 0, set()),
        ((MAP, EQUAL, MERGE[0], UNMERGE, MERGE[1]), 0, set()),
        ((MAP, EQUAL, *MERGE, WRITE, UNMERGE), 0, set()),
        # without access, and passed by
        ((MAP, EQUAL, *MERGE, NONE, UNMERGE), 0, {Mark.LEFT_MERGED, Mark.NO_ACCESS}),
        ((MAP, EQUAL, *MERGE, NONE, RUN_2), 0, {Mark.LEFT_MERGED, Mark.NO_ACCESS}),
        ((MAP, EQUAL, *MERGE, NONE, RUN_2, "P0: mprotect a rw"), 0, {Mark.LEFT_MERGED}),
        ((MAP, EQUAL, *MERGE, NONE), 0, {Mark.NO_ACCESS}),
        ((MAP, WRITE, *MERGE, NONE, UNMERGE), 0, {Mark.NO_ACCESS}),
        # without access when ksmd comes by; not where it does not run, or has nothing to look at
        ((MAP, EQUAL, NONE, *MERGE), 0, {Mark.NOT_MERGED, Mark.NO_ACCESS}),
        ((MAP, WRITE, NONE, *MERGE, "P0: mprotect a rw"), 0, {Mark.NOT_MERGED}),
        ((MAP, EQUAL, NONE, MERGE[1]), 0, {Mark.NO_ACCESS}),
        ((MAP, EQUAL, NONE, "P0: ksm_set run=0", *MERGE), 0, {Mark.NO_ACCESS}),
        ((MAP, NONE, *MERGE), 0, set()),
        # zero pages of KSM, and others
        ((MAP, "P0: write a 0x0", *MERGE, UNMERGE), 1, {Mark.LEFT_ZERO}),
        ((MAP, "P0: write a 0x0", *MERGE, RUN_2), 1, {Mark.LEFT_ZERO}),
        ((MAP, "P0: write a 0x0", *MERGE), 1, set()),
        ((MAP, "P0: write a 0x0", *MERGE, UNMERGE), 0, {Mark.COPIED}),
        ((MAP, "P0: read a", *MERGE, UNMERGE), 1, set()),
        # without access: by mprotect, by NUMA balancing, and an area where nothing is
        ((MAP, WRITE, NONE), 0, {Mark.NO_ACCESS}),
        ((MAP, WRITE, "P0: move_pages a node1", "numa: scan P0.a"), 0, {Mark.NO_ACCESS}),
        (("P0: a = mmap 2p none",), 0, set()),
        # an accessed bit that was taken: with a flush (madvise) or without
        ((MAP, WRITE, "P0: clear_refs 1"), 0, {Mark.AGED, Mark.AGED_IN_TLB}),
        ((MAP, WRITE, "P0: clear_refs 1", "P0: read a"), 0, {Mark.AGED, Mark.AGED_IN_TLB}),
        ((MAP, WRITE, "P0: clear_refs 4"), 0, set()),
        ((MAP, WRITE, "P0: clear_refs 3"), 0, set()),  # of file pages alone
        ((MAP, "P0: clear_refs 1", WRITE), 0, set()),
        ((MAP, WRITE, "P0: madvise a MADV_COLD"), 0, {Mark.AGED}),
        ((MAP, WRITE, "P0: clear_refs 1", "P0: munmap a"), 0, set()),
        # a second half without an anon_vma is left apart; cut again or taken in, it is not
        ((MAP, *HALVES, "P0: mprotect a r"), 0, {Mark.APART}),
        ((MAP, *HALVES, "P0: mprotect a r", "P0: mprotect a[1] rw"), 0, set()),
        ((MAP, *HALVES), 0, set()),
        ((MAP, *HALVES, "P0: mprotect a rw"), 0, set()),
        ((MAP, "P0: mprotect a[1] r", "P0: read a", "P0: mprotect a r"), 0, set()),
        ((MAP, WRITE, "P0: mprotect a[1] r", "P0: mprotect a r"), 0, set()),
    ],
)
def test_states(steps: tuple[str, ...], zero_pages: int, expected: set[Mark]) -> None:
    assert marks(*steps, zero_pages=zero_pages) == expected


def test_whoever_has_the_page_has_its_mark_and_nobody_else() -> None:
    steps = (MAP, WRITE, "P0: clear_refs 1", "P0: P1 = fork", "P1: madvise a[1] MADV_DONTNEED",
             "P1: write a[1] 0x7")  # fmt: skip
    aged = {page for page, mark in played(*steps)[-1].marks if mark == Mark.AGED_IN_TLB}
    assert aged == {("P0", "a", 0), ("P0", "a", 1), ("P1", "a", 0)}


@pytest.mark.parametrize(
    ("size", "long_out"), [(512, {"P0", "P1"}), (257, {"P0", "P1"}), (200, set())]
)
def test_a_page_that_was_swapped_out_with_many_has_that_mark(size: int, long_out: set[str]) -> None:
    """By its slot, so that a child has it too; until then it is as far away as any other."""
    steps = (f"P0: a = mmap {size}p", "P0: write a 0x5", "P0: madvise a MADV_PAGEOUT",
             "P0: P1 = fork", "P0: read a[3]", "P1: write a[3] 0x6")  # fmt: skip
    machine = "  node0 512M\n  thp always\n  swap 64M zram"
    last = play(scenario_of(*steps, machine=machine)).played[-1]
    marked = {page for page, mark in last.marks if mark == Mark.LONG_OUT}
    assert {process for process, _, _ in marked} == long_out
    assert not long_out or ("P0", "a", 3) in marked


@pytest.mark.parametrize(("size", "masked"), [(512, True), (200, False)])
def test_whether_such_a_page_is_active_is_not_compared(size: int, masked: bool) -> None:
    steps = (f"P0: a = mmap {size}p", "P0: write a 0x5", "P0: madvise a MADV_PAGEOUT",
             "P0: read a[3]")  # fmt: skip
    last = play(scenario_of(*steps, machine="  node0 512M\n  thp always\n  swap 64M zram")).played
    (page,) = (page for page in last[-1].hidden or () if "active" in page.flags)
    inactive = replace(page, flags=tuple(flag for flag in page.flags if flag != "active"))
    ours = replace(last[-1], hidden=(page,))
    score = Score()
    Comparison(LATER, score).step("t", ours, replace(ours, hidden=(inactive,)))
    assert bool(score.differences) is not masked


# --- the comparison -------------------------------------------------------------------------------
def compared(steps: tuple[str, ...], change: Callable[[Played], Played], **more: int) -> Score:
    """The last step, as the model has it and changed."""
    last = played(*steps, **more)[-1]
    score = Score()
    Comparison(LATER, score).step("t", last, change(last))
    return score


def reports(change: Callable[[Result], Result]) -> Callable[[Played], Played]:
    return lambda p: replace(p, outcome=replace(p.outcome, result=change(p.outcome.result)))


def more_of(key: str, kb: int) -> Callable[[Played], Played]:
    def changed(result: Result) -> Result:
        assert isinstance(result, Fields)
        items = ((k, Value(atom.number + kb * (k == key))) for k, atom in result.items
                 if isinstance(atom, Value))  # fmt: skip
        return Fields(tuple(items))

    return reports(changed)


SMAPS = "P0: smaps a Private_Dirty Referenced"


@pytest.mark.parametrize(
    ("steps", "change", "masked"),
    [
        ((MAP, EQUAL, *MERGE, UNMERGE, SMAPS), more_of("Private_Dirty", -4), True),
        ((MAP, EQUAL, *MERGE, RUN_2, SMAPS), more_of("Private_Dirty", -4), True),
        ((MAP, WRITE, *MERGE, UNMERGE, SMAPS), more_of("Private_Dirty", -4), False),
        ((MAP, WRITE, "P0: clear_refs 1", "P0: read a", SMAPS), more_of("Referenced", -8), True),
        ((MAP, WRITE, "P0: clear_refs 4", "P0: read a", SMAPS), more_of("Referenced", -8), False),
        ((MAP, WRITE, NONE, RUN_2, "P0: ksm"), more_of("pages_sharing", 1), False),
        ((MAP, EQUAL, *MERGE, NONE, RUN_2, "P0: ksm"), more_of("pages_sharing", -1), True),
        ((MAP, EQUAL, *MERGE, NONE, UNMERGE, "P0: ksm"), more_of("pages_sharing", -1), True),
        ((MAP, *HALVES, "P0: mprotect a r", "P0: numa_maps a"), more_of("anon", 1), True),
        ((MAP, *HALVES, "P0: mprotect a rw", "P0: numa_maps a"), more_of("anon", 1), False),
    ],
)
def test_a_difference_is_masked_where_the_state_explains_it(
    steps: tuple[str, ...], change: Callable[[Played], Played], masked: bool
) -> None:
    score = compared(steps, change)
    assert bool(score.differences) is not masked
    reasons = {mask.reason for mask in MASKS if mask.state}
    assert any(left_out.reason in reasons for left_out in score.masked) is masked


def test_what_agrees_in_such_a_state_is_compared() -> None:
    steps = (MAP, EQUAL, *MERGE, UNMERGE, SMAPS)
    score = compared(steps, lambda played: played)
    assert score.seen["smaps"] == score.agreed["smaps"] == 2
    assert not any(left_out.what.startswith("smaps") for left_out in score.masked)


@pytest.mark.parametrize(("protection", "masked"), [("none", True), ("r", True), ("rw", False)])
def test_the_account_of_an_area(protection: str, masked: bool) -> None:
    """Since 6.5 mprotect gives it back where nothing may be written and nothing ever was."""

    def without_ac(result: Result) -> Result:
        assert isinstance(result, Fields)
        (flags,) = (atom for _, atom in result.items)
        assert isinstance(flags, Flags) and "ac" in flags.names
        return Fields((("VmFlags", Flags(tuple(n for n in flags.names if n != "ac"))),))

    steps = (MAP, "P0: mprotect a none", f"P0: mprotect a {protection}", "P0: smaps a VmFlags")
    assert bool(compared(steps, reports(without_ac)).differences) is not masked


@pytest.mark.parametrize(("number", "masked"), [(1, True), (4, False)])
def test_the_accessed_bit_itself(number: int, masked: bool) -> None:
    def old(page: PageState) -> PageState:
        return replace(page, pte=page.pte & ~PTE_ACCESSED)

    def all_old(p: Played) -> Played:
        return replace(p, hidden=tuple(map(old, p.hidden or ())))

    steps = (MAP, WRITE, f"P0: clear_refs {number}", "P0: read a")
    score = compared(steps, all_old)
    assert bool(score.differences) is not masked


@pytest.mark.parametrize(("kind", "masked"), [("private anon", True), ("shared anon", False)])
def test_the_flag_that_6_12_shows_of_every_anonymous_page(kind: str, masked: bool) -> None:
    """Of shmem, which is no anonymous page, it would be a difference."""

    def with_ksm(result: Result) -> Result:
        assert isinstance(result, PerPage)
        (flags,) = result.atoms()
        assert isinstance(flags, Flags) and "KSM" not in flags.names
        return per_page((Flags((*flags.names, "KSM")),))

    steps = (f"P0: a = mmap 1p rw {kind}", "P0: write a 0x1", "P0: kpageflags a")
    assert bool(compared(steps, reports(with_ksm)).differences) is not masked
