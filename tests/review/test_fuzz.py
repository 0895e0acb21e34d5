"""Mutated mails: always a reading or one sentence, in bounded time, never a traceback."""

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linuxmm.errors import InputError
from linuxmm.kernels import load, same_rules
from linuxmm.review import mail
from linuxmm.review.base import best_base
from linuxmm.review.read import read_series
from tests.review.patches import diff, hunk
from tests.review.test_half import plain_entries, row_goes, special_entries
from tests.review.test_mail import COATS, mbox
from tests.review.test_read import landed, new_lookup, put_fix
from tests.review.test_read_order import ADD, IN_ONE_RUN, ONLY_THE_JUMP
from tests.review.test_read_refusal import ASKS, CONDITIONS, DEFINE, refuses

SEEDS = [
    *COATS.values(),
    mbox("[PATCH 2/2] b", "[PATCH 0/2] c", "[PATCH 1/2] a"),
    landed().encode(),
    put_fix().encode(),
    new_lookup("vm_normal_lru_page", "vm_normal_page").encode(),
    (DEFINE + refuses(CONDITIONS[0]) + ASKS).encode(),
    (row_goes() + plain_entries() + special_entries()).encode(),
    diff("mm/migrate.c", hunk(ADD, IN_ONE_RUN), hunk(ADD, ONLY_THE_JUMP, 900)).encode(),
]
PIECES = [
    b"\n", b"\r\n", b"\0", b"@@ -1,3 +1,4 @@ f(", b"diff --git a/x b/x\n", b"--- a/x\n+++ b/x\n",
    b"rename from ../x\n", b"/*", b"*/", b"{", b"}", b"(", b")", b"if (", b"else", b";", b'"',
    b"FOLL_GET | ", b"vm_normal_page(", b"follow_page(", b"#define FOLL_LRU 1\n", b"\\\n", b"\xff",
    b"Content-Transfer-Encoding: base64\n", b"Content-Type: multipart/mixed; boundary=a\n",
    b"Content-Type: text/plain; charset=utf-16; format=flowed\n", b"=?utf-8?b?////?=", b"--a\n",
    b"From x Thu Mar 10 11:26:31 2022\nSubject: [PATCH 9/9] x\n", b"\x1b[2J",
    b"is_zone_device_page(page)", b"put_page(page);", b"goto out;", b"out:\n", b"page_folio(page)",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail with a few cuts, doubled parts and foreign pieces."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 80)))
        what = draw(st.integers(0, 3))
        if what == 0:
            data = data[:at] + data[end:]
        elif what == 1:
            data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
        elif what == 2:
            data = data[:end] + data[at:]
        else:
            data = data[:at] + draw(st.binary(max_size=4)) + data[end:]
    return data


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(mutated())
def test_mutated_mails(data: bytes) -> None:
    base = load("v5.17-coherent")
    start = time.monotonic()
    try:
        found = mail.read(data, "fuzz")
        readings = read_series(found, base)
        assert best_base(found.patches).evidence
    except InputError as error:
        assert "\n" not in str(error) and str(error).isprintable()
    else:
        for reading in readings:
            assert sum(reading.counts().values()) == len(reading.hunks)
            untouched = not any(h.kind in ("site", "lookup", "flag") for h in reading.hunks)
            named = any(hunk.sites for hunk in reading.hunks) or reading.lookups or reading.flags
            if untouched and not named:
                assert same_rules(reading.kernel, reading.base)
            for rule in reading.kernel.sites:
                words = [test.refuse for test in rule.tests]
                assert len(words) == len(set(words))
            assert reading.partly == any(hunk.matters for hunk in reading.hunks)
    assert time.monotonic() - start < 2


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    try:
        read_series(mail.read(data, "fuzz"), load("v5.17-coherent"))
    except InputError as error:
        assert "\n" not in str(error)
