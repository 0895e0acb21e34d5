# SPDX-License-Identifier: GPL-2.0-or-later
"""`review` as a page: the patch with its badges, the findings, and what was not looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.picture.page import Page
from linuxmm.picture.patch import EXECUTED, NOT_LOOKED_AT, READ, looked
from linuxmm.picture.review import html
from linuxmm.review.rerun import Again
from linuxmm.review.run import Review, of_kernels, reviews
from linuxmm.review.touched import EXECUTED as RAN
from linuxmm.review.touched import PARTLY, Function
from linuxmm.state.sites import UNMODELLED_SITES
from tests.picture.html import Read, checked
from tests.review.patches import diff, hunk, lookup_diff

HOSTILE = "</pre><script>document.title='x'</script><!--"
COMMENT = diff("mm/ksm.c", hunk("static int f(void)", " \tint a;\n-\t/* one */\n+\t/* two */"))
UNMODELLED = diff("net/ipv4/tcp.c", hunk("int f(void)", " \tint a;\n-\ta = 1;\n+\ta = 2;"))


def page(*parts: str) -> str:
    around = Page("a review")
    return "\n".join([around.head, *parts, around.foot]) + "\n"


def of_text(tmp_path: Path, text: str) -> Review:
    path = tmp_path / "test.patch"
    path.write_text(text)
    (review,) = reviews(str(path))
    return review


@pytest.fixture(scope="module")
def seed(seed_review: Review) -> tuple[Review, str, Read]:
    text = page(html(seed_review, Again.of("v5.17-coherent..split-v1")))
    return seed_review, text, checked(text)


def test_every_finding_is_there_with_its_witness_and_both_kernels(
    seed: tuple[Review, str, Read],
) -> None:
    review, text, read = seed
    shown = review.of_side("introduced", "changed", "fixed")
    assert len(shown) == 13  # as the README's demo says: 3, 9 and 1
    for finding in shown:
        assert f'id="p0-f-{finding.id}"' in text
        assert " ".join(finding.text().split()) in read.text
        own = text.partition(f'id="p0-f-{finding.id}"')[2].partition('id="p0-')[0]
        assert own.count('<table class="pages">') >= 1  # several where hundreds of pages are mapped
    assert "remaining" not in [v for _, n, v in read.attributes if n == "id"]


def test_the_counts_on_top_are_those_of_the_review(seed: tuple[Review, str, Read]) -> None:
    review, text, _ = seed
    tiles = text.partition('<ul class="tiles">')[2].partition("</ul>")[0]
    for number, what in ((3, "introduced"), (9, "changed"), (1, "fixed"), (2, "sites left behind")):
        assert f"<b>{number}</b>{what}" in tiles
    assert f"<b>{len(review.not_judged)}</b>changes not judged" in tiles


def test_what_was_not_judged_stands_before_the_findings(seed: tuple[Review, str, Read]) -> None:
    review, text, read = seed
    assert review.not_judged == []
    unseen, _, rest = text.partition('id="p0-introduced"')
    for verdict in review.not_judged:
        assert verdict.why in " ".join(unseen.split())
    assert rest and "not followed 36 times: this use of device memory" in read.text


def heat_rows(text: str) -> dict[str, str]:
    table = text.partition('<table class="heat">')[2].partition("</table>")[0]
    return {
        row.partition("</th>")[0]: row
        for row in table.split('<tr><th scope="row">')
        if "<td" in row
    }


def test_the_heat_table_counts_the_findings_of_a_site(
    seed: tuple[Review, str, Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    review, text, _ = seed
    rows = heat_rows(text)
    assert len(rows) == 29 and ">i1 c1" in rows["break_ksm"]
    assert rows["get_gate_page"].count(' never"></td>') == 2
    monkeypatch.setitem(UNMODELLED_SITES, "mm/gup.c:get_gate_page", "gate page")
    rows = heat_rows(page(html(review, Again())))
    assert rows["get_gate_page"].count(' never">.') == 2


def test_a_patch_is_the_page_and_each_hunk_has_its_word(tmp_path: Path) -> None:
    change = lookup_diff("mm/ksm.c", "break_ksm", "vm_normal_page", "vm_normal_lru_page")
    review = of_text(tmp_path, COMMENT + UNMODELLED)
    assert review.reading is not None
    assert [looked(h) for h in review.reading.hunks] == [READ, NOT_LOOKED_AT]
    text = page(html(review, Again()))
    read = checked(text)
    assert '<span class="badge read"' in text and '<span class="badge notlooked"' in text
    assert "<b>1</b>hunks read" in text and "<b>1</b>hunks not looked at" in text
    assert "- /* one */" in read.text and "+ a = 2;" in read.text
    assert '<span class="del">' in text and '<span class="add">' in text
    assert "a file that is not modelled" in read.text and change


def test_a_hunk_that_was_executed_says_so() -> None:
    from linuxmm.review.reading import HunkReading

    ran = HunkReading("mm/ksm.c", "f", "@@", 1, "executed", "its text is executed")
    assert looked(ran) == EXECUTED
    partly = HunkReading("mm/ksm.c", "f", "@@", 1, "site", "", touches=("mm/ksm.c:break_ksm",))
    assert looked(partly) == NOT_LOOKED_AT


def test_two_records_with_the_same_rules() -> None:
    read = checked(page(html(of_kernels("v6.1", "debian-6.1"), Again())))
    assert "Both kernels have the same rules: there is nothing to compare." in read.text


def test_markup_in_a_patch_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = f" \tint a;\n-\t/* {HOSTILE} */\n+\t/* {HOSTILE}\x1b[31m */"
    head = f"From: {HOSTILE} <a@b.c>\nSubject: [PATCH] {HOSTILE}\nDate: {HOSTILE}\n\n---\n"
    file = tmp_path / f"{HOSTILE.replace('/', '')}.patch"
    odd = diff(f"net/{HOSTILE.replace('/', '').replace(' ', '')}.c", hunk(HOSTILE, body))
    file.write_text(head + diff("mm/ksm.c", hunk(HOSTILE, body)) + odd)
    assert main(["review", str(file), "--format", "html"]) in (0, 3)
    out = capsys.readouterr().out
    read = checked(out)
    assert "script" not in read.tags and "\x1b" not in out
    assert read.text.count("<script>document.title='x'<") >= 4


def test_a_series_is_one_page_with_an_article_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = "From a Mon Sep 17 00:00:00 2001\nFrom: a@b.c\nSubject: [PATCH {}/2] x\n\n---\n"
    file = tmp_path / "series.mbox"
    file.write_text(one.format(1) + COMMENT + "\n" + one.format(2) + UNMODELLED)
    assert main(["review", str(file), "--format", "html"]) == 3
    read = checked(capsys.readouterr().out)
    assert read.tags.count("article") == 2


def test_a_hunk_without_end_is_bounded(tmp_path: Path) -> None:
    lines = "\n".join(f"+\t/* {n} */" for n in range(20_000))
    review = of_text(tmp_path, diff("mm/ksm.c", hunk("int f(void)", " \tint a;\n" + lines)))
    text = page(html(review, Again()))
    assert "19701 lines more" in checked(text).text and len(text) < 200_000


def test_a_function_that_did_not_wholly_run_is_said_before_the_findings(
    seed_review: Review,
) -> None:
    partly = Function("mm/ksm.c:f", PARTLY, reached=1, places=3)
    ran = Function("mm/ksm.c:g", RAN, reached=2, places=2)
    text = page(html(replace(seed_review, functions=(partly, ran)), Again()))
    checked(text)
    unseen = text.partition('id="p0-introduced"')[0]
    assert "<b>1</b>functions not wholly run" in unseen
    assert "executed, 1 of 3 changed places reached" in unseen and "mm/ksm.c:g" not in unseen
    assert "executed, 2 of 2 changed places reached" in text
