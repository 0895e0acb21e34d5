# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm mutate --source`: exit codes, JSON, and what an interrupt leaves, on a small tree."""

import json
from pathlib import Path
from typing import Any

import pytest

from linuxmm.cli.main import main
from linuxmm.explore.mutate_source import EditFate, SourceMutator
from linuxmm.explore.setups import SETUPS
from linuxmm.source.edits import Edit
from tests.source.test_execute import tree as planted


@pytest.fixture(autouse=True)
def few_setups(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {**(SourceMutator.__init__.__kwdefaults__ or {}), "setups": SETUPS[:2]}
    monkeypatch.setattr(SourceMutator.__init__, "__kwdefaults__", {**defaults, "modifiers": 1})


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["mutate", "--source", *words])
    out, err = capsys.readouterr()
    return code, out, err


def edits_of(out: str) -> list[dict[str, Any]]:
    document = json.loads(out)
    assert document["schema"] == "linuxmm/mutate-source/1"
    found: list[dict[str, Any]] = document["edits"]
    assert sum(document["counts"].values()) == len(found)
    return found


def test_some_edits_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--tree", str(planted(tmp_path)), "--limit", "7", "--seed", "3", "--format", "json")
    code, out, _ = run(capsys, *words)
    found = edits_of(out)
    assert len(found) == 7 and code in (0, 1)
    assert all(one["before"] != one["after"] and one["file"] == "mm/migrate.c" for one in found)
    text = (tmp_path / "mm/migrate.c").read_text().split("\n")
    assert all(" ".join(text[one["line"] - 1].split()) in one["before"] for one in found)
    assert run(capsys, *words)[1] == out  # the same input gives the same bytes


def test_one_function(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "--tree", str(planted(tmp_path)), "--function", "do_pages_stat_array"
    )
    assert code == 0 and "do_pages_stat_array" in out and "where_is" not in out
    assert max(len(line) for line in out.splitlines() if str(tmp_path) not in line) <= 80


def test_rows_are_kept_and_judged_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    words = ("--tree", str(planted(tmp_path)), "--seed", "3", "--rows", str(rows))
    code, out, _ = run(capsys, *words, "--limit", "5")
    first = rows.read_text().splitlines()
    assert len(first) == 5 and code in (0, 1)
    assert "5 of 5 edits of 2 functions" in out and "| found |" in out
    forged = {**json.loads(first[0]), "fate": "silent", "before": "planted"}
    rows.write_text("\n".join([json.dumps(forged), *first[1:]]) + "\n")
    code, out, _ = run(capsys, *words, "--limit", "5")
    assert code == 1 and "silent" in out and "`planted`" in out  # it was not judged again
    assert len(rows.read_text().splitlines()) == 5
    rows.write_text("\n".join(first[:3]) + "\n")
    run(capsys, *words, "--limit", "5")
    assert rows.read_text().splitlines()[:3] == first[:3]
    assert {json.loads(line)["key"] for line in rows.read_text().splitlines()} == {
        json.loads(line)["key"] for line in first
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source"], "--source edits the C of --tree DIR"),
        (["--tree", "."], "--source"),
        (["--rows", "x"], "are of C: --source"),
        (["--source", "--tree", "TREE", "--rows", "x", "--format", "json"], "takes no --format"),
        (["--source", "--tree", "TREE", "--rows", "TREE/mm/migrate.c"], "migrate.c:1 is no row"),
        (["--source", "--tree", "TREE", "--function", "where_it"], 'did you mean "where_is"'),
        (["--source", "--tree", "TREE", "--site", "x"], "takes no --site"),
        (["--source", "--tree", "nowhere"], "is not a folder"),
        (["--source", "--tree", "TREE", "--limit", "-1"], "is no number"),
    ],
)
def test_bad_input(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(planted(tmp_path))
    assert main(["mutate", *(word.replace("TREE", root) for word in words)]) == 2
    out, err = capsys.readouterr()
    assert said in err and out == ""


def test_what_was_judged_before_an_interrupt_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, judged = SourceMutator.fate, 0

    def third(mutator: SourceMutator, edit: Edit) -> EditFate:
        nonlocal judged
        judged += 1
        if judged == 3:
            raise KeyboardInterrupt
        return whole(mutator, edit)

    words = ("--tree", str(planted(tmp_path)), "--format", "json")
    every = edits_of(run(capsys, *words)[1])
    monkeypatch.setattr(SourceMutator, "fate", third)
    code, out, err = run(capsys, *words)
    assert code == 130 and edits_of(out) == every[:2]
    assert f"interrupted after 2 of {len(every)} edits" in err
    assert json.loads(out)["missing"][0]["exit_code"] == 130
