# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch whose text runs: which functions did, which did not and why, and where rules disagree.

The C is written for these tests; what its versions do follows from reading them.
"""

import difflib
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.explore import beside
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load
from linuxmm.review import mail, run
from linuxmm.review.execution import executed
from linuxmm.review.read import read_series
from linuxmm.review.reading import Reading
from linuxmm.review.report import EXECUTABLE, report
from linuxmm.review.report_json import as_json
from linuxmm.review.series import Left, screen
from linuxmm.review.standing import Standing
from linuxmm.review.tree import Tree
from linuxmm.source.twins import TWINS
from tests.source.test_execute import ERRNO, TEXT

pytest.importorskip("tree_sitter_c")
V61 = load("v6.1")
NAME = "mm/migrate.c"
HEAD = "From: A <a@b.c>\nSubject: [PATCH] x\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nx\n---\n"
LEAK = TEXT.replace("\tput_page(page);\n", "")
# What the model says of a page of a device; a rule of this site that the reader of hunks knows.
READ = """\
static int add_page_for_migration(struct mm_struct *mm, unsigned long addr,
		int node, struct list_head *pagelist, bool migrate_all)
{
	struct vm_area_struct *vma;
	struct page *page;
	int err;

	mmap_read_lock(mm);
	err = -EFAULT;
	vma = vma_lookup(mm, addr);
	if (!vma || !vma_migratable(vma))
		goto out;

	page = follow_page(vma, addr, FOLL_GET | FOLL_DUMP);

	err = PTR_ERR(page);
	if (IS_ERR(page))
		goto out;

	err = -ENOENT;
	if (!page)
		goto out;

	if (is_zone_device_page(page))
		goto out_putpage;

	err = 0;
	if (page_to_nid(page) == node)
		goto out_putpage;

	err = -EACCES;
	if (page_mapcount(page) > 1 && !migrate_all)
		goto out_putpage;

	err = isolate_lru_page(page);
	if (err)
		goto out_putpage;

	err = 1;
	list_add_tail(&page->lru, pagelist);
	mod_node_page_state(page_pgdat(page),
		NR_ISOLATED_ANON + page_is_file_lru(page), thp_nr_pages(page));
out_putpage:
	put_page(page);
out:
	mmap_read_unlock(mm);
	return err;
}
"""
NUMBERS = ERRNO + "#define EACCES 13\n"
TESTED = "\tif (is_zone_device_page(page))\n\t\tgoto out_putpage;\n\n"


def difference(old: str, new: str, name: str = NAME) -> str:
    a, b = (text.splitlines(keepends=True) for text in (old, new))
    return "".join(difflib.unified_diff(a, b, f"a/{name}", f"b/{name}"))


def put(folder: Path, texts: dict[str, str]) -> Path:
    """A tree with these files."""
    for name, said in {"include/uapi/asm-generic/errno-base.h": NUMBERS, **texts}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)
    return folder


def reading(folder: Path, old: str, new: str, *, applied: bool = False) -> Reading:
    """What a patch that turns one text into another was read as, with a tree at hand."""
    (folder / "x.patch").write_text(HEAD + difference(old, new))
    found = mail.load(str(folder / "x.patch"))
    source = put(folder / "tree", {NAME: new if applied else old})
    standing = Standing(Tree(str(source)), found.patches)
    return executed(read_series(found, V61, tree=standing)[0], standing)


def reviewed(folder: Path, old: str, new: str, *, applied: bool = False) -> run.Review:
    """The review of such a patch, in few set-ups."""
    read = reading(folder, old, new, applied=applied)
    return run._reviewed("x", read, read.base, read.kernel, ("v6.1", "patched", True), None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of the set-ups that these tests need."""
    names = ("untouched", "anon", "coherent", "far-anon")
    setups = tuple(setup for setup in SETUPS if setup.name in names)
    original = Search.__init__

    def small(self: Search, *args: object, **named: object) -> None:
        original(self, *args, **{**named, "setups": setups, "modifiers": 1})  # type: ignore[arg-type]

    monkeypatch.setattr(Search, "__init__", small)


