# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel as columns: against the record cell by cell, and against facts/entries.md."""

from dataclasses import replace

import pytest

from linuxmm.kernels import Kernel, SiteRule, load
from linuxmm.kernels.compile import compile_rules, gives_code, swap_types
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.layout import Column
from linuxmm.state.rules import (
    MAX_CHOICES,
    NR_LOOKUPS,
    NR_SWT,
    SWT_DEVICE_READ,
    SWT_DEVICE_WRITE,
    SWT_EXCLUSIVE_READ,
    SWT_EXCLUSIVE_WRITE,
    SWT_HWPOISON,
    SWT_MAX_SWAPFILES,
    SWT_MIGRATION_READ,
    SWT_MIGRATION_READ_EXCLUSIVE,
    SWT_MIGRATION_WRITE,
    SWT_PTE_MARKER,
    SWT_SWAPIN_ERROR,
    Rules,
)
from linuxmm.state.sites import NR_SITES, SITE_FOLLOW_PAGE_PTE, SITES
from linuxmm.state.vocabulary import CONTEXTS, GIVES, LOOKUPS, PREDICATES, TESTS
from tests.some_kernels import KERNELS

PAIRS = [(a, b) for a in KERNELS for b in KERNELS]


def ints(column: Column) -> list[int]:
    """A column as a list: here it is a memoryview."""
    assert isinstance(column, memoryview)
    return column.tolist()


def sides(k: Rules, ours: Kernel, theirs: Kernel) -> list[tuple[int, int, int, Kernel]]:
    """(first site, first lookup, first predicate, kernel) of both halves."""
    return [(0, 0, 0, ours), (NR_SITES, NR_LOOKUPS, len(PREDICATES), theirs)]


def choices(k: Rules, row: int) -> list[tuple[int, str]]:
    first = row * MAX_CHOICES
    both = zip(ints(k.choice_mask), ints(k.choice_lookup), strict=True)
    return [(mask, LOOKUPS[lookup]) for mask, lookup in list(both)[first : first + MAX_CHOICES]]


def expected_tests(rule: SiteRule) -> list[tuple[int, int, int, int]]:
    return [
        (
            TESTS.index(t.refuse),
            gives_code(t.gives),
            int(t.put),
            CONTEXTS[t.unless] if t.unless else 0,
        )
        for t in rule.tests
    ]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_site_of_both_halves(ours: str, theirs: str) -> None:
    k = compile_rules(load(ours), load(theirs))
    for first, _, _, kernel in sides(k, load(ours), load(theirs)):
        for i, name in enumerate(SITES[1:], 1):
            rule, row = kernel.site(name), first + i
            found = list(
                zip(
                    *map(ints, (k.test_refuse, k.test_gives, k.test_put, k.test_unless)),
                    strict=True,
                )
            )
            at, nr = k.site_test_first[row], k.site_test_nr[row]
            if rule.absent:
                assert nr == 0 and choices(k, row) == [(0, "none")] * MAX_CHOICES
                continue
            assert choices(k, row)[: len(rule.lookup)] == list(rule.lookup)
            assert rule.lookup[-1][0] == 0  # so that what lies behind is never read
            assert k.site_flags[row] == rule.flags
            assert k.site_refused[row] == gives_code(rule.refused or "skip")
            assert found[at : at + nr] == expected_tests(rule)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_body_and_predicate_of_both_halves(ours: str, theirs: str) -> None:
    k = compile_rules(load(ours), load(theirs))
    rows = list(zip(*map(ints, (k.row_need, k.row_forbid, k.row_result)), strict=True))
    for _, half, predicates, kernel in sides(k, load(ours), load(theirs)):
        bodies = {body.name: body for body in kernel.lookups}
        for i, name in enumerate(LOOKUPS):
            at, nr = k.body_first[half + i], k.body_nr[half + i]
            body = bodies.get(name)
            wanted = () if body is None else body.then if body.of else body.rows
            assert rows[at : at + nr] == [(r.need, r.forbid, r.result) for r in wanted]
            of = body.of if body is not None else None
            assert k.body_of[half + i] == (LOOKUPS.index(of) if of else 0)
        for i, name in enumerate(PREDICATES):
            at, nr = k.predicate_first[predicates + i], k.predicate_nr[predicates + i]
            wanted_yes = dict(kernel.predicates)[name]
            assert rows[at : at + nr] == [(r.need, r.forbid, int(r.yes)) for r in wanted_yes]


