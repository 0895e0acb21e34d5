# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, E501, W293
"""Half a patch: what was not read says so, and names what it could undo."""

from base64 import b64encode

from linuxmm.kernels import load
from linuxmm.review import mail
from linuxmm.review.read import read_patch, read_series
from linuxmm.review.reading import Reading
from tests.review.patches import diff, hunk, read

SIGNATURE = "(struct vm_area_struct *vma, unsigned long addr, pte_t pte)"


def row_goes() -> str:
    """vm_normal_page without its devmap row."""
    body = """
 		if (is_zero_pfn(pfn))
 			return NULL;
-		if (pte_devmap(pte))
-			return NULL;
 
 		print_bad_pte(vma, addr, pte, NULL);"""
    return diff("mm/memory.c", hunk(f"struct page *vm_normal_page{SIGNATURE}", body))


def plain_entries() -> str:
    """insert_pfn with ordinary entries that hold a reference, which no rule can say."""
    body = """
-	if (pfn_t_devmap(pfn))
-		entry = pte_mkdevmap(pfn_t_pte(pfn, prot));
-	else
+	if (pfn_t_devmap(pfn)) {
+		get_page(pfn_t_to_page(pfn));
+		entry = pfn_t_pte(pfn, prot);
+	} else
 		entry = pte_mkspecial(pfn_t_pte(pfn, prot));"""
    section = "static vm_fault_t insert_pfn(struct vm_area_struct *vma, unsigned long addr,"
    return diff("mm/memory.c", hunk(section, body, 300))


def undone_at(reading: Reading, *names: str, kinds: tuple[str, ...] = ()) -> list[str]:
    """The functions of the hunks that could undo something said of these records."""
    return [h.function for h in reading.could_undo(names, kinds)]


def test_entries_made_otherwise_could_undo_what_a_lost_row_breaks() -> None:
    reading = read(row_goes() + plain_entries())
    assert [h.kind for h in reading.hunks] == ["lookup", "function"]
    assert reading.extent == "partly"
    smaps = "fs/proc/task_mmu.c:smaps_pte_entry"
    assert undone_at(reading, smaps, "lookup normal", kinds=("fsdax",)) == ["insert_pfn"]
    assert undone_at(reading, smaps, "lookup normal", kinds=("coherent",)) == []
    assert undone_at(reading, smaps) == ["insert_pfn"]


def test_an_unread_hunk_in_follow_page_pte_could_undo_what_any_caller_does() -> None:
    body = """
 	page = vm_normal_page(vma, address, pte);
+	if ((flags & FOLL_NEW) && some_test(page))
+		page = NULL;
 	if (!page && pte_devmap(pte))"""
    section = "static struct page *follow_page_pte(struct vm_area_struct *vma,"
    define = " #define FOLL_FAST_ONLY\t0x80000\n+#define FOLL_NEW\t0x100000"
    reading = read(
        diff("include/linux/mm.h", hunk("", define)) + diff("mm/gup.c", hunk(section, body))
    )
    assert reading.extent == "partly"
    assert reading.unread[0].function == "follow_page_pte"
    for site in ("mm/gup.c:follow_page_pte", "mm/ksm.c:break_ksm", "mm/mempolicy.c:lookup_node"):
        assert undone_at(reading, site) == ["follow_page_pte"]
    assert undone_at(reading, "mm/memory.c:zap_pte_range") == []


def test_code_elsewhere_undoes_nothing() -> None:
    change = " \tint a;\n-\tfoo(1);\n+\tfoo(2);"
    text = row_goes() + diff("drivers/gpu/x.c", hunk("int f(int x)", change))
    text += diff("mm/ksm.c", hunk("static int run_show(struct kobject *kobj)", change))
    text += diff("include/linux/mm.h", hunk("static inline int totalram(int x)", change))
    text += diff("Documentation/mm/x.rst", hunk("", "-one\n+two"))
    reading = read(text)
    assert reading.extent == "read"
    assert not reading.unread
    files = [h.file for h in reading.elsewhere]
    assert files == ["drivers/gpu/x.c", "mm/ksm.c", "include/linux/mm.h"]


def test_code_elsewhere_alone_is_nothing_modelled() -> None:
    change = " \tint a;\n-\tfoo(1);\n+\tfoo(2);"
    assert read(diff("drivers/gpu/x.c", hunk("int f(int x)", change))).extent == "nothing"
    comment = " \tint a;\n-\t/* one */\n+\t/* two */\n \tint b;"
    assert read(diff("drivers/gpu/x.c", hunk("int f(int x)", comment))).extent == "read"


def test_a_lookup_body_could_undo_what_its_users_do() -> None:
    body = " \tint a;\n-\tif (pfn > highest_memmap_pfn)\n+\tif (pfn >= highest_memmap_pfn)\n \t\treturn NULL;"
    reading = read(diff("mm/memory.c", hunk(f"struct page *vm_normal_page{SIGNATURE}", body)))
    assert undone_at(reading, "mm/memory.c:zap_pte_range") == ["vm_normal_page"]
    assert undone_at(reading, "mm/migrate.c:add_page_for_migration") == ["vm_normal_page"]
    assert undone_at(reading, "mm/gup.c:gup_pte_range") == []
    split = read(
        diff("mm/memory.c", hunk(f"struct page *vm_normal_any_page{SIGNATURE}", body)),
        load("split-v1"),
    )
    assert undone_at(split, "mm/madvise.c:madvise_free_pte_range") == ["vm_normal_any_page"]


# --- what stopped the reader -----------------------------------------------------------------


