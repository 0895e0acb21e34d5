# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm run`` over folders, for a CI, on terminals of any width, and when it is asked why."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.play.report import report
from linuxmm.play.run import Kernels, run_kernels
from linuxmm.printed import NARROWEST, WIDEST, terminal_width
from linuxmm.scenario.parse import load
from tests.cli.test_run import DAX, run

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "scenarios"
NAMES = ["v6.1", "v5.17-coherent", "split-v1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scenarios, in a folder and below it: one holds, one needs what is not modelled."""
    (tmp_path / "below").mkdir()
    (tmp_path / "a.mm").write_text(DAX)
    other = DAX.replace("P0: read a", "P0: z = mmap 1p growsdown").replace("dax-walk", "moves")
    (tmp_path / "below" / "b.mm").write_text(other)
    (tmp_path / "c.txt").write_text("not a scenario")
    return tmp_path


# --- folders and totals ---
def test_a_folder_means_all_scenarios_below_it(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, err = run(capsys, str(folder))
    assert (code, err) == (3, "")
    assert out.endswith("\n\ntotal: files=2 runs=2 ok=1 violated=0 not-modelled=1 failed=0\n")
    code, out, _ = run(capsys, str(folder), "none.mm", "-k", "v6.1", "-k", "split-v1")
    assert code == 2
    assert out.endswith("total: files=3 runs=4 ok=1 violated=1 not-modelled=2 failed=1\n")


def test_one_file_has_no_totals_and_an_empty_folder_is_bad_input(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    assert "total:" not in run(capsys, str(folder / "a.mm"))[1]
    empty = folder / "empty"
    empty.mkdir()
    code, out, err = run(capsys, str(empty))
    assert (code, out) == (2, "")
    assert err == f"linuxmm: {empty}: no scenario (*.mm) below it\n"


# --- for a CI ---
def test_ktap(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Documentation/dev-tools/ktap.rst: version, plan, subtests, SKIP as directive."""
    words = (str(folder / "a.mm"), str(folder / "below"), "none.mm", "-k", "v6.1", "-k", "split-v1")
    code, out, _ = run(capsys, *words, "--format", "tap")
    assert code == 2
    assert out == (
        "KTAP version 1\n"
        "1..3\n"
        "  KTAP version 1\n"
        "  1..2\n"
        "  ok 1 v6.1\n"
        "  # line 10: breaks bad-page-map (fsdax): a lookup reports a bad entry at "
        "fs/proc/task_mmu.c:smaps_pte_entry\n"
        "  not ok 2 split-v1\n"
        "not ok 1 dax-walk\n"
        "  KTAP version 1\n"
        "  1..2\n"
        "  ok 1 v6.1 # SKIP line 9: not modelled: mmap growsdown\n"
        "  ok 2 split-v1 # SKIP line 9: not modelled: mmap growsdown\n"
        "ok 2 moves # SKIP not modelled\n"
        "# none.mm: cannot be read: no such file or directory\n"
        "not ok 3 none.mm\n"
        "# end\n"
    )


def test_junit(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    words = (str(folder / "a.mm"), str(folder / "below"), "none.mm", "-k", "v6.1", "-k", "split-v1")
    code, out, _ = run(capsys, *words, "--format", "junit")
    assert code == 2
    suites = list(ET.fromstring(out))
    assert [suite.attrib["name"] for suite in suites] == ["dax-walk", "moves", "none.mm"]
    counts = [[s.attrib[k] for k in ("tests", "failures", "errors", "skipped")] for s in suites]
    assert counts == [["2", "1", "0", "0"], ["2", "0", "0", "2"], ["1", "0", "1", "0"]]
    inside = [[child.tag for child in case] for suite in suites for case in suite]
    assert inside == [[], ["failure"], ["skipped"], ["skipped"], ["error"]]
    (failure,) = suites[0].iter("failure")
    assert failure.attrib["message"].startswith("line 10: breaks bad-page-map (fsdax)")


@pytest.mark.parametrize("form", ["tap", "junit"])
def test_words_of_others_are_words_there_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str
) -> None:
    """A `#` would begin a directive of KTAP, `<` an element; a NUL is in no XML at all."""
    path = tmp_path / 'a #SKIP <b> "q" & \x1b\ufffe.mm'
    path.write_text(DAX)
    mine = tmp_path / "mine # SKIP <x>.toml"
    mine.write_text('base = "v6.1"\nsource = "s"\n[lookup.normal]\nwithout = ["devmap -> none"]\n')
    gone = str(tmp_path / "gone\n1..9 # <z>.mm")
    code, out, _ = run(capsys, str(path), gone, "-k", str(mine), "--format", form)
    assert code == 2
    if form == "junit":
        names = [case.attrib["name"] for case in ET.fromstring(out).iter("testcase")]
        assert names[0] == str(mine) and names[1].endswith("gone\\n1..9 # <z>.mm")
        return
    tests = [line for line in out.splitlines() if line.lstrip().startswith(("ok", "not ok"))]
    assert len(tests) == 3 and all(line.lstrip().startswith("not ok") for line in tests)
    assert all("\\# " in line or "dax-walk" in line for line in tests)


# --- width ---
@pytest.mark.parametrize("width", [60, 72, 80, 120, 200])
def test_lines_fit_the_terminal_and_words_are_whole(width: int) -> None:
    """Every word of a step stands in the report as it was written."""
    kernels = Kernels()
    files = sorted(SCENARIOS.rglob("*.mm"))[::6]
    assert len(files) > 20
    for path in files:
        scenario = load(path)
        runs = run_kernels(scenario, NAMES, kernels=kernels, with_pages=True, explain=True)
        for shown in (runs, runs[:2], runs[:1]):
            text = report(shown, True, pages=True, width=width)
            assert max(map(len, text.splitlines()[1:])) <= width, path
            words = set(text.replace(",", " ").split())
            for each in shown:
                results = (outcome.result.text() for outcome in each.outcomes)
                assert {w for t in results for w in t.replace(",", " ").split()} <= words, path


@pytest.mark.parametrize(
    ("columns", "width"), [("20", NARROWEST), ("100", 100), ("1000", WIDEST), ("0", 80), ("x", 80)]
)
def test_the_width_is_the_terminals_within_bounds(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width() == width


# --- pages and reasons ---
def test_pages_and_reasons_stand_below_their_step(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.mm"
    path.write_text(DAX.replace("P0: read a", "P0: read a\n  P0: P1 = fork"))
    code, out, _ = run(capsys, str(path), "-k", "v6.1", "--pages", "--explain")
    assert code == 0
    # a DAX entry takes no reference of its page and does not count as a mapping
    # (mm/memory.c:insert_pfn); the driver's own reference is there
    lines = [" ".join(line.split()) for line in out.splitlines()]
    at = lines.index("9 P0: read a 0x0")
    assert lines[at + 1 : at + 4] == [
        "page kind, in pfn refcount mapcount",
        "P0.a[0] fsdax dax0 120000 1 0",
        "present user accessed special devmap nx; reserved",
    ]
    at = lines.index("11 rss: P0: smaps a Rss Rss=0")
    assert lines[at + 1 : at + 3] == [
        'P0.a[0]: the lookup normal gives no page by "devmap -> none"',
        "(fs/proc/task_mmu.c:smaps_pte_entry)",
    ]


def test_pages_that_are_not_shown_are_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.mm"
    path.write_text(DAX.replace("P0: read a", "P0: b = mmap 300p\n  P0: write b 1"))
    _, out, _ = run(capsys, str(path), "-k", "v6.1", "--pages")
    assert "      44 more pages not shown\n" in out  # 300 less the 256 of one step


def test_kernels_that_say_the_same_say_it_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    scenario = str(SCENARIOS / "coherent-pages-stay.mm")
    _, out, _ = run(capsys, scenario, "--explain")
    assert "      split-v1: P0.a[0:4]: the lookup lru gives no page" in out
    words = (scenario, "--explain", "-k", "v6.1", "-k", "debian-6.1", "--verbose")
    _, out, _ = run(capsys, *words)
    assert out.count("test zone_device refuses it: -ENOENT") == 2  # steps, not kernels


def test_reasons_are_in_the_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import json

    path = tmp_path / "a.mm"
    path.write_text(DAX)
    _, out, _ = run(capsys, str(path), "--explain", "--format", "json", "-k", "v6.1")
    steps = json.loads(out)["kernels"]["v6.1"]["steps"]
    assert steps[2]["reasons"] == [
        {
            "pages": ["P0.a[0]"],
            "where": "fs/proc/task_mmu.c:smaps_pte_entry",
            "why": 'the lookup normal gives no page by "devmap -> none"',
            "test": "",
        }
    ]
    assert main(["run", str(path), "--pages", "--format", "json"]) == 2
    assert "--pages is a table of the text" in capsys.readouterr().err


def test_a_missing_word_of_the_machine_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.mm"
    steps = "  P0: a = mmap 1p\n  P0: write a 1\n  P0: madvise a MADV_PAGEOUT\n"
    head = "linuxmm-scenario 1\nname: t\nintent: Swap.\nmachine:\n  node0 64M\n"
    path.write_text(f"{head}  swap 64M\nsteps:\n{steps}")
    code, out, _ = run(capsys, str(path))
    assert code == 3 and 'say "swap 64M zram" in the machine block' in " ".join(out.split())
    path.write_text(f"{head}  swap 64M zram\nsteps:\n{steps}")
    assert run(capsys, str(path))[0] == 0


def test_all_kernels_tell_the_history_of_an_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """mm/gup.c:writable_file_mapping_allowed came with 6.5: a real 6.12 says -EFAULT."""
    text = (
        "linuxmm-scenario 1\nname: x\nintent: y\n\nsteps:\n  P0: f = file 1p\n"
        "  P0: a = mmap f shared\n  P0: l = pin a FOLL_LONGTERM FOLL_WRITE\n"
    )
    (tmp_path / "a.mm").write_text(text)
    code, out, _ = run(capsys, str(tmp_path / "a.mm"), "--kernel", "all")
    told = [line.split() for line in out.splitlines() if line.startswith("     ")]
    names = ["v5.17-coherent", "split-v1", "v6.1", "v6.12", "v6.18", "v7.1"]
    answers = ["1", "=", "=", "-EFAULT", "-EFAULT", "-EFAULT"]
    assert code == 0 and told == [list(pair) for pair in zip(names, answers, strict=True)]
