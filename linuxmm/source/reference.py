# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of the functions of Linux that run as text, written from the pairs.

``python -m linuxmm.source.reference`` prints what stands between the marks in
``docs/executed.md``; a test compares the two.
"""

import sys
from collections.abc import Iterator
from typing import Final

from linuxmm.kernels import Kernel, load
from linuxmm.source.twins import TWINS
from linuxmm.state.sites import SITES, UNMODELLED_SITES

OF: Final = "v6.1"


def reference() -> str:
    """Every call site and what of it runs; then every other function that has a pair."""
    kernel = load(OF)
    lines = [*_sites(kernel), "", "Around them run as well:", "", *_others()]
    return "\n".join(lines) + "\n"


def _sites(kernel: Kernel) -> Iterator[str]:
    yield "| call site | runs as text |"
    yield "|---|---|"
    for site in SITES[1:]:
        yield f"| `{site}` | {_runs(kernel, site)} |"


def _runs(kernel: Kernel, site: str) -> str:
    function = site.partition("#")[0]  # a text has every lookup of its function
    own = [twin.name for twin in TWINS if twin.site == function]
    if own:
        return ", ".join(f"`{name}`" for name in own)
    if site in UNMODELLED_SITES:
        return f"not modelled: {UNMODELLED_SITES[site]}"
    return f"{OF} has no such function" if kernel.site(site).absent else "no pair yet"


def _others() -> Iterator[str]:
    """The other functions by file, in the order of the pairs."""
    by_file: dict[str, list[str]] = {}
    for twin in TWINS:
        if not twin.site:
            by_file.setdefault(twin.path, []).append(twin.name)
    for path, names in by_file.items():
        yield f"- `{path}`: {', '.join(f'`{name}`' for name in names)}"


if __name__ == "__main__":
    sys.stdout.write(reference())
