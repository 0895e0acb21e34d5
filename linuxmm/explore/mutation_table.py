# SPDX-License-Identifier: GPL-2.0-or-later
"""The mutation table: the fate of every flip, for people (80 columns) and as JSON."""

from itertools import groupby

from linuxmm.explore.mutate import REPORTED, SILENT, UNOBSERVABLE, WAITING, Fate
from linuxmm.printed import named_row, wrapped

FATES = (REPORTED, UNOBSERVABLE, WAITING, SILENT)
_NAME = 49  # columns of a site's name
_HEADS = ("flips", "rep.", "unob.", "later", "sil.")
_TITLES = {
    SILENT: "silent: nothing reports it, and no reason is known",
    UNOBSERVABLE: "unobservable (unob.): nothing can notice",
    WAITING: "not modelled (later): a system that comes later will decide",
}


def counts(fates: list[Fate]) -> dict[str, int]:
    """How many flips met each fate."""
    return {fate: sum(one.fate == fate for one in fates) for fate in FATES}


def as_text(kernel: str, fates: list[Fate], verbose: bool = False) -> str:
    """The table of sites, then every flip that was not killed and why."""
    by_site = [(site, list(group)) for site, group in groupby(fates, lambda f: f.flip.site)]
    total = counts(fates)
    words = ", ".join(f"{total[fate]} {fate}" for fate in FATES)
    lines = wrapped(f"{kernel}: {len(fates)} flips at {len(by_site)} sites: {words}")
    lines += ["", *named_row("site", "".join(f"{head:>6}" for head in _HEADS), _NAME)]
    for site, group in by_site:
        numbers = (len(group), *counts(group).values())
        lines += named_row(site, "".join(f"{number or '-':>6}" for number in numbers), _NAME)
    if verbose:
        lines += _reporters(fates)
    for fate in (SILENT, UNOBSERVABLE, WAITING):
        lines += _section(_TITLES[fate], [one for one in fates if one.fate == fate])
    return "\n".join(lines) + "\n"


def _reporters(fates: list[Fate]) -> list[str]:
    """Every reported flip: what a review says, and on which path."""
    lines = ["", "reported, as what and where"]
    for site, group in groupby((f for f in fates if f.fate == REPORTED), lambda f: f.flip.site):
        lines.append(f"  {site}")
        for one in group:
            lines += wrapped(_flip(one), " " * 4)
            lines += wrapped(f"{path_text(one)}; {shows_text(one)}", " " * 8)
    return lines


def path_text(one: Fate) -> str:
    """The set-up and the actions on it."""
    path = one.by.path if one.by else None
    return ", ".join((path.setup.name, *(a.name for a in path.actions))) if path else ""


def shows_text(one: Fate) -> str:
    return f"{one.by.side} {one.by.what}: {one.by.text}" if one.by else ""


def _section(title: str, fates: list[Fate]) -> list[str]:
    """Flips of one fate, those with one reason together."""
    if not fates:
        return []
    lines = ["", title]
    for site, group in groupby(fates, lambda f: f.flip.site):
        lines.append(f"  {site}")
        for reason, same in groupby(group, lambda f: f.reason):
            for one in same:
                lines += wrapped(_flip(one), " " * 4)
            if reason:
                lines += wrapped(f"{reason.why} ({reason.source})", " " * 8)
            else:
                lines += wrapped(
                    f"{one.tried} paths, {one.searched} states, no difference", " " * 8
                )
    return lines


def _flip(one: Fate) -> str:
    return f"{one.flip.cell}: {one.flip.old} -> {one.flip.new}"


def as_json(kernel: str, fates: list[Fate]) -> dict[str, object]:
    """The same as plain values."""
    return {
        "kernel": kernel,
        "counts": counts(fates),
        "flips": [
            {
                "site": one.flip.site,
                "cell": one.flip.cell,
                "old": one.flip.old,
                "new": one.flip.new,
                "fate": one.fate,
                "scenario": path_text(one),
                "shows": shows_text(one),
                "reason": one.reason.why if one.reason else "",
                "source": one.reason.source if one.reason else "",
                "tried": one.tried,
                "searched": one.searched,
            }
            for one in fates
        ],
    }
