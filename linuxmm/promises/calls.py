# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about the end of a call: nothing is left on its way, and it does end."""

from typing import Final

from linuxmm.machine import Machine
from linuxmm.promises.census import Census, Entries
from linuxmm.promises.kinds import event_page_kind, page_kind
from linuxmm.promises.near import ISOLATING_SITES, visited
from linuxmm.promises.record import Fault, Promise, WrongRule
from linuxmm.state.constants import EVENT_ENDLESS, EVENT_LOCKS, EVENT_OOPS, PG_LOCKED
from linuxmm.state.flags import FOLL_LONGTERM
from linuxmm.state.layout import MIGRATE_PHASE, NR_ISOLATED_ANON, NR_ISOLATED_FILE, SIZE_H, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import NR_SITES, SITE_BREAK_KSM, SITE_SPLIT_HUGE_PAGES_PID


def _left_isolated(m: State, k: Rules, census: Census) -> list[Fault]:
    """After a system call nothing is left isolated, locked or on its way."""
    if m.migrate[MIGRATE_PHASE]:
        return []
    found = [Fault(page_kind(m, page), "a page is left isolated") for page in census.isolated()]
    for page in census.in_use:
        if census.flags[page] & PG_LOCKED:
            found.append(Fault(page_kind(m, page), "a page is left locked"))
    for _, _, _, page in census.moving:
        text = "a migration entry is left behind"
        found.append(Fault(page_kind(m, page), text))
    if m.vmstat[NR_ISOLATED_ANON] or m.vmstat[NR_ISOLATED_FILE]:
        found.append(Fault("", "nr_isolated is not back at zero"))
    return found


def leaves_migration_entries(machine: Machine) -> bool:
    """Is a migration entry left behind although no migration is under way?"""
    m = machine.block.m
    return m.migrate[MIGRATE_PHASE] == 0 and bool(Entries(m, machine.k).moving)


def _near_isolated(m: State, census: Census) -> bool:
    """A site that isolates pages or splits huge ones was at work, or migrate_vma still is."""
    at_work = visited(m, (*ISOLATING_SITES, SITE_SPLIT_HUGE_PAGES_PID))
    return at_work or m.migrate[MIGRATE_PHASE] != 0


ISOLATED: Final = Promise(
    "isolated",
    says="after a call nothing is left isolated, locked or behind a migration entry",
    broken="{pages} are left isolated",
    state=_left_isolated,
    counters=(NR_ISOLATED_ANON, NR_ISOLATED_FILE),
    danger=_near_isolated,
    wrong=WrongRule(
        "v6.1",
        """\
[site."mm/migrate.c:add_page_for_migration"]
tests = [{ refuse = "zone_device", gives = "-ENOENT", put = true }]""",
        (
            "P0: a = mmap 1p",
            "P0: write a 0x11",
            "P0: P1 = fork",
            "P0: move_pages a node1 MPOL_MF_MOVE_ALL",
        ),
        also=("refcount", "rss", "content"),
    ),
)


def _for_ever(m: State, event: int) -> Fault:
    return Fault(event_page_kind(m, event), "a call goes round for ever")


def _near_ends(m: State, census: Census) -> bool:
    """A loop that tries again was entered: a long-term pin, or the breaking of a merged page."""
    longterm = any(m.held_flags[row] & FOLL_LONGTERM for row in range(1, m.used[SIZE_H]))
    return longterm or visited(m, (SITE_BREAK_KSM,))


ENDS: Final = Promise(
    "ends",
    says="a call ends: no loop of the kernel goes round for ever",
    broken="a call that meets {pages} goes round for ever",
    logged={EVENT_ENDLESS: _for_ever},
    danger=_near_ends,
    wrong=WrongRule(
        "v6.1",
        '[predicate.longterm_pinnable]\nrows = ["zero_pfn -> yes", "otherwise -> no"]',
        ("P0: a = mmap 1p", "P0: write a 0x11", "P0: h = pin a FOLL_LONGTERM FOLL_WRITE"),
    ),
)


def _followed(m: State, event: int) -> Fault:
    said = "a pointer that is NULL, an error or past the end is followed, or what was never set"
    said += " is read"
    return Fault(event_page_kind(m, event), said)


def _near_oops(m: State, census: Census) -> bool:
    """A page was looked up, which may give none."""
    return any(m.visited_site[site] for site in range(NR_SITES))


OOPS: Final = Promise(
    "oops",
    says="the kernel follows no pointer that is NULL, an error or past the end, reads nothing "
    "that was never set, and divides by nothing that is zero",
    broken="a call that meets {pages} follows a pointer that is NULL, an error or past the end, "
    "reads what was never set, or divides by zero",
    logged={EVENT_OOPS: _followed},
    danger=_near_oops,
    no_rule="the core has no pointers: it is seen where C of a tree is executed",
)


def _unbalanced(m: State, event: int) -> Fault:
    return Fault(event_page_kind(m, event), "a function returns with other locks held")


LOCKS: Final = Promise(
    "locks",
    says="a function returns with the locks held that it promises: those it came with, as a rule",
    broken="a call that meets {pages} returns with a lock too many or too few",
    logged={EVENT_LOCKS: _unbalanced},
    danger=_near_oops,
    wrong=WrongRule(
        "v6.12",
        '[site."mm/migrate.c:do_pages_stat_array"]\nend = false',
        ("P0: a = mmap 1p", "P0: write a 0x11", "P0: move_pages a"),
    ),
)
