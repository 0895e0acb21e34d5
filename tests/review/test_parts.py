# SPDX-License-Identifier: GPL-2.0-or-later
"""How two kernels differ, told as facts.

The facts are those of `docs/facts/`: a real 6.12.117 played the same programs beside a real
6.1.192 (mm/gup.c:check_vma_flags, fs/proc/page.c:stable_page_flags, mm/page_io.c:swap_writepage).
"""

import pytest

from linuxmm.explore.corners import CORNERS
from linuxmm.explore.corners.releases import RELEASES
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel, load
from linuxmm.play.steps_on_model import start
from linuxmm.review.fact import fact
from linuxmm.review.parts import HIDDEN, NO_PROGRAM, NOT_MODELLED, NOT_SHOWN, SHOWN, Parts
from linuxmm.review.units import Unit, with_units
from linuxmm.state.flags import NEWER_FLAGS

V61, V612, V618 = load("v6.1"), load("v6.12"), load("v6.18")


def with_behaviours(kernel: Kernel, other: Kernel, *names: str) -> Kernel:
    """A kernel with some behaviours as another has them."""
    words = dict(other.behaviours)
    pairs = tuple((n, words[n] if n in names else word) for n, word in kernel.behaviours)
    return kernel.replace(name="changed", behaviours=pairs)


def walked(before: Kernel, after: Kernel, *names: str) -> Parts:
    """The parts after a walk through some set-ups."""
    every = (*SETUPS, *CORNERS, *RELEASES)
    parts = Parts(before, after, setups=tuple(one for one in every if one.name in names))
    parts.walk()
    return parts


def told(before: Kernel, after: Kernel, *setups: str) -> dict[str, tuple[str, str]]:
    """What becomes of each part within some set-ups: verdict and fact."""
    parts = walked(before, after, *setups)
    found = [parts.part(unit) for unit in parts.units]
    return {p.unit.of: (p.verdict, fact(p.shown) if p.shown else p.why) for p in found}


def test_a_fact_says_what_where_and_what_came_before() -> None:
    names = "longterm_write_refuses_files", "kpageflags_ksm", "swap_zeromap", "own_advice"
    after = with_behaviours(V61, V612, *names)
    assert told(V61, after, "file-read", "touch", "told-zeros-out", "told-own-advice") == {
        "longterm_write_refuses_files": (
            SHOWN,
            "pin FOLL_LONGTERM FOLL_WRITE of a shared file mapping: 1 -> -EFAULT",
        ),
        "kpageflags_ksm": (SHOWN, "kpageflags of anonymous memory after write: +KSM"),
        "swap_zeromap": (
            SHOWN,
            "vmstat, with anonymous memory after write, MADV_PAGEOUT: pswpout 1 -> 0",
        ),
        # of root, who has CAP_SYS_NICE, both allow the same
        "own_advice": (NOT_SHOWN, ""),
    }


def test_every_witness_shows_it_on_both_kernels() -> None:
    """Played by itself, the last step gives what the fact says."""
    after = with_behaviours(V61, V612, "swap_zeromap", "pageout_keeps_young")
    parts = walked(V61, after, "anon", "told-zeros-out")
    for unit in parts.units:
        shown = parts.part(unit).shown
        assert shown is not None
        scenario = shown.witness.scenario
        for kernel, step in ((V61, shown.before), (after, shown.after)):
            model = start(scenario.machine, kernel)
            outcomes = [model.step(one) for one in scenario.steps]
            assert outcomes[-1].result == step.result
        assert shown.before.result != shown.after.result


def test_what_other_parts_hide_is_said() -> None:
    """v6.18 has no devmap row, and no devmap entries either: alone, that is a bad page map."""
    parts = walked(V612, V618, "fsdax-read", "fsdax-private")
    unit = next(unit for unit in parts.units if unit.name == "lookup normal")
    part = parts.part(unit)
    assert part.verdict == HIDDEN and part.shown is not None
    assert "bad page map" in fact(part.shown)


def test_the_number_of_a_flag_is_told_by_nothing() -> None:
    parts = Parts(V61, V612)
    flags = [unit for unit in parts.units if unit.kind == "flag" and unit.of not in NEWER_FLAGS]
    verdicts = {unit.of: parts.part(unit).verdict for unit in flags}
    assert verdicts.pop("FOLL_MIGRATION") == NOT_SHOWN  # it is gone
    assert len(verdicts) == 14 and set(verdicts.values()) == {NO_PROGRAM}
    lookup = next(unit for unit in parts.units if unit.name == "lookup normal")
    assert parts.part(lookup).verdict == NO_PROGRAM


def test_what_6_12_does_with_huge_pages_is_told() -> None:
    """Played on both: scenarios/thp/moved-by-parts.mm, moved-locked.mm, split-drops-zeros.mm."""
    names = "rmap_mlocks_leaves", "migration_requeues", "leaf_unmapped"
    after = with_behaviours(V61, V612, "split_queue", *names)
    found = told(V61, after, "told-leaf-pulled", "told-locked-moves", "told-parts-move")
    leaf, moved = "anonymous memory of 2 MiB after MADV_HUGEPAGE", "move_pages node1"
    assert {name: found[name] for name in names} == {
        "rmap_mlocks_leaves": (
            SHOWN,
            f"meminfo, with {leaf}, mlock, {moved}: Mlocked 2048 -> 0",
        ),
        "migration_requeues": (
            SHOWN,
            f"vmstat, with {leaf}, write, mprotect r, {moved}: thp_deferred_split_page 1 -> 2",
        ),
        "leaf_unmapped": (
            SHOWN,
            f"vmstat, with {leaf}, write, split_huge_pages: thp_deferred_split_page 1 -> 0",
        ),
    }


def test_a_flag_that_came_later_is_a_part_and_not_modelled() -> None:
    """Of 6.18 and not of 6.12: include/uapi/asm-generic/mman-common.h."""
    parts = Parts(V612, V618)
    newer = {unit.of: unit for unit in parts.units if unit.of in NEWER_FLAGS}
    assert list(newer) == ["MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"]
    part = parts.part(newer["MADV_GUARD_INSTALL"])
    assert (part.verdict, part.why) == (NOT_MODELLED, "what MADV_GUARD_INSTALL does")
    assert with_units(V612, V618, [newer["MADV_GUARD_REMOVE"]]).flags == tuple(
        sorted((*V612.flags, "MADV_GUARD_REMOVE"))
    )


def test_equal_kernels_have_no_parts() -> None:
    assert Parts(V61, V61).units == ()


@pytest.mark.parametrize("setup", RELEASES, ids=lambda one: one.name)
@pytest.mark.parametrize("kernel", [V61, V612, V618], ids=lambda kernel: kernel.name)
def test_stories_of_releases_are_modelled(setup: object, kernel: Kernel) -> None:
    one = next(each for each in RELEASES if each is setup)
    found = Search(kernel, kernel, setups=(one,), modifiers=0).run()
    assert not found.bounds.not_modelled
    assert found.bounds.steps == len(one.lines)


def test_a_unit_that_is_not_of_this_change_has_no_paths() -> None:
    parts = Parts(V61, with_behaviours(V61, V612, "swap_zeromap"))
    assert parts.part(Unit("behaviour", "swap_zeromap", "x")).verdict == NOT_SHOWN  # not walked
