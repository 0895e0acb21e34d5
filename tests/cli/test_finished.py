# SPDX-License-Identifier: GPL-2.0-or-later
"""Finished work is shown: after a bug of ours, bad input, an interrupt; what is missing is named.

The real command in a process of its own; the fault (a bug, a signal) is seeded where the work is
done, at a piece that the test names.
"""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from linuxmm.cli.several import Documents
from linuxmm.explore.setups import SETUPS
from tests.picture.html import checked
from tests.review.test_review_quiet import COMMENT

ROOT = Path(__file__).parent.parent.parent
SEEDED = """\
import os, signal, sys
from linuxmm.errors import ModelBug
def fault(name):
    if "boom" in name:
        raise ModelBug("event rows overflowed")
    if "crash" in name:
        raise ZeroDivisionError("oops")
    if "stop" in name:
        os.kill(os.getpid(), signal.SIGTERM if "term" in name else signal.SIGINT)
PATCH
from linuxmm.__main__ import main
sys.exit(main())
"""
IN_A_SCENARIO = """\
import linuxmm.play.run as at
make_steps = at._make_steps
def seeded(run, *args):
    fault(run.scenario.name + run.name)
    return make_steps(run, *args)
at._make_steps = seeded
"""
GOOD, BUG, STOPPED = 0, 70, 130


def seeded(patch: str, *words: str) -> "subprocess.CompletedProcess[str]":
    code = SEEDED.replace("PATCH", patch)
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=300,
    )


def scenario(folder: Path, name: str, expect: str = "") -> str:
    path = folder / f"{name}.mm"
    path.write_text(
        f"linuxmm-scenario 1\nname: {name}\nintent: Try it.\nsteps:\n"
        f"  P0: a = mmap 1p\n  r: P0: write a 1\n{expect}"
    )
    return str(path)


def run_json(folder: Path, *names: str) -> tuple[int, list[Any], str]:
    files = [scenario(folder, name) for name in names]
    done = seeded(IN_A_SCENARIO, "run", *files, "--format", "json")
    return done.returncode, json.loads(done.stdout), done.stderr


# --- run ---
def test_a_bug_in_one_scenario_costs_no_other(tmp_path: Path) -> None:
    code, found, err = run_json(tmp_path, "good", "boom", "crash", "last")
    assert code == BUG
    assert [each.get("scenario") for each in found] == ["good", None, None, "last"]
    (missing,) = found[1]["missing"]
    assert (missing["what"], missing["exit_code"]) == (f"{tmp_path}/boom.mm", 70)
    assert missing["why"] == f"{tmp_path}/boom.mm: event rows overflowed"
    (missing,) = found[2]["missing"]
    assert "ZeroDivisionError: oops" in missing["why"] and "bug of linuxmm" in missing["why"]
    assert err.splitlines() == [f"linuxmm: {each['missing'][0]['why']}" for each in found[1:3]]


