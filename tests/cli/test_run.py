# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm run``: the text at 80 columns, the JSON of the contract, exit codes, bad input."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from linuxmm.cli.main import main
from linuxmm.play.report import report
from linuxmm.play.run import Kernels, run_kernels
from linuxmm.scenario.parse import load

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
DAX = """\
linuxmm-scenario 1
name: dax-walk
intent: Walking a DAX mapping must not report a bad page map.
machine:
  node0 512M
  dax0 64M
steps:
  P0: a = mmap 1p shared dax0
  P0: read a
  rss: P0: smaps a Rss
expect *:
  rss = Rss=0
"""


DAX_TEXT = """\
dax-walk  dax.mm
  Walking a DAX mapping must not report a bad page map.

    step                  v5.17-coherent              split-v1
10  rss: P0: smaps a Rss  Rss=0                       Rss=0
                                                      BUG: Bad page map
    (2 steps give the same everywhere; --verbose shows them)

v5.17-coherent  ok  3 steps, every promise kept after each
split-v1        violated
  line 10: breaks bad-page-map (fsdax): a lookup reports a bad entry at
  fs/proc/task_mmu.c:smaps_pte_entry
"""


@pytest.fixture
def dax(tmp_path: Path) -> str:
    path = tmp_path / "dax.mm"
    path.write_text(DAX)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was said on standard error."""
    code = main(["run", *words])
    out, err = capsys.readouterr()
    return code, out, err


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(capsys, *words, "--format", "json")[1])


# --- text ---
def test_two_kernels_side_by_side(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code, out, _ = run(capsys, "scenarios/coherent-pages-stay.mm")
    assert code == 0
    assert (
        out
        == """\
coherent-pages-stay  scenarios/coherent-pages-stay.mm
  A page in device memory has no LRU state, so move_pages(2) must not move it.

    step                        v6.1                     split-v1
15  r1: P0: move_pages a        -ENOENT*4 node0*4        node0*8
16  r2: P0: move_pages a node1  -ENOENT*4 node1*4        -EFAULT*4 node1*4
    (4 steps give the same everywhere; --verbose shows them)

