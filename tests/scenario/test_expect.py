# SPDX-License-Identifier: GPL-2.0-or-later
"""Expected outcomes against outcomes: what fits, what does not, and how the difference is told."""

# ruff: noqa: E501 - the tables hold one case a line

import pytest

from linuxmm.scenario.expect import Mismatch, check, happened, match, possible
from linuxmm.scenario.outcome import (
    OK,
    AnyOf,
    Errno,
    Event,
    Flags,
    PageView,
    PerPage,
    Result,
    Single,
    StepOutcome,
    Value,
    Word,
    contents,
    failed,
    fields,
    per_page,
    signalled,
    value,
)
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Expectation
from tests.scenario.test_parse import text

N0, N1, GONE = Word("node0"), Word("node1"), Errno("ENOENT")


def expectation(verb: str, pattern: str) -> Expectation:
    source = text("P0: a = mmap 4p", f"r: P0: {verb}", rest=f"expect *:\n  r = {pattern}\n")
    return parse(source).expects[0].expectations[0]


def why(verb: str, pattern: str, result: Result, *events: str) -> str:
    """The reason of the mismatch, empty when it fits."""
    logged = tuple(Event(event) for event in events)
    outcome = StepOutcome(17, "P0", verb.split()[0], "r", result, logged)
    mismatch = match(expectation(verb, pattern), outcome)
    return mismatch.why if mismatch else ""


MOVE = "move_pages a"
FITS: list[tuple[str, str, Result]] = [
    (MOVE, "-ENOENT*2 node0*2", per_page([GONE, GONE, N0, N0])),
    (MOVE, "{-ENOENT|node0}*4", per_page([GONE, N0, GONE, N0])),
    (MOVE, "{-ENOENT|node0}*4", per_page([AnyOf((N0, GONE))] * 4)),
    (MOVE, "ret=-ENODEV", PerPage((), Errno("ENODEV"))),
    (MOVE, "ret=2 -ENOENT*2 untouched*2", per_page([GONE] * 2 + [Word("untouched")] * 2, Value(2))),
    (MOVE, "node0*4 or node1*4", per_page([N1] * 4)),
    (MOVE, "? node0*3", per_page([GONE, N0, N0, N0])),
    (MOVE, "?", failed("EPERM")),
    ("read a", "0x5a*4", contents([0x5A] * 4)),
    ("read a", "90*4", contents([0x5A] * 4)),
    ("read a", "SIGBUS", signalled("SIGBUS", 2)),
    ("read a", "SIGBUS@2", signalled("SIGBUS", 2)),
    ("write a 1", "ok", OK),
    ("madvise a MADV_COLD", "-EINVAL", failed("EINVAL")),
    ("madvise a MADV_COLD", "{0|-EINVAL}", value(0)),
    ("smaps a", "Rss=4 ...", fields([("Rss", 4), ("Pss", 2)])),
    ("smaps a", "Pss=2 Rss=4", fields([("Rss", 4), ("Pss", 2)])),
    ("smaps a", "Pss={2|3} Rss=?", fields([("Rss", 4), ("Pss", 2)])),
    ("numa_maps a", "anon=4 N1=4", fields([("anon", 4), ("N1", 4)])),
    ("numa_maps a", "policy=default ...", fields([("policy", "default")])),
    ("pages a", "ram:x ram@0 dev:x swap", per_page(
        [PageView("ram", True), PageView("ram", same_as=0), PageView("dev", True), PageView("swap")]
    )),
    ("kpageflags a", "MMAP,ANON,...*4", per_page([Flags(("LRU", "MMAP", "ANON"))] * 4)),
    ("kpageflags a", "none*4", per_page([Flags(())] * 4)),
    ("pagemap a", "XP*4", per_page([Word("PX")] * 4)),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "pattern", "result"), FITS)
def test_fits(verb: str, pattern: str, result: Result) -> None:
    assert why(verb, pattern, result) == ""


