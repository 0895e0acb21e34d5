# SPDX-License-Identifier: GPL-2.0-or-later
"""What searches are given and give as plain values (`spread/plain.py`).

Set-ups and actions of the catalogue are known by themselves: they are written as their places in
it, a kernel as what differs from a built-in one, a pair of kernels as the two.
"""

from dataclasses import fields
from functools import cache
from typing import Any, Final

from linuxmm.explore.actions import PROBES, TRIGGERS
from linuxmm.explore.catalogue import Action, Setup
from linuxmm.explore.corners import CORNERS
from linuxmm.explore.pair import KernelPair
from linuxmm.explore.setups import SETUPS
from linuxmm.kernels import Kernel, load, names
from linuxmm.spread.plain import Known, Plain

_SETUPS: Final = (*SETUPS, *CORNERS)
_ACTIONS: Final = (*TRIGGERS, *PROBES)


@cache
def _place_of() -> dict[Setup | Action, int]:
    every: tuple[tuple[Setup | Action, ...], ...] = (_SETUPS, _ACTIONS)
    return {one: place for each in every for place, one in enumerate(each)}


def _kernel(kernel: Kernel) -> object:
    """A built-in kernel's name, and what differs from it: fields, and rules of sites.

    Raises: TypeError where C is executed, which has no plain form.
    """
    built_in = [load(name) for name in names()]
    same_name = {one.name: one for one in built_in}.get(kernel.name)
    base = same_name or max(built_in, key=lambda one: len({*one.sites} & {*kernel.sites}))
    ours, theirs = kernel.sites, base.sites
    apart: dict[str, object] = {
        field.name: getattr(kernel, field.name)
        for field in fields(Kernel)
        if getattr(kernel, field.name) != getattr(base, field.name) and field.name != "sites"
    }
    if [rule.site for rule in ours] != [rule.site for rule in theirs]:
        return (base.name, {**apart, "sites": ours}, ())
    changed = tuple(one for one, other in zip(ours, theirs, strict=True) if one != other)
    return (base.name, apart, changed)


def _made_kernel(said: object) -> Kernel:
    values: Any = said
    name, apart, changed = values
    kernel = load(name).replace(**apart)
    rules = {rule.site: rule for rule in changed}
    return kernel.replace(sites=tuple(rules.get(rule.site, rule) for rule in kernel.sites))


def _pair(pair: KernelPair) -> object:
    return (pair.before, pair.after)


def _made_pair(said: object) -> KernelPair:
    if not isinstance(said, tuple) or not all(isinstance(each, Kernel) for each in said):
        raise TypeError("no pair of kernels")
    return KernelPair.of(*said)


PLAIN: Final = Plain(
    {
        Kernel: Known(_kernel, _made_kernel),
        KernelPair: Known(_pair, _made_pair),
        Setup: Known(lambda one: _place_of()[one], lambda place: _SETUPS[int(str(place))]),
        Action: Known(lambda one: _place_of()[one], lambda place: _ACTIONS[int(str(place))]),
    }
)
