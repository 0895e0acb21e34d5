# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, W293
"""Does a patch fit its base: it applies, it is there already, or it contradicts the record."""

from pathlib import Path

from linuxmm.kernels import load, same_rules
from linuxmm.review import mail
from linuxmm.review.read import read_series
from linuxmm.review.tree import Tree
from tests.review.patches import diff, hunk, page_tests, read
from tests.review.test_read import landed, put_fix

STAT = "static void do_pages_stat_array(struct mm_struct *mm, unsigned long nr_pages,"


def test_a_patch_fits_the_kernel_it_was_made_for() -> None:
    assert read(landed()).fit.word == "fits"
    assert read(put_fix(), read(landed()).kernel).fit.word == "fits"


def test_no_test_is_ever_doubled() -> None:
    """The tests that landed, on the kernel that has them: 6.1 drops the reference besides."""
    base = load("v6.1")
    reading = read(landed(), base)
    assert same_rules(reading.kernel, base)
    for rule in reading.kernel.sites:
        words = [test.refuse for test in rule.tests]
        assert len(words) == len(set(words))
    there = {hunk.function for hunk in reading.of_fit("already")}
    assert there == {"__collapse_huge_page_isolate", "collapse_pte_mapped_thp", "change_pte_range"}
    otherwise = [h for h in reading.of_fit("contradicts") if h.function == "add_page_for_migration"]
    assert "with another outcome" in otherwise[0].why


def test_a_patch_applied_twice_is_there_already() -> None:
    first = read(landed())
    again = read(landed(), first.kernel)
    assert again.fit.word == "already" and again.counts() == {"already": 8}
    assert same_rules(again.kernel, first.kernel)
    assert again.extent == "read"


def test_the_fix_of_tests_that_the_base_lacks_does_not_apply() -> None:
    reading = read(put_fix())
    assert reading.fit.word == "contradicts"
    assert same_rules(reading.kernel, load("v5.17-coherent"))
    assert all("does not apply to this base" in hunk.why for hunk in reading.hunks)


def test_a_put_where_the_record_takes_no_reference_contradicts() -> None:
    """do_pages_stat_array of v5.17-coherent gives FOLL_DUMP alone; 6.1 gives FOLL_GET too."""
    body = """
-		if (!is_zone_device_page(page))
-			err = page_to_nid(page);
+		if (!is_zone_device_page(page) && !PageReserved(page))
+			err = page_to_nid(page);
 
 		if (foll_flags & FOLL_GET)
 			put_page(page);
 set_status:"""
    old = read(diff("mm/migrate.c", hunk(STAT, body)))
    assert old.fit.word == "contradicts"
    assert any("takes no reference" in text for text in old.fit.evidence)
    assert read(diff("mm/migrate.c", hunk(STAT, body)), load("v6.1")).fit.word != "contradicts"


def test_a_test_in_the_context_that_the_record_lacks_contradicts() -> None:
    body = """
 		page = vm_normal_page(vma, addr, ptent);
 		if (!page || is_zone_device_page(page))
 			continue;
 
-		if (PageTransCompound(page)) {
+		if (PageReserved(page))
+			continue;
+		if (PageTransCompound(page)) {"""
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    text = diff("mm/madvise.c", hunk(section, body))
    old = read(text)
    assert old.fit.word == "contradicts" and not old.sites
    assert 'makes no test "zone_device", the context does' in old.fit.evidence[0]
    new = read(text, load("v6.1"))
    assert new.fit.word == "fits"
    assert [t[0] for t in page_tests(new, "mm/madvise.c:madvise_free_pte_range")] == [
        "zone_device",
        "reserved",
        "compound",
        "dirty_and_shared",
    ]


def test_a_test_that_the_record_makes_and_the_context_lacks_contradicts() -> None:
    body = """
 		page = vm_normal_page(vma, addr, ptent);
 		if (!page)
 			continue;
 
-		work(1);
+		work(2);
 		work(3);
 		work(4);"""
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    text = diff("mm/madvise.c", hunk(section, body))
    assert read(text).fit.word == "fits"
    assert read(text, load("v6.1")).fit.word == "contradicts"


def test_a_site_of_another_kernel_names_it() -> None:
    body = """
 		page = vm_normal_page(vma, addr, *pte);
-		if (!page || is_zone_device_page(page))
+		if (!page)
 			continue;"""
    section = "static int mlock_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("mm/mlock.c", hunk(section, body)))
    assert reading.fit.word == "contradicts"
    assert reading.hunks[0].why.endswith(
        "does not exist in v5.17-coherent; debian-6.1, debian-6.12, v6.18 and v7.1 have it (line 4)"
    )


def test_the_tree_says_whether_a_hunk_applies(tmp_path: Path) -> None:
    old = "\tint a;\n\tone(1);\n\tint b;\n"
    body = " \tint a;\n-\tone(1);\n+\tone(2);\n \tint b;"
    text = diff("mm/ksm.c", hunk("static int break_ksm(struct vm_area_struct *vma)", body, 3))
    (tmp_path / "mm").mkdir()
    head = "static int break_ksm(struct vm_area_struct *vma)\n{\n"
    for source, word in ((old, "fits"), (old.replace("1", "2"), "already"), ("", "contradicts")):
        (tmp_path / "mm" / "ksm.c").write_text(head + source + "}\n")
        assert read(text, tree=Tree(str(tmp_path))).hunks[0].fit.word == word
    (tmp_path / "mm" / "ksm.c").unlink()
    [found] = read(text, tree=Tree(str(tmp_path))).hunks
    assert found.fit.word == "contradicts" and "has no mm/ksm.c" in found.fit.evidence[0]


def test_a_later_part_of_a_series_is_not_looked_for_in_the_tree_before_it(tmp_path: Path) -> None:
    section = "static int break_ksm(struct vm_area_struct *vma)"
    head = "From x Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH {}/2] x\n\nw\n---\n"
    parts = [" \tint a;\n-\tone(1);\n+\tone(2);\n \tint b;", " \tint a;\n-\tone(2);\n+\tone(3);"]
    text = "\n".join(
        head.format(n) + diff("mm/ksm.c", hunk(section, body, 3)) for n, body in enumerate(parts, 1)
    )
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "ksm.c").write_text(section + "\n{\n\tint a;\n\tone(1);\n\tint b;\n}\n")
    found = mail.read(text.encode(), "two.mbox")
    one, two = read_series(found, load("v6.1"), tree=Tree(str(tmp_path)))
    assert (one.hunks[0].fit.word, two.hunks[0].fit.word) == ("fits", "unknown")


def test_a_driver_that_a_small_tree_lacks_says_nothing(tmp_path: Path) -> None:
    text = diff("drivers/x.c", hunk("int f(int x)", " \tint a;\n-\tone(1);\n+\tone(2);"))
    assert read(text, tree=Tree(str(tmp_path))).fit.word == "unknown"