def test_the_word_and_the_line_that_stopped_the_reader() -> None:
    """The skip test of a proposed series for private memory nodes, in our own hunk."""
    body = """
 		folio = vm_normal_folio(vma, addr, ptent);
-		if (!folio || folio_is_zone_device(folio))
+		if (!folio || folio_is_private_managed(folio))
 			continue;"""
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    [found] = read(diff("mm/madvise.c", hunk(section, body)), load("v6.1")).hunks
    [stop] = found.stopped_by
    assert (stop.word, stop.line) == ("folio_is_private_managed", 7)
    assert stop.text() == "folio_is_private_managed is not known (line 7)"
    assert found.known == ("the test zone_device goes",)
    assert found.why == f"{stop.text()} (the test zone_device goes)"
    assert found.touches == ("mm/madvise.c:madvise_free_pte_range",)


def test_what_goes_without_a_new_word() -> None:
    body = " \tpage = vm_normal_page(vma, addr, pte);\n-\tsome_work(page);\n \tmore();"
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    [found] = read(diff("mm/madvise.c", hunk(section, body))).hunks
    assert found.stopped_by[0].why == "some_work goes"
    body = " \tint a;\n-\ta = 1 + a;\n+\ta = 2 + a;"
    [found] = read(diff("mm/madvise.c", hunk(section, body))).hunks
    assert found.stopped_by[0].why == '"a = 2 + a ;" is not understood'


def test_the_lines_of_an_encoded_mail_are_those_of_its_hunk() -> None:
    body = " \tint a;\n \tint b;\n-\tfoo(1);\n+\tbar(2);"
    text = diff("mm/ksm.c", hunk("static int break_ksm(int x)", body))
    mailed = (
        "From: A <a@b>\nSubject: [PATCH] x\nContent-Transfer-Encoding: base64\n"
        "Content-Type: text/plain; charset=utf-8\n\n" + b64encode(text.encode()).decode() + "\n"
    )
    [patch] = mail.read(mailed.encode(), "x").patches
    [found] = read_patch(patch, load("v6.1")).hunks
    assert patch.decoded and found.stopped_by[0].line == found.line


def test_a_function_by_another_name_is_read() -> None:
    head = "-static bool is_pinnable_page(struct page *page)\n+static bool is_new_page(struct page *page)\n {\n \tint a;"
    call = " \tint a;\n-\tif (is_pinnable_page(page))\n+\tif (is_new_page(page))\n \t\treturn 0;"
    text = diff("include/linux/mm.h", hunk("", head)) + diff(
        "mm/gup.c", hunk("static struct page *follow_page_pte(int x)", call)
    )
    reading = read(text)
    assert reading.extent == "read" and reading.counts() == {"blank": 2}
    assert reading.hunks[1].why == "is_pinnable_page is now is_new_page"
    other = diff("mm/gup.c", hunk("static struct page *follow_page_pte(int x)", call))
    assert read(other).partly


def special_entries() -> str:
    """insert_pfn that makes special entries only, as when the devmap bit goes."""
    body = """
-	if (pfn_t_devmap(pfn))
-		entry = pte_mkdevmap(pfn_t_pte(pfn, prot));
-	else
-		entry = pte_mkspecial(pfn_t_pte(pfn, prot));
+	entry = pte_mkspecial(pfn_t_pte(pfn, prot));"""
    section = "static vm_fault_t insert_pfn(struct vm_area_struct *vma, unsigned long addr,"
    return diff("mm/memory.c", hunk(section, body, 300))


def test_special_entries_undo_only_what_asks_for_devmap() -> None:
    """A special entry is bad for a lookup without a devmap row, be it devmap or not."""
    base = load("v5.17-coherent")
    smaps = ("fs/proc/task_mmu.c:smaps_pte_entry", "lookup normal")
    for text, undone in (("", ["insert_pfn"]), (row_goes(), [])):
        reading = read(special_entries() + text, base)
        assert undone_at(reading, *smaps, kinds=("fsdax",)) == undone
        assert reading.hunks[0].known == (
            "entries of fsdax and devdax become special without devmap",
        )
    assert undone_at(reading, "mm/hmm.c:hmm_vma_handle_pte", kinds=("fsdax",)) == ["insert_pfn"]
    assert undone_at(reading, "mm/gup.c:gup_pte_range", kinds=("fsdax",)) == ["insert_pfn"]


# --- a series ----------------------------------------------------------------------------------


def test_an_unread_part_of_a_series_could_undo_what_later_parts_do() -> None:
    """The second part fits what the first one makes, which nobody could read."""
    section = "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,"
    first = """
 		page = vm_normal_page(vma, addr, ptent);
-		if (!page)
+		if (!page || is_zone_device_page(page) || unknown_thing(page))
 			continue;"""
    second = """
 		page = vm_normal_page(vma, addr, ptent);
-		if (!page || is_zone_device_page(page) || unknown_thing(page))
+		if (!page || unknown_thing(page))
 			continue;"""
    site = "mm/madvise.c:madvise_free_pte_range"
    head = "From x Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH {}/2] x\n\nw\n---\n"
    text = "\n".join(
        head.format(n) + diff("mm/madvise.c", hunk(section, body))
        for n, body in ((1, first), (2, second))
    )
    one, two = read_series(mail.read(text.encode(), "two.mbox"), load("v5.17-coherent"))
    assert one.partly and not one.earlier
    assert two.fit.word == "unknown" and not two.of_fit("contradicts")
    assert "an earlier part of the series was not read" in two.hunks[0].why
    assert [h.line for h in two.could_undo([site])] == [two.hunks[0].line, one.hunks[0].line]
    assert two.earlier == one.unread
