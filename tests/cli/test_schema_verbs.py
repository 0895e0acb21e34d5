# SPDX-License-Identifier: GPL-2.0-or-later
"""What the verbs print that search, play or read a tree: as their published schemas say.

Set-ups and trees are small, the judge is a model; the documents are those of the command.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from linuxmm.cli.main import main
from linuxmm.explore import check as checking
from linuxmm.explore import judge, mutate, mutate_source, mutation_table
from linuxmm.explore.setups import SETUPS
from linuxmm.inspect import verdict
from linuxmm.promises import PROMISES
from linuxmm.review import findings, reading, touched
from linuxmm.review.legend import VERDICTS
from linuxmm.validate import judge as module
from linuxmm.validate import score
from tests.cli.schemas import check_strictly, objects, schema_of
from tests.cli.test_validate import ModelJudge, other, same
from tests.compiled import NEEDS_COMPILER
from tests.explore.test_mutate_source import FEW
from tests.review.patches import lookup_diff
from tests.source.test_execute import ASKED
from tests.source.test_execute import tree as planted

BUGGY: Final = ("untouched", "coherent", "fsdax-read")


@pytest.fixture
def few_setups(monkeypatch: pytest.MonkeyPatch) -> None:
    few = tuple(setup for setup in SETUPS if setup.name in BUGGY)
    assert len(few) == len(BUGGY)
    monkeypatch.setattr("linuxmm.explore.search.SETUPS", few)
    defaults = {**(mutate_source.SourceMutator.__init__.__kwdefaults__ or {}), "setups": FEW}
    monkeypatch.setattr(mutate_source.SourceMutator.__init__, "__kwdefaults__",
                        {**defaults, "modifiers": 1})  # fmt: skip


@pytest.fixture
def played_by_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "HostJudge", ModelJudge)
    monkeypatch.setattr(module, "VmJudge", lambda image, kernel, words: ModelJudge())
    monkeypatch.setattr("linuxmm.validate.vm.find_image", lambda *places: "an image")
    ModelJudge.breaks, ModelJudge.after = None, 0
    yield
    ModelJudge.breaks, ModelJudge.after = None, 0


def printed(
    capsys: pytest.CaptureFixture[str], *words: str, codes: tuple[int, ...] = (0, 1)
) -> Any:
    """The document of a command, which is what its schema says and nothing looser."""
    code = main([*words, "--format", "json"])
    out, err = capsys.readouterr()
    assert code in codes and out, err
    document = json.loads(out)
    check_strictly(words[0], document)
    return document


# --- searches -------------------------------------------------------------------------------------
def test_check(few_setups: None, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "check", "split-v1", codes=(1,))
    assert found["broken"] and len(found["choices"]) > 20
    assert {one["verdict"] for one in found["choices"]} > {judge.FORCED, judge.FREE}
    assert any(one["witness"] for one in found["choices"])
    assert found["bounds"]["setups"] == len(BUGGY)


@NEEDS_COMPILER
def test_check_of_a_scope(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The wrong rule of rss, within a scope that shows it."""
    kernel, scope = tmp_path / "wrong.toml", tmp_path / "mine.toml"
    rule = PROMISES["rss"].wrong
    assert rule is not None
    kernel.write_text(f'schema = 1\nbase = "{rule.base}"\n{rule.rows}\n')
    scope.write_text(
        'schema = 1\nmachine = ["coherent0 256M"]\nsetup = ["P0: a = mmap 1p"]\n'
        'actions = ["P0: P1 = fork", "coherent0: migrate P0.a", "P1: write a 0x1"]\n'
    )
    found = printed(capsys, "check", str(kernel), "--scope", str(scope), codes=(1,))
    assert {one["invariant"] for one in found["broken"]} >= {"refcount"}
    assert found["scope"]["complete"] and found["scope"]["broken_states"]
    assert found["scope"]["states"] == found["bounds"]["states"] > 3
    flipped = printed(capsys, "check", str(kernel), "--scope", str(scope), "--matrix", codes=(1,))
    assert flipped["choices"] and flipped["scope"]["matrix"]["flips"]
    assert "rss" not in {  # the kernel breaks it itself
        name for flip in flipped["scope"]["matrix"]["flips"] for name in flip["caught_by"]
    }
    said = main(["check", str(kernel), "--scope", str(scope)])
    assert said == 1 and "exhaustive: " in capsys.readouterr().out


def test_mutate(few_setups: None, capsys: pytest.CaptureFixture[str]) -> None:
    site = "fs/proc/task_mmu.c:clear_refs_pte_range"
    found = printed(capsys, "mutate", "v6.1", "--site", site)
    assert {one["fate"] for one in found["flips"]} == {mutate.REPORTED, mutate.SILENT}
    assert sum(found["counts"].values()) == len(found["flips"])


