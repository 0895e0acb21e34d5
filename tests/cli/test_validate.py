# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm validate``: exit codes, what is kept when a run breaks off, text and JSON.

The judge here is a model that plays against another model: no kernel is needed.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import Skipped
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.validate import judge as module
from linuxmm.validate.abilities import Abilities
from linuxmm.validate.compare import Comparison
from linuxmm.validate.model import play
from linuxmm.validate.score import Score, Verdict, fault_of, verdict_of

HEAD = "linuxmm-scenario 1\nname: {name}\nintent: A test.\n\nmachine:\n  node0 512M\n\nsteps:\n"


class ModelJudge:
    """``v5.17-coherent`` as the real kernel; what the test says breaks it off."""

    breaks: BaseException | None = None
    after = 0

    def __init__(
        self, abilities: Abilities | None = None, kernel: object = "v6.1", tell: object = None
    ) -> None:
        self.score = Score()
        self.differs: dict[str, str] = {}
        self.comparison = Comparison(Abilities(), self.score)

    def __enter__(self) -> "ModelJudge":
        return self

    def __exit__(self, *error: object) -> None:
        return

    def describe(self) -> str:
        return "a model"

    def judge_all(self, scenarios: Iterable[Scenario]) -> Iterator[Verdict]:
        for number, scenario in enumerate(scenarios):
            if ModelJudge.breaks is not None and number == ModelJudge.after:
                raise ModelJudge.breaks
            before, had = self.score.compared, len(self.score.differences)
            if scenario.name == "broken":
                yield fault_of(scenario, self.score, before, had, KeyError("a"))
                continue
            theirs = play(scenario, "v5.17-coherent").played
            self.comparison.scenario(scenario.file, play(scenario).played, theirs)
            yield verdict_of(scenario, self.score, before, had)


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HostJudge", ModelJudge)
    ModelJudge.breaks, ModelJudge.after = None, 0


def file_of(folder: Path, name: str, steps: str) -> str:
    path = folder / f"{name}.mm"
    path.write_text(HEAD.format(name=name) + steps)
    return str(path)


def validate(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["validate", "--on", "host", *words])
    out, err = capsys.readouterr()
    return code, out, err


def generated(seed: int) -> Scenario:
    steps = "  P0: a = mmap 1p\n  P0: write a 0x1\n"
    return parse(HEAD.format(name=f"seed-{seed}") + steps)


def same(folder: Path, name: str = "same") -> str:
    return file_of(folder, name, "  P0: a = mmap 1p\n  P0: write a 0x1\n  P0: read a\n")


def other(folder: Path) -> str:
    """mprotect gives the write bit back at once in 6.1, and not in v5.17."""
    steps = "  P0: a = mmap 1p\n  P0: b = mmap 1p\n  P0: write a 0x1\n  P0: mprotect a r\n"
    return file_of(folder, "other", steps + "  P0: mprotect a rw\n  P0: read b\n  drain\n")


def test_agreement_is_0_and_the_scoreboard_adds_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = validate(capsys, same(tmp_path))
    assert (code, err) == (0, "")
    assert "scenarios  1 agree" in out and "(100.000 %)" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    code, out, _ = validate(capsys, same(tmp_path), "--format", "json")
    found = json.loads(out)
    assert found["schema"] == "linuxmm/validate/1"
    for counted in ("by_observable", "by_system"):
        assert sum(row["compared"] for row in found[counted].values()) == found["compared"]
    assert found["agreed"] == found["compared"] > 0
    assert found["by_kind"]["anon"]["compared"] > 0


def test_a_disagreement_is_1_and_made_small(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = validate(capsys, other(tmp_path), same(tmp_path))
    assert code == 1
    assert "disagree  other" in out and "agree     same" in out
    small = out.partition("the smallest that still differs")[2].partition("judge")[0]
    assert "mmap 1p" in small and "b = mmap" not in small and "<-- here" in small
    assert "model   " in small and "kernel  " in small
    code, out, _ = validate(capsys, other(tmp_path), "--format", "json")
    (found,) = json.loads(out)["scenarios"]
    assert found["differences"] and found["smallest_differences"]
    assert "P0: a = mmap" in found["smallest"] and "b = mmap" not in found["smallest"]
    code, out, _ = validate(capsys, other(tmp_path), "--no-minimise")
    assert code == 1 and "smallest" not in out


def test_a_typo_is_2_and_the_others_are_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = file_of(tmp_path, "bad", "  P0: a = mapp 1p\n")
    code, out, err = validate(capsys, bad, same(tmp_path))
    assert code == 2
    assert err.count("\n") == 1 and "bad.mm:9" in err and "mmap" in err
    assert "agree     same" in out


def test_a_fifo_does_not_hold_up_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "a.mm")
    same(tmp_path)
    code, out, err = validate(capsys, str(tmp_path))
    assert code == 2 and "a.mm:1: cannot be read: is a FIFO" in err and err.count("\n") == 1
    assert "agree     same" in out


@pytest.mark.parametrize("path", ["no-such.mm", "."])
def test_what_is_not_there_is_2(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = validate(capsys, path)
    assert (code, out) == (2, "") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "interrupted after 2 of 3 scenarios"),
        (Skipped("the virtual machine does not boot"), 4, "does not boot"),
    ],
)
def test_what_was_found_is_shown_when_a_run_breaks_off(
    error: BaseException, code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [same(tmp_path, f"s{i}") for i in range(3)]
    ModelJudge.breaks, ModelJudge.after = error, 2
    found, out, err = validate(capsys, *files)
    assert found == code and says in err and err.count("\n") == 1
    assert "scenarios  2 agree" in out
    ModelJudge.breaks = error
    found, out, _ = validate(capsys, *files, "--format", "json")
    assert found == code and len(json.loads(out)["scenarios"]) == 2


def test_a_run_that_compares_nothing_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = validate(capsys, file_of(tmp_path, "no", "  P0: a = mmap 1p growsdown\n"))
    assert code == 3
    assert "undecided" in out


def test_rules_that_are_not_there_are_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = validate(capsys, same(tmp_path), "--kernel", "v9.9")
    assert code == 2 and "v9.9" in err and err.count("\n") == 1


def test_a_bug_of_ours_is_70_and_the_others_are_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = file_of(tmp_path, "broken", "  P0: a = mmap 1p\n")
    files = [broken, other(tmp_path), same(tmp_path)]
    code, out, err = validate(capsys, *files)
    assert code == 70 and "KeyError" in err and err.count("\n") == 1
    assert "fault     broken" in out and "1 agree, 1 disagree, 1 fault" in out
    code, out, _ = validate(capsys, *files, "--format", "json")
    found = [scenario["verdict"] for scenario in json.loads(out)["scenarios"]]
    assert (code, found) == (70, ["fault", "disagree", "agree"])


def test_scenarios_are_made_when_their_turn_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[int] = []

    def scenario(seed: int, wish: object) -> Scenario:
        made.append(seed)
        if seed == 6:
            raise KeyError("a seed that we cannot make")
        return generated(seed)

    monkeypatch.setattr("linuxmm.generate.scenario", scenario)
    ModelJudge.breaks, ModelJudge.after = Skipped("broken off"), 3
    code, out, err = validate(
        capsys, "--generated", "100000", "--repeat", "100000", "--seed", "5", "--no-minimise"
    )
    assert made == [5, 6, 7, 8, 9]  # not 10,000,000,000
    assert code == 4 and "cannot make" in err and "broken off" in err
    assert "3 agree" in out
