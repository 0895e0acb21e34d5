# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, E501, W293
"""Tests of a site that move, change or come and go in one patch: in whatever order diff tells it."""

from dataclasses import replace

import pytest

from linuxmm.kernels import Test, load, same_rules
from linuxmm.state.flags import FOLL_DUMP, FOLL_GET, FOLL_REMOTE
from tests.review.patches import diff, hunk, page_tests, read

ADD = "static int add_page_for_migration(struct mm_struct *mm, unsigned long addr,"
SITE = "mm/migrate.c:add_page_for_migration"
IN_ONE_RUN = """
 	err = -ENOENT;
-	if (!page)
-		goto out;
-
-	if (is_zone_device_page(page))
-		goto out_putpage;
+	if (!page || is_zone_device_page(page))
+		goto out;
 
 	err = 0;"""
IN_TWO_RUNS = """
 	err = -ENOENT;
-	if (!page)
+	if (!page || is_zone_device_page(page))
 		goto out;
 
-	if (is_zone_device_page(page))
-		goto out_putpage;
-
 	err = 0;"""
ONLY_THE_JUMP = """
 	err = -ENOENT;
 	if (!page)
 		goto out;
 
 	if (is_zone_device_page(page))
-		goto out_putpage;
+		goto out;
 
 	err = 0;"""
AS_FOLIO = """
 	err = -ENOENT;
-	if (!page)
+	if (!folio || folio_is_zone_device(folio))
 		goto out;
 
-	if (is_zone_device_page(page))
-		goto out_putpage;
-
 	err = 0;"""
IN_TWO_HUNKS = (
    " \terr = -ENOENT;\n-\tif (!page)\n+\tif (!page || is_zone_device_page(page))\n \t\tgoto out;\n \n",
    "-\tif (is_zone_device_page(page))\n-\t\tgoto out_putpage;\n-\n \terr = 0;",
)


@pytest.mark.parametrize(
    "hunks", [(IN_ONE_RUN,), (IN_TWO_RUNS,), (ONLY_THE_JUMP,), (AS_FOLIO,), IN_TWO_HUNKS]
)
def test_a_test_whose_branch_loses_the_put_leaks_on_6_1(hunks: tuple[str, ...]) -> None:
    """mm/migrate.c of 6.1: out drops no reference, out_putpage does."""
    base = load("v6.1")
    bodies = [hunk(ADD, body, 2000 + 20 * n) for n, body in enumerate(hunks)]
    reading = read(diff("mm/migrate.c", *bodies), base)
    assert set(reading.counts()) == {"site"} and reading.extent == "read"
    assert reading.fit.word == "fits"
    after = reading.kernel.site(SITE).tests
    assert after == (Test("zone_device", "-ENOENT", False), *base.site(SITE).tests[1:])


def test_the_same_test_written_otherwise_is_no_change() -> None:
    body = """
 	if (!page)
 		goto out;
 
-	if (is_zone_device_page(page))
+	if (unlikely(folio_is_zone_device(folio)))
 		goto out_putpage;
 
 	err = 0;"""
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    assert reading.counts() == {"blank": 1} and not reading.partly
    assert same_rules(reading.kernel, load("v6.1"))


def test_a_test_that_moves_takes_its_place() -> None:
    """can_gather_numa_stats of 6.1 asks zone_device first, then reserved."""
    body = """
 	page = vm_normal_page(vma, addr, pte);
 	if (!page)
 		return NULL;
-	if (is_zone_device_page(page))
-		return NULL;
 
 	if (PageReserved(page))
 		return NULL;
 
+	if (is_zone_device_page(page))
+		return NULL;
+
 	nid = page_to_nid(page);"""
    section = "static struct page *can_gather_numa_stats(pte_t pte, struct vm_area_struct *vma,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)), load("v6.1"))
    assert [t[0] for t in page_tests(reading, "fs/proc/task_mmu.c:can_gather_numa_stats")] == [
        "reserved",
        "zone_device",
        "node_without_memory",
    ]


