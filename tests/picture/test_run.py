# SPDX-License-Identifier: GPL-2.0-or-later
"""`run` as a page, a trace and a diagram: what is drawn is what the run says, and no more."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.picture import pagemap, timeline
from linuxmm.picture.mermaid import diagram
from linuxmm.picture.pagemap import MOST_PAGES, letter, page_map
from linuxmm.picture.perfetto import trace
from linuxmm.picture.run import MOST_DRAWN, drawn
from linuxmm.play.run import KernelRun, run_text
from linuxmm.scenario.parse import load
from tests.picture.chrome_trace import Trace
from tests.picture.html import checked

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEAD = "linuxmm-scenario 1\nname: parts\nintent: Two processes, one page.\n"
FORK = HEAD + (
    "steps:\n  P0: a = mmap 2p\n  P0: write a 0x11\n  P0: P1 = fork\n  P1: write a[0] 0x22\n"
    "  P0: munmap a[1]\n"
)
DAX = HEAD + (
    "machine:\n  dax0 64M\nsteps:\n  P0: a = mmap 1p dax0\n  P0: read a\n  P0: clear_refs 1\n"
)


def runs_of(text: str, *kernels: str) -> list[KernelRun]:
    return run_text(text, kernels, with_pages=True)


def test_a_fork_shares_frames_and_a_write_parts_them() -> None:
    """Counted by hand: two frames, two entries each after the fork; then a third frame."""
    drawn = page_map(runs_of(FORK, "v6.1"))
    assert [(group.head, group.pages) for group in drawn.groups] == [
        ("P0.a", (0, 1)),
        ("P1.a", (0, 1)),
    ]
    rows = [[cell.letter for cell in step.cells[0]] for step in drawn.steps]
    assert rows == [
        ["", "", "", ""],
        ["A", "B", "", ""],
        ["A", "B", "A", "B"],
        ["A", "B", "C", "B"],
        ["A", "", "C", "B"],
    ]
    writable = [[cell.writable for cell in step.cells[0]] for step in drawn.steps]
    assert writable[1:4] == [["w", "w", "", ""], ["", "", "", ""], ["", "", "w", ""]]
    counts = drawn.steps[2].cells[0][0].counts.split("\u00b7")
    assert counts[1] == "2"  # mapped twice
    fresh = [["fresh" in cell.mark for cell in step.cells[0]] for step in drawn.steps]
    assert fresh[1] == [True, True, False, False]
    # C leaves its per-CPU batch and so a reference: mm/mmap.c:unmap_region drains first
    assert fresh[4] == [False, True, True, True]


def test_many_pages_are_several_tables_and_what_a_step_gave_stands_once() -> None:
    text = HEAD + "steps:\n  P0: a = mmap 20p\n  P0: write a 1\n"
    drawn = page_map(runs_of(text, "v6.1", "v5.17-coherent"))
    assert [band.columns for band in drawn.bands] == [8, 8, 4]
    assert [[len(cells) for cells in band.steps[1].cells] for band in drawn.bands] == [
        [8, 8], [8, 8], [4, 4],
    ]  # fmt: skip
    assert [bool(band.steps[1].did) for band in drawn.bands] == [True, False, False]
    letters = [cell.letter for band in drawn.bands for cell in band.steps[1].cells[0]]
    assert letters == [letter(n) for n in range(20)]


def test_a_second_kernel_that_does_the_same_has_no_frames_around_cells() -> None:
    drawn = page_map(runs_of(FORK, "v6.1", "debian-6.1"))
    assert len(drawn.kernels) == 2
    assert not any("differs" in c.mark for step in drawn.steps for c in step.cells[1])
    assert {len(step.did) for step in drawn.steps} == {1}


def test_what_differs_behind_a_cell_is_dotted_and_says_what_the_first_kernel_has() -> None:
    """v5.17 has no PG_anon_exclusive (include/linux/page-flags.h of 5.19 added it)."""
    drawn = page_map(runs_of(FORK, "v6.1", "v5.17-coherent"))
    cell = drawn.steps[1].cells[1][0]
    assert cell.mark == "frame fresh behind"  # nothing that the cell shows differs
    (there,) = [line for line in cell.lines if line.startswith("on v6.1: flags")]
    (here,) = [line for line in cell.lines if line.startswith("flags")]
    assert "anon_exclusive" in there and "anon_exclusive" not in here


NUMA = f"""{HEAD}machine:
  node0 512M
  node1 512M
  cpus 2
  sysctl kernel.numa_balancing = 1
