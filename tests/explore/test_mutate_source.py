# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of kernel C: what finds them, on a small tree of our own (fates by reasoning)."""

from pathlib import Path

import pytest

from linuxmm.errors import InputError
from linuxmm.explore.edit_table import as_json, as_text, counts
from linuxmm.explore.mutate_source import (
    EQUAL,
    FOUND,
    NOTICED,
    SAME,
    UNDECIDED,
    UNREACHED,
    EditFate,
    SourceMutator,
    chosen,
)
from linuxmm.explore.notes import Notes
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import load
from linuxmm.scenario.tree import Machine as MachineBlock
from linuxmm.source.execute import with_text
from linuxmm.source.folder import Folder
from tests.source.test_execute import TEXT
from tests.source.test_execute import tree as planted

V61 = load("v6.1")
FEW = tuple(setup for setup in SETUPS if setup.name in ("untouched", "anon", "coherent"))
MORE = TEXT.replace("	put_page(page);\n", """\
	put_page(page);
	if (nid == 77)
		nid = -EFAULT;
	if (nid >= 0)
		nid = nid + 0;
	barrier();
""")  # fmt: skip


@pytest.fixture(scope="module")
def mutator(tmp_path_factory: pytest.TempPathFactory) -> SourceMutator:
    folder = Folder(str(planted(tmp_path_factory.mktemp("tree"), MORE)))
    return SourceMutator(V61, folder, setups=FEW, modifiers=1)


@pytest.fixture(scope="module")
def fates(mutator: SourceMutator) -> list[EditFate]:
    return [mutator.fate(edit) for edit in mutator.edits()]


def fate_of(fates: list[EditFate], old: str, kind: str, new: str = "") -> EditFate:
    (found,) = (
        f
        for f in fates
        if f.edit.old == old and f.edit.kind == kind and (not new or f.edit.new == new)
    )
    return found


def test_what_finds_an_edit(fates: list[EditFate]) -> None:
    leak = fate_of(fates, "put_page(page);", "statement removed")
    assert (leak.fate, leak.by and leak.by.what) == (FOUND, "refcount")
    lock = fate_of(fates, "mmap_read_unlock(mm);", "statement removed")
    assert (lock.fate, lock.by and lock.by.what) == (FOUND, "locks")
    negated = fate_of(fates, "!page", "condition negated")
    assert negated.fate == FOUND and negated.before == "if (!page)"
    assert negated.after == "if (page)"
    device = fate_of(fates, "is_zone_device_page(page)", "condition negated")
    assert device.fate == FOUND and device.by is not None and device.by.what == "move_pages"
    unset = fate_of(fates, "page = follow_page(vma, addr, FOLL_GET | FOLL_DUMP);",
                    "statement removed")  # fmt: skip
    assert unset.fate == FOUND


def test_what_nothing_can_find(fates: list[EditFate]) -> None:
    assert fate_of(fates, "barrier();", "statement removed").fate == SAME
    assert fate_of(fates, "nid = -EFAULT;", "statement removed").fate == UNREACHED
    # no node has that number, and nid + 0 is nid
    assert fate_of(fates, "nid = nid + 0;", "statement removed").fate == EQUAL
    assert fate_of(fates, "+", "operator changed").fate == EQUAL


def test_the_same_is_found_as_by_a_search(
    mutator: SourceMutator, fates: list[EditFate], tmp_path: Path
) -> None:
    """What an edit is held against is what a review of it would walk through."""
    before = with_text(V61, mutator.texts)
    for number, one in enumerate(fates[::4]):
        if one.fate in (SAME, UNDECIDED):
            continue
        folder = planted(tmp_path / str(number), one.edit.applied(MORE))
        after = with_text(V61, Folder(str(folder)))
        assert before.text is not None and after.text is not None
        places = before.text.differing(after.text)
        after = after.replace(text=before.text.with_(after.text, places))
        search = Search(before, after, setups=FEW, modifiers=1, until=NOTICED).run()
        assert bool(search.of_side(*NOTICED)) == (one.fate == FOUND), one.edit
        assert one.fate == FOUND or not search.parted


def test_what_is_judged_does_not_depend_on_the_others(
    mutator: SourceMutator, fates: list[EditFate]
) -> None:
    alone = SourceMutator(V61, mutator.texts, setups=FEW, modifiers=1)
    assert alone.fate(fates[7].edit) == fates[7]


def test_both_texts_run_only_where_they_part(
    mutator: SourceMutator, fates: list[EditFate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the text as it is does everywhere is known from the walk."""
    alone = SourceMutator(V61, mutator.texts, setups=FEW, modifiers=1)
    alone.gather()
    beside: list[object] = []
    real = Notes.walkers

    def counted(notes: Notes, pair: KernelPair, block: MachineBlock) -> object:
        beside.append(block)
        return real(notes, pair, block)

    monkeypatch.setattr(Notes, "walkers", counted)
    same = alone.fate(fate_of(fates, "nid = nid + 0;", "statement removed").edit)
    assert same.fate == EQUAL and same.steps > 0 and not beside
    other = alone.fate(fate_of(fates, "put_page(page);", "statement removed").edit)
    assert other.fate == FOUND and beside


def test_some_by_chance(mutator: SourceMutator) -> None:
    every = mutator.edits()
    assert chosen(every, 0, 5) == every == mutator.edits()
    some = chosen(every, 9, 5)
    assert len(some) == 9 and some == [e for e in every if e in some] == chosen(every, 9, 5)
    assert some != chosen(every, 9, 6)


def test_a_tree_without_anything_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the functions"):
        SourceMutator(V61, Folder(str(planted(tmp_path, "int a;\n"))))


def test_the_table_fits_a_terminal(mutator: SourceMutator, fates: list[EditFate]) -> None:
    text = as_text("debian-6.1", "a-tree", fates, mutator.bounds, True)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "mm/migrate.c\n  where_is " in text
    assert "      - put_page(page);\n      + ;\n" in text
    assert f"found      {counts(fates)[FOUND]:>5}  " in text
    document = as_json("debian-6.1", "a-tree", fates, mutator.bounds)
    assert document["counts"] == counts(fates)
    assert sum(counts(fates).values()) == len(fates)
