# SPDX-License-Identifier: GPL-2.0-or-later
"""Which built-in kernel a patch was made for."""

import pytest

from linuxmm.kernels import names
from linuxmm.kernels.marks import BUILT_ON, LATER, ONLY, marks
from linuxmm.review import mail
from linuxmm.review.base import Choice, best_base
from tests.review.patches import diff, hunk, lookup_diff, seed
from tests.review.test_read import landed, put_fix
from tests.review.test_read_order import ADD, IN_TWO_RUNS, ONLY_THE_JUMP


def chosen(*texts: str) -> Choice:
    """The kernel for a series of patches."""
    patches = [patch for text in texts for patch in mail.read(text.encode(), "x").patches]
    return best_base(patches)


def test_the_patch_of_march_2022_was_made_for_its_parent() -> None:
    choice = best_base(mail.load(str(seed())).patches)
    assert (choice.name, choice.tie, choice.poor) == ("v5.17-coherent", False, False)
    assert choice.evidence[0] == "31 hunks fit v5.17-coherent"
    assert any("not debian-6.1" in text and "does not exist" in text for text in choice.evidence)


@pytest.mark.parametrize("body", [IN_TWO_RUNS, ONLY_THE_JUMP])
def test_a_patch_of_tests_that_only_6_1_makes(body: str) -> None:
    choice = chosen(diff("mm/migrate.c", hunk(ADD, body)))
    assert (choice.name, choice.tie, choice.poor) == ("debian-6.1", False, False)


def test_the_first_patches_decide_for_a_series() -> None:
    """The fix of the second part fits only what the first part has made of its base."""
    choice = chosen(landed(), put_fix())
    assert (choice.name, choice.poor) == ("v5.17-coherent", False)


def test_names_in_the_context_tell_kernels_apart() -> None:
    body = " \tstruct ksm_rmap_item *item;\n \tint a;\n-\tfoo(1);\n+\tfoo(2);"
    choice = chosen(diff("mm/ksm.c", hunk("static int stable_tree_append(int x)", body)))
    assert (choice.name, choice.tie) == ("debian-6.1", False)
    assert "its context has ksm_rmap_item" in choice.evidence
    added = body.replace(" \tstruct", "+\tstruct")  # what is new tells nothing
    assert chosen(diff("mm/ksm.c", hunk("static int f(int x)", added))).tie


def test_a_tie_and_a_poor_fit_are_said() -> None:
    text = lookup_diff("mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "nothing_known")
    both = chosen(text)
    assert both.tie and both.also == ("debian-6.1",)
    assert "debian-6.1 fits as well" in both.evidence
    silent = chosen(diff("drivers/x.c", hunk("int f(int x)", " \tint a;\n-\tint b;\n+\tint c;")))
    assert silent.poor and silent.tie and silent.name == "debian-6.1"  # a patch of today
    later = " \tpte_uffd(entry);\n-\tfoo(1);\n+\tfoo(2);"
    newer = chosen(diff("mm/ksm.c", hunk("static int break_ksm(int x)", later)))
    assert newer.poor
    said = "its context has pte_uffd, which no built-in kernel has"
    assert said in newer.evidence


def test_a_name_of_its_own_tells_the_newer_of_two() -> None:
    """What 6.1 and 6.12 share is of 6.1, unless a name that only 6.12 has stands beside it."""
    shared = " \tstruct ksm_stable_node *node;\n"
    walk = " \tfolio = folio_walk_start(&fw, vma, addr, 0);\n"
    changed = "-\tfoo(1);\n+\tfoo(2);"
    of_both = chosen(diff("mm/ksm.c", hunk("static int f(int x)", shared + changed)))
    assert of_both.name == "debian-6.1" and "debian-6.12" not in dict(of_both.scores)
    newer = chosen(diff("mm/ksm.c", hunk("static int f(int x)", shared + walk + changed)))
    assert newer.name == "debian-6.12" and not newer.tie and not newer.poor


def test_the_newest_record_is_chosen_by_its_names_too() -> None:
    """mm/mprotect.c:prot_numa_skip is of 6.18: 6.12 asks in change_pte_range itself."""
    body = (
        " \tint ret = prot_numa_skip(vma, addr, oldpte, pte, target_node,\n-\tfoo(1);\n+\tfoo(2);"
    )
    choice = chosen(diff("mm/mprotect.c", hunk("static long change_pte_range(int x)", body)))
    assert (choice.name, choice.tie, choice.poor) == ("v6.18", False, False)


def test_what_6_18_does_not_have_yet_is_of_7_1() -> None:
    """mm/mempolicy.c:folio_can_map_prot_numa took the place of prot_numa_skip."""
    body = " \tif (!folio_can_map_prot_numa(folio, vma,\n-\tfoo(1);\n+\tfoo(2);"
    choice = chosen(diff("mm/mprotect.c", hunk("static long change_pte_range(int x)", body)))
    assert (choice.name, choice.tie, choice.poor) == ("v7.1", False, False)


def test_a_broken_diff_says_nothing_here() -> None:
    broken = diff("mm/ksm.c", "@@ -1,9 +1,9 @@\n-\tx\n+\ty\n")
    assert chosen(broken).poor


def test_the_marks_are_of_one_kernel_each() -> None:
    assert set(ONLY) == set(names()) and set(BUILT_ON) < set(ONLY)
    every = [word for words in (*ONLY.values(), LATER) for word in words.split()]
    assert len(every) == len(set(every))
    assert marks("split-v1") > marks("v5.17-coherent")