# --- both sides -----------------------------------------------------------------------------------
@pytest.mark.parametrize("applied", [False, True])
def test_a_patch_is_executed_on_both_sides(tmp_path: Path, applied: bool) -> None:
    read = reading(tmp_path, TEXT, LEAK, applied=applied)
    assert [hunk.kind for hunk in read.hunks] == ["executed"]
    assert read.extent == "read"
    assert read.stands == ("with the patch applied" if applied else "without the patch")
    found = Search(read.base, read.kernel, setups=SETUPS[:2], modifiers=1).run()
    introduced = {d.what for d in found.of_side("introduced")}
    assert introduced == {"refcount"}


def test_a_patch_that_changes_nothing_differs_nowhere(tmp_path: Path) -> None:
    other = TEXT.replace("	unsigned long n;\n", "	unsigned long n = 0;\n")
    read = reading(tmp_path, TEXT, other)
    assert [hunk.kind for hunk in read.hunks] == ["executed"]
    found = Search(read.base, read.kernel, setups=SETUPS[:2], modifiers=1).run()
    assert not found.of_side("introduced") and not found.of_side("changed")
    assert found.bounds.steps > 100


def test_what_nothing_of_ours_calls_is_not_executed(tmp_path: Path) -> None:
    more = TEXT + "\nint alone(int a)\n{\n\treturn a;\n}\n"
    found = reviewed(tmp_path, more, more.replace("return a;", "return a + 1;"))
    assert [hunk.kind for hunk in found.reading.hunks] == ["function"] if found.reading else False
    assert found.after.text is None and found.extent == "nothing"
    [function] = found.functions
    assert (function.place, function.status) == (f"{NAME}:alone", "not executed")
    assert found.exit_code == 3


def test_a_report_names_the_files_that_a_tree_would_help_with() -> None:
    assert {twin.path for twin in TWINS} == EXECUTABLE


# --- what became of each function -----------------------------------------------------------------
@pytest.mark.usefixtures("few")
def test_all_that_changes_was_reached(tmp_path: Path) -> None:
    found = reviewed(tmp_path, TEXT, LEAK)
    [function] = found.functions
    assert (function.place, function.status) == (f"{NAME}:where_is", "executed")
    assert function.reached == function.places == 2  # the call that goes, and that it did something
    assert function.runs_in == (f"{NAME}:do_pages_stat_array",)
    assert found.exit_code == 1
    [finding] = found.of_side("introduced")
    assert finding.rests_on == ("executed",)


@pytest.mark.usefixtures("few")
def test_an_all_clear_is_earned(tmp_path: Path) -> None:
    """The same with a helper: all that changes ran, nothing differs, and the bounds are said."""
    helper = "static int node_of(struct page *page)\n{\n\treturn page_to_nid(page);\n}\n\n"
    new = TEXT.replace(": page_to_nid(page);", ": node_of(page);")
    new = new.replace("static int where_is", f"{helper}static int where_is")
    found = reviewed(tmp_path, TEXT, new)
    assert {one.status for one in found.functions} == {"executed"}, found.functions
    [verdict] = found.rules
    assert verdict.verdict == "same" and "within 4 set-ups and 3 actions" in verdict.why
    assert found.exit_code == 0


