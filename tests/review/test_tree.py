# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E101 (C keeps its tabs)
"""Call sites of a source tree: a small one written here, and Debian's when it is installed."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.errors import InputError, Skipped
from linuxmm.kernels import load
from linuxmm.review import sites
from linuxmm.review.ctext import file_statements
from linuxmm.review.tree import Tree, Unread, extract

pytest.importorskip("tree_sitter_c")

SMALL = {
    "mm/memory.c": """
/* vm_normal_page() is described here: follow_page(a, b, c) */
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr,
			    pte_t pte)
{
	return NULL;
}

struct folio *vm_normal_folio(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = vm_normal_page(vma, addr, pte);
	return page_folio(page);
}

static int
zap_pte_range(int x)
{
	if (x)
		x = !vm_normal_page(vma, addr,
				    pte);	// vm_normal_page(no)
	pr_info("vm_normal_page(no)");
	return x;
}
""",
    "mm/gup.c": """
static struct page *follow_page_pte(struct vm_area_struct *vma, unsigned int flags)
{
	if (flags & (FOLL_MLOCK | FOLL_LRU))
		page = vm_normal_lru_page(vma, address, pte);
	else
		page = vm_normal_any_page(vma, address, pte);
	return page;
}
""",
    "mm/migrate.c": """
static int add_page_for_migration(int x)
{
	follflags = FOLL_GET | FOLL_DUMP;
	page = follow_page(vma, addr, follflags);
}

static void do_pages_stat_array(int x)
{
	int foll_flags = FOLL_DUMP;
	if (x)
		foll_flags |= FOLL_GET;
	page = follow_page(vma, addr, foll_flags);
	other = follow_page(vma, addr, flags_from(x));
}
""",
    "include/linux/mm.h": """
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte);
struct page *follow_page(struct vm_area_struct *vma, unsigned long a, unsigned int f);
""",
}


def plant(root: Path) -> Tree:
    """The small tree, on disk."""
    for name, text in SMALL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Tree(str(root))


def test_every_call_and_nothing_else(tmp_path: Path) -> None:
    found = [(call.site, call.line, call.lookup) for call in extract(plant(tmp_path)).calls]
    assert found == [
        (
            "mm/gup.c:follow_page_pte",
            5,
            "vm_normal_lru_page if FOLL_LRU|FOLL_MLOCK, else vm_normal_any_page",
        ),
        ("mm/memory.c:vm_normal_folio", 11, "vm_normal_page"),
        ("mm/memory.c:zap_pte_range", 19, "vm_normal_page"),
        ("mm/migrate.c:add_page_for_migration", 5, "follow_page"),
        ("mm/migrate.c:do_pages_stat_array", 13, "follow_page"),
        ("mm/migrate.c:do_pages_stat_array#2", 14, "follow_page"),
    ]


def test_flags_are_read_where_they_are_literal(tmp_path: Path) -> None:
    calls = {call.site: call for call in extract(plant(tmp_path)).calls}
    first = calls["mm/migrate.c:add_page_for_migration"]
    assert (first.flags, first.maybe_flags) == (("FOLL_DUMP", "FOLL_GET"), ())
    query = calls["mm/migrate.c:do_pages_stat_array"]
    assert (query.flags, query.maybe_flags) == (("FOLL_DUMP",), ("FOLL_GET",))
    assert calls["mm/migrate.c:do_pages_stat_array#2"].flags is None


def test_links_and_names_outside_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.c").write_text("void f(void)\n{\n\tvm_normal_page(a, b, c);\n}\n")
    root = tmp_path / "tree"
    small = plant(root)
    os.symlink(outside / "x.c", root / "mm" / "link.c")
    os.symlink(outside, root / "linked")
    os.symlink(root, root / "mm" / "loop")
    assert {call.file for call in extract(small).calls} == {
        "mm/gup.c",
        "mm/memory.c",
        "mm/migrate.c",
    }
    for name in ("../outside/x.c", "mm/link.c", "linked/x.c", str(outside / "x.c"), "a\0b", "mm"):
        assert small.text(name) is None
    with pytest.raises(InputError, match="not a folder"):
        Tree(str(root / "mm" / "gup.c"))


def test_what_is_no_file_to_read_is_said_and_costs_nothing_else(tmp_path: Path) -> None:
    small = plant(tmp_path)
    os.mkfifo(tmp_path / "mm" / "fifo.c")
    with open(tmp_path / "mm" / "huge.c", "wb") as stream:
        stream.truncate(6 << 30)
    (tmp_path / "mm" / "long.h").write_text("/* vm_normal_page() */\n" + "\n" * (1 << 20))
    found = extract(small)
    assert len(found.calls) == 6
    assert found.unread == [
        Unread("mm/fifo.c", "cannot be read: is a FIFO, not a regular file"),
        Unread("mm/huge.c", "is larger than 32 MiB, the most that is read"),
        Unread("mm/long.h", "has more than 1 MiB of C, the most in which calls are searched"),
    ]
    assert small.text("mm/fifo.c") is small.text("mm/huge.c") is None


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root nothing is unreadable by its mode: the kernel's answer is put in its place."""
    small = plant(tmp_path)
    listed = os.scandir

    def scandir(path: str) -> "Iterator[os.DirEntry[str]]":
        if path.rstrip("/") in closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    closed = [os.path.join(small.root, "mm")]
    found = extract(small)
    assert (found.calls, found.partly) == ([], True)
    assert found.unread == [Unread("mm", "cannot be read: permission denied")]
    verdicts = {
        match.rule.site: (match.verdict, match.note)
        for match in sites.compare(found, load("split-v1"), small)
        if match.rule
    }
    assert verdicts["mm/ksm.c:break_ksm"] == ("unread", "mm/ksm.c was not read")
    assert verdicts["fs/proc/task_mmu.c:smaps_pte_entry"] == ("gone", "no such function")
    closed = [small.root]
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        extract(small)


