# ruff: noqa: E101 (C keeps its tabs)
"""Call sites of a source tree: a small one written here, and Debian's when it is installed."""

import os
from pathlib import Path

import pytest

from linuxmm.errors import InputError, ModelBug, Skipped
from linuxmm.kernels import load
from linuxmm.review import sites, tree
from linuxmm.review.ctext import file_statements
from linuxmm.review.tree import Tree, extract

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
    found = [(call.site, call.line, call.lookup) for call in extract(plant(tmp_path))]
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
    calls = {call.site: call for call in extract(plant(tmp_path))}
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
    assert {call.file for call in extract(small)} == {"mm/gup.c", "mm/memory.c", "mm/migrate.c"}
    for name in ("../outside/x.c", "mm/link.c", "linked/x.c", str(outside / "x.c"), "a\0b", "mm"):
        assert small.text(name) is None
    with pytest.raises(InputError, match="not a folder"):
        Tree(str(root / "mm" / "gup.c"))


def test_two_searches_that_disagree_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = plant(tmp_path)
    monkeypatch.setattr(tree, "_text_calls", lambda path, statements: [])
    with pytest.raises(ModelBug, match=r"disagree; only tree-sitter: .*vm_normal_lru_page in foll"):
        extract(small)


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
    calls = extract(source)
    kernel_files = [c for c in calls if c.file.startswith(("mm/", "fs/proc/"))]
    counts: dict[str, int] = {}
    for call in kernel_files:
        counts[call.lookup] = counts.get(call.lookup, 0) + 1
    assert counts == {
        "vm_normal_page": 26,
        "vm_normal_folio": 2,
        "vm_normal_page_pmd": 3,
        "follow_page": 5,
    }
    matches = sites.compare(kernel_files, load("v6.1"), source)
    odd = [
        (m.verdict, m.call.site if m.call else m.rule and m.rule.site)
        for m in matches
        if m.verdict != "same"
    ]
    assert odd == [
        ("no site", "mm/ksm.c:ksm_next_page_pmd_entry"),
        ("body", "mm/memory.c:vm_normal_folio"),
    ]
