# SPDX-License-Identifier: GPL-2.0-or-later
"""C in place of the core: a text of our own that does what the core does, and one that does not."""

from collections import Counter
from pathlib import Path

import pytest

from linuxmm.errors import InputError
from linuxmm.explore.replay import run_one
from linuxmm.explore.search import Search, catalogue
from linuxmm.kernels import Kernel, load
from linuxmm.kernels.compile import compile_rules
from linuxmm.play.report import event_text
from linuxmm.scenario.parse import parse
from linuxmm.source.config import config_of
from linuxmm.source.execute import Executed, translated, with_text
from linuxmm.source.folder import Folder
from linuxmm.source.tree import SourceTree
from linuxmm.source.twins import TWINS
from linuxmm.validate.onsource import SourceJudge
from linuxmm.validate.report import summary
from tests.promises.walks import walk

V61 = load("v6.1")
# Where pages are: find the VMA, ask, give the node.  Written for this test.
TEXT = """\
struct page;

static int where_is(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	struct page *page;
	int nid;

	if (!vma)
		return -EFAULT;
	page = follow_page(vma, addr, FOLL_GET | FOLL_DUMP);
	if (IS_ERR(page))
		return PTR_ERR(page);
	if (!page)
		return -ENOENT;
	nid = is_zone_device_page(page) ? -ENOENT : page_to_nid(page);
	put_page(page);
	return nid;
}

static void do_pages_stat_array(struct mm_struct *mm, unsigned long nr_pages,
				const void **pages, int *status)
{
	unsigned long n;

	mmap_read_lock(mm);
	for (n = 0; n < nr_pages; n++)
		status[n] = where_is(mm, (unsigned long)pages[n]);
	mmap_read_unlock(mm);
}
"""
ERRNO = "#define EFAULT 14\n#define ENOENT 2\n"
ASKED = """\
linuxmm-scenario 1
name: asked
intent: where pages are

steps:
  P0: a = mmap 3p
  P0: b = mmap 1p shared
  P0: write a[0] 0x11
  P0: read a[1]
  P0: move_pages b
  P0: move_pages a
"""


def tree(folder: Path, text: str = TEXT) -> Path:
    for name, said in (("mm/migrate.c", text), ("include/uapi/asm-generic/errno-base.h", ERRNO)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    return folder


def outcomes(kernel: Kernel, text: str = ASKED) -> list[str]:
    made = run_one(parse(text, "asked"), kernel, compile_rules(kernel))
    return [one.outcome.text() for one in made]


def test_the_text_runs_and_says_the_same(tmp_path: Path) -> None:
    kernel = with_text(V61, Folder(str(tree(tmp_path))))
    assert outcomes(kernel) == outcomes(V61)
    assert outcomes(kernel)[-2:] == ["-ENOENT", "node0 -EFAULT*2"]
    assert isinstance(kernel.text, Executed)
    assert kernel.text.calls == {"mm/migrate.c:do_pages_stat_array": 4}


NOTHING = """\
static struct page *no_page_table(struct vm_area_struct *vma, unsigned int flags)
{
	return ERR_PTR(-EFAULT);
}
"""


def test_a_text_that_the_core_calls_for_a_text_runs_too(tmp_path: Path) -> None:
    """What stands between them (`adapt.py`) calls the core that has the texts, not the other."""
    (tree(tmp_path) / "mm/gup.c").write_text(NOTHING)
    kernel = with_text(V61, Folder(str(tmp_path)))
    assert outcomes(kernel)[-2:] == ["-EFAULT", "node0 -EFAULT*2"]
    assert isinstance(kernel.text, Executed)
    assert kernel.text.calls["mm/gup.c:no_page_table"] == 2


GUP = """\
static int can_follow_write_pte(pte_t pte, struct page *page, struct vm_area_struct *vma, int flags)
{
	return pte_write(pte) || (flags & FOLL_FORCE) ? 1 : 0;
}
"""


def test_the_arguments_of_a_twin_stand_where_linux_has_them(tmp_path: Path) -> None:
    """The core's has the VMA first; one that is read as another's row would follow nothing."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/gup.c").write_text(GUP)
    text = """\
linuxmm-scenario 1
name: forced
intent: a write without the right, by force

steps:
  P0: a = mmap 1p r
  P0: g = get a FOLL_WRITE FOLL_FORCE
  P0: put g
"""
    kernel = with_text(V61, Folder(str(tmp_path)))
    assert outcomes(kernel, text) == outcomes(V61, text)
    assert isinstance(kernel.text, Executed)
    assert kernel.text.calls["mm/gup.c:can_follow_write_pte"] > 0


def test_a_core_function_without_rules_has_a_twin(tmp_path: Path) -> None:
    """find_mergeable_vma of the core takes none; its text is called with those of the step."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/ksm.c").write_text(
        "static struct vm_area_struct *find_mergeable_vma(struct mm_struct *mm, unsigned long addr)"
        "\n{\n\tstruct vm_area_struct *vma = vma_lookup(mm, addr);\n\n"
        "\tif (!vma || !(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)\n\t\treturn NULL;\n"
        "\treturn vma;\n}\n"
    )
    text = """\
linuxmm-scenario 1
name: merged
intent: two equal pages

machine:
  ksm run = 1

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P0: pages a
"""
    kernel = with_text(V61, Folder(str(tmp_path)))
    assert outcomes(kernel, text) == outcomes(V61, text)
    assert isinstance(kernel.text, Executed)
    assert kernel.text.calls["mm/ksm.c:find_mergeable_vma"] > 0


