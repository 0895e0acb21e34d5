# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, E501, W293
"""What the reader makes of the patches that a maintainer would try next."""

from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.kernels import load, same_rules
from linuxmm.review import mail
from linuxmm.review.read import read_series
from linuxmm.review.tree import Tree
from tests.review.patches import diff, hunk, lookup_diff, page_tests, read

BASE = load("v5.17-coherent")
SIGNATURE = "(struct vm_area_struct *vma, unsigned long addr, pte_t pte)"


def new_lookup(name: str, of: str) -> str:
    """The definition of a lookup that is another one without ZONE_DEVICE pages."""
    body = f"""
 }}
 
+struct page *{name}{SIGNATURE}
+{{
+	struct page *page = {of}(vma, addr, pte);
+
+	if (page && is_zone_device_page(page))
+		return NULL;
+	return page;
+}}
+
 #ifdef CONFIG_X"""
    return diff("mm/memory.c", hunk(f"struct page *vm_normal_page{SIGNATURE}", body))


def test_a_version_that_keeps_the_old_lookup_and_adds_one() -> None:
    text = new_lookup("vm_normal_lru_page", "vm_normal_page")
    text += lookup_diff(
        "mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "vm_normal_lru_page"
    )
    reading = read(text)
    assert reading.counts() == {"site": 1, "lookup": 1}
    assert reading.kernel.lookup("lru").of == "normal"
    assert reading.kernel.lookup("normal") == BASE.lookup("normal")
    [change] = reading.sites
    assert change.after.lookup == ((0, "lru"),)


def test_a_lookup_that_nobody_defines_changes_no_rule() -> None:
    reading = read(
        lookup_diff("mm/ksm.c", "f", "vm_normal_page", "vm_normal_lru_page")
        + lookup_diff(
            "mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "vm_normal_lru_page"
        )
    )
    assert not reading.sites
    assert [hunk.kind for hunk in reading.hunks] == ["function", "shape"]
    assert "earlier patch of the series" in reading.hunks[1].why
    assert same_rules(reading.kernel, BASE)


def test_a_series_is_read_patch_on_patch() -> None:
    first = new_lookup("vm_normal_lru_page", "vm_normal_page")
    second = lookup_diff(
        "mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "vm_normal_lru_page"
    )
    head = (
        "From x@y Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH {}/2] {}\n\nwords\n---\n"
    )
    text = head.format(2, "use it") + second + "\n" + head.format(1, "add it") + first
    found = mail.read(text.encode(), "two.mbox")
    assert [patch.number[0] for patch in found.patches] == [1, 2]
    one, two = read_series(found, BASE)
    assert (one.counts(), two.counts()) == ({"lookup": 1}, {"site": 1})
    assert two.base is one.kernel


def test_a_pure_rename_is_the_same_kernel() -> None:
    new = "vm_normal_cpu_page"
    head = (
        f"-struct page *vm_normal_page{SIGNATURE}\n+struct page *{new}{SIGNATURE}\n {{\n \tint x;"
    )
    text = diff("mm/memory.c", hunk("static void f(void)", head))
    text += lookup_diff("mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", new)
    text += diff(
        "include/linux/mm.h",
        hunk("", f"-struct page *vm_normal_page{SIGNATURE};\n+struct page *{new}{SIGNATURE};"),
    )
    reading = read(text)
    assert reading.counts() == {"lookup": 1, "prototype": 1, "rename": 1}
    assert dict(reading.renames) == {"vm_normal_page": new}
    assert same_rules(reading.kernel, BASE)


def test_renaming_to_a_known_word_alone_is_a_rename_too() -> None:
    head = (
        f"-struct page *vm_normal_page{SIGNATURE}\n+struct page *vm_normal_any_page{SIGNATURE}\n {{"
    )
    text = diff("mm/memory.c", hunk("static void f(void)", head))
    text += lookup_diff(
        "mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "vm_normal_any_page"
    )
    assert same_rules(read(text).kernel, BASE)


def test_the_folio_form_is_the_same_rule() -> None:
    body = """
-	struct page *page;
+	struct folio *folio;
 	pte_t ptent;
-	page = vm_normal_page(vma, addr, ptent);
-	if (!page)
+	folio = vm_normal_folio(vma, addr, ptent);
+	if (!folio)
 		continue;
-	if (PageReserved(page))
+	if (folio_test_reserved(folio))
 		continue;"""
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    reading = read(diff("mm/madvise.c", hunk(section, body)))
    assert reading.counts() == {"rename": 1}
    assert same_rules(reading.kernel, BASE)


