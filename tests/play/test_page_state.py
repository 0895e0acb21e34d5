# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages after each step: those that it names, those that it changed, in words.

Expected values are counted by hand: a page holds a reference for each entry that counts and one
while it waits in a per-CPU batch; the bits are those of arch/x86/include/asm/pgtable_types.h
(PAGE_NONE has no nx; mm/memory.c:do_anonymous_page and insert_pfn: no soft-dirty for a read).
"""

import pytest

from linuxmm.arch.x86.pgtable import swp_pte
from linuxmm.play.entry_bits import entry_bits
from linuxmm.play.page_state import MAX_PAGES_LOOKED_AT, MAX_PAGES_SHOWN
from linuxmm.play.run import KernelRun, Kernels, run_kernels
from linuxmm.scenario.outcome import PageState
from linuxmm.scenario.parse import parse
from linuxmm.state.rules import SWT_HWPOISON

KERNELS = Kernels()
MACHINE = "node0 512M\n  coherent0 64M\n  private0 64M\n  dax0 64M\n  swap 64M zram"


def made(*steps: str, kernel: str = "v6.1") -> KernelRun:
    text = "linuxmm-scenario 1\nname: t\nintent: Look.\nmachine:\n  " + MACHINE + "\nsteps:\n"
    text += "".join(f"  {step}\n" for step in steps)
    run = run_kernels(parse(text), [kernel], kernels=KERNELS, with_pages=True)[0]
    assert run.verdict == "ok", run
    return run


def pages(*steps: str) -> dict[str, PageState]:
    """What the last of the steps shows, by name."""
    return {state.page: state for state in made(*steps).outcomes[-1].pages}


def test_a_fork_shows_the_pages_of_both() -> None:
    found = pages("P0: a = mmap 2p", "P0: write a[0] 1", "P0: P1 = fork")
    assert list(found) == ["P0.a[0]", "P1.a[0]"]
    parent, child = found.values()
    # both entries and the batch that a new page waits in; the write bit is gone from both
    assert (parent.refcount, parent.mapcount) == (3, 2)
    assert parent.pfn == child.pfn and parent.memory == "node0"
    assert "rw" not in parent.bits and "rw" not in child.bits
    assert "anon_exclusive" not in parent.flags


def test_what_a_step_changes_elsewhere_is_shown_too() -> None:
    steps = ("P0: a = mmap 1p", "P0: write a 1", "P0: P1 = fork", "drain", "P1: write a 2")
    found = pages(*steps)
    assert found["P1.a[0]"].pfn != found["P0.a[0]"].pfn
    assert (found["P0.a[0]"].refcount, found["P0.a[0]"].mapcount) == (1, 1)


def test_a_page_that_goes_is_of_no_kind() -> None:
    found = pages("P0: a = mmap 2p", "P0: write a 1", "P0: munmap a[1]")
    assert found["P0.a[1]"].kind == "none"
    assert (found["P0.a[1]"].pte, found["P0.a[1]"].bits, found["P0.a[1]"].memory) == (0, (), "")


def test_a_step_that_changes_nothing_shows_what_it_names() -> None:
    steps = ("P0: a = mmap 2p", "P0: write a 1", "P0: smaps a[1]")
    assert list(pages(*steps)) == ["P0.a[1]"]
    assert pages(*steps[:2], "P0: status") == {}


@pytest.mark.parametrize(
    ("steps", "bits", "memory"),
    [
        (["P0: write a 1"], "present rw user accessed dirty soft_dirty nx", "node0"),
        (["P0: read a"], "present user accessed special nx", "node0"),
        (["P0: write a 1", "P0: mprotect a none"],
         "protnone accessed dirty soft_dirty", "node0"),
        (["P0: write a 1", "coherent0: migrate P0.a"],
         "present rw user accessed dirty soft_dirty nx", "coherent0"),
        (["P0: write a 1", "private0: migrate P0.a"],
         "device_private write soft_dirty", "private0"),
        (["P0: write a 1", "coherent0: setup P0.a"], "migration write young dirty soft_dirty",
         "node0"),
        (["P0: write a 1", "P0: madvise a MADV_PAGEOUT"], "swap offset=1 soft_dirty exclusive", ""),
        (["P0: b = mmap 1p shared dax0", "P0: read b"],
         "present user accessed special devmap nx", "dax0"),
    ],
)  # fmt: skip
def test_entries_in_words(steps: list[str], bits: str, memory: str) -> None:
    state = list(pages("P0: a = mmap 1p", *steps).values())[-1]
    assert (" ".join(state.bits), state.memory) == (bits, memory)


def test_a_word_of_another_type_is_named_by_its_number() -> None:
    k = KERNELS.rules(KERNELS.kernel("v6.1"))
    poisoned = k.swap_type[SWT_HWPOISON]
    assert entry_bits(k, swp_pte(poisoned, 3)) == (f"type={poisoned}",)
    assert entry_bits(k, 0) == ()


def test_the_steps_so_far_make_the_whole_picture() -> None:
    run = made("P0: a = mmap 2p", "P0: write a 1", "P0: P1 = fork", "P0: exit", "drain")
    assert list(run.pages_after(1)) == ["P0.a[0]", "P0.a[1]"]
    assert list(run.pages_after(4)) == ["P1.a[0]", "P1.a[1]"]
    assert all(state.refcount == 1 for state in run.pages_after(4).values())


def test_what_is_too_much_is_counted() -> None:
    last = made("P0: a = mmap 300p", "P0: write a 1").outcomes[-1]
    assert (len(last.pages), last.left_out) == (MAX_PAGES_SHOWN, 300 - MAX_PAGES_SHOWN)
    last = made(*(f"P0: b{i} = mmap 511p" for i in range(10))).outcomes[-1]
    assert last.left_out == 5110 - MAX_PAGES_LOOKED_AT
    shown = last.as_json()
    assert isinstance(shown, dict) and shown["pages_left_out"] == last.left_out
