# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm gen`` and ``linuxmm validate --generated`` as a person meets them."""

import json
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.generate import generate
from linuxmm.scenario.parse import load


def test_one_scenario_is_printed_and_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["gen", "--seed", "7", "--kind", "coherent", "--verb", "mprotect"]) == 0
    text = capsys.readouterr().out
    assert "mprotect" in text and "coherent0: migrate" in text
    assert "intent:  Generated: linuxmm gen --seed 7 --for model --kind coherent" in text
    file = tmp_path / "a.mm"
    file.write_text(text)
    assert main(["run", str(file)]) == 0


def test_the_intent_is_the_command_that_makes_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["gen", "--seed", "3", "--for", "vm", "--steps", "4-6", "--verb", "fork"])
    text = capsys.readouterr().out
    command = text.split("Generated: linuxmm ")[1].partition("\n")[0]
    main(command.split())
    assert capsys.readouterr().out == text


def test_many_go_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made" / "here"
    assert main(["gen", "--seed", "5", "--count", "3", "--out", str(folder)]) == 0
    assert sorted(file.name for file in folder.iterdir()) == ["5.mm", "6.mm", "7.mm"]
    assert (folder / "6.mm").read_text() == generate(6)
    assert load(folder / "7.mm").name == "model-7"
    again = ["gen", "--seed", "5", "--count", "2", "--out", str(folder)]
    assert main(again) == 0
    assert main([*again, "--for", "host"]) == 2
    assert "5.mm: is there already and says something else" in capsys.readouterr().err
    assert (folder / "5.mm").read_text() == generate(5)


def test_json_has_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gen", "--count", "2", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "linuxmm/gen/1"
    assert [(s["seed"], s["text"]) for s in said["scenarios"]] == [
        (0, generate(0)),
        (1, generate(1)),
    ]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--seed", "-1"], 2, "is no seed"),
        (["--seed", "9" * 30], 2, "is no seed"),
        (["--steps", "8-2"], 2, "written 1-8 or 5"),
        (["--steps", "0"], 2, "written 1-8 or 5"),
        (["--count", "2"], 2, "--out DIR"),
        (["--for", "mars"], 2, "invalid choice"),
        (["--kind", "cohrent"], 2, 'did you mean "coherent"'),
        (["--kind", "p2pdma"], 3, "not modelled"),
        (["--kind", "coherent", "--for", "host"], 4, "host has no coherent pages"),
        (["--verb", "migrate", "--steps", "1"], 2, "need 2 steps"),
    ],
)
def test_bad_wishes_end_in_one_sentence(
    words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gen", *words]) == code
    said = capsys.readouterr()
    assert says in said.err and "Traceback" not in said.err and not said.out


def test_validate_needs_something_to_play(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--on", "host"]) == 2
    assert "--generated N" in capsys.readouterr().err
