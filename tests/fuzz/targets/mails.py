# SPDX-License-Identifier: GPL-2.0-or-later
"""Patch mails through the whole of `review` up to the search: readings, reports, saved kernels."""

import json
from collections.abc import Iterator
from typing import Final

from linuxmm.kernels import as_toml, load, same_rules
from linuxmm.review import mail, sites
from linuxmm.review.b4 import as_b4
from linuxmm.review.base import best_base
from linuxmm.review.read import read_series
from linuxmm.review.reading import Reading
from linuxmm.review.report import report
from linuxmm.review.report_json import as_json
from linuxmm.review.run import Review
from linuxmm.review.summary import short
from tests.fuzz.files import in_file
from tests.fuzz.target import Target
from tests.review.mails import made_up
from tests.review.patches import diff, hunk
from tests.review.test_half import plain_entries, row_goes, special_entries
from tests.review.test_mail import COATS, mbox
from tests.review.test_read import landed, new_lookup, put_fix
from tests.review.test_read_order import ADD, IN_ONE_RUN, ONLY_THE_JUMP
from tests.review.test_read_refusal import ASKS, CONDITIONS, DEFINE, refuses

PIECES: Final = [
    b"\n", b"\r\n", b"\0", b"@@ -1,3 +1,4 @@ f(", b"diff --git a/x b/x\n", b"--- a/x\n+++ b/x\n",
    b"rename from ../x\n", b"/*", b"*/", b"{", b"}", b"(", b")", b"if (", b"else", b";", b'"',
    b"FOLL_GET | ", b"vm_normal_page(", b"follow_page(", b"#define FOLL_LRU 1\n", b"\\\n", b"\xff",
    b"Content-Transfer-Encoding: base64\n", b"Content-Type: multipart/mixed; boundary=a\n",
    b"Content-Type: text/plain; charset=utf-16; format=flowed\n", b"=?utf-8?b?////?=", b"--a\n",
    b"From x Thu Mar 10 11:26:31 2022\nSubject: [PATCH 9/9] x\n", b"\x1b[2J",
    b"is_zone_device_page(page)", b"put_page(page);", b"goto out;", b"out:\n", b"page_folio(page)",
]  # fmt: skip


def seeds() -> Iterator[bytes]:
    yield from COATS.values()
    yield mbox("[PATCH 2/2] b", "[PATCH 0/2] c", "[PATCH 1/2] a")
    for text in (
        *(landed(), put_fix(), new_lookup("vm_normal_lru_page", "vm_normal_page")),
        DEFINE + refuses(CONDITIONS[0]) + ASKS,
        row_goes() + plain_entries() + special_entries(),
        diff("mm/migrate.c", hunk(ADD, IN_ONE_RUN), hunk(ADD, ONLY_THE_JUMP, 900)),
    ):
        yield text.encode()
    for n in range(40):
        yield made_up(n).data


def run(data: bytes) -> None:
    found = mail.read(data, "fuzz")
    chosen = best_base(found.patches)
    assert chosen.evidence
    readings = read_series(found, load(chosen.name))
    made = [_reviewed(reading) for reading in readings]
    for reading, review in zip(readings, made, strict=True):
        _check(reading)
        texts = (
            report(review, verbose=True),
            short(review),
            "\n".join(sites.reading_text(reading)),
        )
        assert all(text.replace("\n", "").isprintable() for text in texts)
        json.dumps([as_json(review), sites.reading_json(reading)])
    json.dumps(as_b4(made))


def _reviewed(reading: Reading) -> Review:
    """As for a change that the search finds nothing in."""
    ends = ("before.toml", "after.toml", True)
    title = reading.patch.subject or "a diff without a subject"
    return Review(title, reading, reading.base, reading.kernel, *ends)


def _check(reading: Reading) -> None:
    """What holds of any reading; a kernel that it changed is one that loads."""
    assert sum(reading.counts().values()) == len(reading.hunks)
    assert reading.partly == any(hunk.matters for hunk in reading.hunks)
    for rule in reading.kernel.sites:
        words = [test.refuse for test in rule.tests]
        assert len(words) == len(set(words))
    untouched = not any(h.kind in ("site", "lookup", "flag") for h in reading.hunks)
    named = any(hunk.sites for hunk in reading.hunks) or reading.lookups or reading.flags
    same = same_rules(reading.kernel, reading.base)
    assert same or not untouched or named
    if not same:
        with in_file(as_toml(reading.kernel).encode(), "kernel.toml") as path:
            assert same_rules(load(path), reading.kernel)


TARGET: Final = Target(seeds, run, PIECES)
