# SPDX-License-Identifier: GPL-2.0-or-later
"""What `inspect` reports of a process that made pages of every kind in known numbers."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from linuxmm.inspect.count import count_plain
from linuxmm.inspect.live import LiveMachine, open_machine, open_process
from linuxmm.inspect.reconcile import reconcile
from linuxmm.inspect.report import Report, by_kind, make_report, properties, verdict_table
from linuxmm.inspect.rss import WithoutIo, without_io
from linuxmm.inspect.scenario import scenario_text
from linuxmm.inspect.verdict import NO, NOT_NOW, YES, Judge
from linuxmm.inspect.why import area_at, lazy_at, page_at
from linuxmm.inspect.words import KPF_DIRTY
from linuxmm.play.run import run_scenario
from linuxmm.scenario.parse import parse
from linuxmm.validate.abilities import probe

pytestmark = pytest.mark.live
MAKER = Path(__file__).with_name("maker.py")
HUGEPAGES = Path("/proc/sys/vm/nr_hugepages")
ZRAM = Path("/sys/block/zram0/disksize")
SWAPS = Path("/proc/swaps")
WHY_NOT = {"swap": "LINUXMM_SWAP=1 turns swap on zram on for the whole machine"}
KSM = Path("/sys/kernel/mm/ksm")


@dataclass
class Made:
    """The helper's mappings, and what is needed to report on them."""

    pid: int
    mappings: dict[str, tuple[int, int]]
    machine: LiveMachine
    judge: Judge

    def report(self, name: str) -> Report:
        """The report of one mapping."""
        if name not in self.mappings:
            pytest.skip(f"no {name} here" + (f": {WHY_NOT[name]}" if name in WHY_NOT else ""))
        start = self.mappings[name][0]
        length = 1 << 12 if name == "ring" else 1 << 22
        return self.whole([(start, start + length)])

    def whole(self, ranges: list[tuple[int, int]]) -> Report:
        process = open_process(self.pid)
        report = make_report(self.machine, process, [self.judge], ranges)
        process.close()
        return report

    def words(self, name: str, system: str) -> dict[str, int]:
        return verdict_table(self.report(name).rows, 0)[0][system]


@contextlib.contextmanager
def setting(path: Path, value: str) -> Iterator[bool]:
    """A setting of the machine changed for a while; False where it may not be."""
    try:
        before = path.read_text().strip()
        path.write_text(value)
    except OSError:
        yield False
        return
    try:
        yield path.read_text().strip() == value
    finally:
        path.write_text(before)


@contextlib.contextmanager
def swap_on_zram() -> Iterator[bool]:
    """Swap for the whole machine, therefore only when it is asked for and nobody else has it."""
    ours = os.environ.get("LINUXMM_SWAP") and ZRAM.exists()
    if not ours or ZRAM.read_text().strip() != "0" or len(SWAPS.read_text().splitlines()) > 1:
        yield False
        return
    ZRAM.write_text("64M")
    try:
        subprocess.run(["mkswap", "/dev/zram0"], check=True, capture_output=True)
        subprocess.run(["swapon", "/dev/zram0"], check=True)
        yield True
    finally:
        subprocess.run(["swapoff", "/dev/zram0"], check=False)
        ZRAM.with_name("reset").write_text("1")


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    abilities = probe()
    if abilities.why_not("kpageflags") or abilities.why_not("pagemap"):
        pytest.skip("kpageflags or frame numbers are not shown here (not root)")
    with contextlib.ExitStack() as stack:
        words = [f"disk={abilities.disk}"] if abilities.disk else []
        if HUGEPAGES.exists() and HUGEPAGES.read_text().strip() == "0":
            if stack.enter_context(setting(HUGEPAGES, "1")):
                words.append("hugetlb")
        if stack.enter_context(swap_on_zram()):
            words.append("swap")
        if abilities.has("ksm"):
            for name, value in (("sleep_millisecs", "0"), ("pages_to_scan", "1000"), ("run", "1")):
                stack.enter_context(setting(KSM / name, value))
            words.append("ksm")
        child = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(MAKER), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        assert child.stdout and child.stdin
        mappings = json.loads(child.stdout.readline())
        del mappings["pid"]
        drain()
        yield Made(child.pid, mappings, open_machine(), Judge("v6.1"))
        child.stdin.close()


def drain() -> None:
    """Fresh pages leave the per-CPU batches (facts/real-kernels.md)."""
    with contextlib.suppress(OSError):
        Path("/proc/sys/vm/compact_memory").write_text("1")