steps:
  P0: a = mmap 1p
  P0 on cpu1: write a 0x5a
  drain
  numa: scan P0
  P0: P1 = fork
  P0: read a
"""


def test_what_a_cell_shows_is_framed_and_an_entry_without_access_says_so() -> None:
    """The fault of v5.17 leaves a reference in a batch, as the counts tell; the hint is no `w`."""
    drawn = page_map(runs_of(NUMA, "v6.1", "v5.17-coherent"))
    first, second = drawn.steps[5].cells
    assert [c.counts for c in (first[0], second[0])] == ["2\u00b72", "3\u00b72"]
    assert second[0].mark.endswith(" differs") and not first[0].mark.endswith(" differs")
    hinted, written = drawn.steps[3].cells[0][0], drawn.steps[2].cells[0][0]
    assert (hinted.access, hinted.writable) == ("PROT_NONE", "")
    assert (written.access, written.writable) == ("", "w")


def test_events_and_broken_promises_stand_at_their_step() -> None:
    drawn = page_map(runs_of(DAX, "v5.17-coherent", "split-v1"))
    assert [step.mark for step in drawn.steps] == ["", "", "bad"]
    before, after = drawn.steps[2].did
    assert (before.events, before.broken) == ((), ())
    assert after.events[0].startswith("BUG: Bad page map (fs/proc/task_mmu.c:")
    assert after.broken[0].startswith("breaks bad-page-map: ")


def test_a_step_that_is_not_modelled_is_said_and_what_follows_is_not_drawn() -> None:
    text = (
        f"{HEAD}steps:\n  P0: a = mmap 1p\n  P0: write a 1\n"
        "  P0: z = mmap 1p growsdown\n  P0: read a\n"
    )
    runs = runs_of(text, "v6.1")
    assert runs[0].verdict == "not-modelled"
    drawn = page_map(runs)
    assert drawn.steps[2].did[0].result.startswith("not modelled: ")
    assert drawn.steps[3].did[0].result == "not made"
    assert [step.cells[0][0].mark for step in drawn.steps[2:]] == ["unmade", "unmade"]


def test_65536_pages_are_bounded_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "big.mm").write_text(
        HEAD + "machine:\n  node0 512M\n  thp never\nsteps:\n  P0: a = mmap 65536p\n"
        "  P0: write a[0:300] 1\n"
    )
    code = main(["run", str(tmp_path / "big.mm"), "-k", "v6.1", "--format", "html"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, ""), err
    read = checked(out)
    assert re.search(rf"{MOST_PAGES} of \d+ pages are drawn", read.text)
    assert "more were changed by a step" in read.text
    assert len(out) < 300_000


def test_letters_go_on_behind_z() -> None:
    assert [letter(n) for n in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_references_are_told_while_a_frame_is_mapped_and_not_else() -> None:
    """Frame B is written, forked (a reference more), and unmapped by P0 (one less)."""
    drawn = timeline.reference_lines(runs_of(FORK, "v6.1"))
    (both,) = [one for one in drawn.of if one.name.endswith("B")]
    numbers = both.lines[0].said.split()
    assert numbers[0] == "-"  # not mapped after the first step
    assert int(numbers[2]) == int(numbers[1]) + 1
    assert both.lines[0].path.startswith("M") and both.lines[0].path.count("M") == 1


def test_counters_that_change_are_drawn_and_agreeing_kernels_share_their_numbers() -> None:
    """pgfault: two first writes and one copy, by hand."""
    drawn = timeline.counter_lines(runs_of(FORK, "v6.1", "v5.17-coherent"))
    (faults,) = [one for one in drawn.of if "pgfault" in one.name.split()]
    assert [line.said for line in faults.lines] == ["0 2 3", "0 2 3"] and not faults.differs
    assert [line.dash for line in faults.lines] == ["", "5 3"]


def test_the_page_of_several_files_and_one_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fork.mm").write_text(FORK)
    (tmp_path / "dax.mm").write_text(DAX)
    files = [str(tmp_path / name) for name in ("fork.mm", "none.mm", "dax.mm")]
    assert main(["run", *files, "-k", "v6.1", "--format", "html"]) == 2
    read = checked(capsys.readouterr().out)
    assert read.tags.count("article") == 2
    assert "Not on this page" in read.text and "none.mm" in read.text


def test_names_full_of_markup_stay_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "</code><script>document.title='x'</script>"
    (tmp_path / "s").mkdir()
    rules = tmp_path / f"{name.replace('/', '')}.toml"
    rules.write_text('schema = 1\nname = "k"\nbase = "v6.1"\nsource = "<b>s"\n')
    text = HEAD.replace("Two processes, one page.", f"{name} \u202e & <!-- {'x' * 1500}")
    (tmp_path / "a.mm").write_text(text + "steps:\n  P0: a = mmap 1p\n  P0: write a 1\n")
    code = main(["run", str(tmp_path / "a.mm"), "-k", str(rules), "--format", "html"])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    read = checked(out)
    assert "script" not in read.tags and name in read.text
    assert "\\u202e" in out and "characters)" in out and "x" * 1200 not in out


# --- trace ----------------------------------------------------------------------------------------
def test_the_trace_has_every_step_on_every_kernel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dax.mm").write_text(DAX)
    words = ["run", str(tmp_path / "dax.mm"), "--format", "perfetto"]
    assert main([*words, "-k", "v5.17-coherent", "-k", "split-v1"]) == 1
    found = json.loads(capsys.readouterr().out)
    events = found["traceEvents"]
    names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    assert names == {1: "v5.17-coherent", 2: "split-v1"}
    slices = [e for e in events if e["ph"] == "X"]
    assert [(e["pid"], e["ts"], e["cat"]) for e in slices] == [
        (pid, n * 1000, verb)
        for pid in (1, 2)
        for n, verb in enumerate(("mmap", "read", "clear_refs"))
    ]
    instants = [(e["pid"], e["name"]) for e in events if e["ph"] == "i"]
    assert instants == [(2, "BUG: Bad page map"), (2, "breaks bad-page-map")]
    for event in events:
        assert {"name", "ph", "pid"} <= event.keys() and (event["ph"] == "M" or "ts" in event)


def test_a_counter_of_the_trace_is_that_of_the_run() -> None:
    events = trace(runs_of(FORK, "v6.1"))["traceEvents"]
    assert isinstance(events, list)
    faults = [(e["ts"], e["args"]["events"]) for e in events if e["name"] == "pgfault"]
    assert faults == [(1000, 2), (3000, 3)]


@pytest.mark.parametrize(
    "name", ["copied-pfn-page-stops-fork", "coherent-pages-stay", "mlocked-in-device-memory"]
)
def test_an_independent_reader_takes_the_trace(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every slice in a named thread of a named process, none across another, no counter twice."""
    words = ["run", name, "--format", "perfetto", "-k", "v6.1", "-k", "split-v1"]
    assert main(words) in (0, 1, 3)
    read = Trace(json.loads(capsys.readouterr().out))
    assert list(read.processes.values()) == ["v6.1", "split-v1"]
    assert read.slices.keys() == read.threads.keys()
    (found,) = (path for path in SCENARIOS.rglob("*.mm") if path.stem == name)
    steps = len(load(str(found)).steps)
    made = {pid: sum(len(s) for key, s in read.slices.items() if key[0] == pid) for pid in (1, 2)}
    assert made[1] == steps and 0 < made[2] <= steps
    assert read.counters.keys() >= {(1, "pgfault"), (2, "pgfault")}