def test_the_bodies_of_an_architecture_without_pte_special() -> None:
    kernel = load("v6.1")
    config = tuple((n, v) for n, v in kernel.config if n != "pte_special")
    k = compile_rules(replace(kernel, config=(*config, ("pte_special", False))))
    body = next(body for body in kernel.lookups if body.name == "normal")
    at, nr = k.body_first[LOOKUPS.index("normal")], k.body_nr[LOOKUPS.index("normal")]
    assert nr == len(body.rows_without_pte_special) != len(body.rows)
    assert ints(k.row_need)[at : at + nr] == [r.need for r in body.rows_without_pte_special]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_behaviours_and_what_differs(ours: str, theirs: str) -> None:
    a, b = load(ours), load(theirs)
    k = compile_rules(a, b)
    for i, (name, words) in enumerate(BEHAVIOURS.items()):
        assert words[k.behaviour[i]] == a.behaviour(name)
    if ours == theirs:
        assert not any(ints(k.site_differs))


def test_without_a_rival_nothing_differs() -> None:
    k = compile_rules(load("split-v1"))
    assert not any(ints(k.site_differs))
    assert choices(k, NR_SITES + SITE_FOLLOW_PAGE_PTE) == choices(k, SITE_FOLLOW_PAGE_PTE)


def test_the_patch_differs_where_it_changed_a_lookup_or_a_flag() -> None:
    """facts/page-lookup.md: 24 lookups and 5 callers that gain a flag."""
    k = compile_rules(load("split-v1"), load("v5.17-coherent"))
    assert sum(ints(k.site_differs)) == 29


def test_one_cell_changed_in_a_record_is_one_site_that_differs() -> None:
    kernel = load("v6.1")
    rule = kernel.site("mm/mprotect.c:change_pte_range")
    k = compile_rules(kernel, kernel.with_site(replace(rule, tests=rule.tests[1:])))
    assert [SITES[i] for i in range(NR_SITES) if k.site_differs[i]] == [rule.site]


def test_what_a_refused_page_gets() -> None:
    assert [gives_code(word) for word in ("-ENOENT", "-EFAULT")] == [-2, -14]
    assert [gives_code(word) for word in GIVES] == list(range(len(GIVES)))


# --- swap types: facts/entries.md, checked with include/linux/swap.h of both ---
OLD = {
    SWT_MAX_SWAPFILES: 25,
    SWT_HWPOISON: 25,
    SWT_MIGRATION_READ: 26,
    SWT_MIGRATION_WRITE: 27,
    SWT_DEVICE_WRITE: 28,
    SWT_DEVICE_READ: 29,
    SWT_EXCLUSIVE_WRITE: 30,
    SWT_EXCLUSIVE_READ: 31,
}
NEW = {
    SWT_MAX_SWAPFILES: 22,
    SWT_HWPOISON: 22,
    SWT_MIGRATION_READ: 23,
    SWT_MIGRATION_READ_EXCLUSIVE: 24,
    SWT_MIGRATION_WRITE: 25,
    SWT_DEVICE_WRITE: 26,
    SWT_DEVICE_READ: 27,
    SWT_EXCLUSIVE_WRITE: 28,
    SWT_EXCLUSIVE_READ: 29,
    SWT_PTE_MARKER: 30,
    SWT_SWAPIN_ERROR: 31,
}
DEBIAN = {
    SWT_MAX_SWAPFILES: 26,
    SWT_HWPOISON: 26,
    SWT_MIGRATION_READ: 27,
    SWT_MIGRATION_READ_EXCLUSIVE: 28,
    SWT_MIGRATION_WRITE: 29,
    SWT_PTE_MARKER: 30,
    SWT_SWAPIN_ERROR: 31,
}
NO_MARKER = {
    SWT_MAX_SWAPFILES: 23,
    SWT_HWPOISON: 23,
    SWT_MIGRATION_READ: 24,
    SWT_MIGRATION_READ_EXCLUSIVE: 25,
    SWT_MIGRATION_WRITE: 26,
    SWT_DEVICE_WRITE: 27,
    SWT_DEVICE_READ: 28,
    SWT_EXCLUSIVE_WRITE: 29,
    SWT_EXCLUSIVE_READ: 30,
    SWT_SWAPIN_ERROR: 31,
}


@pytest.mark.parametrize(
    ("kernel", "config", "expected"),
    [
        ("v5.17-coherent", {}, OLD),
        ("split-v1", {}, OLD),
        ("v6.1", {}, NEW),
        ("v6.1", {"device_private": False}, DEBIAN),
        ("v6.1", {"pte_marker": False}, NO_MARKER),
        ("v5.17-coherent", {"memory_failure": False, "migration": False, "device_private": False},
         {SWT_MAX_SWAPFILES: 32}),
        ("v5.17-coherent", {"migration": False, "device_private": False},
         {SWT_MAX_SWAPFILES: 31, SWT_HWPOISON: 31}),
    ],
)  # fmt: skip
def test_swap_types(kernel: str, config: dict[str, bool], expected: dict[int, int]) -> None:
    """The config decides the numbers; a type that does not exist is -1."""
    record = load(kernel)
    record = replace(record, config=tuple({**dict(record.config), **config}.items()))
    assert swap_types(record) == [expected.get(kind, -1) for kind in range(NR_SWT)]