# --- tests added by callers: the landed form and its follow-up fix -------------------------


def landed() -> str:
    """Tests merged into the conditions after the lookup or follow_page, in our own hunks."""
    ksm = """
 	page = follow_page(vma, addr, FOLL_GET);
-	if (IS_ERR_OR_NULL(page))
+	if (IS_ERR_OR_NULL(page) || is_zone_device_page(page))
 		goto out;
 	if (PageAnon(page)) {"""
    scanner = """
 	*page = follow_page(vma, ksm_scan.address, FOLL_GET);
-	if (IS_ERR_OR_NULL(*page)) {
+	if (IS_ERR_OR_NULL(*page) || is_zone_device_page(*page)) {
 		advance();
 		continue;
 	}"""
    migrate = """
 	err = -ENOENT;
-	if (!page)
+	if (!page || is_zone_device_page(page))
 		goto out;
 
 	err = 0;"""
    query = """
-		err = page ? page_to_nid(page) : -ENOENT;
+		err = (page && !is_zone_device_page(page)) ? page_to_nid(page) : -ENOENT;
 set_status:"""
    collapse = """
 			goto out;
 		page = vm_normal_page(vma, address, pteval);
-		if (unlikely(!page)) {
+		if (unlikely(!page) || unlikely(is_zone_device_page(page))) {
 			result = SCAN_PAGE_NULL;"""
    check = """
 		page = vm_normal_page(vma, addr, *pte);
+		if (WARN_ON_ONCE(page && is_zone_device_page(page)))
+			page = NULL;
 		if (hpage + i != page)
 			goto abort;"""
    unmap = """
 		page = vm_normal_page(vma, addr, *pte);
+		if (WARN_ON_ONCE(page && is_zone_device_page(page)))
+			goto abort;
 		page_remove_rmap(page, false);"""
    protect = """
 		page = vm_normal_page(vma, addr, oldpte);
-		if (!page || PageKsm(page))
+		if (!page || is_zone_device_page(page) || PageKsm(page))
 			continue;"""
    thp = "void collapse_pte_mapped_thp(struct mm_struct *mm, unsigned long addr)"
    return (
        diff(
            "mm/ksm.c",
            hunk("static struct page *get_mergeable_page(struct rmap_item *rmap_item)", ksm),
            hunk(
                "static struct rmap_item *scan_get_next_rmap_item(struct page **page)", scanner, 900
            ),
        )
        + diff(
            "mm/migrate.c",
            hunk("static int add_page_for_migration(struct mm_struct *mm,", migrate),
            hunk("static void do_pages_stat_array(struct mm_struct *mm,", query, 900),
        )
        + diff(
            "mm/khugepaged.c",
            hunk("static int __collapse_huge_page_isolate(struct vm_area_struct *vma,", collapse),
            hunk(thp, check, 900),
            hunk(thp, unmap, 920),
        )
        + diff("mm/mprotect.c", hunk("static unsigned long change_pte_range(int x)", protect))
    )


def put_fix() -> str:
    """The follow-up: device pages get a branch of their own that drops the reference."""
    ksm = """
 	page = follow_page(vma, addr, FOLL_GET);
-	if (IS_ERR_OR_NULL(page) || is_zone_device_page(page))
+	if (IS_ERR_OR_NULL(page))
 		goto out;
+	if (is_zone_device_page(page))
+		goto out_putpage;
 	if (PageAnon(page)) {
 		flush(page);
 	} else {
+out_putpage:
 		put_page(page);
 out:
 		page = NULL;"""
    scanner = """
 	*page = follow_page(vma, ksm_scan.address, FOLL_GET);
-	if (IS_ERR_OR_NULL(*page) || is_zone_device_page(*page)) {
+	if (IS_ERR_OR_NULL(*page)) {
 		advance();
 		continue;
 	}
+	if (is_zone_device_page(*page))
+		goto next_page;
 	if (PageAnon(*page))
 		return item;
+next_page:
 	put_page(*page);
 	advance();
 	}"""
    migrate = """
 	err = -ENOENT;
-	if (!page || is_zone_device_page(page))
+	if (!page)
 		goto out;
 
+	if (is_zone_device_page(page))
+		goto out_putpage;
+
 	err = 0;"""
    return diff(
        "mm/ksm.c",
        hunk("static struct page *get_mergeable_page(struct rmap_item *rmap_item)", ksm),
        hunk("static struct rmap_item *scan_get_next_rmap_item(struct page **page)", scanner, 900),
    ) + diff(
        "mm/migrate.c", hunk("static int add_page_for_migration(struct mm_struct *mm,", migrate)
    )


