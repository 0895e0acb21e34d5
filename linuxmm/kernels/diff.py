# SPDX-License-Identifier: GPL-2.0-or-later
"""How two kernels differ, rule by rule."""

from collections.abc import Iterable
from dataclasses import dataclass

from linuxmm.kernels.record import Kernel, LookupBody, SiteRule


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that differs: ``before`` and ``after`` as TOML values, None where there is none."""

    kind: str  # config, behaviour, foll, flags, lookup, predicate, site
    name: str
    field: str  # a field of the lookup or site, "" for the other kinds
    before: object
    after: object


def diff(a: Kernel, b: Kernel) -> list[Difference]:
    """Every rule that differs, in the order of a record; names and sources do not count."""
    found = _pairs("config", dict(a.config), dict(b.config))
    found += _pairs("behaviour", dict(a.behaviours), dict(b.behaviours))
    found += _pairs("foll", dict(a.foll), dict(b.foll))
    found += _pairs("flags", dict.fromkeys(a.flags, True), dict.fromkeys(b.flags, True))
    found += _tables("lookup", _bodies(a.lookups), _bodies(b.lookups))
    found += _pairs("predicate", _predicates(a), _predicates(b))
    found += _tables("site", _sites(a.sites), _sites(b.sites))
    return found


def _bodies(bodies: Iterable[LookupBody]) -> dict[str, dict[str, object]]:
    from linuxmm.kernels.show import body_as_toml

    return {body.name: body_as_toml(body) for body in bodies}


def _predicates(kernel: Kernel) -> dict[str, object]:
    return {name: [row.text for row in rows] for name, rows in kernel.predicates}


def _sites(rules: Iterable[SiteRule]) -> dict[str, dict[str, object]]:
    """The deciding fields of every site, an absent one being only ``absent``."""
    from linuxmm.kernels.show import site_as_toml

    tables = {rule.site: site_as_toml(rule) for rule in rules}
    for table in tables.values():
        for field in ("source", "rests_on", "aliases"):
            table.pop(field, None)
    return tables


def _names(a: Iterable[str], b: Iterable[str]) -> list[str]:
    """The names of both, each once, in the order they are met."""
    return list(dict.fromkeys([*a, *b]))


def _pairs(kind: str, a: dict[str, object], b: dict[str, object]) -> list[Difference]:
    """Differences of plain name -> value tables."""
    return [
        Difference(kind, name, "", a.get(name), b.get(name))
        for name in _names(a, b)
        if a.get(name) != b.get(name)
    ]


def _tables(
    kind: str, a: dict[str, dict[str, object]], b: dict[str, dict[str, object]]
) -> list[Difference]:
    """Differences of name -> field -> value tables; a missing entry is one difference."""
    found: list[Difference] = []
    for name in _names(a, b):
        one, other = a.get(name), b.get(name)
        if one is None or other is None or "absent" in one or "absent" in other:
            if one != other:
                found.append(Difference(kind, name, "", one, other))
            continue
        for field in _names(one, other):
            if one.get(field) != other.get(field):
                found.append(Difference(kind, name, field, one.get(field), other.get(field)))
    return found
