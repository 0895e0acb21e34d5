# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm review``: the JSON and b4 contracts, series, exit codes, bad input."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.difference import Found
from linuxmm.explore.search import Search
from linuxmm.kernels import load, same_rules
from linuxmm.review.b4 import as_b4
from linuxmm.review.report_json import as_json
from linuxmm.review.run import Review, reviews
from tests.review.patches import lookup_diff
from tests.review.test_review_quiet import COMMENT, RENAME, UNMODELLED

KEYS = [
    "schema", "patch", "base_chosen", "base", "kernel", "extent", "sites", "rules",
    "not_modelled", "introduced", "changed", "fixed", "remaining", "mends", "untouched",
    "left_behind", "undecided", "tree", "functions", "disagreements", "tool_version",
    "kernel_digest", "bounds", "exit_code",
]  # fmt: skip
SIDES = ("introduced", "changed", "fixed", "remaining")
FINDING = {
    "id", "rests_on", "invariant", "sites", "page_kind", "explanation", "cause", "also", "witness",
    "steps",
}  # fmt: skip


def mail_of(number: str, patch: str) -> str:
    """One message of an mbox."""
    head = "From git@z Thu Mar 10 00:00:00 2022\nFrom: A <a@b.c>\n"
    return f"{head}Subject: [PATCH {number}] mm: part\n\n---\n{patch}\n"


def test_json_keeps_the_contract(seed_review: Review) -> None:
    data: Any = json.loads(json.dumps(as_json(seed_review)))
    assert list(data) == KEYS
    assert data["schema"] == "linuxmm/review/1"
    assert set(data["bounds"]) == {"setups", "steps", "states", "depth", "not_modelled"}
    assert {"site", "before", "after", "verdict", "witness"} <= set(data["sites"][0])
    assert all(data[side] for side in SIDES)  # the seed has findings of each
    for side in SIDES:
        for finding in data[side]:
            assert set(finding) - {"verb"} == FINDING
            assert ("verb" in finding) == (side == "changed")
            assert (finding["invariant"] == "observable") == (side == "changed")
            assert set(finding["rests_on"]) <= {"read", "known", "reasoned"}
    ids = [f["id"] for side in SIDES for f in data[side]]
    assert len(ids) == len(set(ids))


def test_b4_reads_five_words_of_each_review(seed_review: Review) -> None:
    """One entry: b4 keeps the last one of a tool (b4 0.16, store_results), the rest would go."""
    (check,) = as_b4([seed_review])
    assert list(check) == ["tool", "status", "summary", "url", "details"]
    assert (check["tool"], check["status"]) == ("linuxmm", "fail") and "\n" not in check["summary"]
    assert check["summary"].startswith("3 introduced, 9 changed, 2 left behind: A mapping ")
    details = check["details"].split("\n")
    assert sum(line.startswith("FAIL  ") for line in details) == 3
    assert sum(line.startswith("WARN  ") for line in details) == 9 + 2
    (third,) = as_b4([replace(seed_review, position=3)])
    assert third["tool"] == "linuxmm 3"


def test_a_series_is_one_section_for_each_patch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "series.mbox"
    path.write_text(mail_of("1/2", COMMENT) + mail_of("2/2", UNMODELLED))
    assert main(["review", str(path)]) == 3
    out = capsys.readouterr().out
    assert out.count("read as") == 2 and out.count("-" * 80) == 2
    assert "SERIES of 2 patches: 1 read, 0 partly, 1 not" in out.splitlines()[-8:]
    assert main(["review", str(path), "--short"]) == 3
    short = capsys.readouterr().out
    assert "read as" not in short and short.count("found  ") == 2 and "SERIES of 2" in short
    assert main(["review", str(path), "--short", "--format", "json"]) == 2
    assert "--short is a form of the text" in capsys.readouterr().err
    assert main(["review", str(path), "--format", "json"]) == 3
    assert [entry["exit_code"] for entry in json.loads(capsys.readouterr().out)] == [0, 3]


def test_standard_input_and_b4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(COMMENT.encode())))
    assert main(["review", "-", "--format", "b4"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("text", ["", "no diff here\n", RENAME[:-30]])
def test_bad_input_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "bad.patch"
    path.write_text(text)
    assert main(["review", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1


def test_kernels_that_do_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "v5.17-coherent..spilt-v1"]) == 2
    assert "split-v1" in capsys.readouterr().err
    assert main(["review", "v6.1", "--base", "nothing"]) == 2


STATS = "can_gather_numa_stats_pmd"  # of a system that is not modelled
GATHER = lookup_diff("fs/proc/task_mmu.c", STATS, "vm_normal_page_pmd", "vm_normal_page")


def test_a_kernel_that_a_patch_makes_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name in the rerun line is the file that --save-kernels writes."""

    def no_search(self: Search) -> Found:
        return Found()

    monkeypatch.setattr(Search, "run", no_search)
    patch = tmp_path / "one.patch"
    patch.write_text(GATHER)
    assert main(["review", str(patch), "--save-kernels", str(tmp_path)]) == 3  # not modelled
    assert "THP is not modelled" in capsys.readouterr().out
    (saved,) = tmp_path.glob("*.toml")
    (review,) = reviews(str(patch))
    assert saved.name == review.after_name
    assert same_rules(load(str(saved)), review.after)


def test_a_folder_inside_of_a_tree_is_told_its_top(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mm/damon", "include/linux"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "x.patch").write_text(UNREAD_PATCH)
    assert main(["review", str(tmp_path / "x.patch"), "--tree", str(tmp_path / "mm/damon")]) == 2
    said = capsys.readouterr().err
    assert f"is a folder inside of a kernel tree: give --tree its top, {tmp_path}" in said
    assert main(["review", str(tmp_path / "x.patch"), "--tree", "v6.0"]) == 4
    assert "linuxmm source v6.0 gets them" in capsys.readouterr().err


UNREAD_PATCH = (
    "--- a/mm/mlock.c\n+++ b/mm/mlock.c\n@@ -1,3 +1,3 @@ static int mlock_pte_range(pmd_t *pmd)\n"
    " \tint a;\n-\ta = once(a);\n+\ta = twice(a);\n \treturn a;\n"
)


@pytest.mark.parametrize("base", ["v6.1", "v5.17-coherent"])
def test_without_a_tree_the_one_that_is_near_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: str
) -> None:
    (tmp_path / "x.patch").write_text(UNREAD_PATCH)
    assert main(["review", str(tmp_path / "x.patch"), "--base", base]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "hint --tree DIR, a tree that it applies to, has the functions executed" in said
    assert ("linuxmm source v6.1, then --tree v6.1" in said) == (base == "v6.1")


def test_an_address_is_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "https://lore.kernel.org/linux-mm/1@2/raw"]) == 2
    err = capsys.readouterr().err
    assert err.endswith("1@2/raw: nothing is fetched: curl -L ADDRESS | linuxmm review -\n")
