# SPDX-License-Identifier: GPL-2.0-or-later
"""Are the witnesses of a review minimal, and do they show the same thing in `linuxmm run`?"""

import io
import json
import sys
from dataclasses import replace
from typing import Any

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.difference import CHANGED, Difference
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.paths import Path
from linuxmm.explore.setups import SETUPS
from linuxmm.explore.shrink import candidates
from linuxmm.explore.witness import Witness
from linuxmm.printed import WIDTH
from linuxmm.review.causes import Causes
from linuxmm.review.findings import Finding, shows
from linuxmm.review.report import coloured, report
from linuxmm.review.run import Review
from linuxmm.state.sites import SITES


def signature(finding: Finding, pair: KernelPair) -> Difference:
    """What a smaller witness would have to show: the same fault, where an event said so there."""
    anywhere = frozenset(range(len(SITES)))
    path = Path(SETUPS[0])
    wanted = Difference(finding.side, finding.what, finding.page_kind, anywhere, path, "")
    observed = shows(finding.witness, pair, wanted)
    assert observed is not None, finding.explanation
    if not observed.site:
        return wanted
    return replace(wanted, sites=frozenset({SITES.index(observed.site)}))


def test_no_step_page_or_word_can_go(seed_review: Review) -> None:
    causes = Causes(seed_review.before, seed_review.after)
    for finding in seed_review.findings:
        wanted = signature(finding, causes.whole)
        alone = cause_of(finding, causes)
        smaller = [w for w in candidates(finding.witness)
                   if shows(w, causes.whole, wanted) and shows(w, alone, wanted)]  # fmt: skip
        assert smaller == [], finding.explanation


def cause_of(finding: Finding, causes: Causes) -> KernelPair:
    """The before kernel, and it with the named parts of the change alone."""
    named = tuple(unit for unit in causes.units if unit.name in finding.cause)
    return causes.pair(named) if named else causes.whole


def test_the_named_parts_alone_show_it(seed_review: Review) -> None:
    causes = Causes(seed_review.before, seed_review.after)
    for finding in seed_review.findings:
        wanted = signature(finding, causes.whole)
        assert shows(finding.witness, cause_of(finding, causes), wanted), finding.explanation


def test_the_bad_page_map_needs_a_mapping_a_page_and_a_walk(seed_review: Review) -> None:
    (finding,) = [f for f in seed_review.findings if f.invariant == "bad-page-map"]
    assert finding.witness == Witness(
        ("dax0 64M",), ("P0: a = mmap 1p dax0", "P0: read a", "P0: clear_refs 1")
    )


def run_json(text: str, *kernels: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """`linuxmm run - --format json`, as a person would call it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    options = [word for kernel in kernels for word in ("--kernel", kernel)]
    main(["run", "-", "--format", "json", *options])
    return json.loads(capsys.readouterr().out)["kernels"]


def test_every_witness_runs_and_shows_it(
    seed_review: Review, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = seed_review.before_name, seed_review.after_name
    for finding in seed_review.findings:
        found = run_json(finding.text(), *ends, monkeypatch=monkeypatch, capsys=capsys)
        old, new = (found[name] for name in ends)
        if finding.side == CHANGED:
            assert old["steps"][-1]["result"] != new["steps"][-1]["result"]
            continue
        broken = [{f["invariant"] for f in each["findings"]} for each in (old, new)]
        expected = {"introduced": (False, True), "fixed": (True, False), "remaining": (True, True)}
        at_end = (breaks_last(old, finding), breaks_last(new, finding))
        if finding.side == "introduced" and finding.invariant == "ksm-device-migrated":
            assert all(finding.invariant in names for names in broken)  # healed in one of them
            continue
        assert at_end == expected[finding.side], finding.explanation


def breaks_last(run: Any, finding: Finding) -> bool:
    """Does this kernel break the finding's promise with the last step of its witness?"""
    return any(
        f["invariant"] == finding.invariant and f["steps"] <= len(finding.witness.steps)
        for f in run["findings"]
    )


def test_verdicts_have_witnesses_that_parse(seed_review: Review, tmp_path: Any) -> None:
    from linuxmm.scenario.parse import parse

    for verdict in (*seed_review.choices, *seed_review.untouched):
        text = verdict.text()
        if verdict.verdict in ("forced", "observable", "breaks"):
            assert text is not None
            assert parse(text, "witness").steps
        elif verdict.verdict in ("unknown", "unreachable", "free"):
            assert text is None


def test_the_text_fits_and_comes_in_order(seed_review: Review) -> None:
    text = report(seed_review, remaining=True, verbose=True)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    heads = (
        "INTRODUCED 1",
        "CHANGED 1",
        "FIXED 1",
        "REMAINING 1",
        "CHOICES",
        "RULES",
        "LEFT BEHIND",
    )
    places = [text.index("\n" + head) for head in heads]
    assert places == sorted(places)
    assert "REMAINING" not in report(seed_review)
    assert "\x1b" not in text and "\x1b" in coloured(text)


EXCERPT = """\
CHANGED 1 of {}  move_pages  coherent  3 steps
  With coherent pages, move_pages gives -EFAULT instead of -EBUSY:
  add_page_for_migration gained FOLL_LRU.
  sites: mm/migrate.c:add_page_for_migration; rests on: read
    machine:
      node0 512M
      node1 512M
      coherent0 256M
    steps:
      P0: a = mmap 1p
      coherent0: migrate P0.a
      P0: move_pages a node1
        # v5.17-coherent  -EBUSY
        # split-v1        -EFAULT  <-- here
  rerun: linuxmm run - --kernel v5.17-coherent --kernel split-v1
"""


def test_a_finding_as_a_reader_sees_it(seed_review: Review) -> None:
    changed = len(seed_review.of_side("changed"))
    assert EXCERPT.format(changed) in report(seed_review)