def test_the_landed_form_keeps_the_reference_of_a_refused_page() -> None:
    reading = read(landed())
    assert reading.counts() == {"site": 8}
    first = {change.site: page_tests(reading, change.site)[0] for change in reading.sites}
    assert first == {
        "mm/ksm.c:get_mergeable_page": ("zone_device", "no_page", False),
        "mm/ksm.c:scan_get_next_rmap_item": ("zone_device", "skip", False),
        "mm/migrate.c:add_page_for_migration": ("zone_device", "-ENOENT", False),
        "mm/migrate.c:do_pages_stat_array": ("zone_device", "-ENOENT", False),
        "mm/khugepaged.c:__collapse_huge_page_isolate": ("zone_device", "abort", False),
        "mm/khugepaged.c:collapse_pte_mapped_thp": ("zone_device", "warn", False),
        "mm/khugepaged.c:collapse_pte_mapped_thp#2": ("zone_device", "warn", False),
        "mm/mprotect.c:change_pte_range": ("zone_device", "skip", False),
    }


def test_the_landed_tests_are_those_of_the_record_of_6_1() -> None:
    """Read independently from a source: mm/khugepaged.c and mm/mprotect.c of 6.1."""
    reading, record = read(landed()), load("v6.1")
    for site in (
        "mm/khugepaged.c:__collapse_huge_page_isolate",
        "mm/khugepaged.c:collapse_pte_mapped_thp",
        "mm/khugepaged.c:collapse_pte_mapped_thp#2",
    ):
        assert reading.kernel.site(site).tests[0] == record.site(site).tests[0]


def test_the_follow_up_fix_drops_the_reference() -> None:
    reading = read(put_fix(), read(landed()).kernel)
    assert reading.counts() == {"site": 3}
    record = load("v6.1")
    for site in ("mm/ksm.c:get_mergeable_page", "mm/migrate.c:add_page_for_migration"):
        assert reading.kernel.site(site).tests[0] == record.site(site).tests[0]
    scanner = page_tests(reading, "mm/ksm.c:scan_get_next_rmap_item")[0]
    assert scanner == ("zone_device", "skip", True)
    # the label of add_page_for_migration is not in the hunk: its name is all there is
    assert reading.kernel.site("mm/migrate.c:add_page_for_migration").rests_on == "reasoned"
    assert reading.kernel.site("mm/ksm.c:get_mergeable_page").rests_on == "read"


def test_a_test_whose_branch_is_out_of_sight_changes_no_rule() -> None:
    body = """
 	page = vm_normal_page(vma, addr, pte);
+	if (is_zone_device_page(page))
+		goto elsewhere;
 	work(page);"""
    reading = read(diff("mm/madvise.c", hunk("static int madvise_free_pte_range(int x)", body)))
    assert reading.counts() == {"shape": 1}
    assert same_rules(reading.kernel, BASE)


# --- lookups by condition, flags, bodies ---------------------------------------------------


@pytest.mark.parametrize(
    "after",
    [
        "+\tif (flags & (FOLL_MLOCK | FOLL_LRU))\n+\t\tpage = A;\n+\telse\n+\t\tpage = B;",
        "+\tif (!(flags & (FOLL_LRU | FOLL_MLOCK))) {\n+\t\tpage = B;\n+\t} else {\n+\t\tpage = A;\n+\t}",
        "+\tpage = (flags & (FOLL_LRU | FOLL_MLOCK)) ? A : B;",
    ],
)
def test_a_lookup_chosen_by_flags(after: str) -> None:
    text = after.replace("= A;", "= vm_normal_lru_page(vma, address, pte);")
    text = text.replace("? A :", "? vm_normal_lru_page(vma, address, pte) :")
    text = text.replace("B;", "vm_normal_any_page(vma, address, pte);")
    body = f"-\tpage = vm_normal_any_page(vma, address, pte);\n{text}\n \tif (!page)"
    plain = load("split-v1")
    rule = plain.site("mm/gup.c:follow_page_pte")
    base = plain.with_site(replace(rule, lookup=((0, "any"),)))
    reading = read(diff("mm/gup.c", hunk("static struct page *follow_page_pte(int x)", body)), base)
    assert reading.counts() == {"site": 1}
    assert same_rules(reading.kernel, plain)


