# SPDX-License-Identifier: GPL-2.0-or-later
"""The class of every hunk, and what the part of it that was not read may alter."""

from collections.abc import Iterable
from typing import Final

from linuxmm.kernels import Kernel, LookupBody
from linuxmm.review import changes as m
from linuxmm.review import reach
from linuxmm.review.expression import LOOKUP_NAME
from linuxmm.review.pagetest import TestsChange
from linuxmm.review.patch import FileDiff
from linuxmm.review.read.part import Part
from linuxmm.review.read.places import Places, file_of
from linuxmm.review.reading import NOT_MODELLED, HunkReading

HEADERS: Final = ("include/linux/mm.h", "include/linux/mm_types.h", "mm/internal.h")


class Classifier:
    """Ends the reading of hunks."""

    def __init__(self, base: Kernel, places: Places, bodies: Iterable[LookupBody]) -> None:
        self.base, self.places, self.bodies = base, places, tuple(bodies)

    def finished(self, part: Part) -> HunkReading:
        """What one hunk was read as."""
        kind, why = self.classify(part)
        around = part.around()
        touches, makes = self.reach(part, around) if kind in NOT_MODELLED else ((), ())
        return HunkReading(
            part.file.path,
            ", ".join(part.functions[:3]) or around,
            part.hunk.header,
            part.hunk.line,
            kind,
            why,
            tuple(part.done),
            stopped_by=tuple(part.stops),
            known=tuple(dict.fromkeys(part.known)) if part.stops else (),
            touches=touches,
            makes=makes,
            fit=part.fit(),
        )

    def classify(self, part: Part) -> tuple[str, str]:
        """The class and the reason in words."""
        known = self.places.is_modelled(part.file) or part.file.path in HEADERS
        if part.stops:
            return self.unread(part, known)
        if part.done:
            return "site", ", ".join(part.done)
        if not part.is_c:
            return "file", "not C"
        fit = part.fit()
        if fit.word == "already":
            return "already", "; ".join(fit.evidence)
        kinds = [kind_of(change) for change in part.meanings]
        for kind in ("lookup", "flag", "prototype"):
            if kind in kinds:
                return kind, describe(part.meanings, kind)
        if part.kind == "rename":
            return "rename", "a lookup under another name"
        if part.kind == "same":
            return "blank", "the same tests in other words"
        if "site" in kinds:
            return ("shape", "no rule was changed by it") if known else ("file", "no site in it")
        if not part.meanings:
            return ("comment", "comments only") if has_words(part) else ("blank", "white space")
        said = [c.why if isinstance(c, m.Nothing) else "a label" for c in part.meanings]
        return "blank", "; ".join(dict.fromkeys(said))

    def unread(self, part: Part, known: bool) -> tuple[str, str]:
        """The class of a hunk of which something was not understood."""
        why = "; ".join(dict.fromkeys(stop.text() for stop in part.stops))
        if part.known:
            why += f" ({', '.join(dict.fromkeys(part.known))})"
        if part.done:
            why += f" (understood: {', '.join(part.done)})"
        if not known:
            return "file", f"no rule stands for this file: {why}"
        modelled = any(self.places.candidates(part.file, name) for name in part.functions)
        lookup = any(LOOKUP_NAME.match(name) for name in part.functions)
        if modelled or lookup or part.file.path in HEADERS or not part.functions:
            return "shape", why
        return "function", f"{', '.join(part.functions[:3])} has no site: {why}"

    def reach(self, part: Part, around: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The records and the kinds of pages that what was not read of a hunk may alter."""
        if not part.is_c:
            return (), ()
        if part.special_only and not self.asks_devmap():
            return reach.with_callers(reach.ASKS_DEVMAP, self.base), ()
        functions = part.functions or [name for name in (around,) if name]
        touched: list[str] = []
        for name in functions:
            sites = [rule.site for rule in self.places.candidates(part.file, name)]
            touched += reach.with_callers(sites, self.base)
            touched += reach.of_function(name, self.base)
        if not functions and self.places.is_modelled(part.file):
            files = (part.file.path, part.file.old_path)
            inside = [rule.site for rule in self.base.sites if file_of(rule.site) in files]
            touched += reach.with_callers(inside, self.base)
        for flag in _flags(part) if part.file.path in HEADERS else ():
            touched += reach.of_flag(flag, self.base)
        makes = [kind for name in functions for kind in reach.MAKES.get(name, ())]
        return tuple(dict.fromkeys(touched)), tuple(dict.fromkeys(makes))

    def asks_devmap(self) -> bool:
        """Has a lookup of PTEs a row for devmap entries after the patch?"""
        bodies = [body for body in self.bodies if body.name != "pmd"]
        return any("devmap" in row.text for body in bodies for row in body.rows)


def _flags(part: Part) -> list[str]:
    """The FOLL_ flags that changed statements have on one side only."""
    sides = [
        {t for s in side if s.changed for t in s.tokens if t.startswith("FOLL_")}
        for side in (part.old, part.new)
    ]
    return sorted(sides[0] ^ sides[1])


def kind_of(change: m.Meaning) -> str:
    """The class of hunk that one meaning makes."""
    if isinstance(change, (m.Renamed, m.RowChange, m.Definition)):
        return "lookup"
    if isinstance(change, m.Flag):
        return "flag"
    if isinstance(change, m.Prototype):
        return "prototype"
    if isinstance(change, TestsChange) and not change.dropped and not change.added:
        return "blank"  # nothing but a label
    return "blank" if isinstance(change, m.Nothing) else "site"


def describe(changes: list[m.Meaning], kind: str) -> str:
    """What was understood, in words."""
    words = []
    for change in changes:
        if isinstance(change, m.Renamed):
            words.append(f"{change.before} is now {change.after}")
        elif isinstance(change, m.RowChange):
            words.append(
                f"{change.function}: row for {change.atom} {'added' if change.added else 'gone'}"
            )
        elif isinstance(change, m.Definition):
            test = ", then zone_device -> none" if change.zone_device else ""
            words.append(f"{'gone' if change.gone else 'new'} {change.name}: {change.of}{test}")
        elif isinstance(change, m.Flag):
            value = "gone" if change.value is None else f"{change.value:#x}"
            words.append(f"{change.name} {value}")
        elif isinstance(change, m.Prototype):
            words.append("declares " + ", ".join(change.names))
    return "; ".join(words) or kind


def has_words(part: Part) -> bool:
    """Whether an added or removed line of the hunk has anything but white space."""
    old = "".join("".join(line.text.split()) for line in part.hunk.lines if line.kind == "-")
    new = "".join("".join(line.text.split()) for line in part.hunk.lines if line.kind == "+")
    return old != new


def without_hunk(file: FileDiff) -> HunkReading:
    """What is said of a file that has no hunk."""
    why = {
        "binary": "a binary file",
        "mode": "only its mode changes",
        "renamed": f"renamed from {file.old_path}",
        "copied": f"copied from {file.old_path}",
        "added": "an empty new file",
        "removed": "an empty file removed",
    }.get(file.what, "no hunk")
    return HunkReading(file.path, "", "", file.line, "file", why)
