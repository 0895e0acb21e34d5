# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch -> rules: which sites, lookups and flags it changes, and what it does besides.

Every hunk ends in exactly one class (``CLASSES``); nothing is dropped.  What is not understood
with certainty changes no rule and is listed with the reason.

    reading = read_patch(patch, load("v5.17-coherent"))
    [(c.site, c.before.lookup, c.after.lookup) for c in reading.sites]
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linuxmm.kernels import Kernel
from linuxmm.review import changes as m
from linuxmm.review.ctext import comments_agree, groups
from linuxmm.review.mail import Mail
from linuxmm.review.meaning import declarations, meanings
from linuxmm.review.pagetest import TestsChange, merged
from linuxmm.review.patch import FileDiff, Patch, read_diff
from linuxmm.review.read.classify import HEADERS, Classifier, without_hunk
from linuxmm.review.read.fit import note_fit, note_tree
from linuxmm.review.read.lookups import Lookups
from linuxmm.review.read.pagetests import PageTests
from linuxmm.review.read.part import UNSURE, NotUnderstood, Part, is_too_long, part_of
from linuxmm.review.read.places import Places, file_of
from linuxmm.review.read.sites import Sites
from linuxmm.review.read.stop import end_groups, new_label, new_names
from linuxmm.review.reading import (
    C_NAMES,
    CLASSES,
    NOT_MODELLED,
    HunkReading,
    LookupChange,
    Reading,
    SiteChange,
)
from linuxmm.review.tree import Tree, Trees
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.sites import SITES

MAX_NAME: Final = 60
NEAR: Final = frozenset((*HEADERS, *(file_of(name) for name in SITES if name)))
__all__ = [
    "CLASSES",
    "C_NAMES",
    "NOT_MODELLED",
    "HunkReading",
    "LookupChange",
    "Prepared",
    "Reading",
    "SiteChange",
    "prepare",
    "read_patch",
    "read_prepared",
    "read_series",
    "slug",
]


def read_series(mail: Mail, base: Kernel, *, tree: Trees | None = None) -> list[Reading]:
    """One reading per patch of a mail or mbox, each on top of the last."""
    series = Series(mail, base, tree)
    return [series.of(n) for n in range(len(mail.patches))]


class Series:
    """The readings of a mail or mbox, each made when it is asked for, on top of the last."""

    def __init__(self, mail: Mail, base: Kernel, tree: Trees | None = None) -> None:
        self.mail, self.base, self.tree = mail, base, tree
        self._readings: list[Reading] = []

    def of(self, n: int) -> Reading:
        """The reading of patch `n`, counted from 0; of those before it too.  Raises: PatchError."""
        for patch in self.mail.patches[len(self._readings) : n + 1]:
            on = self._readings[-1] if self._readings else None
            self._readings.append(read_prepared(prepare(patch, self.tree), self.base, on=on))
        return self._readings[n]


