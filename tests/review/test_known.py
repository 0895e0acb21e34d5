# SPDX-License-Identifier: GPL-2.0-or-later
"""`check` says which of its findings are known, and where."""

from pathlib import Path

import pytest

from linuxmm.kernels import load
from linuxmm.review.known import known_breaks

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").rglob("*.mm"))


def names(kernel: str) -> dict[tuple[str, str], list[str]]:
    found = known_breaks(load(kernel), FILES)
    return {key: [Path(path).stem for path in paths] for key, paths in found.items()}


def test_what_the_collection_breaks_on_v6_1() -> None:
    """Each of these was seen on a real 6.1.192 or read in its source: the files say which."""
    found = names("v6.1")
    assert found["mlock", "coherent"] == ["mlocked-in-device-memory"]
    assert found["mlock", "private"] == ["mlocked-in-private-memory"]
    assert found["rmap", "ksm"] == ["merged-by-the-child"]
    # the first breaks it before anything else; the other goes on from there
    assert set(found["ksm-device-migrated", "coherent"]) == {
        "merged-page-in-device-memory", "merged-page-cannot-come-home"
    }  # fmt: skip
    assert found["isolated", "coherent"] == ["merged-page-cannot-come-home"]
    assert ("bad-page-map", "fsdax") not in found


def test_only_that_folder_is_looked_into() -> None:
    others = [path for path in FILES if path.parent.name != "kernel-bugs"]
    assert others and known_breaks(load("v6.1"), others) == {}


@pytest.mark.slow
def test_check_says_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from linuxmm.cli.main import main

    monkeypatch.chdir(ROOT)
    assert main(["check", "v6.1", "--promises"]) == 1
    out = capsys.readouterr().out
    assert "known, each with a\n  scenario: 3 of 3" in out
    assert "  known: scenarios/kernel-bugs/mlocked-in-device-memory.mm\n" in out