RMAP = """\
unsigned long page_address_in_vma(struct page *page, struct vm_area_struct *vma)
{
	return 1;
}

void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	if (page_address_in_vma(page, vma) == 1)
		SetPageAnonExclusive(page);
}
"""


def test_text_that_comes_to_a_twin_by_the_border_runs_its_text(tmp_path: Path) -> None:
    """The border's page_address_in_vma() is the core's, in whose place there is text."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/rmap.c").write_text(RMAP)
    text = """\
linuxmm-scenario 1
name: reused
intent: the last owner of a page writes into it

steps:
  P0: a = mmap 1p
  P0: write a 0x11
  P0: P1 = fork
  P1: exit
  P0: write a 0x22
"""
    tree = SourceTree(Folder(str(tmp_path)), config_of(V61))
    kernel = V61.replace(text=Executed(translated(tree, frozenset())))
    assert outcomes(kernel, text) == outcomes(V61, text)
    assert isinstance(kernel.text, Executed)
    calls = kernel.text.calls
    assert calls["mm/rmap.c:page_address_in_vma"] == calls["mm/rmap.c:page_move_anon_rmap"] == 1


def test_the_address_of_a_local_entry_is_not_followed_into_the_tables(tmp_path: Path) -> None:
    """A pte_t * is a slot of the page tables here; one of a local would write into one."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/gup.c").write_text(
        "static int can_follow_write_pte(pte_t pte, struct page *page, "
        "struct vm_area_struct *vma, int flags)\n{\n\tpte_t *other = &pte;\n\n"
        "\treturn pte_write(*other);\n}\n"
    )
    kernel = with_text(V61, Folder(str(tmp_path)))
    assert isinstance(kernel.text, Executed)
    (version,) = kernel.text.versions.values()
    assert [trap.why for trap in version.program.traps.values()] == ["the address of pte"]


def test_the_first_member_of_nothing_is_nothing(tmp_path: Path) -> None:
    """&folio->page where no folio was had: no pointer is followed (mm/memory.c:do_swap_page)."""
    text = TEXT.replace(
        "	if (!page)\n",
        "	struct folio *folio = page_folio(page);\n	page = &folio->page;\n	if (!page)\n",
    )
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    assert outcomes(kernel) == outcomes(V61)


def test_a_function_of_another_shape_is_not_modelled(tmp_path: Path) -> None:
    """Later releases give break_ksm and others one argument more: said by name, no bug of ours."""
    text = TEXT.replace("int *status)", "int *status, int more)")
    judge = SourceJudge(str(tree(tmp_path, text)), V61)
    (verdict,) = judge.judge_all([parse(ASKED, "asked")])
    assert verdict.verdict == "undecided"
    assert "do_pages_stat_array: takes 5 arguments here, and the model has 4" in verdict.reason


def test_another_text_says_something_else(tmp_path: Path) -> None:
    text = TEXT.replace("return -ENOENT;", "return -EFAULT;")
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    assert outcomes(kernel)[-2:] == ["-EFAULT", "node0 -EFAULT*2"]


def test_null_is_followed_as_an_event(tmp_path: Path) -> None:
    text = TEXT.replace("	if (!page)\n		return -ENOENT;\n", "")
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    made = run_one(parse(ASKED, "asked"), kernel, compile_rules(kernel))[-2]
    assert [(e.name, e.site) for e in made.events] == [("oops", "mm/migrate.c:do_pages_stat_array")]
    assert [v.invariant for v in made.broken] == ["oops"]
    (event,) = made.events
    assert event_text(event) == "mm/migrate.c:14: where_is: follows the pointer page"