def read_patch(patch: Patch, base: Kernel, *, tree: Trees | None = None) -> Reading:
    """What a patch changes in the rules of ``base``.  Raises: PatchError.

    With ``tree``, the source the patch applies to, functions are found by their text there
    when the hunk does not tell.
    """
    return read_prepared(prepare(patch, tree), base)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A patch with the meaning of its hunks, which is the same under every kernel."""

    patch: Patch
    files: tuple[FileDiff, ...]
    parts: tuple[Part, ...]
    tree: Tree | None


def prepare(patch: Patch, tree: Trees | None = None) -> Prepared:
    """What the hunks of a patch mean, before any kernel is asked.  Raises: PatchError."""
    files, parts = read_diff(patch), []
    found = tree.of(patch) if tree else None
    for file in files:
        for n, hunk in enumerate(file.hunks):
            wide = found.widened(file.old_path, file.hunks, n) if found else None
            part = part_of(file, hunk, wide, lines_told=not patch.decoded)
            means(part)
            parts.append(part)
    renames = dict(pair for part in parts for pair in new_names(part))
    for part in parts:
        end_groups(part, renames)
    return Prepared(patch, files, tuple(parts), found)


def read_prepared(found: Prepared, base: Kernel, *, on: Reading | None = None) -> Reading:
    """What a patch changes in the rules of ``base``, or of what the patch before it made."""
    return _PatchReader(found, on.kernel if on else base, on).read()


def slug(patch: Patch) -> str:
    """A name for the kernel that a patch makes: words of its subject, and its version."""
    title = patch.title.rsplit(": ", 1)[-1].lower()
    words = re.findall(r"[a-z0-9_]+", title)[:4]
    version = f"-v{patch.version}" if re.search(r"\[[^\]]*PATCH", patch.subject) else ""
    return ("-".join(words)[:MAX_NAME] or "patched") + version


class _PatchReader:
    """Reads one patch: first what its hunks mean, then the lookups, then the sites."""

    def __init__(self, found: Prepared, base: Kernel, on: Reading | None) -> None:
        self.found, self.patch, self.base = found, found.patch, base
        self.earlier = (*on.earlier, *on.unread) if on else ()
        self.changed = frozenset(on.files if on else ())
        self.places = Places(base, found.tree)
        self.lookups = Lookups(base, on.names if on else None)
        self.sites = Sites(base, self.places, self.lookups)
        self.tests = PageTests(base, self.places, self.sites)

    def read(self) -> Reading:
        """All hunks, the lookups they leave, the sites they change."""
        unsure = frozenset(name for hunk in self.earlier for name in hunk.touches)
        parts = self.places.parts = [part.fresh(unsure) for part in self.found.parts]
        for part in parts:
            self.tests.note_labels(part)
        rows = {c.function for p in parts for c in p.meanings if isinstance(c, m.RowChange)}
        self.lookups.defined = {
            change.name for p in parts for change in p.meanings if isinstance(change, m.Flag)
        }
        for part in parts:
            for change in part.meanings:
                attempt(part, change, self.lookups.change, part, change, rows)
        for part in parts:
            note_fit(part, self.places, self.lookups)
        for part in parts:
            self.site_changes(part)
        self.tests.settle()
        for part in parts:
            note_tree(part, self.places, self.changed)
            if part.is_half_there:
                part.stop("does not apply to this base: some of it is there already")
        return self.reading(self.finished(self.found.files, parts))

    def site_changes(self, part: Part) -> None:
        """The site changes of one hunk, if it fits the base; its tests are only gathered."""
        if part.contradicts:
            for text in part.said(UNSURE):
                part.stop(text)
            for text in part.said("contradicts"):
                part.stop(f"does not apply to this base: {text}")
            return
        for change in part.meanings:
            if isinstance(change, m.LookupChange):
                attempt(part, change, self.sites.lookup, part, change)
            elif isinstance(change, m.FlagsChange):
                attempt(part, change, self.sites.flags, part, change)
            elif isinstance(change, m.RefusedChange):
                attempt(part, change, self.sites.refused, part, change)
            elif isinstance(change, m.ErrnoChange):
                attempt(part, change, self.sites.errno, part, change)
            elif isinstance(change, m.FlagRefusal):
                attempt(part, change, self.sites.refusal, part, change)
            elif isinstance(change, TestsChange):
                attempt(part, change, self.tests.gather, part, change)

    def finished(self, files: tuple[FileDiff, ...], parts: list[Part]) -> list[HunkReading]:
        """What every hunk was read as, and every file without one."""
        classifier = Classifier(self.base, self.places, self.lookups.bodies.values())
        rest = iter(parts)
        hunks: list[HunkReading] = []
        for file in files:
            hunks += [classifier.finished(part) for _, part in zip(file.hunks, rest, strict=False)]
            if not file.hunks:
                hunks.append(without_hunk(file))
        return hunks

    def reading(self, hunks: list[HunkReading]) -> Reading:
        """The kernel after the patch, and everything said about it."""
        sites = tuple(self.sites.rules.get(rule.site, rule) for rule in self.base.sites)
        self.lookups.keep_used(sites)
        bodies, foll = self.lookups.bodies, self.lookups.foll
        kernel = self.base.replace(
            name=slug(self.patch),
            source=f"{self.patch.file}: {self.patch.subject or 'a diff'}, on {self.base.name}",
            foll=tuple((name, foll[name]) for name in FOLL_FLAGS if name in foll),
            lookups=tuple(bodies.values()),
            sites=sites,
        )
        return Reading(
            patch=self.patch,
            base=self.base,
            kernel=kernel,
            sites=self.sites.changes(),
            lookups=self.lookups.changes(),
            flags=tuple(self.lookups.flags),
            renames=tuple(self.lookups.renames.items()),
            hunks=tuple(hunks),
            notes=tuple(self.lookups.notes),
            earlier=self.earlier,
            files=tuple(sorted({*self.changed, *(file.path for file in self.found.files)})),
            names=tuple((n, word) for n, word in self.lookups.names.items() if word in bodies),
        )


def means(part: Part) -> None:
    """Fills in what each changed run of a hunk means."""
    if not part.is_c:
        return
    if is_too_long(part.hunk):
        part.stop("the hunk is too long to be read as a change of rules")
        return
    if not comments_agree(part.hunk):
        part.stop("what is code and what is comment changes around it")
        return
    near = part.file.path in NEAR or part.file.old_path in NEAR
    for group in merged(part.old, part.new, groups(part.old, part.new)):
        changed = [*part.old[group.o0 : group.o1], *part.new[group.n0 : group.n1]]
        found = meanings(part.old, part.new, group) if near else declarations(changed)
        label = new_label(part.old[group.o0 : group.o1], part.new[group.n0 : group.n1])
        part.labels += [label] if label else []
        owner = next((s.function for s in changed if s.function), None)
        if owner and owner not in part.functions:
            part.functions.append(owner)
        if found is None:
            part.groups.append(group)
        else:
            part.meanings += _declared(found) if part.file.path.endswith(".h") else found
    is_converted = any(isinstance(change, m.LookupChange) for change in part.meanings)
    if m.FOLIO_OF in part.meanings and not is_converted:
        part.stop("which folio it is changes", word="page_folio")


def _declared(found: list[m.Meaning]) -> list[m.Meaning]:
    """In a header, the head of a lookup under another name is a declaration."""
    return [m.Prototype((c.before, c.after)) if isinstance(c, m.Renamed) else c for c in found]


def attempt(part: Part, change: m.Meaning, act: Callable[..., None], *args: object) -> None:
    """Runs one step; what cannot be expressed is noted with the hunk."""
    try:
        act(*args)
    except NotUnderstood as reason:
        part.stop(str(reason), part.at_old(getattr(change, "old_line", 0)))