def test_flags_in_an_assignment_and_in_a_call() -> None:
    assigned = "-\tfollflags = FOLL_GET | FOLL_DUMP;\n+\tfollflags = FOLL_GET;\n \tpage = follow_page(vma, a, follflags);"
    called = "-\tpage = follow_page(vma, a, FOLL_GET);\n+\tpage = follow_page(vma, a, FOLL_GET | FOLL_DUMP);"
    reading = read(
        diff("mm/migrate.c", hunk("static int add_page_for_migration(int x)", assigned))
        + diff("mm/ksm.c", hunk("static struct page *get_mergeable_page(int x)", called))
    )
    assert [(c.site, c.after.flags) for c in reading.sites] == [
        ("mm/ksm.c:get_mergeable_page", 0x4 | 0x8),
        ("mm/migrate.c:add_page_for_migration", 0x4),
    ]


def test_a_flag_that_the_base_does_not_have_is_not_believed() -> None:
    called = "-\tpage = follow_page(vma, a, FOLL_GET);\n+\tpage = follow_page(vma, a, FOLL_GET | FOLL_LRU);"
    reading = read(diff("mm/ksm.c", hunk("static struct page *get_mergeable_page(int x)", called)))
    assert reading.counts() == {"shape": 1}
    assert "FOLL_LRU is no flag" in reading.hunks[0].why


def test_a_row_of_the_lookup_goes_and_comes_back() -> None:
    gone = """
 		if (is_zero_pfn(pfn))
 			return NULL;
-		if (pte_devmap(pte))
-			return NULL;
 
 		print_bad_pte(vma, addr, pte, NULL);"""
    section = f"struct page *vm_normal_page{SIGNATURE}"
    without = read(diff("mm/memory.c", hunk(section, gone)))
    assert without.counts() == {"lookup": 1}
    texts = [row.text for row in without.kernel.lookup("normal").rows]
    assert "devmap -> none" not in texts
    back = read(diff("mm/memory.c", hunk(section, gone.replace("\n-", "\n+"))), without.kernel)
    assert same_rules(back.kernel, BASE)


def test_another_body_of_the_lookup_is_not_guessed() -> None:
    body = "-\tif (pfn > highest_memmap_pfn)\n+\tif (pfn >= highest_memmap_pfn)\n \t\treturn NULL;"
    reading = read(diff("mm/memory.c", hunk(f"struct page *vm_normal_page{SIGNATURE}", body)))
    assert reading.counts() == {"shape": 1}
    assert same_rules(reading.kernel, BASE)


# --- which function ------------------------------------------------------------------------


def test_the_function_of_the_context_beats_the_one_of_the_hunk_header() -> None:
    body = """
 	return 0;
 }
 
 static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,
 				   unsigned long end)
 {
-	page = vm_normal_page(vma, addr, ptent);
+	page = vm_normal_pages_nowhere(vma, addr, ptent);"""
    reading = read(diff("mm/madvise.c", hunk("static int madvise_cold(void)", body)))
    assert reading.hunks[0].function == "madvise_free_pte_range"


def test_no_function_in_sight_needs_the_tree(tmp_path: Path) -> None:
    text = new_lookup("vm_normal_lru_page", "vm_normal_page") + diff(
        "mm/khugepaged.c",
        "@@ -7 +7 @@\n-\tb = vm_normal_page(vma, addr, pte);\n"
        "+\tb = vm_normal_lru_page(vma, addr, pte);\n",
    )
    blind = read(text)
    assert not blind.sites
    assert "--tree" in blind.hunks[-1].why
    (tmp_path / "mm").mkdir()
    source = (
        "/* words */\nvoid collapse_pte_mapped_thp(int x)\n{\n\tint a;\n"
        "\ta = vm_normal_page(vma, addr, pte);\n\n\tb = vm_normal_page(vma, addr, pte);\n}\n"
    )
    (tmp_path / "mm" / "khugepaged.c").write_text(source)
    seen = read(text, tree=Tree(str(tmp_path)))
    assert [change.site for change in seen.sites] == ["mm/khugepaged.c:collapse_pte_mapped_thp#2"]


def test_the_tree_shows_what_a_hunk_without_context_leaves_out(tmp_path: Path) -> None:
    source = """
static int add_page_for_migration(int x)
{
	page = follow_page(vma, addr, FOLL_GET | FOLL_DUMP);
	err = PTR_ERR(page);
	if (IS_ERR(page))
		goto out;
	err = -ENOENT;
	if (!page)
		goto out;
	err = 0;
out_putpage:
	put_page(page);
out:
	return err;
}
"""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "migrate.c").write_text(source)
    text = diff(
        "mm/migrate.c",
        "@@ -10,0 +11,2 @@ out:\n+\tif (is_zone_device_page(page))\n+\t\tgoto out_putpage;\n",
    )
    assert not read(text).sites
    text = text.replace("@@ -10,0 +11,2 @@ out:\n", "@@ -10,1 +10,3 @@ out:\n \t\tgoto out;\n")
    reading = read(text, tree=Tree(str(tmp_path)))
    assert page_tests(reading, "mm/migrate.c:add_page_for_migration")[0] == (
        "zone_device",
        "-ENOENT",
        True,
    )
    assert reading.kernel.site("mm/migrate.c:add_page_for_migration").rests_on == "read"


