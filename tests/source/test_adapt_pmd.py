# SPDX-License-Identifier: GPL-2.0-or-later
"""PMD entries in translated C: a leaf is its word, a table can be followed from a copy."""

from pathlib import Path

import pytest

from linuxmm.arch.x86.pgtable import PAGE_ACCESSED, PAGE_PRESENT, PAGE_PSE, PAGE_RW
from linuxmm.explore.replay import StepOfOne, run_one
from linuxmm.kernels import load
from linuxmm.kernels.compile import compile_rules
from linuxmm.mm.pgtable import PMD_TABLE, new_tables, pmd_val, set_pmd, walk_to_pmd
from linuxmm.scenario.parse import parse
from linuxmm.source import adapt_pmd
from linuxmm.source.execute import with_text
from linuxmm.source.folder import Folder
from linuxmm.state.block import Block
from linuxmm.state.constants import TRAP_NONE, TRAP_NOT_MODELLED, WHY_THP
from linuxmm.state.layout import PTE_LOCK, SHAPES, TRAP_ARG, TRAP_CODE, State

EDGE, HUGE = 0x7F0000000000, 0x200000
LEAF = 0x12200000 | PAGE_PSE | PAGE_PRESENT | PAGE_RW | PAGE_ACCESSED
V61 = load("v6.1")


def machine() -> tuple[State, int]:
    """A VMA of 2 MiB, and the entry of them."""
    m = Block({**dict.fromkeys(SHAPES, 5), "T": 600}).m
    m.vma_start[1], m.vma_end[1], m.vma_mm[1] = EDGE, EDGE + HUGE, 1
    assert new_tables(m, 1, EDGE, EDGE + HUGE)
    return m, walk_to_pmd(m, 1, EDGE)


def test_an_entry_is_a_leaf_or_names_its_table() -> None:
    m, pmd = machine()
    word = adapt_pmd.pmd_word(m, pmd)
    assert word & 0xFFF == PMD_TABLE and not word & PAGE_PSE
    assert adapt_pmd.named_table(m, word) == pmd and m.scratch[TRAP_CODE] == TRAP_NONE
    set_pmd(m, pmd, LEAF)
    assert adapt_pmd.pmd_word(m, pmd) == LEAF
    adapt_pmd.named_table(m, LEAF)
    assert (m.scratch[TRAP_CODE], m.scratch[TRAP_ARG]) == (TRAP_NOT_MODELLED, WHY_THP)


def test_a_leaf_alone_is_locked_and_changed() -> None:
    m, pmd = machine()
    assert adapt_pmd.leaf_locked(m, pmd) == 0 and m.scratch[PTE_LOCK] == 0
    set_pmd(m, pmd, LEAF)
    assert adapt_pmd.leaf_locked(m, pmd) == 1 and m.scratch[PTE_LOCK] == 1
    assert adapt_pmd.clear_leaf_young(m, pmd) == 1 and adapt_pmd.clear_leaf_young(m, pmd) == 0
    assert pmd_val(m, pmd) == LEAF & ~PAGE_ACCESSED
    assert adapt_pmd.invalidated(m, pmd) == LEAF & ~PAGE_ACCESSED
    assert pmd_val(m, pmd) == LEAF & ~(PAGE_ACCESSED | PAGE_PRESENT)
    assert m.scratch[TRAP_CODE] == TRAP_NONE
    adapt_pmd.put_pmd(m, pmd, PMD_TABLE)  # the model has no table to put there
    assert m.scratch[TRAP_CODE] == TRAP_NOT_MODELLED


# --- texts of our own in the kernel's place ---
def made(tmp_path: Path, path: str, text: str, *steps: str) -> list[StepOfOne]:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)
    kernel = with_text(V61, Folder(str(tmp_path)))
    lines = "".join(f"  P0: {step}\n" for step in steps)
    head = "linuxmm-scenario 1\nname: l\nintent: l\n\nmachine:\n  node0 512M\n  thp always\n\n"
    return run_one(parse(f"{head}steps:\n{lines}", "l"), kernel, compile_rules(kernel))


@pytest.mark.parametrize("value", [0, 1])
def test_bytes_of_what_is_read_are_set(tmp_path: Path, value: int) -> None:
    """mincore() of a leaf: as many bytes as it has pages in the range, all of what is said."""
    text = (
        "static int mincore_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end,\n"
        "\t\t\t     struct mm_walk *walk)\n{\n"
        "\tunsigned char *vec = walk->private;\n"
        "\tint nr = (end - addr) >> PAGE_SHIFT;\n"
        "\tspinlock_t *ptl = pmd_trans_huge_lock(pmd, walk->vma);\n\n"
        f"\tmemset(vec, {value}, nr);\n"
        "\tspin_unlock(ptl);\n"
        "\twalk->private += nr;\n"
        "\treturn 0;\n}\n"
    )
    steps = made(tmp_path, "mm/mincore.c", text, "a = mmap 512p", "write a 0x11", "mincore a[0:3]")
    assert steps[-1].result.text() == f"{value}*3"


def test_what_stands_in_a_leaf_can_be_asked_and_set(tmp_path: Path) -> None:
    """clear_refs makes the leaf old if it was young and big, else it writes to it."""
    text = (
        "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end,\n"
        "\t\t\t\tstruct mm_walk *walk)\n{\n"
        "\tpmd_t was = *pmd;\n\n"
        "\tif (pmd_trans_huge(was) && pmd_young(was) && pmd_dirty(was)) {\n"
        "\t\tpmdp_invalidate(walk->vma, addr, pmd);\n"
        "\t\tset_pmd_at(walk->mm, addr, pmd, pmd_mkold(was));\n"
        "\t}\n"
        "\treturn 0;\n}\n"
    )
    steps = made(tmp_path, "fs/proc/task_mmu.c", text, "a = mmap 512p", "write a 0x11",
                 "smaps a Referenced", "clear_refs 1", "smaps a Referenced Rss")  # fmt: skip
    referenced = [steps[i].result.text() for i in (-3, -1)]
    assert referenced == ["Referenced=2048", "Rss=2048 Referenced=0"]


def test_a_copy_of_an_entry_names_the_table(tmp_path: Path) -> None:
    """Fast GUP looks for the table in its copy; here it makes the page old and takes nothing."""
    text = (
        "static int gup_pte_range(pmd_t pmd, pmd_t *pmdp, unsigned long addr, unsigned long end,\n"
        "\t\t\t unsigned int flags, struct page **pages, int *nr)\n{\n"
        "\tpte_t *ptep = pte_offset_map(&pmd, addr);\n\n"
        "\tset_pte_at(0, addr, ptep, pte_mkold(*ptep));\n"
        "\treturn pmd_val(pmd) == pmd_val(*pmdp) ? 0 : 1;\n}\n"
    )
    steps = made(tmp_path, "mm/gup.c", text, "a = mmap 2p", "write a 0x11",
                 "g = get_fast a[1] FOLL_FAST_ONLY", "smaps a Referenced")  # fmt: skip
    assert [step.result.text() for step in steps[-2:]] == ["0", "Referenced=4"]