# --- kinds, exactly -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("anon", {"anon": 5, "none": 4}),
        ("zero", {"zero": 3, "none": 6}),
        ("protnone", {"anon": 4}),
        ("mlocked", {"anon": 6}),
        ("shmem", {"shmem": 6, "none": 2}),
        ("memfd", {"shmem": 7, "none": 9}),
        ("file", {"file": 8}),
        ("copied", {"anon": 2, "none": 6}),
        ("thp", {"thp": 512}),
        ("hugetlb", {"hugetlb": 512}),
        ("secret", {"secretmem": 2, "none": 2}),
        ("lazy_some", {"anon": 8}),
        ("ring", {"mixedmap": 1}),
        ("packets", {"mixedmap": 16}),
        ("guard", {"anon": 2, "guard": 3, "none": 1}),
        ("swap", {"swap": 7, "none": 2}),
    ],
)
def test_counts_are_exact(made: Made, name: str, kinds: dict[str, int]) -> None:
    found = by_kind(made.report(name).rows)
    if name == "copied":  # a fault maps the neighbours that are in the page cache
        assert found.pop("file", 0) + found.pop("none", 0) == 6
        kinds = {"anon": 2}
    assert found == kinds


def test_merged_pages_are_ksm(made: Made) -> None:
    if "ksm" not in made.mappings:
        pytest.skip("KSM cannot be used here")
    for _ in range(100):
        if by_kind(made.report("ksm").rows) == {"ksm": 10}:
            break
        time.sleep(0.05)
    assert by_kind(made.report("ksm").rows) == {"ksm": 10}
    assert made.words("ksm", "numa") == {NO: 10}


def test_the_kernels_own_mappings(made: Made) -> None:
    areas = {area.name: area for area in made.whole([]).areas}
    found = {}
    for name in ("[vdso]", "[vvar]"):
        area = areas[name]
        found[name] = by_kind(made.whole([(area.start, area.end)]).rows)
    assert (
        sum(found["[vdso]"].get(kind, 0) for kind in ("kernel", "none")) == areas["[vdso]"].nr_pages
    )
    assert found["[vvar]"] == {"pfnmap": areas["[vvar]"].nr_pages}


# --- what may be done -----------------------------------------------------------------------------
def test_the_zero_page_is_no_normal_page(made: Made) -> None:
    report = made.report("zero")
    assert properties(report.rows)["present"] == 3
    assert properties(report.rows)["normal"] == 0
    assert made.words("zero", "move_pages") == {NO: 3}  # -EFAULT on every kernel tried


def test_anonymous_pages_may_be_moved(made: Made) -> None:
    assert made.words("anon", "move_pages").get(YES, 0) == 5
    assert made.words("anon", "ksm") == {NOT_NOW: 5}


def test_locked_pages_stay(made: Made) -> None:
    assert properties(made.report("mlocked").rows)["mlocked"] == 6
    assert made.words("mlocked", "reclaim") == {NOT_NOW: 6}


def test_a_hugetlb_page_is_never_reclaimed(made: Made) -> None:
    assert made.words("hugetlb", "reclaim") == {NO: 512}
    assert made.words("hugetlb", "mlock") == {NO: 512}


def test_a_ring_is_on_no_lru_list(made: Made) -> None:
    assert made.words("ring", "reclaim") == {NO: 1}
    assert properties(made.report("ring").rows)["on LRU"] == 0


def test_secret_memory_is_left_alone(made: Made) -> None:
    """mm/gup.c, mm/secretmem.c, mm/vmscan.c, mm/mlock.c of 6.1.192."""
    report = made.report("secret")
    rows = [row for row in report.rows if row.kind == "secretmem"]
    assert rows
    for row in rows:
        answers = row.verdicts[0].answers
        assert {name for name, answer in answers.items() if answer.word != NO} == set()
        assert "-EFAULT" in answers["pin"].rule and "-ENOENT" in answers["move_pages"].rule


def test_a_real_kernel_agrees_on_secret_memory(made: Made) -> None:
    """A plain read of another process's memory goes through GUP, as a pin does."""
    made.report("secret")  # or a skip
    with open(f"/proc/{made.pid}/mem", "rb", buffering=0) as stream:
        with pytest.raises(OSError, match="Input/output error"):
            os.pread(stream.fileno(), 8, made.mappings["secret"][0])
        assert os.pread(stream.fileno(), 8, made.mappings["anon"][0])


@pytest.mark.parametrize(("name", "clean"), [("lazy", 8), ("lazy_some", 5), ("lazy_none", 0)])
def test_what_madvise_free_gave_away_goes_without_swap(made: Made, name: str, clean: int) -> None:
    """By hand: 8 pages are marked, the written ones are ordinary again; smaps says the same."""
    report = made.report(name)
    (area,) = report.areas
    assert area.fields["LazyFree"] == 4 * clean
    free = without_io(report)
    assert free == WithoutIo(rss=8, lazyfree=clean, cache=0)
    wanted = {word: nr for word, nr in ((YES, clean), (NOT_NOW, 8 - clean)) if nr}
    for _ in range(20):  # a page in a batch is on no list: not now
        drain()
        found = made.words(name, "reclaim")
        if found == wanted:
            break
    assert found == wanted