def test_one_test_takes_the_place_of_another() -> None:
    body = """
 	page = vm_normal_page(vma, addr, ptent);
-	if (!page || is_zone_device_page(page))
+	if (!page || PageReserved(page))
 		continue;
 """
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("mm/madvise.c", hunk(section, body)), load("v6.1"))
    assert page_tests(reading, "mm/madvise.c:madvise_free_pte_range") == [
        ("reserved", "skip", False),
        ("compound", "stop", False),
        ("dirty_and_shared", "skip", False),
    ]


def test_a_lookup_and_a_test_change_together() -> None:
    """One run with both: the lookup of v5.17-coherent's patch, and a test of its own."""
    body = """
-	page = vm_normal_any_page(vma, addr, ptent);
-	if (!page)
+	page = vm_normal_lru_page(vma, addr, ptent);
+	if (!page || PageReserved(page))
 		continue;"""
    section = "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)), load("split-v1"))
    rule = reading.kernel.site("fs/proc/task_mmu.c:clear_refs_pte_range")
    assert reading.extent == "read"
    assert rule.lookup == ((0, "lru"),)
    assert [test.refuse for test in rule.tests] == ["reserved"]


def test_a_label_that_moves_is_not_guessed() -> None:
    """What is dropped at a label may change without any test changing."""
    body = """
+out_putpage:
 	mod_node_page_state(page_pgdat(head), 1);
-out_putpage:
 	put_page(page);"""
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    assert reading.counts() == {"shape": 1} and reading.could_undo([SITE])
    assert "out_putpage" in reading.hunks[0].why


def test_an_outcome_that_the_model_of_the_site_lacks_is_not_read() -> None:
    body = """
 	page = vm_normal_page(vma, addr, *pte);
 	if (!page)
 		return;
+	if (PageReserved(page))
+		return -EIO;"""
    section = "static void smaps_pte_entry(pte_t *pte, unsigned long addr,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)))
    assert reading.counts() == {"shape": 1}
    assert "not among the outcomes" in reading.hunks[0].why
    assert reading.hunks[0].known == ("the test reserved comes",)


# --- what is no test of the site, or not the same one ------------------------------------------


@pytest.mark.parametrize(
    "guard", [" \tif (pageout) {\n", " \tif (pageout) {\n \t\tx = 1;\n", " \t} else {\n"]
)
def test_a_test_under_a_condition_is_not_the_site_s(guard: str) -> None:
    """clear_refs_pte_range makes no test: nothing else would tell where a new one stands."""
    body = (
        " \tpage = vm_normal_page(vma, addr, ptent);\n \tif (!page)\n \t\tcontinue;\n"
        f"{guard}+\t\tif (is_zone_device_page(page))\n+\t\t\tcontinue;\n \t\twork();"
    )
    section = "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)))
    assert reading.counts() == {"shape": 1} and not reading.sites
    assert "under a condition only" in reading.hunks[0].why


def test_a_test_out_of_sight_of_the_lookup_is_not_placed() -> None:
    body = " \twork();\n+\tif (is_zone_device_page(page))\n+\t\tcontinue;\n \tmore();"
    section = "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)))
    assert reading.counts() == {"shape": 1} and not reading.sites


def test_a_test_that_the_record_makes_in_some_contexts_only_is_another_one() -> None:
    """add_page_for_migration asks for the mapcount unless MPOL_MF_MOVE_ALL is given."""
    body = """
 	err = -EACCES;
-	if (page_mapcount(page) > 1 && !migrate_all)
+	if (page_mapcount(page) > 1)
 		goto out_putpage;
 """
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    assert reading.partly and reading.could_undo([SITE])
    assert same_rules(reading.kernel, load("v6.1"))


# --- flags ---------------------------------------------------------------------------------------


def test_a_flag_in_a_variable_is_added_to_those_of_the_record() -> None:
    """6.1's do_pages_stat_array begins with FOLL_DUMP and adds FOLL_GET under a condition."""
    body = """
-		unsigned int foll_flags = FOLL_DUMP;
+		unsigned int foll_flags = FOLL_DUMP | FOLL_REMOTE;
 		struct vm_area_struct *vma;"""
    section = "static void do_pages_stat_array(struct mm_struct *mm, unsigned long nr_pages,"
    reading = read(diff("mm/migrate.c", hunk(section, body)), load("v6.1"))
    [change] = reading.sites
    assert change.after.flags == FOLL_DUMP | FOLL_GET | FOLL_REMOTE
    assert reading.fit.word == "fits"