@pytest.mark.parametrize(
    "spoil",
    [
        {"ph": "X", "dur": -1}, {"ph": "X", "dur": 1200, "ts": 500}, {"ph": "E"}, {"ph": "B"},
        {"ph": "C", "args": {"a": "1"}}, {"ph": "i", "s": "x"}, {"ph": "X", "tid": "P0"},
        {"ts": None}, {"pid": "1"}, {"ph": "Q"},
    ],
)  # fmt: skip
def test_that_reader_refuses_what_a_viewer_cannot_place(spoil: dict[str, object]) -> None:
    document = json.loads(json.dumps(trace(runs_of(FORK, "v6.1"))))
    Trace(document)
    slices = [event for event in document["traceEvents"] if event["ph"] == "X"]
    slices[0] |= spoil
    with pytest.raises((AssertionError, KeyError, IndexError)):
        Trace(document)


def test_a_trace_is_of_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "a.mm", "b.mm", "--format", "perfetto"]) == 2
    assert capsys.readouterr().err == "linuxmm: --format perfetto takes one file\n"


# --- diagram --------------------------------------------------------------------------------------
def test_the_diagram_says_who_asks_and_what_each_kernel_gives() -> None:
    text = diagram(runs_of(DAX, "v5.17-coherent", "split-v1"))
    assert text.splitlines()[:4] == [
        "sequenceDiagram",
        "  title parts",
        "  participant A0 as P0",
        "  participant K as v5.17-coherent, split-v1",
    ]
    assert "  A0->>K: clear_refs 1" in text
    assert "  K-->>A0: split-v1#58; 0" in text
    assert "  Note over K: split-v1#58; breaks bad-page-map#58; " in text