v6.1      ok  6 steps, every promise kept after each
split-v1  ok  6 steps, every promise kept after each
"""
    )


def test_an_event_stands_on_its_step_and_the_verdict_names_the_site(
    capsys: pytest.CaptureFixture[str], dax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(dax).parent)
    code, out, _ = run(capsys, "dax.mm", "-k", "v5.17-coherent", "-k", "split-v1")
    assert code == 1
    assert out == DAX_TEXT


def test_verbose_shows_every_step_and_field(capsys: pytest.CaptureFixture[str], dax: str) -> None:
    truth = str(SCENARIOS / "truth" / "coherent-move-pages.mm")
    short = run(capsys, dax, "-k", "v6.1", "-k", "split-v1")[1]
    long = run(capsys, dax, "-k", "v6.1", "-k", "split-v1", "--verbose")[1]
    assert "mmap" not in short and "P0: a = mmap 1p rw shared dax0" in long
    assert "the same everywhere" not in long
    assert "Swap=0" not in run(capsys, truth)[1]
    assert "Swap=0" in run(capsys, truth, "--verbose")[1]


def test_a_failed_expectation_says_line_and_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.mm"
    path.write_text(DAX.replace("Rss=0", "Rss=4"))
    code, out, _ = run(capsys, str(path), "-k", "v6.1")
    assert code == 1
    assert "  line 12: rss: expected Rss=4, got Rss=0: Rss is 0, not 4\n" in out


def test_no_line_is_longer_than_80_columns() -> None:
    kernels = Kernels()
    files = sorted(SCENARIOS.rglob("*.mm"))
    assert files
    for path in files:
        runs = run_kernels(load(path), ["v6.1", "v5.17-coherent", "split-v1"], kernels=kernels)
        for shown in (runs, runs[:2], runs[:1]):
            for verbose in (False, True):
                lines = report(shown, verbose).splitlines()
                assert max(len(line) for line in lines[1:]) <= 80, path


def test_text_from_a_file_is_made_safe_for_a_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.mm"
    path.write_text(DAX.replace("must not", "must \u009b31m not"))
    assert "\u009b" not in run(capsys, str(path))[1]


# --- JSON ---
def test_the_object_of_the_contract(capsys: pytest.CaptureFixture[str], dax: str) -> None:
    found = run_json(capsys, dax, "-k", "split-v1", "-k", "v6.1")
    assert found["schema"] == "linuxmm/run/1"
    assert found["scenario"] == "dax-walk"
    assert {name: k["verdict"] for name, k in found["kernels"].items()} == {
        "split-v1": "violated",
        "v6.1": "ok",
    }
    step = found["kernels"]["split-v1"]["steps"][2]
    assert (step["line"], step["actor"], step["verb"]) == (10, "P0", "smaps")
    assert step["result"] == {"Rss": 0}
    (event,) = step["events"]
    assert event["event"] == "bad-page-map"
    assert event["site"] == "fs/proc/task_mmu.c:smaps_pte_entry"
    assert event["pfn"].startswith("0x") and event["address"].startswith("0x")
    (page,) = step["pages"]
    assert page["page"] == "P0.a[0]" and page["kind"] == "fsdax"
    assert page["pte"].startswith("0x") and "reserved" in page["flags"]
    assert found["kernels"]["v6.1"]["findings"] == []


def test_the_witness_of_a_finding_shows_the_same(
    capsys: pytest.CaptureFixture[str], dax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (finding,) = run_json(capsys, dax, "-k", "split-v1")["kernels"]["split-v1"]["findings"]
    assert finding["invariant"] == "bad-page-map"
    assert finding["page_kind"] == "fsdax"
    assert finding["sites"] == ["fs/proc/task_mmu.c:smaps_pte_entry"]
    assert finding["rests_on"] == ["read"]
    assert finding["steps"] == 3
    text = io.BytesIO(finding["witness"].encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(text))
    again = run_json(capsys, "-", "-k", "split-v1")["kernels"]["split-v1"]["findings"]
    assert [each["id"] for each in again] == [finding["id"]]


def test_several_files_give_an_array(capsys: pytest.CaptureFixture[str], dax: str) -> None:
    found = run_json(capsys, dax, dax)
    assert [each["scenario"] for each in found] == ["dax-walk"] * 2


def test_same_input_same_bytes(capsys: pytest.CaptureFixture[str], dax: str) -> None:
    words = (dax, "-k", "split-v1", "--format", "json")
    assert run(capsys, *words) == run(capsys, *words)


# --- exit codes and bad input ---
def test_exit_codes_and_the_worst_of_several(
    capsys: pytest.CaptureFixture[str], dax: str, tmp_path: Path
) -> None:
    unknown = tmp_path / "b.mm"
    unknown.write_text(DAX.replace("P0: read a", "P0: z = mmap 1p growsdown"))
    assert run(capsys, dax)[0] == 0
    assert run(capsys, dax, "-k", "split-v1")[0] == 1
    code, out, _ = run(capsys, str(unknown))
    assert code == 3
    assert "v6.1  not-modelled\n  line 9: not modelled: mmap growsdown\n" in out
    assert run(capsys, str(unknown), dax)[0] == 3
    assert run(capsys, str(unknown), dax, "-k", "split-v1")[0] == 1
    code, _, err = run(capsys, str(tmp_path / "none.mm"), dax)
    assert code == 2
    assert err.count("\n") == 1


def test_an_unknown_kernel(capsys: pytest.CaptureFixture[str], dax: str) -> None:
    code, out, err = run(capsys, dax, "-k", "v6.11")
    assert (code, out) == (2, "")
    assert "v6.11" in err and err.count("\n") == 1


def test_a_rule_of_ones_own(capsys: pytest.CaptureFixture[str], dax: str, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "a try"\n'
        '[lookup.normal]\nwithout = ["devmap -> none"]\n'
    )
    code, out, _ = run(capsys, dax, "-k", "v6.1", "-k", str(mine))
    assert code == 1
    assert "breaks bad-page-map" in out


def test_a_damaged_file_says_where(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.mm"
    path.write_text(DAX.replace("smaps a", "smaps q"))
    code, out, err = run(capsys, str(path))
    assert (code, out) == (2, "")
    assert f"{path}:10: " in err
