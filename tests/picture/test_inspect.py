# SPDX-License-Identifier: GPL-2.0-or-later
"""`inspect` as a page: the sentence, the strips and the histograms add up to the pages there."""

import os
import re
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.inspect.report import Report, by_kind, make_report, verdict_table
from linuxmm.inspect.sentence import sentence
from linuxmm.inspect.verdict import SYSTEMS, Judge
from linuxmm.inspect.words import KPF_ANON, KPF_LRU, KPF_SWAPBACKED
from linuxmm.picture import inspect as picture
from linuxmm.picture.inspect import MOST_WHOLE, html, line
from linuxmm.picture.page import Page
from linuxmm.state.constants import VM_LOCKED, VM_MAYREAD, VM_MAYWRITE, VM_READ, VM_WRITE
from linuxmm.uapi import PAGE_SIZE
from tests.inspect.fake import FakeProcess, area, machine
from tests.picture.html import checked

START, PRESENT, EXCLUSIVE = 1 << 30, 1 << 63, 1 << 56
RW = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE


def report_of(name: str = "heap") -> Report:
    """Eight anonymous pages in two VMAs, those of the second mlocked; no swap file."""
    one, two = area(RW, name, pages=6), area(RW | VM_LOCKED, name, pages=2)
    two = two.__class__(
        **{**vars(two), "start": START + 6 * PAGE_SIZE, "end": START + 8 * PAGE_SIZE}
    )
    entries = {START + n * PAGE_SIZE: PRESENT | EXCLUSIVE | 0x100 + n for n in range(8)}
    flags = {0x100 + n: KPF_ANON | KPF_LRU | KPF_SWAPBACKED for n in range(8)}
    m = machine(flags=flags, swap_files=0)
    process = FakeProcess(7, name, [one, two], "a test", entries=entries)
    return make_report(m, process, [Judge("v6.1")], [])


def page(part: str) -> str:
    around = Page("pages")
    return "\n".join([around.head, part, around.foot]) + "\n"


def test_the_sentence_has_every_page_once() -> None:
    """8 pages are 32 KiB: without swap 6 wait for it, 2 are held by mlock (mm/rmap.c)."""
    said = sentence(report_of())
    assert said == (
        "Of 32.0 KiB, 24.0 KiB need swap, 8.0 KiB cannot now (a VM_LOCKED VMA maps it)."
    )


def test_every_strip_has_every_vma_in_the_same_width() -> None:
    text = page(html(report_of(), [], []))
    checked(text)
    bars = re.findall(r'<div class="bars">(.*?)</div>', text, re.S)
    assert len(bars) == 1 + len(SYSTEMS)
    widths = [re.findall(r'<a href="#[\w-]+" style="--w:(\d+)"', bar) for bar in bars]
    assert widths == [["6", "2"]] * len(bars)


def test_a_vma_opens_the_tests_that_refuse_its_pages_and_each_leads_to_its_way() -> None:
    report = report_of()
    text = page(html(report, [], []))
    read = checked(text)  # every link has its anchor
    _, reasons = verdict_table(report.rows, 0)
    for system in SYSTEMS:
        for answer in reasons[system]:
            assert answer.word == "yes" or answer.rule in read.text
    ways = re.findall(r'<ol id="v7-w\d+">(.*?)</ol>', text, re.S)
    assert ways and any("shrink_page_list keeps it" in way for way in ways)


def test_names_full_of_markup_stay_text() -> None:
    name = "/x</code><script>document.title='x'</script>\n\x1b[31m"
    read = checked(page(html(report_of(name), [], [])))
    assert "script" not in read.tags and "<script>document.title='x'</script>" in read.text


def test_many_vmas_are_bounded_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_AREAS", 1)
    text = page(html(report_of(), [], []))
    assert "The 1 fullest of 2 VMAs that have pages are drawn." in checked(text).text
    assert text.count('<details class="vma">') == 1


def test_of_many_processes_each_is_a_line() -> None:
    text = page("".join(line(report_of(f"<b>{n}")) for n in range(3)))
    read = checked(text)
    assert text.count('<section class="process">') == 3 and "<b>2" in read.text
    assert read.text.count("Of 32.0 KiB, 24.0 KiB need swap") == 3
    said = "can be reclaimed, by the rules of debian-6.1, not of this kernel: not now 32.0 KiB"
    assert read.text.count(said) == 3
    bare = make_report(machine(swap_files=0), report_of().process, [], [])
    assert "can be reclaimed" not in line(bare)


@pytest.mark.live
def test_all_processes_are_one_bounded_page(capsys: pytest.CaptureFixture[str]) -> None:
    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("/proc/self/pagemap cannot be read")
    pids = [str(os.getpid())] * (MOST_WHOLE + 1)
    assert main(["inspect", *pids, "--format", "html"]) == 0
    read = checked(capsys.readouterr().out)
    assert "article" not in read.tags and read.tags.count("section") == MOST_WHOLE + 1


def test_without_rules_the_kinds_are_all_that_is_said() -> None:
    report = report_of()
    bare = make_report(report.machine, report.process, [], [])
    read = checked(page(html(bare, [], [])))
    assert "No rule was asked" in read.text and by_kind(bare.rows) == {"anon": 8}


@pytest.mark.live
def test_this_process_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("/proc/self/pagemap cannot be read")
    file = tmp_path / "me.html"
    words = ["inspect", str(os.getpid()), "--format", "html"]
    assert main([*words, "--output", str(file)]) == 0
    read = checked(file.read_text())
    assert re.search(r"Of [\d.]+ .iB, ", read.text) and "The address space" in read.text
    assert main([*words[:1], "4194999", *words[2:]]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("word", ["--pages", "--what-if=coherent", "--counts", "--scenario=x.mm"])
def test_what_a_page_does_not_show_is_refused(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(os.getpid()), "--format", "html", word]) == 2
    assert "--format html: no --pages" in capsys.readouterr().err
