"""Kernels as data: which lookup each site uses, what the lookups answer, what else differs.

``load("v6.1")`` gives a frozen record; ``diff`` compares two; ``as_toml`` prints one.
"""

from linuxmm.kernels.diff import Difference, diff
from linuxmm.kernels.load import canonical, load, names
from linuxmm.kernels.record import (
    Kernel,
    LookupBody,
    LookupRow,
    PredicateRow,
    SiteRule,
    Test,
    same_rules,
)
from linuxmm.kernels.show import as_json, as_toml, flag_names, lookup_text, site_as_toml

__all__ = [
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
    "lookup_text",
    "names",
    "same_rules",
    "site_as_toml",
]