def test_one_of_two_sites_of_a_function_is_not_guessed() -> None:
    text = new_lookup("vm_normal_lru_page", "vm_normal_page")
    text += lookup_diff(
        "mm/khugepaged.c", "collapse_pte_mapped_thp", "vm_normal_page", "vm_normal_lru_page"
    )
    reading = read(text)
    assert not reading.sites
    assert "2 sites" in reading.hunks[1].why


def test_a_wrong_base_is_said() -> None:
    text = lookup_diff(
        "mm/madvise.c", "madvise_free_pte_range", "vm_normal_lru_page", "vm_normal_any_page"
    )
    reading = read(text)
    assert reading.counts() == {"shape": 1}
    text = lookup_diff("mm/memory.c", "zap_pte_range", "vm_normal_lru_page", "vm_normal_any_page")
    [hunk_there] = read(text, load("split-v1")).hunks
    assert hunk_there.kind == "already"
    assert hunk_there.why == "mm/memory.c:zap_pte_range of split-v1 uses any"
    text = lookup_diff(
        "mm/madvise.c", "madvise_free_pte_range", "vm_normal_any_page", "vm_normal_lru_page"
    )
    base = load("split-v1")
    rule = base.site("mm/madvise.c:madvise_free_pte_range")
    other = base.with_site(replace(rule, lookup=((0, "pmd"),)))
    [hunk_there] = read(text, other).hunks
    assert (hunk_there.kind, hunk_there.fit.word) == ("shape", "contradicts")
    assert "the patch replaces any here" in hunk_there.why and "uses pmd" in hunk_there.why


# --- everything else -----------------------------------------------------------------------


def test_comments_and_white_space_are_told_apart() -> None:
    comment = " \tint a;\n-\t/* one */\n+\t/* two, about vm_normal_page() */\n \tint b;"
    blank = " \tint a;\n-\tint b;\n+\tint  b;"
    star = (
        " \t * words\n-\t * more of vm_normal_page()\n+\t * more of vm_normal_any_page()\n \t * end"
    )
    reading = read(diff("mm/ksm.c", *(hunk("int f(int x)", t) for t in (comment, blank, star))))
    assert [hunk.kind for hunk in reading.hunks] == ["comment", "blank", "comment"]


def test_code_that_begins_with_a_star_is_no_comment() -> None:
    body = " \tint a;\n-\t*page = one(x);\n+\t*page = two(x);"
    reading = read(diff("mm/gup.c", hunk("static int get_gate_page(int x)", body)))
    assert reading.counts() == {"shape": 1}


def test_files_functions_and_shapes_that_no_rule_stands_for() -> None:
    change = " \tint a;\n-\tfoo(1);\n+\tfoo(2);"
    reading = read(
        diff("drivers/gpu/x.c", hunk("int f(int x)", change))
        + diff("Documentation/x.rst", hunk("", "-one\n+two"))
        + diff("mm/ksm.c", hunk("static int stable_tree_append(int x)", change))
        + diff("mm/ksm.c", hunk("static int break_ksm(int x)", change, 900))
        + "diff --git a/x.sh b/x.sh\nold mode 100644\nnew mode 100755\n"
        + "diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"
        + "diff --git a/a.c b/b.c\nsimilarity index 100%\nrename from a.c\nrename to b.c\n"
    )
    kinds = [hunk.kind for hunk in reading.hunks]
    assert kinds == ["file", "file", "function", "shape", "file", "file", "file"]
    assert [hunk.why for hunk in reading.hunks[4:]] == [
        "only its mode changes",
        "a binary file",
        "renamed from a.c",
    ]
    assert len(reading.not_modelled) == 7 and all(hunk.why for hunk in reading.not_modelled)
    assert same_rules(reading.kernel, BASE)


def test_a_new_flag_that_the_model_does_not_know_is_noted() -> None:
    body = " #define FOLL_PIN\t0x40000\n+#define FOLL_NEW\t(1 << 21)"
    reading = read(diff("include/linux/mm.h", hunk("", body)))
    assert reading.counts() == {"flag": 1}
    assert "FOLL_NEW" in reading.notes[0]