def test_what_was_never_set_is_an_event_too(tmp_path: Path) -> None:
    text = TEXT.replace("	if (!vma)\n", "	if (vma)\n		nid = 1;\n	if (nid < 0)\n")
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    asked = ASKED.replace("P0: move_pages b", "P0: munmap b\n  P0: move_pages b")
    made = run_one(parse(asked, "asked"), kernel, compile_rules(kernel))[-2]
    assert [v.invariant for v in made.broken] == ["oops"]
    assert event_text(made.events[0]) == (
        "mm/migrate.c:11: where_is: reads nid, which was never set"
    )


def test_an_index_past_all_that_there_is_is_an_event(tmp_path: Path) -> None:
    text = TEXT.replace("n < nr_pages; n++)", "n < 1 << 30; n += 1 << 20)")
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    made = run_one(parse(ASKED, "asked"), kernel, compile_rules(kernel))[-1]
    assert [v.invariant for v in made.broken] == ["oops"]
    assert event_text(made.events[0]) == (
        "mm/migrate.c: do_pages_stat_array: an index is outside of all that there is"
    )


def test_a_lock_that_is_kept_is_an_event(tmp_path: Path) -> None:
    text = TEXT.replace("	mmap_read_unlock(mm);\n", "")
    kernel = with_text(V61, Folder(str(tree(tmp_path, text))))
    made = run_one(parse(ASKED, "asked"), kernel, compile_rules(kernel))[-1]
    assert [v.invariant for v in made.broken] == ["locks"]
    assert made.outcome.result.text() == "node0 -EFAULT*2"


# What fork does with an entry that names a swap slot.  Written for this test.
FORK = """\
static unsigned long copy_nonpresent_pte(struct mm_struct *dst_mm, struct mm_struct *src_mm,
		pte_t *dst_pte, pte_t *src_pte, struct vm_area_struct *dst_vma,
		struct vm_area_struct *src_vma, unsigned long addr, int *rss)
{
	swp_entry_t entry = pte_to_swp_entry(*src_pte);

	if (!non_swap_entry(entry)) {
		if (swap_duplicate(entry) < 0)
			return -5;
		rss[MM_SWAPENTS]++;
	}
	set_pte_at(dst_mm, addr, dst_pte, *src_pte);
	return 0;
}
"""
PLACE = "mm/memory.c:copy_nonpresent_pte"


def test_the_search_finds_a_slot_that_counts_too_few(tmp_path: Path) -> None:
    """No rule can break the promise swap-count: a text does, by one call that is left out."""
    texts = []
    for name, text in (("right", FORK), ("wrong", FORK.replace("swap_duplicate(entry)", "0"))):
        folder = tmp_path / name / "mm"
        folder.mkdir(parents=True)
        (folder / "memory.c").write_text(text)
        texts.append(translated(SourceTree(Folder(str(folder.parent)), config_of(V61))))
    right, wrong = texts
    base = V61.replace(text=Executed(right))
    kernel = V61.replace(name="wrong", text=Executed(wrong, frozenset({PLACE})))
    setups = tuple(setup for setup in catalogue(kernel) if setup.name == "swapped")
    found = Search(base, kernel, setups=setups, modifiers=1).run()
    assert "swap-count" in {difference.what for difference in found.of_side("introduced")}


# One mapping less.  Written for this test: what it does to counters of mlock is left out.
UNMAP = """\
void page_remove_rmap(struct page *page, struct vm_area_struct *vma, bool compound)
{
	if (!atomic_add_negative(-1, &page->_mapcount))
		return;
	__mod_lruvec_page_state(page, NR_ANON_MAPPED, -1);
	if (PageTransCompound(page))
		deferred_split_huge_page(compound_head(page));
}
"""


@pytest.mark.parametrize("queues", [True, False])
def test_a_huge_page_that_nobody_queues_breaks_a_promise(queues: bool, tmp_path: Path) -> None:
    """No rule can break deferred-split: a text does, by one call that is left out."""
    (tmp_path / "mm").mkdir()
    text = UNMAP if queues else UNMAP.replace("deferred_split_huge_page(compound_head(page));", ";")
    (tmp_path / "mm" / "rmap.c").write_text(text)
    kernel = with_text(V61, Folder(str(tmp_path)))
    steps = "P0: a = mmap 512p; P0: write a 1; P0: munmap a[3]"
    made = walk(steps, kernel, ("thp always",))
    assert "deferred-split" in made.dangers
    assert made.ids == (set() if queues else {"deferred-split"})