def test_a_folder_without_c_files_is_no_tree(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no C files"):
        extract(Tree(str(tmp_path)))


def test_without_the_extra_there_is_a_helpful_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tree_sitter_c", None)
    with pytest.raises(Skipped, match=r"pip install .*linuxmm\[tree\]"):
        extract(plant(tmp_path))


def test_a_tree_beside_a_record(tmp_path: Path) -> None:
    small = plant(tmp_path)
    kernel = load("split-v1")
    found = sites.compare(extract(small), kernel, small)
    verdicts = {match.call.site: match.verdict for match in found if match.call}
    assert verdicts == {
        "mm/gup.c:follow_page_pte": "same",
        "mm/memory.c:vm_normal_folio": "body",
        "mm/memory.c:zap_pte_range": "differs",  # the record asks any
        "mm/migrate.c:add_page_for_migration": "differs",  # without FOLL_LRU
        "mm/migrate.c:do_pages_stat_array": "same",
        "mm/migrate.c:do_pages_stat_array#2": "no site",
    }
    gone = {match.rule.site: match.note for match in found if match.call is None and match.rule}
    assert gone["mm/ksm.c:break_ksm"] == "no such function"
    assert len(gone) == len([r for r in kernel.sites if sites._is_searched(r) and not r.absent]) - 4


def test_functions_of_statements() -> None:
    found = file_statements(SMALL["mm/memory.c"])
    assert {s.function for s in found} == {
        "vm_normal_page", "vm_normal_folio", "zap_pte_range", None
    } - {None} | ({None} if any(s.function is None for s in found) else set())  # fmt: skip


# --- real trees, when they are there --------------------------------------------------------

DEBIAN = Path("/usr/src/linux-source-6.1")


@pytest.mark.live
def test_every_call_of_debians_source_is_found() -> None:
    """Counted with grep: 26 calls of vm_normal_page, 2 of _folio, 3 of _page_pmd, 5 of follow_page."""  # noqa: E501
    if not (DEBIAN / "mm" / "memory.c").is_file():
        pytest.skip("linux-source-6.1 is not unpacked in /usr/src")
    source = Tree(str(DEBIAN))
    found = extract(source)
    assert not found.partly
    found.calls = [c for c in found.calls if c.file.startswith(("mm/", "fs/proc/"))]
    counts: dict[str, int] = {}
    for call in found.calls:
        counts[call.lookup] = counts.get(call.lookup, 0) + 1
    assert counts == {
        "vm_normal_page": 26,
        "vm_normal_folio": 2,
        "vm_normal_page_pmd": 3,
        "follow_page": 5,
    }
    matches = sites.compare(found, load("v6.1"), source)
    odd = [
        (m.verdict, m.call.site if m.call else m.rule and m.rule.site)
        for m in matches
        if m.verdict != "same"
    ]
    assert odd == [
        ("no site", "mm/ksm.c:ksm_next_page_pmd_entry"),
        ("body", "mm/memory.c:vm_normal_folio"),
    ]
