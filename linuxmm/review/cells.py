# SPDX-License-Identifier: GPL-2.0-or-later
"""The cells in which two records of a site differ, in the words of `linuxmm mutate`."""

from collections.abc import Iterator
from dataclasses import dataclass

from linuxmm.explore.flips import flag_names
from linuxmm.kernels import Kernel, SiteRule
from linuxmm.kernels.record import Test
from linuxmm.kernels.unobservable import Reason, reason_of
from linuxmm.state.flags import FOLL_FLAGS


@dataclass(frozen=True)
class Cell:
    """One cell of a site's record: what it was and is (see `explore/flips.py:cell_flips`)."""

    site: str
    cell: str
    old: str
    new: str


def changed_cells(old: SiteRule, new: SiteRule) -> list[Cell]:
    """Every cell in which the records differ; [] when they are the same."""
    return [Cell(new.site, *cell) for cell in _cells(old, new)]


def reasons_of(kernel: Kernel, old: SiteRule, new: SiteRule) -> list[Reason]:
    """Why nothing can notice the change of a record; [] unless each cell has a reason."""
    if old.absent != new.absent:
        return []
    reasons = [reason_of(kernel, cell) for cell in changed_cells(old, new)]
    return [reason for reason in reasons if reason] if all(reasons) else []


def _cells(old: SiteRule, new: SiteRule) -> Iterator[tuple[str, str, str]]:
    yield from _lookup_cells(old, new)
    for name, value in FOLL_FLAGS.items():
        if (old.flags ^ new.flags) & value:
            words = ("left out", "given") if new.flags & value else ("given", "left out")
            yield (f"flag {name}", *words)
    if old.refused != new.refused:
        yield "refused", old.refused, new.refused
    yield from _test_cells(old.tests, new.tests)


def _lookup_cells(old: SiteRule, new: SiteRule) -> Iterator[tuple[str, str, str]]:
    if len(old.lookup) == len(new.lookup) and [c for c, _ in old.lookup] == [
        c for c, _ in new.lookup
    ]:
        many = len(old.lookup) > 1
        for (mask, one), (_, other) in zip(old.lookup, new.lookup, strict=True):
            if one != other:
                yield f"lookup {flag_names(mask) or 'otherwise'}" if many else "lookup", one, other
    elif old.lookup != new.lookup:
        yield "lookup by flags", str(old.lookup), str(new.lookup)


def _test_cells(old: tuple[Test, ...], new: tuple[Test, ...]) -> Iterator[tuple[str, str, str]]:
    was, now = {t.refuse: t for t in old}, {t.refuse: t for t in new}
    for word in dict.fromkeys((*was, *now)):
        if word not in now:
            yield f"test {word}", "refuses", "no such test"
        elif word not in was:
            yield f"test {word}", "no such test", "refuses"
        else:
            yield from _one_test(word, was[word], now[word])
    kept = [word for word in was if word in now]
    order = [word for word in now if word in was]
    for one, two in zip(kept, order, strict=True):
        if one != two:
            yield f"order of {one}, {two}", "in this", "the other"
            return


def _one_test(word: str, old: Test, new: Test) -> Iterator[tuple[str, str, str]]:
    if old.gives != new.gives:
        yield f"{word} gives", old.gives, new.gives
    if old.put != new.put:
        yield (f"{word} reference", *(("kept", "put") if new.put else ("put", "kept")))
    if old.unless != new.unless:
        yield f"{word} unless", old.unless or "-", new.unless or "-"