DIFFERS: list[tuple[str, str, Result, str]] = [
    (MOVE, "-ENOENT*2 node0*2", per_page([GONE, N0, N0, N0]), "page 1 is node0, not -ENOENT"),
    (MOVE, "node0*4", per_page([AnyOf((N0, N1))] * 4), "page 0 is {node0|node1}, not node0"),
    (MOVE, "node0*4", per_page([N0] * 3), "3 pages instead of 4"),
    (MOVE, "node0*4", PerPage((), Errno("EPERM")), "the call returned -EPERM, not 0"),
    (MOVE, "node0*4 or node1*4", per_page([GONE] * 4), "page 0 is -ENOENT, not node0"),
    ("read a", "SIGBUS@1", signalled("SIGBUS", 2), "it is SIGBUS@2"),
    ("read a", "1*4", signalled("SIGSEGV", 0), "it is SIGSEGV@0"),
    ("smaps a", "Rss=4", fields([("Rss", 4), ("Pss", 2)]), "Pss=2 was not expected"),
    ("smaps a", "Rss=4 Swap=0 ...", fields([("Rss", 4)]), "there is no Swap"),
    ("smaps a", "Rss=4 ...", fields([("Rss", 8)]), "Rss is 8, not 4"),
    ("kpageflags a", "MMAP*4", per_page([Flags(("MMAP", "ANON"))] * 4), "page 0 is MMAP,ANON, not MMAP"),
    ("pages a", "ram*4", per_page([PageView("ram"), *[PageView("ram", same_as=0)] * 3]), "page 1 is ram@0, not ram"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "pattern", "result", "reason"), DIFFERS)
def test_differs(verb: str, pattern: str, result: Result, reason: str) -> None:
    assert why(verb, pattern, result) == reason


def test_events() -> None:
    bad = "bad-page-map"
    assert why("read a", "? !bad-page-map", value(0), bad) == ""
    assert why("read a", "!bad-page-map*2", value(0), bad, bad) == ""
    assert (
        why("read a", "!bad-page-map*2", value(0), bad) == "the kernel logged bad-page-map 1 times"
    )
    assert why("read a", "!warn", value(0), bad) == "the kernel did not log warn"
    assert why("read a", "!none", value(0), bad) == "the kernel logged bad-page-map"
    assert why("read a", "!none", value(0)) == ""


def test_a_mismatch_says_where() -> None:
    outcome = StepOutcome(17, "P0", "read", "r", contents([1, 1, 2, 1]))
    mismatch = match(expectation("read a", "1*4"), outcome)
    assert mismatch == Mismatch(19, "r", "0x1*4", "0x1*2 0x2 0x1", "page 2 is 0x2, not 0x1")
    assert mismatch and mismatch.text() == (
        "line 19: r: expected 0x1*4, got 0x1*2 0x2 0x1: page 2 is 0x2, not 0x1"
    )


def test_possible_is_weaker_than_match() -> None:
    wanted = expectation(MOVE, "node0*4")
    either = StepOutcome(17, "P0", "move_pages", "r", per_page([AnyOf((N0, N1))] * 4))
    never = StepOutcome(17, "P0", "move_pages", "r", per_page([N1] * 4))
    assert match(wanted, either) is not None
    assert possible(wanted, either)
    assert not possible(wanted, never)


def test_check_takes_the_blocks_of_the_kernel_and_of_all() -> None:
    scenario = parse(
        text(
            "P0: a = mmap 1p",
            "P0: read a",
            rest="expect *:\n  mmap = ok\nexpect v6.1:\n  read = 1\nexpect other:\n  read = 2\n",
        )
    )
    outcomes = [
        StepOutcome(16, "P0", "mmap", "", OK),
        StepOutcome(17, "P0", "read", "", contents([1])),
    ]
    assert check(scenario, ("debian-6.1", "v6.1"), outcomes) == ()
    assert [m.line for m in check(scenario, ("other",), outcomes)] == [23]
    assert [m.why for m in check(scenario, ("v6.1",), outcomes[:1])] == ["the step was not reached"]
    assert check(scenario, ("unknown",), [StepOutcome(16, "P0", "mmap", "", failed("ENOMEM"))]) == (
        Mismatch(19, "mmap", "ok", "-ENOMEM", "it is -ENOMEM"),
    )


def test_conditions() -> None:
    scenario = parse(
        text(
            "P0: a = mmap 1p",
            "P0: read a",
            rest="never: rss, bad-page-map\nexists: read = 1\n",
        )
    )
    rss, bad = scenario.never
    (one,) = scenario.exists
    outcomes = [
        StepOutcome(16, "P0", "mmap", "", OK),
        StepOutcome(17, "P0", "read", "", contents([1]), (Event("bad-page-map"),)),
    ]
    assert happened(rss, outcomes, broken=["rss"]) and not happened(rss, outcomes)
    assert happened(bad, outcomes) and not happened(bad, outcomes[:1])
    assert happened(one, outcomes) and not happened(one, outcomes[:1])


def test_single_of_another_kind_does_not_fit() -> None:
    assert why("madvise a MADV_COLD", "0", Single(Word("ok"))) == "it is ok"