def test_two_flags_of_one_value_are_noted() -> None:
    """0x1000 is FOLL_MLOCK in v5.17, and free in 6.1."""
    body = " #define FOLL_TRIED\t0x800\n+#define FOLL_LRU\t0x1000"
    text = diff("include/linux/mm.h", hunk("", body))
    assert any("the value that FOLL_MLOCK has" in note for note in read(text).notes)
    assert not any("FOLL_MLOCK" in note for note in read(text, load("v6.1")).notes)


def test_flags_that_are_numbered_anew_together_fit() -> None:
    body = (
        "-#define FOLL_WRITE\t0x1\n-#define FOLL_TOUCH\t0x2\n"
        "+#define FOLL_WRITE\t0x2\n+#define FOLL_TOUCH\t0x1"
    )
    reading = read(diff("include/linux/mm.h", hunk("", body)), load("v6.1"))
    assert reading.counts() == {"flag": 1}
    assert not any("the value that" in note for note in reading.notes)


def test_a_flag_that_goes_while_sites_give_it_is_noted() -> None:
    body = "-#define FOLL_MIGRATION\t0x400\n #define FOLL_TRIED\t0x800"
    reading = read(diff("include/linux/mm.h", hunk("", body)), load("v6.1"))
    assert any("break_ksm still uses FOLL_MIGRATION" in note for note in reading.notes)


# --- a test around one statement -----------------------------------------------------------------

SIGN = {"+": "-", "-": "+"}
STAT = "static void do_pages_stat_array(struct mm_struct *mm, unsigned long nr_pages,"
STAT_SITE = "mm/migrate.c:do_pages_stat_array"
UNGUARDED = """
 		err = -ENOENT;
 		if (!page)
 			goto set_status;
 
-		if (!is_zone_device_page(page))
-			err = page_to_nid(page);
+		err = page_to_nid(page);
 
 		if (foll_flags & FOLL_GET)
 			put_page(page);"""


def test_a_guard_that_goes_is_a_test_that_goes() -> None:
    """6.1's do_pages_stat_array sets the node only of a page that is no device page."""
    reading = read(diff("mm/migrate.c", hunk(STAT, UNGUARDED)), load("v6.1"))
    [change] = reading.sites
    assert change.site == STAT_SITE and change.after.tests == ()
    assert reading.extent == "read" and reading.fit.word == "fits"


def test_a_guard_that_comes_is_a_test_that_comes() -> None:
    bare = load("v6.1").with_site(replace(load("v6.1").site(STAT_SITE), tests=()))
    lines = [f"{SIGN.get(line[:1], line[:1])}{line[1:]}" for line in UNGUARDED.split("\n")]
    reading = read(diff("mm/migrate.c", hunk(STAT, "\n".join(lines))), bare)
    assert same_rules(reading.kernel, load("v6.1"))
    short = "\n".join(lines).replace(" \t\tif (foll_flags & FOLL_GET)\n \t\t\tput_page(page);", "")
    cut = read(diff("mm/migrate.c", hunk(STAT, short.rstrip())), bare)
    assert cut.partly and "reference is dropped" in cut.hunks[0].why


BRACES = """
 	if (!page)
 		goto out;
-	if (is_zone_device_page(page))
+	if (is_zone_device_page(page)) {
+		put_page(page);
 		goto out;
+	}
 
 	err = 0;"""


def test_a_put_in_a_branch_of_its_own() -> None:
    """The fix of a leak without a label: and taken back, the leak."""
    base = load("v6.1")
    first, *rest = base.site(SITE).tests
    leaky = base.with_site(replace(base.site(SITE), tests=(replace(first, put=False), *rest)))
    body = " \terr = -ENOENT;" + BRACES
    fixed = read(diff("mm/migrate.c", hunk(ADD, body)), leaky)
    assert fixed.extent == "read", [h.why for h in fixed.unread]
    assert same_rules(fixed.kernel, base)
    lines = [f"{SIGN.get(line[:1], line[:1])}{line[1:]}" for line in body.split("\n")]
    back = read(diff("mm/migrate.c", hunk(ADD, "\n".join(lines))), fixed.kernel)
    assert back.extent == "read" and same_rules(back.kernel, leaky)


