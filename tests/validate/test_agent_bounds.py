# SPDX-License-Identifier: GPL-2.0-or-later
"""What a plan may ask of the agent: refused with the limit's name, under the sanitizers.

The limits are those that a person reads in ``agent/limits.h``.
"""

import pytest

from linuxmm.play.page_state import MAX_PAGES_SHOWN
from linuxmm.scenario.parse import parse
from linuxmm.scenario.verbs import VERBS
from linuxmm.validate.agent import SETUP
from linuxmm.validate.answers import BROKEN, DONE, GONE_ALREADY, Answer, split
from linuxmm.validate.guestpart import OWN, playable
from linuxmm.validate.limits import LIMITS, MAX_ANSWERS, MAX_PLAN
from tests.validate.agent_under_asan import HERE, play

START = "start 2 -1 0 0"
BIG = "mmap 0 0 32768 3 34 0 -1"
TEXT = "linuxmm-scenario 1\nname: t\nintent: A test.\n\nmachine:\n  node0 4G\n{more}\nsteps:\n"
pytestmark = pytest.mark.skipif(not HERE, reason="the agent is built with a C compiler for x86-64")


def answers(*ops: str) -> list[Answer]:
    return split(play("\n".join(ops).encode()))


def said(*ops: str) -> str:
    """Why the last operation was refused; empty if it was not."""
    answer = answers(START, *ops)[-1]
    return answer.text() if answer.status == BROKEN else ""


def runs(*pairs: tuple[int, int]) -> str:
    return " ".join(str(value) for value, times in pairs for _ in range(times))


# --- the plans that broke it ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("op", "why"),
    [
        ("hmm 0 2 /dev/null 0 0 32769", "pages: 32769 is not within 0 and 32768"),
        ("hmm 0 2 /dev/null 0 0 32768", "more than 2048 pages migrated to devices"),
        ("follow_page 0 0 0 40000 4", "pages: 40000 is not within 0 and 32768"),
        (f"write 0 0 0 40000 {runs((5, 20000), (6, 20000))}", "pages: 40000 is not"),
        (f"write 0 0 0 32768 {runs((5, 20000), (6, 20000))}", "values: more than 32768"),
        ("move_pages 0 0 0 0 40000 2", "pages: 40000 is not"),
        (f"move_pages 0 0 0 0 32768 2 {runs((0, 32769))}", "nodes: more than 32768"),
        ("mmap 0 1 32769 3 34 0 -1", "pages: 32769 is not"),
        ("read 0 0 0 -1", "pages: -1 is not"),
        ("read 0 128 0 1", "mapping: 128 is not within 0 and 127"),
        ("read 0 0 32769 1", "page: 32769 is not"),
        ("read 0 0 0 18446744073709551615", "is no number"),
        ("read 0 0 0 1x", "1x is no number"),
        ("read 0 0 0", "no pages"),
        ("read 0 0 0 1 1", "more words than it takes: 1"),
        ("read 16 0 0 1", "process: 16 is not within 0 and 15"),
        ("write 0 0 0 3 1 2", "values: 2 of them for 3 pages"),
        ("write 0 0 0 3", "no values"),
        ("pagemap 0 0 0 65537", "pages: 65537 is not"),
        ("kpageflags 0 0 0 65537", "pages: 65537 is not"),
        ("fork 0 2", "process 2 cannot be born"),
        ("fork 0 16", "child: 16 is not within 1 and 15"),
        ("start 2 -1 0 0", "started already"),
        ("file 128 memfd 1", "file: 128 is not within 0 and 127"),
        ("file 0 memfd 32769", "pages: 32769 is not"),
        ("pread 7 0 1", "file 7 was not made"),
        ("pwrite 7 0 1 1", "file 7 was not made"),
        ("fsync 7", "file 7 was not made"),
        ("mmap 0 1 1 3 1 0 7", "file 7 was not made"),
        ("gup 0 0 0 0 513 0 0", "more than 512 pages pinned at once"),
        ("gup 0 0 0 0 1 0 128", "slot: 128 is not within 0 and 127"),
        ("held_read 0 0 0 513", "pages: 513 is not within 0 and 512"),
        ("cpu 0 64", "cpu: 64 is not within 0 and 63"),
        ("call 0 kill", "call kill is not one that a plan may make"),
        ("range 0 madvise 0 0 1 100", "argument: 100 is not within 0 and 25"),  # MADV_HWPOISON
        ("process_madvise 0 0 0 0 1 100", "advice: 100 is not"),
        ("set /etc/passwd x 0", "the path /etc/passwd is not one that a plan may name"),
        ("set /proc/sys/../../etc/passwd x 0", "is not one that a plan may name"),
        ("release /dev/mem", "the path /dev/mem is not one"),
        ("file 0 disk /etc 1", "the path /etc is not one"),
        (f"set /dev/null/{'a' * 128} x 0", "path longer than 127 bytes"),
        ("counters " + " ".join(["x"] * 65), "more words than it takes: x"),
        ("reset 1 2 3", "a range without an end"),
        ("  read 0 0 0 1", "no operation"),
        ("dance 1 2", "unknown operation dance"),
        ("dance" * 100, "operation longer than 127 bytes"),
    ],
)
def test_what_is_too_much_is_refused_with_a_reason(op: str, why: str) -> None:
    assert why in said(BIG, op)