def test_mutate_of_c(few_setups: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "mutate", "--source", "--tree", str(planted(tmp_path)), "--limit", "12")
    assert {one["fate"] for one in found["edits"]} >= {mutate_source.FOUND}
    assert any(one["side"] for one in found["edits"]) and found["tree"] == str(tmp_path)


# --- plays ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("on", ["host", "vm"])
def test_validate(
    on: str, played_by_models: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = (other(tmp_path), same(tmp_path), str(tmp_path / "no-such.mm"))
    found = printed(capsys, "validate", *files, "--on", on, codes=(2,))
    assert [one["verdict"] for one in found["scenarios"]] == ["disagree", "agree"]
    assert found["on"] == on and found["scenarios"][0]["smallest_differences"]
    assert [one["what"] for one in found["missing"]] == [files[2]]


def test_validate_that_breaks_off(
    played_by_models: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ModelJudge.breaks, ModelJudge.after = KeyboardInterrupt(), 1
    files = (same(tmp_path), same(tmp_path, "more"))
    found = printed(capsys, "validate", *files, "--on", "host", codes=(130,))
    assert len(found["scenarios"]) == 1
    assert found["missing"] == [
        {"what": "what comes after 1 of 2 scenarios", "exit_code": 130, "why": "interrupted"}
    ]


def test_validate_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "validate", str(tmp_path), "--on", "host", codes=(2,))
    assert found["missing"][0]["why"] == "has no scenario (*.mm)"


def test_validate_by_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, file = planted(tmp_path), tmp_path / "asked.mm"
    file.write_text(ASKED)
    words = ("validate", str(file), "--on", "source", "--tree", str(root), "--each")
    found = printed(capsys, *words, codes=(0,))
    assert found["on"] == "source" and found["compared"] == found["agreed"] > 0
    assert found["alone"] == {"mm/migrate.c:do_pages_stat_array": {"agree": 1}}


# --- what reads a tree, or a process --------------------------------------------------------------
def test_verbs_with_a_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tree_sitter", reason="tree-sitter: make test installs it")
    root = str(planted(tmp_path))
    found = printed(capsys, "border", "--tree", root)
    assert {one["place"]: one["found"] for one in found["functions"]}[
        "mm/migrate.c:do_pages_stat_array"
    ]
    found = printed(capsys, "sites", root)
    assert found["tree"] == root and found["sites"]
    patch = tmp_path / "lookup.patch"
    patch.write_text(lookup_diff("mm/gup.c", "get_gate_page", "vm_normal_page", "vm_normal_pages"))
    found = printed(capsys, "review", str(patch), "--tree", root, codes=(0, 1, 2, 3))


@pytest.mark.parametrize(
    "words",
    [
        ["--vma", "--what-if", "coherent", "--counts"], ["--quick"], ["--scan"],
        ["--kernel", "v6.1", "--kernel", "v5.17-coherent"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_inspect(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "inspect", str(os.getpid()), *words, codes=(0, 3))
    assert found["processes"][0]["pid"] == os.getpid()


def test_inspect_by_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(os.getpid()), "--format", "jsonl"]) in (0, 3)
    process, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert process["pid"] == os.getpid() and end["interrupted"] is False
    check_strictly("inspect", process, "line")
    check_strictly("inspect", end, "end")


# --- the words of a schema are those of the code --------------------------------------------------
def enums(verb: str, key: str) -> list[set[str]]:
    found = [one["properties"].get(key, {}) for one in objects(schema_of(verb))
             if isinstance(one.get("properties"), dict)]  # fmt: skip
    return [set(one["enum"]) for one in found if "enum" in one]


@pytest.mark.parametrize(
    ("verb", "key", "words"),
    [
        ("check", "verdict", checking.WORST),
        ("review", "verdict", VERDICTS),
        ("review", "status", touched.STATUSES),
        ("sites", "class", reading.CLASSES),
        ("mutate", "fate", (*mutation_table.FATES, *mutate_source.FATES)),
        ("mutate", "side", ("", *mutate_source.NOTICED)),
        ("validate", "verdict", score.VERDICTS),
        ("inspect", "word", verdict.WORDS),
        ("why", "word", verdict.WORDS),
        ("sites", "rests_on", findings.RESTS_ON),
        ("kernels", "rests_on", findings.RESTS_ON),
    ],
)
def test_the_words_are_those_of_the_code(verb: str, key: str, words: tuple[str, ...]) -> None:
    found = enums(verb, key)
    assert found and set().union(*found) - {"breaks"} == {*words}