# --- a judge --------------------------------------------------------------------------------------
def test_the_judge_agrees_and_disagrees(tmp_path: Path) -> None:
    scenario = parse(ASKED, "asked")
    right = SourceJudge(str(tree(tmp_path / "right")), V61)
    wrong = SourceJudge(str(tree(tmp_path / "wrong", TEXT.replace("put_page(page);", ""))), V61)
    assert [v.verdict for v in right.judge_all([scenario])] == ["agree"]
    (verdict,) = wrong.judge_all([scenario])
    assert verdict.verdict == "disagree"
    assert {d.observable for d in verdict.differences} == {"promises", "state", "counters"}
    assert f"1 of {len(TWINS)} functions, 2 with" in right.describe()


def test_a_tree_without_anything_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the functions"):
        SourceJudge(str(tree(tmp_path, "int a;\n")), V61)


def test_each_function_alone(tmp_path: Path) -> None:
    """The wrong one is named; what the core does not call in a scenario is not run in it."""
    folder = tree(tmp_path, TEXT.replace("put_page(page);", ""))
    (folder / "mm/gup.c").write_text(
        "static int can_follow_write_pte(pte_t pte, struct page *page, "
        "struct vm_area_struct *vma, int flags)\n{\n\treturn pte_write(pte) ? 1 : 0;\n}\n"
    )
    judge = SourceJudge(str(folder), V61, each=True)
    (verdict,) = judge.judge_all([parse(ASKED, "asked")])
    assert verdict.verdict == "disagree"
    assert judge.score.alone == {
        "mm/migrate.c:do_pages_stat_array": {"disagree": 1},
        "mm/gup.c:can_follow_write_pte": {},
    }
    said = {d.observable for d in verdict.differences}
    assert "promises, mm/migrate.c:do_pages_stat_array alone" in said
    assert "mm/gup.c:can_follow_write_pte                " in summary(Counter(), judge.score, "x")


@pytest.mark.parametrize(
    ("body", "most"),
    [("return NULL;", 1 << 18), ("for (;;)\n\t\thow = ONE;\n\treturn NULL;", 2)],
)
def test_a_loop_of_the_core_that_waits_for_text_ends(tmp_path: Path, body: str, most: int) -> None:
    """stable_tree_search asks again while the node that it met is gone (mm/ksm.c).

    What goes round for ever by itself is not run a second time.
    """
    text = (
        "enum flags { ONE };\n"
        "static struct page *get_ksm_page(struct ksm_stable_node *stable_node, enum flags how)\n"
        f"{{\n\t{body}\n}}\n"
    )
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/ksm.c").write_text(text)
    kernel = with_text(V61, Folder(str(tmp_path)))
    steps = ("a = mmap 4p", "write a 0x5a 0x5a 0x11 0x11", "madvise a MADV_MERGEABLE")
    lines = "".join(f"  P0: {step}\n" for step in steps) + "  ksmd: full_scan 9\n"
    head = "linuxmm-scenario 1\nname: k\nintent: k\n\nmachine:\n  node0 512M\n  ksm run = 1\n\n"
    made = run_one(parse(f"{head}steps:\n{lines}", "k"), kernel, compile_rules(kernel))[-1]
    assert [event.name for event in made.events] == ["endless"]
    assert made.broken
    assert isinstance(kernel.text, Executed)
    assert 1 <= kernel.text.calls["mm/ksm.c:get_ksm_page"] <= most


def test_what_a_walk_of_clear_refs_gives_is_not_what_write_gives(tmp_path: Path) -> None:
    """Source: fs/proc/task_mmu.c:clear_refs_write, which returns how much was written."""
    (tmp_path / "fs/proc").mkdir(parents=True)
    (tmp_path / "fs/proc/task_mmu.c").write_text(
        "static int clear_refs_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end,\n"
        "\t\t\t\tstruct mm_walk *walk)\n{\n\treturn -1;\n}\n"
    )
    kernel = with_text(V61, Folder(str(tmp_path)))
    text = (
        "linuxmm-scenario 1\nname: c\nintent: c\n\nsteps:\n"
        "  P0: a = mmap 1p\n  P0: write a 0x1\n  P0: clear_refs 1\n"
    )
    made = run_one(parse(text, "c"), kernel, compile_rules(kernel))[-1]
    assert made.result.text() == "0"
    assert isinstance(kernel.text, Executed)
    assert kernel.text.calls == {"fs/proc/task_mmu.c:clear_refs_pte_range": 1}
