# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules flipped, a whole scope searched with each: which promise catches which flip."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.flips import CellFlip
from linuxmm.explore.judge import FORCED, OBSERVABLE, UNDECIDED
from linuxmm.explore.plainly import PLAIN
from linuxmm.explore.scope.found import search_scope
from linuxmm.explore.scope.matrix import Flipper, Outcome
from linuxmm.explore.scope.record import load_scope
from linuxmm.explore.scope.units import flipped, outcomes
from linuxmm.kernels import load
from linuxmm.spread.launch import Far, Launcher
from linuxmm.spread.unit import Answer, Unit
from tests.compiled import NEEDS_COMPILER

FORK = "mm/memory.c:copy_present_pte"
STATUS = "mm/migrate.c:do_pages_stat_array"
MIGRATE = "mm/migrate_device.c:migrate_vma_collect_pmd"
SCOPE = """\
schema = 1
machine = ["coherent0 256M"]
setup = ["P0: a = mmap 1p", "P0: write a 0x11"]
actions = ["P0: P1 = fork", "{P0,P1}: exit", "coherent0: migrate P0.a", "P0: write a 0x11"]
"""


def quiet(done: int, of: int, what: str) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def flipper(tmp_path_factory: pytest.TempPathFactory) -> Flipper:
    path = tmp_path_factory.mktemp("scope") / "mine.toml"
    path.write_text(SCOPE)
    kernel = load("v6.1")
    return Flipper(kernel, search_scope(load_scope(str(path)), kernel, quiet))


def outcome(flipper: Flipper, site: str, cell: str, new: str) -> Outcome:
    """The one flip."""
    (flip,) = [f for f in flipper.flips() if (f.site, f.cell, f.new) == (site, cell, new)]
    return flipper.outcome(flip)


@NEEDS_COMPILER
def test_sites_that_no_action_asks_are_named_and_not_tried(flipper: Flipper) -> None:
    """There is no KSM, no mlock and no reclaim in the scope."""
    assert {FORK, MIGRATE} <= set(flipper.sites)
    never = {"mm/ksm.c:get_mergeable_page", "mm/madvise.c:madvise_cold_or_pageout_pte_range"}
    assert never <= set(flipper.never_asked) and not never & set(flipper.sites)
    assert flipper.not_tried() > len(flipper.never_asked)
    assert {flip.site for flip in flipper.flips()} <= set(flipper.sites)


@NEEDS_COMPILER
def test_fork_without_the_lookup_of_device_pages_is_caught(flipper: Flipper) -> None:
    """copy_present_pte then copies the entry and takes no reference, no mapcount, no rss."""
    found = outcome(flipper, FORK, "lookup", "lru")
    assert found.judged.verdict == FORCED
    ways = dict(found.caught_by)
    assert {"refcount", "mapcount", "rss"} <= set(ways)
    assert ways["rss"][-2:] == ("coherent0: migrate P0.a", "P0: P1 = fork")


@NEEDS_COMPILER
def test_a_lookup_that_asks_for_no_more_keeps_every_promise(flipper: Flipper) -> None:
    """`any` and `normal` differ by devmap entries alone: there is none."""
    found = outcome(flipper, FORK, "lookup", "any")
    assert (found.judged.verdict, found.caught_by) == (UNDECIDED, ())
    assert found.judged.why == "states and answers are the same"


@NEEDS_COMPILER
def test_a_call_that_answers_otherwise_is_seen(tmp_path: Path) -> None:
    """do_pages_stat_array on a coherent page: the status is all that its test decides."""
    path = tmp_path / "status.toml"
    path.write_text(SCOPE.replace('P0.a", "P0: write a 0x11"', 'P0.a", "P0: move_pages a"'))
    kernel = load("v6.1")
    asking = Flipper(kernel, search_scope(load_scope(str(path)), kernel, quiet))
    found = outcome(asking, STATUS, "zone_device gives", "-EINVAL")
    assert (found.judged.verdict, found.caught_by) == (OBSERVABLE, ())
    assert found.judged.why.startswith("an action answers otherwise after: P0: a = mmap 1p; ")


@NEEDS_COMPILER
def test_units_give_what_one_process_finds(flipper: Flipper) -> None:
    """Caught, not seen: what goes through files is the same."""
    flips = [f for f in flipper.flips() if f.site == FORK and f.cell == "lookup"]
    here = [flipper.outcome(flip) for flip in flips]
    (unit,) = _units(flipper, flips)
    assert {each.judged.verdict for each in here} == {FORCED, UNDECIDED}
    assert PLAIN.value(flipped(unit)) == tuple(
        (each.judged.verdict, each.judged.why, each.caught_by) for each in here
    )


def _units(flipper: Flipper, flips: list[CellFlip]) -> list[str]:
    """What the units of these flips are given."""
    given: list[str] = []

    class Asks(Launcher):
        def answers(self, units: Sequence[Unit], far: Far | None = None) -> Iterator[Answer]:
            given.extend(unit.given for unit in units)
            return iter(())

    with suppress(ValueError):  # there is no answer
        list(outcomes(Asks(), flipper.kernel, flipper.searched.scope, flips))
    return given


def test_a_matrix_wants_a_scope(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "v6.1", "--matrix"]) == 2
    assert "it goes with --scope" in capsys.readouterr().err


@NEEDS_COMPILER
def test_the_text_fits_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SCOPE)
    assert main(["check", "v6.1", "--scope", str(path), "--matrix"]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert f"  {FORK}\n    lookup: normal -> lru\n        caught by mapcount" in text
    assert "\npromise " in text and "\nnot tried: " in text
