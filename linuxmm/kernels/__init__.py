# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels as data: which lookup each site uses, what the lookups answer, what else differs.

``load("v6.1")`` gives a frozen record; ``diff`` compares two; ``as_toml`` prints one.
"""

from typing import TYPE_CHECKING, Final

from linuxmm.kernels.diff import Difference, diff
from linuxmm.kernels.load import DEFAULT_BASE, DEFAULT_KERNEL, canonical, load, load_text, names
from linuxmm.kernels.record import (
    Kernel,
    LookupBody,
    LookupRow,
    PredicateRow,
    SiteRule,
    Test,
    same_rules,
)

if TYPE_CHECKING:
    from linuxmm.kernels.show import as_json, as_toml, flag_names, lookup_text, site_as_toml

# from `show` when they are asked for: a run prints no record
_SHOWN: Final = ("as_json", "as_toml", "flag_names", "lookup_text", "site_as_toml")

__all__ = [
    "DEFAULT_BASE",
    "DEFAULT_KERNEL",
    "Difference",
    "Kernel",
    "LookupBody",
    "LookupRow",
    "PredicateRow",
    "SiteRule",
    "Test",
    "as_json",
    "as_toml",
    "canonical",
    "diff",
    "flag_names",
    "load",
    "load_text",
    "lookup_text",
    "names",
    "same_rules",
    "site_as_toml",
]


def __getattr__(name: str) -> object:
    """A name that is imported late (PEP 562)."""
    if name not in _SHOWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from linuxmm.kernels import show

    found: object = getattr(show, name)
    return found