def test_of_one_page_of_some_it_is_not_seen(made: Made) -> None:
    """Unless compaction moved it, which left the entry's dirty bit on the page."""
    process = open_process(made.pid, machine=made.machine)
    fates, wanted = {}, {"lazy": "clean", "lazy_none": "written", "anon": ""}
    for name in ("lazy", "lazy_some", "lazy_none", "anon"):
        start = made.mappings[name][0]
        area = area_at(process, start)
        _, word = page_at(made.machine, process, start)
        fates[name] = lazy_at(made.machine, process, area, word)
        if name == "lazy_some":
            wanted["lazy_some"] = "written" if word & KPF_DIRTY else "unseen"
    process.close()
    assert fates == wanted


def test_clean_page_cache_goes_without_io(made: Made) -> None:
    report = made.report("file")
    free = without_io(report)
    assert free and free.rss == 8 and free.lazyfree == 0
    (area,) = report.areas
    assert free.cache <= (area.fields["Private_Clean"] + area.fields["Shared_Clean"]) // 4


# --- totals, ways to count ------------------------------------------------------------------------
def test_totals_are_the_kernels(made: Made) -> None:
    report = made.whole([])
    totals, differences = reconcile(report, [made.judge])
    assert [d for d in differences if "not explained" in d.why] == []
    told: dict[str, int] = {}
    for each in differences:
        told[each.name] = told.get(each.name, 0) + each.ours - each.kernels
    for total in totals:  # what differs is told, to the page
        assert total.ours - total.kernels == told.get(total.name, 0), total.name
    exact = {"smaps Anonymous", "smaps Swap", "smaps Hugetlb"}
    assert exact <= {t.name for t in totals if t.ours == t.kernels}
    assert {"status RssAnon", "status RssFile", "status RssShmem"} <= {t.name for t in totals}


def test_both_ways_count_the_same(made: Made) -> None:
    numpy = pytest.importorskip("linuxmm.inspect.count_numpy", reason="NumPy is not installed")
    process = open_process(made.pid)
    starts = {start for start, _ in made.mappings.values()}
    areas = [area for area in process.areas if area.start in starts]
    plain = count_plain(made.machine, process, areas)
    assert numpy.count_numpy(made.machine, process, areas) == plain
    process.close()


def test_its_shape_runs_on_the_model(made: Made) -> None:
    """Every kind of the scenario stands in the model's own picture after the run."""
    process = open_process(made.pid)
    report = make_report(made.machine, process, [made.judge], [])
    text = scenario_text(report)
    process.close()
    assert run_scenario(parse(text)).verdict == "ok"
    assert "mixedmap pages" in text or "ring" not in made.mappings
    assert "mlock2" in text and "mprotect" in text


CHURN = """
import mmap, random
print(1, flush=True)
maps = []
while True:
    nr = random.randrange(1, 400)
    maps.append(mmap.mmap(-1, nr * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    for i in range(0, nr, 3):
        maps[-1][i * 4096] = 1
    if len(maps) > 30:
        maps.pop(random.randrange(30)).close()
"""


def test_a_process_that_maps_and_unmaps_is_told_consistently(made: Made) -> None:
    """Whatever was read is counted once, and each sum that differs says that it is a race."""
    command = [sys.executable, "-I", "-S", "-c", CHURN]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        process = open_process(child.pid, machine=made.machine)
        report = make_report(made.machine, process, [made.judge], [])
        totals, differences = reconcile(report, [made.judge])
        process.close()
        child.kill()
    pages = sum(area.nr_pages for area in report.areas)
    assert sum(by_kind(report.rows).values()) == pages - len(process.missed)
    assert [d.why for d in differences if "not explained" in d.why] == []
    told = sum(d.ours - d.kernels for d in differences if d.name == "smaps Rss")
    (rss,) = (total for total in totals if total.name == "smaps Rss")
    assert rss.ours - rss.kernels == told


def test_a_process_that_ends_is_said(made: Made) -> None:
    command = [sys.executable, "-I", "-S", "-c", "print(1, flush=True); input()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as child:
        assert child.stdout
        child.stdout.readline()
        process = open_process(child.pid)
        child.kill()
    report = make_report(made.machine, process, [made.judge], [])
    process.close()
    assert report.process.missed
    assert properties(report.rows)["present"] == 0
