# SPDX-License-Identifier: GPL-2.0-or-later
"""`review` and `validate` say with units what they say without, byte for byte.

The units are done in this process, as a worker does them (`test_local.py` has real ones), so that
the search can be kept small.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.search import Search
from linuxmm.explore.setups import SETUPS
from linuxmm.spread import local
from linuxmm.spread.doing import do

pytest.importorskip("tree_sitter_c")
from tests.review.test_execution import HEAD, LEAK, NAME, difference, put
from tests.source.test_execute import TEXT

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def done_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many units each launch had to do."""
    counted: list[int] = []

    def worked(tasks: Sequence[bytes], jobs: int) -> Iterator[tuple[int, bytes]]:
        counted.append(len(tasks))
        for place in reversed(range(len(tasks))):
            yield place, do(tasks[place])

    monkeypatch.setattr(local, "worked", worked)
    return counted


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of the set-ups that these patches need."""
    setups = tuple(s for s in SETUPS if s.name in ("untouched", "anon", "coherent", "far-anon"))
    original = Search.__init__

    def small(self: Search, *args: object, **named: object) -> None:
        original(self, *args, **{**named, "setups": setups, "modifiers": 1})  # type: ignore[arg-type]

    monkeypatch.setattr(Search, "__init__", small)


def both(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the verb prints, which is the same with units."""
    codes, told = [], []
    for more in ([], ["--jobs", "2"]):
        codes.append(main([*words, *more]))
        said = capsys.readouterr()
        told.append(said.out)
    assert told[0] == told[1] and codes[0] == codes[1], said.err
    return told[0]


def mbox(folder: Path, *patches: tuple[str, str]) -> str:
    """A series whose parts turn one text into the next."""
    many = []
    for n, (old, new) in enumerate(patches, 1):
        head = HEAD.replace("[PATCH] x", f"[PATCH {n}/{len(patches)}] x{n}")
        many.append(f"From 0 Mon Jan 1 00:00:00 2024\n{head}{difference(old, new)}\n")
    (folder / "series.mbox").write_text("\n".join(many))
    return str(folder / "series.mbox")


@pytest.mark.usefixtures("few")
def test_a_series_with_a_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], done_here: list[int]
) -> None:
    series = mbox(tmp_path, (TEXT, LEAK), (LEAK, TEXT))
    tree = str(put(tmp_path / "tree", {NAME: TEXT}))
    words = ["review", series, "--base", "v6.1", "--tree", tree, "--format", "json", "--verbose"]
    assert "refcount" in both(words, capsys)
    assert done_here == [2]
    main([*words, "--jobs", "2"])
    assert done_here == [2]
    put(tmp_path / "tree", {NAME: f"{TEXT}\n"})
    main([*words, "--jobs", "2"])
    assert done_here == [2, 2]  # another tree


def test_only_a_file_can_be_cut_into_patches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "v6.1..v6.12", "--jobs", "2"]) == 2
    assert "for a file with patches" in capsys.readouterr().err


def test_scenarios_against_a_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], done_here: list[int]
) -> None:
    tree = str(put(tmp_path / "tree", {NAME: LEAK}))
    words = ["validate", str(ROOT / "scenarios/coherent-pages-stay.mm"), "--on", "source",
             "--tree", tree, "--generated", "30", "--seed", "7", "--format", "json"]  # fmt: skip
    assert "disagree" in both(words, capsys)
    assert done_here == [2]  # of 25 and 6


@pytest.mark.parametrize(
    "words",
    [["validate", "--generated", "2", "--on", "host"], ["check", "v6.1", "--scope", "swap"],
     ["mutate", "--source", "--tree", "nowhere"],
     ["validate", "--generated", "2", "--on", "source", "--tree", "nowhere", "--compiled"]],
)  # fmt: skip
def test_what_has_no_units_says_so(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--jobs", "2"]) == 2
    said = capsys.readouterr().err
    assert "--jobs and --scheduler do not go with" in said and said.count("\n") == 1
