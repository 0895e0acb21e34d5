# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a change, each of which can be made, or taken back, alone.

A difference is caused by the smallest set of parts that shows it; findings with the same cause
are one bug to a maintainer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from linuxmm.kernels import Kernel, LookupBody, SiteRule, lookup_text
from linuxmm.kernels.record import Test, Text
from linuxmm.state.flags import FOLL_FLAGS, NEWER_FLAGS

T = TypeVar("T")
SITE, LOOKUP, FLAG = "site", "lookup", "flag"
PREDICATE, BEHAVIOUR, CONFIG = "predicate", "behaviour", "config"
FUNCTION: Final = "function"  # the text of one, executed
GONE: Final = "gone"


@dataclass(frozen=True)
class Unit:
    """One part of a change: of which kind, of what, and in words.

    `before`, `after`: what it was and is, in the words of a record.
    """

    kind: str
    of: str
    text: str
    before: str = ""
    after: str = ""

    @property
    def name(self) -> str:
        """A site's or function's own name, else kind and name."""
        return self.of if self.kind in (SITE, FUNCTION) else f"{self.kind} {self.of}"

    @property
    def site(self) -> str:
        """The site whose record it changes, or empty."""
        return self.of if self.kind == SITE else ""


def units_of(before: Kernel, after: Kernel) -> tuple[Unit, ...]:
    """Every part of the change: lookup bodies first, then sites, then everything else."""
    return (
        *_lookup_units(before, after),
        *_site_units(before, after),
        *_named_units(PREDICATE, dict(before.predicates), dict(after.predicates), _rows_text),
        *_named_units(BEHAVIOUR, dict(before.behaviours), dict(after.behaviours), str),
        *_named_units(CONFIG, dict(before.config), dict(after.config), _switch),
        *_named_units(FLAG, dict(before.foll), dict(after.foll), hex),
        *_named_units(FLAG, _newer_flags(before), _newer_flags(after), str),
        *_function_units(before, after),
    )


def _newer_flags(kernel: Kernel) -> dict[str, str]:
    return dict.fromkeys(kernel.flags, "there")


def _function_units(before: Kernel, after: Kernel) -> list[Unit]:
    """Functions of which both run the text, and not the same."""
    if before.text is None or after.text is None:
        return []
    return [
        Unit(FUNCTION, place, f"the new text of {place.partition(':')[2]}")
        for place in after.text.differing(before.text)
    ]


def _lookup_units(before: Kernel, after: Kernel) -> list[Unit]:
    """Bodies that answer otherwise; one that is new is held against the one it stands for."""
    units = []
    for body in after.lookups:
        ancestor = _ancestor(before, body)
        if ancestor is None or _same_body(ancestor, body):
            continue
        text = f"the lookup {body.name} {_row_change(ancestor, body)}"
        units.append(Unit(LOOKUP, body.name, text, _body_text(ancestor), _body_text(body)))
    return units


def _ancestor(before: Kernel, body: LookupBody) -> LookupBody | None:
    """The body that a lookup had before; of a new one with rows of its own: that of `normal`."""
    old = {one.name: one for one in before.lookups}
    return old.get(body.name) or (old.get("normal") if body.of is None else None)


def _same_body(one: LookupBody, other: LookupBody) -> bool:
    return replace(one, name="") == replace(other, name="")


def _rows(body: LookupBody) -> list[str]:
    return [row.text for row in (body.then if body.of else body.rows)]


def _body_text(body: LookupBody) -> str:
    return (f"{body.of}, then " if body.of else "") + "; ".join(_rows(body))


def _row_change(old: LookupBody, new: LookupBody) -> str:
    before, after = _rows(old), _rows(new)
    lost = [row for row in before if row not in after]
    gained = [row for row in after if row not in before]
    words = []
    if lost:
        words.append("lost its row " + ", ".join(f'"{row}"' for row in lost))
    if gained:
        words.append("gained the row " + ", ".join(f'"{row}"' for row in gained))
    if not words and sorted(before) == sorted(after) and before != after:
        words.append("has its rows in another order")
    return " and ".join(words) or "changed"


def _site_units(before: Kernel, after: Kernel) -> list[Unit]:
    units = []
    for rule in after.sites:
        old = before.site(rule.site)
        if old.rules() != rule.rules():
            text = f"{rule.site.partition(':')[2]} {site_change(old, rule)}"
            units.append(Unit(SITE, rule.site, text, lookup_text(old), lookup_text(rule)))
    return units


def site_change(old: SiteRule, new: SiteRule) -> str:
    """What changed in one site's record, in a few words."""
    gained = [name for name, value in FOLL_FLAGS.items() if new.flags & ~old.flags & value]
    lost = [name for name, value in FOLL_FLAGS.items() if old.flags & ~new.flags & value]
    words = []
    if gained:
        words.append("gained " + ", ".join(gained))
    if lost:
        words.append("lost " + ", ".join(lost))
    if old.lookup != new.lookup:
        words.append(f"asks {lookup_text(new)}, was {lookup_text(old)}")
    if old.tests != new.tests:
        words.append(_test_change(old.tests, new.tests))
    if old.refused != new.refused:
        words.append(f"gives {new.refused} instead of {old.refused} to a refused page")
    if old.absent != new.absent:
        words.append("is gone" if new.absent else "is new")
    return " and ".join(words) or "is as before"


