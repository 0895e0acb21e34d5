# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm matrix``: the printed matrix, its JSON, exit codes."""

import json
from pathlib import Path

import pytest

from linuxmm.cli.main import main

ROOT = Path(__file__).parent.parent.parent
ONE = "linuxmm-scenario 1\nname: one\nintent: Try it.\nsteps:\n  P0: a = mmap 1p\n  P0: write a 1\n"


def test_every_cell_has_a_scenario_or_a_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["matrix"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[3].startswith("anon ")
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_gap_is_shown_and_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "one.mm").write_text(ONE)
    assert main(["matrix", str(tmp_path), "--verbose"]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[3].split()[:3] == ["anon", "1", "?"]
    assert "anon x fault: one" in out
    assert main(["matrix", str(tmp_path), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "linuxmm/matrix/1"
    assert found["cells"][0] == {
        "kind": "anon",
        "system": "fault",
        "scenarios": ["one"],
        "reason": "",
    }


def test_a_folder_without_scenarios(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["matrix", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "no scenarios" in err and err.count("\n") == 1