def test_everything_at_its_limit_is_made() -> None:
    values = runs((5, 20000), (6, 12768))
    found = answers(
        START, BIG, f"write 0 0 0 32768 {values}", "read 0 0 0 32768", "follow_page 0 0 0 32768 4",
        f"move_pages 0 0 0 0 32768 2 {runs((0, 32768))}", "pagemap 0 0 0 32768", "rows",
        f"hmm 0 1 /dev/null 0 0 32768 {values}", "hmm 0 4 /dev/null 0 0 32768",
        "file 127 memfd 32768", f"pwrite 127 0 512 {runs((1, 511), (2, 1))}", "pread 127 511 1",
    )  # fmt: skip
    assert all(answer.status == DONE for answer in found), [a.text()[:60] for a in found]
    assert found[3].words() == (5,) * 20000 + (6,) * 12768
    assert len(found[4].words()) == len(found[5].words()) == len(found[6].words()) == 32768
    assert len(found[7].words()) == 3 + 32768
    assert (found[8].ret, len(found[8].words())) == (-25, 5 + 32768)  # ENOTTY: /dev/null
    assert (found[11].ret, found[12].words()) == (512 * 4096, (2,))


def test_more_answers_than_there_is_room_for_end_the_scenario() -> None:
    found = answers(START, BIG, *["pagemap 0 0 0 32768"] * 200)
    assert found[-1].text() == "more answers than 33554432 bytes"
    assert len(found) == 2 + 127 + 1  # 128 of 256 KiB with their heads are more than 32 MiB


def test_a_plan_longer_than_a_message_may_be_is_refused_and_the_next_is_played() -> None:
    (answer,) = split(play(b"x" * (MAX_PLAN + 1 - len("play\n"))))
    assert answer.text() == "a plan longer than 33554432 bytes"
    found = answers(START, "exit 0", "read 0 0 0 1")
    assert [a.status for a in found] == [DONE, DONE, GONE_ALREADY]


def test_a_plan_that_is_no_text_is_refused_whole() -> None:
    (answer,) = split(play(b"start 1 -1 0 0\n\0\nexit 0"))
    assert answer.text() == "a plan with a zero byte in it"


# --- the planner knows them too -------------------------------------------------------------------
def test_there_is_one_place_for_the_limits() -> None:
    assert LIMITS["MAX_PAGES"] == 32768 and LIMITS["MAX_PINNED"] == 512
    assert LIMITS["MAX_LOOKED"] == 65536 and MAX_PLAN == MAX_ANSWERS == 32 << 20
    assert f'bare_pages={LIMITS["MAX_BARE_PAGES"]}"' in SETUP.read_text()
    assert LIMITS["MAX_PROBED"] == MAX_PAGES_SHOWN  # as many on both sides
    compared = sum(len(verb.steady) for verb in VERBS.values() if verb.plan == "counters")
    assert 20 < compared <= LIMITS["MAX_KEYS"]


def dropped(*steps: str) -> list[str]:
    text = TEXT.format(more="  coherent0 256M\n") + "".join(f"  {step}\n" for step in steps)
    return [why for _, why in playable(parse(text.encode(), "t.mm"), OWN).dropped]


@pytest.mark.parametrize(
    ("steps", "whys"),
    [
        (("P0: a = mmap 32768p",), []),
        (("P0: a = mmap 32769p", "P0: read a[0]"),
         ["more than 32768 pages at once", "it uses what a step before did not make"]),
        (("P0: f = file 40000p",), ["more than 32768 pages at once"]),
        (("P0: a = mmap 600p", "P0: h = pin a[0:513]", "P0: unpin h"),
         ["more than 512 pages pinned at once", "it uses what a step before did not make"]),
        (("P0: a = mmap 32768p", "P0: b = mmap 32763p", "P0: c = mmap 1p"),
         ["more than 65536 pages mapped"]),
        (("P0: a = mmap 32768p", "P0: b = mmap 32760p", "P0: P1 = fork", "P1: exit"),
         ["more than 65536 pages mapped", "it uses what a step before did not make"]),
        (tuple(f"P0: a{i} = mmap 1p" for i in range(129)), ["more than 128 mappings"]),
        (tuple(f"P0: a{i} = file 1p" for i in range(129)), ["more than 128 files"]),
        (("P0: a = mmap 32768p shared pfnmap", "P0: b = mmap 1p shared mixedmap pfns"),
         ["more than 32768 pages without struct page"]),
        (("P0: a = mmap 2048p", "coherent0: migrate P0.a", "coherent0: migrate P0.a[0]"),
         ["more than 2048 pages migrated to devices"]),
        (tuple(f"P0: P{i} = fork" for i in range(1, 17)), ["more than 16 processes"]),
        (("ksmd: full_scan 1025",), ["more than 1024 passes of ksmd at once"]),
    ],
)  # fmt: skip
def test_the_planner_leaves_out_what_the_agent_refuses(
    steps: tuple[str, ...], whys: list[str]
) -> None:
    assert dropped(*steps) == whys
