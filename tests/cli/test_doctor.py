# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm doctor` in sentences: what this kernel does otherwise, its ability's name behind."""

import json

import pytest

from linuxmm.cli.doctor import _lines
from linuxmm.cli.main import main
from linuxmm.steps.compiler import find_compiler
from linuxmm.validate.doctor import Finding
from linuxmm.validate.judge import known_here


def test_an_ability_is_a_sentence() -> None:
    """Not "no move_pages finds ...": the mark of what is missing would deny it."""
    says = "move_pages of a hole: -ENOENT (debian-6.1: -EFAULT)"
    found = Finding("query_faults_on_hole", False, says, False, ability=True)
    assert _lines(found) == [f"  -    {says}", "       [query_faults_on_hole]"]
    gone = Finding("busybox", False, "apt install busybox")
    assert _lines(gone) == ["  NO   busybox                  apt install busybox"]


def test_json_has_the_names_and_text_explains_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one probe: what a machine is able to do changes while other tests use its KSM."""
    found = known_here()
    monkeypatch.setattr("linuxmm.validate.doctor.known_here", lambda: found)
    assert main(["doctor", "--format", "json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    abilities = [f["what"] for f in groups["validate --on host"] if not f["there"]]
    assert abilities == sorted(found.missing)
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    words = " ".join(text.split())
    assert [name for name in abilities if name != "agent" and f"[{name}]" not in words] == []
    assert max(map(len, text.splitlines())) <= 80


def test_a_missing_compiler_is_told_and_nothing_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "/no/such/cc")
    find_compiler.cache_clear()
    try:
        assert main(["doctor"]) == 0
    finally:
        find_compiler.cache_clear()
    text = capsys.readouterr().out
    assert "  no   C compiler               compiled runs: apt install gcc\n" in text
    assert max(map(len, text.splitlines())) <= 80