def test_a_step_of_nobody_has_words_and_a_name() -> None:
    (run,) = runs_of(FORK.replace("P0: P1 = fork", "drain\n  P0: P1 = fork"), "v6.1")
    text = diagram([run])
    assert "  participant A1 as machine\n" in text and "  A1->>K: drain\n" in text


def test_no_word_of_others_is_a_word_of_mermaid() -> None:
    """What ends a statement, begins a comment or another arrow is a character code."""
    (run,) = runs_of(FORK, "v6.1")
    lines = diagram([replace(run, name="x; A0->>K: y\n%% z #35; <b> {c} end")]).splitlines()
    (line,) = [line for line in lines if line.startswith("  participant K")]
    assert re.fullmatch(r"  participant K as (?:[\w .,()\[\]=\-+*/@!?']|#\d+;)+", line)
    assert len(lines) == 2 + 3 + 2 * 5


def test_bounds_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagemap, "MOST_STEPS", 2)
    drawn = page_map(runs_of(FORK, "v6.1"))
    assert len(drawn.steps) == 2 and "2 of 5 steps are drawn" in drawn.notes


# --- many -----------------------------------------------------------------------------------------
def test_of_many_scenarios_those_that_do_not_hold_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One more than are drawn: each has a line, the two that break a promise are drawn."""
    for n in range(MOST_DRAWN + 1):
        text = DAX if n in (3, 7) else FORK
        (tmp_path / f"{n:02}.mm").write_text(text.replace("name: parts", f"name: s{n:02}"))
    assert main(["run", str(tmp_path), "--format", "html", "-k", "split-v1"]) == 1
    out = capsys.readouterr().out
    checked(out)
    assert out.count("<article>") == 2 and "<h1>s03</h1>" in out and "<h1>s07</h1>" in out
    assert out.count('<p class="line">') == MOST_DRAWN - 1 and "<b>s00</b>" in out
    assert f"{MOST_DRAWN + 1} scenarios: a page draws at most {MOST_DRAWN}" in out
    (tmp_path / "00.mm").unlink()
    main(["run", str(tmp_path), "--format", "html", "-k", "split-v1"])
    assert capsys.readouterr().out.count("<article>") == MOST_DRAWN


def test_no_more_than_so_many_are_drawn() -> None:
    (bad,), (good,) = runs_of(DAX, "split-v1"), runs_of(FORK, "split-v1")
    assert drawn(MOST_DRAWN, 0, [good]) and not drawn(MOST_DRAWN + 1, 0, [good])
    assert drawn(900, MOST_DRAWN - 1, [bad]) and not drawn(900, MOST_DRAWN, [bad])