@pytest.mark.usefixtures("few")
def test_a_state_that_nobody_sees_is_no_all_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was asked about is marked dirty, and nobody reads kpageflags."""
    monkeypatch.setattr(beside, "READERS", ())
    new = TEXT.replace("\tput_page(page);\n", "\tset_page_dirty(page);\n\tput_page(page);\n")
    found = reviewed(tmp_path, TEXT, new)
    assert not found.of_side("introduced", "changed")
    assert "leaves another state" in found.rules[0].why
    assert found.exit_code == 3


@pytest.mark.usefixtures("few")
def test_another_way_inside_is_no_all_clear(tmp_path: Path) -> None:
    """An argument that only sends what is not changed another way to the same answer."""
    old = TEXT.replace("int nid;\n", "int nid, why = 0;\n").replace(
        "\tput_page(page);\n", "\tif (why)\n\t\tnid += 0;\n\tput_page(page);\n"
    )
    found = reviewed(tmp_path, old, old.replace("why = 0", "why = 1"))
    assert {one.status for one in found.functions} == {"executed"}
    assert "where_is goes another way inside" in found.rules[0].why
    assert found.exit_code == 3


@pytest.mark.usefixtures("few")
def test_what_is_never_reached_is_no_all_clear(tmp_path: Path) -> None:
    """No page is on node 9: what is done then is not judged."""
    old = TEXT.replace("\tput_page(page);\n", "\tif (nid != 9)\n\t\tput_page(page);\n")
    new = old.replace("\tif (nid != 9)\n", "\tif (nid == 9)\n\t\treturn -1;\n\telse\n")
    found = reviewed(tmp_path, old, new)
    [function] = found.functions
    assert (function.status, function.reached < function.places) == ("partly reached", True)
    assert not found.of_side("introduced", "changed")
    assert found.exit_code == 3
    assert "not judged: where_is" in " ".join(report(found).split())


@pytest.mark.usefixtures("few")
def test_a_constant_of_the_model_hides_a_change(tmp_path: Path) -> None:
    """No page of the model is poisoned: what is done to those is in no translation."""
    old = TEXT.replace("\tput_page(page);\n", "\tif (PageHWPoison(page))\n\t\treturn 1;\n"
                                              "\tput_page(page);\n")  # fmt: skip
    found = reviewed(tmp_path, old, old.replace("return 1;", "return 2;"))
    [function] = found.functions
    assert function.status == "not in the model"
    assert found.exit_code == 3
    shown = " ".join(report(found).split())
    assert "where_is: not in the model" in shown and "model behaves as before" not in shown


def names(new: str) -> str:
    """The text under test with another name for a variable."""
    return re.sub(r"\bnid\b", "node", new)


SAID_OTHERWISE = (
    names(TEXT),
    TEXT.replace("\tfor (n = 0; n < nr_pages; n++)\n\t\tstatus[n] = ",
                 "\tn = 0;\n\twhile (n < nr_pages) {\n\t\tstatus[n] = ").replace(
                 "pages[n]);\n", "pages[n]);\n\t\tn++;\n\t}\n"),
)  # fmt: skip

RENUMBERED = "enum { LIES_HERE = %s, LIES_FAR = %s };\n" + TEXT.replace(
    "\treturn nid;\n", "\treturn nid == LIES_FAR ? LIES_FAR : nid;\n"
)


@pytest.mark.parametrize(
    ("far", "why"),
    [
        ("1 << 3", "LIES_FAR is 8 after the patch and 1 before"),
        ("LIES_HERE + 1", ""),  # the same number in other words
    ],
)
def test_a_number_that_the_model_has_too_is_refused(tmp_path: Path, far: str, why: str) -> None:
    """A caller that is not text says the old number: what comes of it is no fault of the patch."""
    leak = (RENUMBERED % ("0", far)).replace("\tput_page(page);\n", "")
    found = reading(tmp_path, RENUMBERED % ("0", "1 << 0"), leak)
    told = [note for note in found.notes if note.startswith("not executed: ")]
    assert (found.kernel.text is None) is bool(why)
    assert why in "".join(told) and bool(told) is bool(why)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("new", SAID_OTHERWISE, ids=["names", "while"])
def test_the_same_in_other_words_is_an_all_clear(tmp_path: Path, new: str) -> None:
    """A variable of another name, a loop of another form: the translation is the same."""
    found = reviewed(tmp_path, TEXT, new)
    assert {one.status for one in found.functions} == {"the same"}
    assert (found.extent, found.exit_code) == ("read", 0)


@pytest.mark.usefixtures("few")
def test_where_something_is_left_out_other_words_may_hide_it(tmp_path: Path) -> None:
    """A call that the border passes over may be called with anything."""
    old = TEXT.replace("\tput_page(page);\n", "\tflush_tlb_range(vma, addr, addr);\n"
                                              "\tput_page(page);\n")  # fmt: skip
    found = reviewed(tmp_path, old, old.replace("addr, addr);", "addr, addr + 1);"))
    assert {one.status for one in found.functions} == {"not in the model"}
    assert found.exit_code == 3


@pytest.mark.usefixtures("few")
def test_what_never_changes_a_variable_is_no_all_clear(tmp_path: Path) -> None:
    """No node of the model has a number beyond 7: whoever masks it changes nothing in a search."""
    new = TEXT.replace("\tput_page(page);\n", "\tif (nid >= 0)\n\t\tnid = nid & 7;\n"
                                              "\tput_page(page);\n")  # fmt: skip
    found = reviewed(tmp_path, TEXT, new)
    [function] = found.functions
    assert (function.status, found.exit_code) == ("partly reached", 3)
    assert "never with another value than there was" in function.text()


@pytest.mark.usefixtures("few")
def test_a_call_that_is_passed_over_beside_a_line_that_shows(tmp_path: Path) -> None:
    """What only a race needs, with a variable that says so: the rest is no all-clear."""
    new = TEXT.replace("\tput_page(page);\n", "\tflush_tlb_range(vma, addr, addr);\n"
                                              "\tnid += 0;\n\tput_page(page);\n")  # fmt: skip
    found = reviewed(tmp_path, TEXT, new)
    [function] = found.functions
    assert (function.status, found.exit_code) == ("not in the model", 3)
    assert "flush_tlb_range(), which the model passes over" in function.why


@pytest.mark.usefixtures("few")
def test_a_hidden_line_beside_one_that_shows(tmp_path: Path) -> None:
    old = TEXT.replace("\tput_page(page);\n", "\tif (PageHWPoison(page))\n\t\treturn 1;\n"
                                              "\tnid += 0;\n\tput_page(page);\n")  # fmt: skip
    new = old.replace("return 1;", "return 2;").replace("\tput_page(page);\n", "")
    found = reviewed(tmp_path, old, new)
    [function] = found.functions
    assert found.extent == "partly" and function.status == "not in the model"
    line = (HEAD + difference(old, new)).split("\n").index("-\t\treturn 1;") + 1
    assert f"line {line} of the patch" in function.why
    assert {f.what for f in found.of_side("introduced")} == {"refcount"}


@pytest.mark.usefixtures("few")
def test_where_the_text_stops_is_named_with_its_line(tmp_path: Path) -> None:
    new = TEXT.replace("\tput_page(page);\n", "\tset_page_owner_priority(page);\n"
                                              "\tput_page(page);\n")  # fmt: skip
    found = reviewed(tmp_path, TEXT, new)
    [function] = found.functions
    line = new.split("\n").index("\tset_page_owner_priority(page);") + 1
    assert function.status == "stops"
    assert f"{NAME}:{line}: where_is: " in function.why
    assert "set_page_owner_priority" in function.why
    assert found.exit_code == 3


@pytest.mark.usefixtures("few")
def test_comments_are_not_looked_for_in_a_translation(tmp_path: Path) -> None:
    new = TEXT.replace("\tput_page(page);\n", "\t/* as it came */\n\tput_page(page);\n")
    found = reviewed(tmp_path, TEXT, new)
    assert found.functions == () and found.exit_code == 0


@pytest.mark.usefixtures("few")
def test_the_hunk_that_shows_it_is_named(tmp_path: Path) -> None:
    """Two hunks in two functions: the reference is lost by the one, the errno is the other's."""
    new = LEAK.replace("for (n = 0; n < nr_pages; n++)", "for (n = 0; n != nr_pages; n++)")
    [finding] = reviewed(tmp_path, TEXT, new).of_side("introduced")
    lines = (HEAD + difference(TEXT, new)).split("\n")
    head = next(n for n, line in enumerate(lines) if line.startswith("@@")) + 1
    assert [hunk.endswith(f"(line {head})") for hunk in finding.hunks] == [True]
    assert finding.hunks[0].startswith(f"{NAME} @@ -")