def test_bad_input_is_named_in_the_json_and_counts_most(tmp_path: Path) -> None:
    good, boom = scenario(tmp_path, "good"), scenario(tmp_path, "boom")
    done = seeded(IN_A_SCENARIO, "run", "none.mm", boom, good, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 2
    assert found[0]["schema"] == "linuxmm/run/1"
    assert found[0]["missing"] == [
        {
            "what": "none.mm",
            "exit_code": 2,
            "why": "none.mm: cannot be read: no such file or directory",
        }
    ]
    assert found[2]["scenario"] == "good" and "missing" not in found[2]


@pytest.mark.parametrize("how", ["stop", "stopterm"])
def test_an_interrupt_keeps_what_is_done_and_names_the_rest(tmp_path: Path, how: str) -> None:
    code, found, err = run_json(tmp_path, "good", "second", how, "last")
    assert code == STOPPED
    assert [each.get("scenario") for each in found] == ["good", "second", None, None]
    for each, name in zip(found[2:], (how, "last"), strict=True):
        what = f"{tmp_path}/{name}.mm"
        assert each["missing"] == [{"what": what, "exit_code": 130, "why": "interrupted"}]
    assert err == f"linuxmm: interrupted; not done: {tmp_path}/{how}.mm, {tmp_path}/last.mm\n"


def test_a_page_that_is_interrupted_is_a_page_and_names_the_rest(tmp_path: Path) -> None:
    files = [scenario(tmp_path, name) for name in ("good", "boom", "stop", "last")]
    done = seeded(IN_A_SCENARIO, "run", *files, "--format", "html")
    read = checked(done.stdout)
    assert done.returncode == STOPPED and read.tags.count("article") == 1
    for name in ("boom", "stop", "last"):
        assert f"{tmp_path}/{name}.mm" in read.text
    assert read.text.count(": interrupted") == 2


def test_one_file_that_is_interrupted_is_still_a_document(tmp_path: Path) -> None:
    path = scenario(tmp_path, "stop")
    done = seeded(IN_A_SCENARIO, "run", path, "--format", "json")
    assert json.loads(done.stdout) == {
        "schema": "linuxmm/run/1",
        "missing": [{"what": path, "exit_code": 130, "why": "interrupted"}],
    }


@pytest.mark.parametrize(("name", "code"), [("boom", BUG), ("stop", STOPPED)])
def test_of_several_kernels_those_that_ran_are_shown(tmp_path: Path, name: str, code: int) -> None:
    mine = tmp_path / f"{name}.toml"
    mine.write_text('base = "v6.1"\nsource = "a try"\n')
    path = scenario(tmp_path, "good")
    words = ["run", path, "-k", "v6.1", "-k", str(mine), "-k", "split-v1"]
    done = seeded(IN_A_SCENARIO, *words, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == code
    ran = ["v6.1", "split-v1"] if name == "boom" else ["v6.1"]
    assert list(found["kernels"]) == ran
    gone = [str(mine)] if name == "boom" else [str(mine), "split-v1"]
    assert [each["what"] for each in found["missing"]] == [f"{path} on {k}" for k in gone]
    text = seeded(IN_A_SCENARIO, *words)
    assert text.returncode == code and "v6.1" in text.stdout and str(mine) not in text.stdout


@pytest.mark.parametrize("form", ["tap", "junit"])
def test_a_kernel_that_is_missing_has_failed_its_scenario(tmp_path: Path, form: str) -> None:
    """Also where another one is fine: the words for a CI tell both, once."""
    mine = tmp_path / "boom.toml"
    mine.write_text('base = "v6.1"\nsource = "a try"\n')
    path = scenario(tmp_path, "good")
    words = ["run", path, "-k", "v6.1", "-k", str(mine), "--format", form]
    done = seeded(IN_A_SCENARIO, *words)
    assert done.returncode == BUG
    if form == "tap":
        lines = done.stdout.splitlines()
        assert lines[2:5] == ["  KTAP version 1", "  1..2", "  ok 1 v6.1"]
        assert lines[6:8] == [f"  not ok 2 {path} on {mine}", "not ok 1 good"]
        assert done.stdout.count("not ok") == 2
        return
    (suite,) = ET.fromstring(done.stdout)
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("2", "1")
    assert [[child.tag for child in case] for case in suite] == [[], ["error"]]


@pytest.mark.parametrize("form", ["tap", "junit"])
def test_an_interrupt_leaves_a_whole_document_for_a_ci(tmp_path: Path, form: str) -> None:
    files = [scenario(tmp_path, name) for name in ("good", "stop", "never")]
    done = seeded(IN_A_SCENARIO, "run", *files, "--format", form)
    assert done.returncode == STOPPED
    if form == "tap":
        tests = [line for line in done.stdout.splitlines() if line.startswith(("ok", "not ok"))]
        assert tests == ["ok 1 good", f"not ok 2 {files[1]}", f"not ok 3 {files[2]}"]
    else:
        suites = ET.fromstring(done.stdout)
        assert [suite.attrib["errors"] for suite in suites] == ["0", "1", "1"]


def test_text_goes_on_too(tmp_path: Path) -> None:
    files = [scenario(tmp_path, name) for name in ("good", "boom", "last", "stop", "never")]
    done = seeded(IN_A_SCENARIO, "run", *files)
    assert done.returncode == STOPPED
    assert [line.split()[0] for line in done.stdout.splitlines() if ".mm" in line] == [
        "good",
        "last",
    ]
    assert "never.mm" in done.stderr


def test_a_line_for_each(tmp_path: Path) -> None:
    files = [scenario(tmp_path, name) for name in ("good", "boom", "stop", "never")]
    done = seeded(IN_A_SCENARIO, "run", *files, "--format", "jsonl")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("scenario") for each in found] == ["good", None, None, None]
    assert [each["missing"][0]["exit_code"] for each in found[1:]] == [70, 130, 130]


def test_element_by_element_are_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    made: list[dict[str, object]] = [{"a": [1, {"b": "x\ny"}], "c": {}}, {}, {"é": []}]
    for indent in (1, 2):
        for array, few in ((True, made), (True, made[:1]), (True, []), (False, made)):
            documents = Documents("json", indent, array)
            for each in few:
                documents.add(each)
            documents.end()
            assert capsys.readouterr().out == json.dumps(few, indent=indent) + "\n"
        alone = Documents("json", indent, array=False)
        alone.add(made[0])
        alone.end()
        assert capsys.readouterr().out == json.dumps(made[0], indent=indent) + "\n"


# --- one long work ---
FEW_SETUPS = """\
import linuxmm.explore.check as promises, linuxmm.explore.mutate as mutate
from linuxmm.explore.search import SETUPS, Search
Search.__init__.__kwdefaults__["setups"] = SETUPS[:1]
"""


def in_flips(fault: str, at: int) -> str:
    """A fault at the flip of this number, on a catalogue of one set-up."""
    return (
        FEW_SETUPS
        + f"""
count = 0
fate, judge = mutate.Mutator.fate, promises.Checker.judge
def counted(work):
    def seeded(*args):
        global count
        count += 1
        if count == {at}:
            fault("{fault}")
        return work(*args)
    return seeded
mutate.Mutator.fate = counted(fate)
promises.Checker.judge = counted(judge)
"""
    )


LONG_WORKS = [
    (("check", "v6.1"), "choices"),
    (("mutate", "v6.1", "--site", "mm/ksm.c:get_mergeable_page"), "flips"),
]


@cache
def undisturbed(words: tuple[str, ...]) -> Any:
    return json.loads(seeded(in_flips("", 0), *words, "--format", "json").stdout)


@pytest.mark.parametrize(("words", "key"), LONG_WORKS)
def test_what_was_judged_before_an_interrupt_is_shown(words: tuple[str, ...], key: str) -> None:
    whole = undisturbed(words)
    done = seeded(in_flips("stop", 4), *words, "--format", "json")
    found = json.loads(done.stdout)
    total = len(whole[key])
    assert done.returncode == STOPPED and total > 5 and "missing" not in whole
    assert found[key] == whole[key][:3]
    (missing,) = found["missing"]
    so_far = f"3 of {total} {key}"
    assert missing == {
        "what": f"what comes after {so_far}",
        "exit_code": 130,
        "why": "interrupted",
    }
    assert done.stderr.endswith(f"linuxmm: interrupted after {so_far}\n")
    assert "Traceback" not in done.stderr
    text = seeded(in_flips("stop", 4), *words)
    assert whole[key][2]["site"].split(":")[0] in text.stdout and text.returncode == STOPPED


@pytest.mark.parametrize(("words", "key"), LONG_WORKS)
def test_a_bug_in_one_flip_costs_no_other(words: tuple[str, ...], key: str) -> None:
    whole = undisturbed(words)
    done = seeded(in_flips("crash", 4), *words, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == BUG
    assert found[key] == [*whole[key][:3], *whole[key][4:]]
    assert found["missing"][0]["what"].startswith(whole[key][3]["site"])


def test_promises_broken_before_an_interrupt_are_shown() -> None:
    patch = """\
from linuxmm.explore.search import SETUPS, Search
class UntilOneIsDone:
    def __iter__(self):
        yield from [s for s in SETUPS if "dax" in s.name][:1]
        fault("stop")
    def __len__(self):
        return len(SETUPS)
Search.__init__.__kwdefaults__["setups"] = UntilOneIsDone()
"""
    done = seeded(patch, "check", "split-v1", "--promises", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == STOPPED
    assert found["broken"][0]["invariant"] == "bad-page-map"
    assert f"interrupted after 0 of {len(SETUPS)} set-ups of the catalogue" in done.stderr
    text = seeded(patch, "check", "split-v1", "--promises").stdout
    assert "split-v1: broken promises: bad-page-map" in text


# --- matrix and gen ---
def test_a_matrix_goes_on_and_says_what_it_does_not_count(tmp_path: Path) -> None:
    patch = """\
import linuxmm.play.matrix as at
start = at.start
def seeded(machine, kernel):
    fault(next(names))
    return start(machine, kernel)
at.start = seeded
names = iter(["a", "boom", "c", "stop"])
"""
    for name in "abcde":
        scenario(tmp_path, name)
    done = seeded(patch, "matrix", str(tmp_path), "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == STOPPED
    assert found["cells"][0]["scenarios"] == ["a", "c"]
    assert [each["what"] for each in found["missing"]] == [
        f"{tmp_path}/b.mm",
        "what comes after 3 of 5 scenarios",
    ]


def test_scenarios_that_were_made_are_there(tmp_path: Path) -> None:
    patch = """\
import linuxmm.generate as at
generate = at.generate
def seeded(seed, *rest):
    fault({2: "boom", 4: "stop"}.get(seed, ""))
    return generate(seed, *rest)
at.generate = seeded
"""
    words = ["gen", "--count", "9", "--format"]
    done = seeded(patch, *words, "json")
    found = json.loads(done.stdout)
    assert [each["seed"] for each in found["scenarios"]] == [0, 1, 3]
    assert [each["exit_code"] for each in found["missing"]] == [70, 130]
    *lines, last = map(json.loads, seeded(patch, *words, "jsonl").stdout.splitlines())
    assert [each["seed"] for each in lines] == [0, 1, 3]
    assert last == {"schema": "linuxmm/gen/1", "missing": found["missing"]}
    done = seeded(patch, "gen", "--count", "9", "--out", str(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0.mm", "1.mm", "3.mm"]
    assert done.returncode == STOPPED
    assert done.stderr.endswith("linuxmm: interrupted after 4 of 9 scenarios\n")


# --- patches ---
IN_A_REVIEW = """\
import linuxmm.review.run as at
reviewed = at._reviewed
def seeded(title, *rest):
    fault(title)
    return reviewed(title, *rest)
at._reviewed = seeded
"""
IN_A_READING = """\
import linuxmm.review.read as at
prepare = at.prepare
def seeded(patch, *rest):
    fault(patch.subject)
    return prepare(patch, *rest)
at.prepare = seeded
"""


def mbox(folder: Path, *names: str) -> str:
    path = folder / "series.mbox"
    head = "From nobody Thu Mar 10 11:26:22 2022\nFrom: a@b.c\nSubject: [PATCH] mm: {}\n\n---\n"
    path.write_text("".join(f"{head.format(name)}{COMMENT}\n" for name in names))
    return str(path)


def test_a_bug_in_one_review_costs_no_other(tmp_path: Path) -> None:
    path = mbox(tmp_path, "good", "boom", "last", "stop", "never")
    done = seeded(IN_A_REVIEW, "review", path, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == STOPPED
    titles = [each["patch"]["subject"][12:] if "patch" in each else "" for each in found]
    assert titles == ["good", "", "last", "", ""]
    gone = [each["missing"][0] for each in found if "missing" in each]
    assert [(each["what"][12:], each["exit_code"]) for each in gone] == [
        ("boom", 70),
        ("stop", 130),
        ("never", 130),
    ]
    lines = seeded(IN_A_REVIEW, "review", path, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == found
    text = seeded(IN_A_REVIEW, "review", path)
    assert "mm: last" in text.stdout and "mm: boom" in text.stderr and "never" in text.stderr


def test_b4_is_told_what_was_not_reviewed(tmp_path: Path) -> None:
    path = mbox(tmp_path, "good", "boom", "last")
    done = seeded(IN_A_REVIEW, "review", path, "--format", "b4")
    (entry,) = json.loads(done.stdout)  # comments alone say nothing
    assert done.returncode == BUG
    assert (entry["status"], entry["summary"]) == ("warn", "not reviewed: [PATCH] mm: boom")
    assert set(entry) == {"tool", "status", "summary", "url", "details"}
    assert entry["tool"] == "linuxmm 2"  # of its place in the series


@pytest.mark.parametrize("verb", ["sites"])
def test_what_is_on_top_of_a_patch_that_cannot_be_read(tmp_path: Path, verb: str) -> None:
    path = mbox(tmp_path, "good", "boom", "last")
    done = seeded(IN_A_READING, verb, path, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == BUG
    assert ["missing" in each for each in found] == [False, True, True]
    assert "good" in seeded(IN_A_READING, verb, path).stdout
