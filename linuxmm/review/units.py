"""The parts of a change, each of which can be taken back alone.

A difference found by search is caused by those parts without which it is gone; findings with
the same cause are one bug to a maintainer.
"""

from dataclasses import dataclass

from linuxmm.kernels import Kernel, LookupBody, SiteRule, lookup_text
from linuxmm.state.vocabulary import FOLL_FLAGS


@dataclass(frozen=True)
class Unit:
    """One part of a change: what it is in words, and the kernel without it.

    `site`: the site whose record it changes, or empty.
    """

    name: str
    text: str
    site: str
    without: Kernel


def units_of(before: Kernel, after: Kernel) -> list[Unit]:
    """Every part of the change: lookup bodies first, then sites, then everything else."""
    return [
        *_lookup_units(before, after),
        *_site_units(before, after),
        *_named_units(before, after),
    ]


def _with_bodies_of(after: Kernel, before: Kernel) -> Kernel:
    """`after`, with the lookup bodies that only `before` has added."""
    have = {body.name for body in after.lookups}
    extra = tuple(body for body in before.lookups if body.name not in have)
    return after.replace(lookups=after.lookups + extra)


def _lookup_units(before: Kernel, after: Kernel) -> list[Unit]:
    units = []
    old = {body.name: body for body in before.lookups}
    for body in after.lookups:
        ancestor = old.get(body.name) or old.get("normal")
        if ancestor is None or body.of or ancestor.of or ancestor.rows == body.rows:
            continue
        restored = LookupBody(
            body.name,
            None,
            ancestor.rows,
            ancestor.rows_without_pte_special,
            (),
        )
        others = tuple(restored if b.name == body.name else b for b in after.lookups)
        text = f"the lookup {body.name} {_row_change(ancestor, body)}"
        units.append(Unit(f"lookup {body.name}", text, "", after.replace(lookups=others)))
    return units


def _row_change(old: LookupBody, new: LookupBody) -> str:
    before, after = [r.text for r in old.rows], [r.text for r in new.rows]
    lost = [row for row in before if row not in after]
    gained = [row for row in after if row not in before]
    words = []
    if lost:
        words.append("lost its row " + ", ".join(f'"{row}"' for row in lost))
    if gained:
        words.append("gained the row " + ", ".join(f'"{row}"' for row in gained))
    return " and ".join(words) or "has its rows in another order"


def _site_units(before: Kernel, after: Kernel) -> list[Unit]:
    base = _with_bodies_of(after, before)
    units = []
    for rule in after.sites:
        old = before.site(rule.site)
        if old.rules() != rule.rules():
            function = rule.site.partition(":")[2]
            text = f"{function} {site_change(old, rule)}"
            units.append(Unit(rule.site, text, rule.site, base.with_site(old)))
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
        words.append(_test_change(old, new))
    if old.refused != new.refused:
        words.append(f"gives {new.refused} instead of {old.refused} to a refused page")
    if old.absent != new.absent:
        words.append("is gone" if new.absent else "is new")
    return " and ".join(words) or "is as before"


def _test_change(old: SiteRule, new: SiteRule) -> str:
    """Which tests a site makes now and did not before, and the other way round."""
    before, after = [t.refuse for t in old.tests], [t.refuse for t in new.tests]
    gained = [word for word in after if word not in before]
    lost = [word for word in before if word not in after]
    words = []
    if gained:
        words.append("refuses " + ", ".join(gained))
    if lost:
        words.append("no longer refuses " + ", ".join(lost))
    return " and ".join(words) or "tests otherwise"


def _named_units(before: Kernel, after: Kernel) -> list[Unit]:
    units = []
    old: dict[str, str] = dict(before.behaviours)
    for name, value in after.behaviours:
        if old.get(name, value) != value:
            restored = tuple((n, old[n] if n == name else v) for n, v in after.behaviours)
            text = f"{name} is {value}, was {old[name]}"
            units.append(Unit(f"behaviour {name}", text, "", after.replace(behaviours=restored)))
    predicates = dict(before.predicates)
    for name, rows in after.predicates:
        if predicates.get(name, rows) != rows:
            kept = tuple((n, predicates[n] if n == name else r) for n, r in after.predicates)
            text = f"the predicate {name} changed"
            units.append(Unit(f"predicate {name}", text, "", after.replace(predicates=kept)))
    return units