# --- rules and text -------------------------------------------------------------------------------
@pytest.mark.usefixtures("few")
def test_rules_and_text_agree(tmp_path: Path) -> None:
    found = reviewed(tmp_path, READ, READ.replace(TESTED, ""))
    assert [site.site for site in found.reading.sites] if found.reading else False
    assert found.agreement is not None
    assert found.agreement.places == (f"{NAME}:add_page_for_migration",)
    assert found.agreement.paths > 20 and found.disagreements == ()
    [function] = found.functions
    assert function.read and function.is_judged
    [finding] = found.of_side("changed")
    assert finding.verb == "move_pages" and finding.rests_on[0] == "executed"
    assert found.exit_code == 1


@pytest.mark.usefixtures("few")
def test_rules_and_text_disagree(tmp_path: Path) -> None:
    """The tree is not the base: it keeps the reference of a page that is on the node already."""
    other = READ.replace("== node)\n\t\tgoto out_putpage;", "== node)\n\t\tgoto out;")
    found = reviewed(tmp_path, other, other.replace(TESTED, ""))
    assert [one.side for one in found.disagreements] == ["before", "after"]
    text = found.disagreements[0].text()
    assert text.startswith(f"read and executed disagree at {NAME}:add_page_for_migration, before")
    assert "refcount" in text
    assert found.exit_code == 3
    assert "DISAGREE" in report(found)