def test_braces_alone_are_not_guessed() -> None:
    body = " \tif (pageout)\n+\t{\n \t\tone();\n \ttwo();\n+\t}\n \tthree();"
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    assert read(diff("mm/madvise.c", hunk(section, body))).partly


def test_only_follow_page_pte_chooses_by_foll_flags() -> None:
    body = """
-	page = vm_normal_any_page(vma, addr, pte);
+	if (flags & FOLL_LRU)
+		page = vm_normal_lru_page(vma, addr, pte);
+	else
+		page = vm_normal_any_page(vma, addr, pte);"""
    section = "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)), load("split-v1"))
    assert reading.partly and "no FOLL_ flags to choose by" in reading.hunks[0].why


# --- what a refused page gets ----------------------------------------------------------------------


def test_another_error_for_those_who_got_the_old_one() -> None:
    """-ENOENT of add_page_for_migration is for no page and, in 6.1, for device pages."""
    body = "-\terr = -ENOENT;\n+\terr = -EINVAL;\n \tif (!page)\n \t\tgoto out;"
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    after = reading.kernel.site(SITE)
    assert after.refused == "-EINVAL"
    assert [t.gives for t in after.tests] == ["-EINVAL", "target_node", "-EACCES", "-EBUSY"]
    body = body.replace("ENOENT", "EFAULT")  # of the VMA, which is no rule
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    assert reading.partly and not reading.sites


def test_the_walk_ends_at_no_page() -> None:
    body = """
 		page = vm_normal_page(vma, addr, ptent);
 		if (!page || is_zone_device_page(page))
-			continue;
+			break;
 """
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    text = diff("mm/madvise.c", hunk(section, body))
    reading = read(text, load("v6.1"))
    after = reading.kernel.site("mm/madvise.c:madvise_free_pte_range")
    assert after.refused == "stop" and after.tests[0].gives == "stop"
    assert reading.extent == "read"
    assert read(text, reading.kernel).hunks[0].kind == "already"


def test_a_removal_that_diff_tells_one_line_early() -> None:
    """The same text is left whichever of two equal lines a diff takes away."""
    body = """
 	if (!page)
-		return NULL;
-	if (is_zone_device_page(page))
 		return NULL;
 
 	if (PageReserved(page))"""
    section = "static struct page *can_gather_numa_stats(pte_t pte, struct vm_area_struct *vma,"
    reading = read(diff("fs/proc/task_mmu.c", hunk(section, body)), load("v6.1"))
    [change] = reading.sites
    assert [test.refuse for test in change.after.tests] == ["reserved", "node_without_memory"]


def test_a_row_whose_removal_diff_tells_one_line_early() -> None:
    body = """
 		if (vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
-			return NULL;
-		if (is_zero_pfn(pfn))
 			return NULL;
 		if (pte_devmap(pte))
 			return NULL;"""
    section = "struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr,"
    reading = read(diff("mm/memory.c", hunk(section, body)))
    gone = {r.text for r in load("v5.17-coherent").lookup("normal").rows}
    gone -= {r.text for r in reading.kernel.lookup("normal").rows}
    assert gone == {"zero_pfn -> none"}


def test_a_test_that_no_record_has_is_written_otherwise() -> None:
    """do_wp_page asks PageAnon, which decides no refusal there."""
    body = """
-	if (PageAnon(vmf->page)) {
+	if (folio_test_anon(folio)) {
 		work();"""
    section = "static vm_fault_t do_wp_page(struct vm_fault *vmf)"
    for text in (body, body.replace("folio_test_anon(folio)", "PageAnon(vmf->page) || x(vmf)")):
        reading = read(diff("mm/memory.c", hunk(section, text)), load("v6.1"))
        assert same_rules(reading.kernel, load("v6.1"))


def test_a_comment_that_swallows_code_is_not_read() -> None:
    body = """
 	 * about the page
-	 */
 	if (is_zone_device_page(page))
 		goto out_putpage;
 	err = 0;"""
    reading = read(diff("mm/migrate.c", hunk(ADD, body)), load("v6.1"))
    assert reading.partly and not reading.sites
