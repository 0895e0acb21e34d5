# SPDX-License-Identifier: GPL-2.0-or-later
"""A record as the columns that the core reads (`state/rules.py`)."""

from array import array

from linuxmm.kernels.record import Kernel, LookupBody, SiteRule
from linuxmm.state import constants
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.rules import (
    MAX_CHOICES,
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
from linuxmm.state.sites import NR_SITES, SITES
from linuxmm.state.vocabulary import BODY_LOOKUPS, CONTEXTS, GIVES, LOOKUPS, PREDICATES, TESTS


def gives_code(word: str) -> int:
    """What a refused page gets as an int: a word's index, or a negative errno."""
    return GIVES.index(word) if word in GIVES else -int(getattr(constants, word[1:]))


def compile_rules(kernel: Kernel, rival: Kernel | None = None) -> Rules:
    """The columns of `kernel`; with a rival also the rival's half and what differs."""
    table = _Tables()
    table.add(kernel)
    table.add(rival or kernel)
    k = Rules()
    for name in table.columns:
        setattr(k, name, memoryview(array("q", table.columns[name])))
    names = list(BEHAVIOURS)
    k.behaviour = memoryview(array("q", [_behaviour(kernel, name) for name in names]))
    k.site_differs = memoryview(array("q", _site_differs(kernel, rival)))
    k.swap_type = memoryview(array("q", swap_types(kernel)))
    k.foll_known = memoryview(array("q", [sum(FOLL_FLAGS[name] for name, _ in kernel.foll)]))
    return k


def _behaviour(kernel: Kernel, name: str) -> int:
    return BEHAVIOURS[name].index(kernel.behaviour(name))


class _Tables:
    """Rows of one or two kernels, collected as lists."""

    def __init__(self) -> None:
        self.columns: dict[str, list[int]] = {
            name: []
            for name in Rules.__annotations__
            if name not in ("behaviour", "site_differs", "swap_type") and name != "foll_known"
        }

    def add(self, kernel: Kernel) -> None:
        for name in SITES:
            self._add_site(kernel.site(name) if name else None)
        bodies = {body.name: body for body in kernel.lookups}
        pte_special = dict(kernel.config).get("pte_special", True)
        for lookup in LOOKUPS:
            self._add_body(bodies.get(lookup), pte_special)
        predicates = dict(kernel.predicates)
        for predicate in PREDICATES:
            self.columns["predicate_first"].append(len(self.columns["row_need"]))
            rows = predicates[predicate]
            self.columns["predicate_nr"].append(len(rows))
            for row in rows:
                self._add_row(row.need, row.forbid, int(row.yes))

    def _add_site(self, rule: SiteRule | None) -> None:
        c = self.columns
        present = rule is not None and not rule.absent
        choices = list(rule.lookup) if rule is not None and present else []
        choices += [(0, "none")] * (MAX_CHOICES - len(choices))
        for mask, lookup in choices:
            c["choice_mask"].append(mask)
            c["choice_lookup"].append(LOOKUPS.index(lookup))
        c["site_flags"].append(rule.flags if rule else 0)
        c["site_refused"].append(gives_code((rule and present and rule.refused) or "skip"))
        c["site_test_first"].append(len(c["test_refuse"]))
        tests = rule.tests if rule and present else ()
        c["site_test_nr"].append(len(tests))
        c["site_get"].append(int(rule is not None and rule.get))
        c["site_end"].append(int(rule is not None and rule.end))
        for test in tests:
            c["test_refuse"].append(TESTS.index(test.refuse))
            c["test_gives"].append(gives_code(test.gives))
            c["test_put"].append(int(test.put))
            c["test_end"].append(int(test.end))
            c["test_unless"].append(CONTEXTS[test.unless] if test.unless else 0)

    def _add_body(self, body: LookupBody | None, pte_special: bool) -> None:
        c = self.columns
        c["body_first"].append(len(c["row_need"]))
        c["body_of"].append(LOOKUPS.index(body.of) if body and body.of else 0)
        rows: tuple[object, ...] = ()
        if body is not None and body.of:
            rows = body.then
        elif body is not None:
            rows = body.rows if pte_special else body.rows_without_pte_special
        c["body_nr"].append(len(rows))
        for row in rows:
            self._add_row(row.need, row.forbid, row.result)  # type: ignore[attr-defined]

    def _add_row(self, need: int, forbid: int, result: int) -> None:
        self.columns["row_need"].append(need)
        self.columns["row_forbid"].append(forbid)
        self.columns["row_result"].append(result)


def _site_differs(kernel: Kernel, rival: Kernel | None) -> list[int]:
    """Per site: may the two kernels answer differently there?"""
    if rival is None:
        return [0] * NR_SITES
    differing = _differing_lookups(kernel, rival)
    result = [0]
    for name in SITES[1:]:
        ours, theirs = kernel.site(name), rival.site(name)
        used = {lookup for _, lookup in (*ours.lookup, *theirs.lookup)}
        shape = [rule.rules() for rule in (ours, theirs)]
        result.append(int(shape[0] != shape[1] or bool(used & differing)))
    return result


def _differing_lookups(kernel: Kernel, rival: Kernel) -> set[str]:
    ours = {body.name: body for body in kernel.lookups}
    theirs = {body.name: body for body in rival.lookups}
    differing = {name for name in BODY_LOOKUPS if ours.get(name) != theirs.get(name)}
    for bodies in (ours, theirs):
        differing |= {name for name, body in bodies.items() if body.of in differing}
    return differing


def swap_types(kernel: Kernel) -> list[int]:
    """The type numbers of special entries, counted down from 32 by what the config enables.

    Source: include/linux/swap.h (MAX_SWAPFILES and the SWP_* numbers).
    """
    config = dict(kernel.config)
    markers = kernel.behaviour("pte_markers") == "yes" and config.get("pte_marker", False)
    exclusive = kernel.behaviour("migration_entry_exclusive") == "yes"
    groups: list[tuple[int, ...]] = []
    if config.get("memory_failure", True):
        groups.append((SWT_HWPOISON,))
    if config.get("migration", True):
        kinds = (SWT_MIGRATION_READ, SWT_MIGRATION_READ_EXCLUSIVE, SWT_MIGRATION_WRITE)
        groups.append(kinds if exclusive else kinds[::2])
    if config.get("device_private", True):
        groups.append((SWT_DEVICE_WRITE, SWT_DEVICE_READ))
        mapped = kernel.behaviour("device_exclusive") == "mapped"  # one type is left
        groups.append(
            (SWT_EXCLUSIVE_WRITE,) if mapped else (SWT_EXCLUSIVE_WRITE, SWT_EXCLUSIVE_READ)
        )
    if markers:
        groups.append((SWT_PTE_MARKER,))
    if exclusive and kernel.behaviour("poisoned_entry") == "type":
        groups.append((SWT_SWAPIN_ERROR,))
    order = [kind for group in groups for kind in group]
    types = [-1] * NR_SWT
    types[SWT_MAX_SWAPFILES] = 32 - len(order)
    for i, kind in enumerate(order):
        types[kind] = 32 - len(order) + i
    return types