def test_the_command_says_it_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = put(tmp_path / "tree", {NAME: TEXT})
    (tmp_path / "x.patch").write_text(
        HEAD + difference(TEXT, TEXT.replace("? -ENOENT", "? -EFAULT"))
    )
    arguments = [str(tmp_path / "x.patch"), "--tree", str(source), "--base", "v6.1"]
    assert main(["review", *arguments, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["tree"] == {"tree": str(source), "stands": "without the patch"}
    [function] = found["functions"]
    assert function["status"] == "executed" and function["reached"] == function["places"]
    assert found["disagreements"] == []


# --- series ---------------------------------------------------------------------------------------
def parts(*diffs: str) -> str:
    """A series with a cover letter, as an mbox."""
    count = len(diffs)
    heads = [(0, "it begins"), *((n, f"part {n}") for n in range(1, count + 1))]
    return "".join(
        f"From x Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nSubject: [PATCH {n}/{count}] {title}\n"
        f"Date: Mon, 1 Jan 2024 00:0{n}:00 +0000\n\nwords\n---\n{diffs[n - 1] if n else ''}\n"
        for n, title in heads
    )


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("applied", [0, 1, 3])
def test_each_part_stands_on_the_last_and_what_is_mended_is_told(
    tmp_path: Path, applied: int
) -> None:
    """Part 1 leaks, part 2 changes an errno elsewhere in the function, part 3 mends the leak."""
    other = LEAK.replace("? -ENOENT", "? -EFAULT")
    mended = TEXT.replace("? -ENOENT", "? -EFAULT")
    texts = (TEXT, LEAK, other, mended)
    path = tmp_path / "x.mbox"
    path.write_text(parts(*(difference(a, b) for a, b in pairwise(texts))))
    source = put(tmp_path / "tree", {NAME: texts[applied]})
    found = list(run.reviews(str(path), "v6.1", str(source)))
    words = ["with the patch applied" if n < applied else "without the patch" for n in range(3)]
    assert [review.reading.stands for review in found if review.reading] == words
    sides = [{f.what for f in review.of_side("introduced")} for review in found]
    assert sides == [{"refcount"}, set(), set()]
    assert [f.what for f in found[1].of_side("changed")] == ["move_pages"]
    assert {f.what for f in found[2].of_side("fixed")} == {"refcount"}
    last = " ".join(screen(found).split("MENDED")[1].split())
    assert "1/3 refcount" in last and last.endswith("(mended by 3/3)")
    series = Left()
    mends = [as_json(review, series.mended_by(review))["mends"] for review in found]
    leak = found[0].of_side("introduced")[0].id
    assert mends == [[], [], [{"part": 1, "id": leak, "invariant": "refcount"}]]
    left = screen(found[:2])
    assert "LEFT at the end" in left and "MENDED" not in left and "1/2 refcount" in left


@pytest.mark.usefixtures("few")
def test_a_text_that_an_earlier_part_changed_runs_on(tmp_path: Path) -> None:
    """Part 2 is another function: what part 1 broke is still broken, not fixed by it."""
    both = TEXT + READ
    leak = LEAK + READ
    more = leak.replace("err = -ENOENT;", "err = -EFAULT;")
    path = tmp_path / "x.mbox"
    path.write_text(parts(difference(both, leak), difference(leak, more)))
    found = list(run.reviews(str(path), "v6.1", str(put(tmp_path / "tree", {NAME: both}))))
    assert {f.what for f in found[0].of_side("introduced")} == {"refcount"}
    assert "1/2 refcount" in screen(found).split("LEFT at the end")[1]


# --- hostile patches ------------------------------------------------------------------------------
@pytest.mark.parametrize("gone", ["else\n\t\tput_page(page);", "return put_page(page);"])
def test_a_statement_that_looks_like_a_prototype_is_code(tmp_path: Path, gone: str) -> None:
    """`else f(x);` alone in a run of changed lines is no declaration of f()."""
    old = TEXT.replace("put_page(page);", f"if (nid < -100)\n\t\tget_page(page);\n\t{gone}")
    new = old.replace(f"\t{gone}\n", "")
    execution = reading(tmp_path, old, new).execution
    assert old != new and execution is not None
    assert [one.name for one in execution.functions] == ["where_is"]


PLAIN = difference(TEXT, LEAK)
HOSTILE = {
    "out of the tree": (PLAIN.replace("mm/migrate.c", "../../etc/passwd"), 2),
    "absolute": (PLAIN.replace("a/mm/migrate.c", "/etc/passwd"), 2),
    "git's own": (PLAIN.replace("mm/migrate.c", ".git/config"), 3),
    "a link": (PLAIN.replace("mm/migrate.c", "mm/link.c"), 3),
    "binary": ("diff --git a/mm/migrate.c b/mm/migrate.c\nGIT binary patch\nliteral 0\n", 3),
    "a mode": ("diff --git a/mm/migrate.c b/mm/migrate.c\nold mode 100644\nnew mode 100755\n", 3),
    "CRLF": (PLAIN.replace("\n", "\r\n"), 1),
    "twice": (PLAIN + PLAIN, 3),
    "removed": (difference(TEXT, "").replace("+++ b/mm/migrate.c", "+++ /dev/null"), 3),
    "a giant": ("--- a/mm/migrate.c\n+++ b/mm/migrate.c\n@@ -1,1 +1,20001 @@\n struct page;\n"
                + "+\t{\n" * 20000, 3),
    "braces": (difference(TEXT, TEXT.replace("return nid;", "{" * 3000 + "return nid;")), 3),
    "a macro of itself": (difference(TEXT, "#define put_page(x) put_page(x)\n" + TEXT), 3),
}  # fmt: skip


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_patch_is_one_sentence_or_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    text, code = HOSTILE[what]
    source = put(tmp_path / "tree", {NAME: TEXT, ".git/config": TEXT})
    (source / "mm" / "link.c").symlink_to("/etc/hostname")
    (tmp_path / "x.patch").write_bytes((HEAD + text).encode())
    found = main(["review", str(tmp_path / "x.patch"), "--tree", str(source), "--base", "v6.1"])
    said = capsys.readouterr()
    assert found == code, said
    assert "Traceback" not in said.err + said.out
    if code == 2:
        assert "which is outside of the source tree" in said.err
        assert len(said.err.splitlines()) == 1