def _test_change(old: tuple[Test, ...], new: tuple[Test, ...]) -> str:
    """Which tests a site makes now and did not before, the other way round, and otherwise."""
    before, after = {t.refuse: t for t in old}, {t.refuse: t for t in new}
    gained = [word for word in after if word not in before]
    lost = [word for word in before if word not in after]
    words = []
    if gained:
        words.append("refuses " + ", ".join(gained))
    if lost:
        words.append("no longer refuses " + ", ".join(lost))
    for word in before:
        if word in after and before[word] != after[word]:
            words.append(_one_test(before[word], after[word]))
    return " and ".join(words) or "makes its tests in another order"


def _one_test(old: Test, new: Test) -> str:
    """How one test changed: what its page gets, its reference, when it is made."""
    words = []
    if old.gives != new.gives:
        words.append(f"gives {new.gives} instead of {old.gives}")
    if old.put != new.put:
        words.append("drops the reference" if new.put else "keeps the reference")
    if old.unless != new.unless:
        words.append(f"tests it unless {new.unless}" if new.unless else "tests it always")
    return f"{' and '.join(words)} of a page refused for {new.refuse}"


def _named_units(kind: str, old: dict[str, T], new: dict[str, T], text: object) -> list[Unit]:
    """One unit for each name whose value differs, or that only one kernel has."""
    assert callable(text)
    units = []
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            was = text(old[name]) if name in old else GONE
            now = text(new[name]) if name in new else GONE
            units.append(Unit(kind, name, _named_text(kind, name, was, now), was, now))
    return units


def _named_text(kind: str, name: str, was: str, now: str) -> str:
    if was == GONE or now == GONE:
        return f"{name} is {'new' if was == GONE else 'gone'}"
    if kind == PREDICATE:
        return f'the predicate {name} is "{now}"'
    return f"{name} is {now}, was {was}"


def _rows_text(rows: object) -> str:
    assert isinstance(rows, tuple)
    return "; ".join(row.text for row in rows)


def _switch(value: object) -> str:
    return "on" if value else "off"


# --- kernels with some parts ----------------------------------------------------------------------
def with_units(before: Kernel, after: Kernel, units: Iterable[Unit]) -> Kernel:
    """`before` with only these parts of the change made.

    What the chosen sites need comes with them: lookups that only `after` has (a new one with rows
    of its own answers as the one it stands for, unless its rows are chosen too), FOLL_ flags.
    """
    chosen = {(unit.kind, unit.of) for unit in units}

    def pick(kind: str, old: tuple[tuple[str, T], ...], new: tuple[tuple[str, T], ...]) -> object:
        was, now = dict(old), dict(new)
        names = dict.fromkeys((*was, *now))
        sides = {name: now if (kind, name) in chosen else was for name in names}
        return tuple((name, side[name]) for name, side in sides.items() if name in side)

    sites = tuple(
        after.site(rule.site) if (SITE, rule.site) in chosen else rule for rule in before.sites
    )
    needed = _flags_of(rule for rule in sites)
    foll = dict(before.foll)
    for name, value in after.foll:
        if (FLAG, name) in chosen or value & needed:
            foll[name] = value
    for name in [name for name in foll if (FLAG, name) in chosen and name not in dict(after.foll)]:
        del foll[name]
    return before.replace(
        name=after.name,
        config=pick(CONFIG, before.config, after.config),
        behaviours=pick(BEHAVIOUR, before.behaviours, after.behaviours),
        predicates=pick(PREDICATE, before.predicates, after.predicates),
        foll=tuple((name, foll[name]) for name in FOLL_FLAGS if name in foll),
        flags=tuple(
            name
            for name in sorted(NEWER_FLAGS)  # as in a record
            if name in (after if (FLAG, name) in chosen else before).flags
        ),
        lookups=_bodies(before, after, chosen),
        sites=sites,
        text=_texts(before, after, chosen),
    )


def _texts(before: Kernel, after: Kernel, chosen: set[tuple[str, str]]) -> Text | None:
    """The functions of `before`, the chosen ones as they are after."""
    if before.text is None or after.text is None:
        return before.text
    return before.text.with_(after.text, [of for kind, of in chosen if kind == FUNCTION])


def _flags_of(rules: Iterable[SiteRule]) -> int:
    mask = 0
    for rule in rules:
        mask |= rule.flags
        for condition, _ in rule.lookup:
            mask |= condition
    return mask


def _bodies(before: Kernel, after: Kernel, chosen: set[tuple[str, str]]) -> tuple[LookupBody, ...]:
    """The lookups of `before`, the chosen ones as they are after, and new ones."""
    bodies = {body.name: body for body in before.lookups}
    for body in after.lookups:
        if (LOOKUP, body.name) in chosen:
            bodies[body.name] = body
        elif body.name not in bodies:
            ancestor = _ancestor(before, body)
            bodies[body.name] = replace(ancestor, name=body.name) if ancestor else body
    return tuple(bodies.values())
