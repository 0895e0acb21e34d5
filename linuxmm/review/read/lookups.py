# SPDX-License-Identifier: GPL-2.0-or-later
"""The lookups and FOLL_ flags of a kernel while a patch changes them."""

from dataclasses import replace
from typing import Final

from linuxmm.kernels import Kernel, LookupBody, LookupRow, SiteRule
from linuxmm.review import changes as m
from linuxmm.review.read.part import NotUnderstood, Part
from linuxmm.review.reading import C_NAMES, LookupChange
from linuxmm.state.flags import FOLL_FLAGS
from linuxmm.state.vocabulary import ATOMS, RESULT_NONE, RESULT_PAGE

_SPECIAL_ARM: Final = frozenset(("print_bad_pte", "pte_special", "pte_devmap", "find_special_page"))
Names = tuple[tuple[str, str], ...]
Conditions = tuple[tuple[int, str], ...]


class Lookups:
    """Which lookups exist by which C names, what they answer, and which flags there are.

    ``names`` are the C names after the patch, ``before`` those before it; ``moved`` are old
    names whose definition has another name now.
    """

    def __init__(self, base: Kernel, names: Names | None) -> None:
        self.base = base
        self.bodies = {body.name: body for body in base.lookups}
        known = dict(names) if names is not None else C_NAMES
        self.names = {name: word for name, word in known.items() if word in self.bodies}
        self.before = dict(self.names)
        self.moved: dict[str, str] = {}
        self.renames: dict[str, str] = {}
        self.foll = dict(base.foll)
        self.flags: list[str] = []
        self.defined: set[str] = set()  # flags that the patch defines or takes away
        self.notes: list[str] = []

    def change(self, part: Part, change: m.Meaning, rows: set[str]) -> None:
        """One change of what lookups exist and answer.  Raises: NotUnderstood."""
        if isinstance(change, m.Renamed):
            self.renamed(part, change, rows)
        elif isinstance(change, m.RowChange):
            self.row(part, change)
        elif isinstance(change, m.Definition):
            self.define(part, change)
        elif isinstance(change, m.Flag):
            self.flag(part, change)

    def renamed(self, part: Part, change: m.Renamed, rows: set[str]) -> None:
        """A lookup's definition has another name; with another body it is another lookup."""
        word = self.names.get(change.before)
        if word is None:
            there = self.names.get(change.after)
            if there is not None:
                self.moved[change.before] = there
                text = f"{self.base.name} has {change.after} and no {change.before}"
                part.evidence.append(("already", text))
                return
            raise NotUnderstood(f"{change.before} is no lookup of {self.base.name}")
        new_word = C_NAMES.get(change.after)
        del self.names[change.before]
        if rows & {change.before, change.after} and new_word and new_word not in self.bodies:
            self.bodies[new_word] = replace(self.bodies.pop(word), name=new_word)
            word = new_word
        else:
            self.renames[change.before] = change.after
        self.names[change.after] = self.moved[change.before] = word

    def word_of(self, name: str) -> str:
        """The lookup that a C name stands for now."""
        word = self.names.get(name)
        if word is None or word not in self.bodies:
            raise NotUnderstood(
                f"{name} is defined neither by the patch nor by {self.base.name} "
                "(is an earlier patch of the series missing?)"
            )
        return word

    def row(self, part: Part, change: m.RowChange) -> None:
        """One row of a lookup's body, of the arm for PTEs with a special bit."""
        word = self.moved.get(change.function) or self.word_of(change.function)
        body = self.bodies[word]
        atom = ATOMS[change.atom]
        at = [n for n, r in enumerate(body.rows) if _is_row(r, atom)]
        text = f"{change.function} of {self.base.name} has {{}} row for {change.atom}"
        if change.added:
            if at:
                part.evidence.append(("already", text.format("a")))
                return
            rows = self.with_row(change, body, atom)
        else:
            if not at:
                part.evidence.append(("already", text.format("no")))
                return
            in_both = any(_is_row(r, atom) for r in body.rows_without_pte_special)
            if in_both and not _in_special_arm(part):
                raise NotUnderstood("which arm of the lookup loses the row is not in the hunk")
            rows = tuple(r for n, r in enumerate(body.rows) if n not in at)
        part.evidence.append(("fits", text.format("no" if change.added else "a")))
        self.bodies[word] = replace(body, rows=rows)

    def with_row(self, change: m.RowChange, body: LookupBody, atom: int) -> tuple[LookupRow, ...]:
        """The rows with a new one below the one that stands above it in the hunk."""
        above = [n for n, r in enumerate(body.rows) if _is_row(r, ATOMS.get(change.after_row, 0))]
        if not above:
            raise NotUnderstood(f"where {change.function} asks this is not in the hunk")
        new = LookupRow(atom, 0, RESULT_NONE, f"{change.atom} -> none")
        return (*body.rows[: above[0] + 1], new, *body.rows[above[0] + 1 :])

    def define(self, part: Part, change: m.Definition) -> None:
        """A new lookup built on another one, or one that is gone."""
        if change.gone:
            word = self.names.pop(change.name, None)
            if change.zone_device and word is not None:
                self.bodies.pop(word, None)
            return
        of = self.word_of(change.of)
        if not change.zone_device:
            self.names[change.name] = of
            return
        word = C_NAMES.get(change.name, "")
        if word in self.bodies and self.names.get(change.name) == word:
            part.evidence.append(("already", f"{self.base.name} has {change.name}"))
            return
        if not word or (word in self.bodies and self.names.get(change.name)):
            raise NotUnderstood(f"{change.name}: the model has no free word for such a lookup")
        self.bodies[word] = without_device_pages(word, of)
        self.names[change.name] = word

    def flag(self, part: Part, change: m.Flag) -> None:
        """A FOLL_ flag that is new, gone or has another value."""
        has = change.name in self.base_flags()
        text = f"{self.base.name} {'has' if has else 'has no'} {change.name}"
        if change.name in FOLL_FLAGS and not change.moved:
            there = "already" if has == (change.value is not None) else "fits"
            part.evidence.append((there, text))
        others = {n: value for n, value in self.foll.items() if n not in self.defined}
        same = [n for n, value in others.items() if value == change.value]
        if same:
            self.notes.append(
                f"{change.name} gets the value that {same[0]} has in {self.base.name}: "
                "who gives one gives both (the model goes by the names)"
            )
        if change.value is None:
            self.foll.pop(change.name, None)
        elif change.name not in FOLL_FLAGS:
            self.notes.append(f"{change.name}: a flag that the model does not know")
        else:
            if change.value != FOLL_FLAGS[change.name]:
                self.notes.append(
                    f"{change.name} is {change.value:#x} in the patch, "
                    f"{FOLL_FLAGS[change.name]:#x} in the model (only the name decides)"
                )
            self.foll[change.name] = FOLL_FLAGS[change.name]
        self.flags.append(change.name)

    def base_flags(self) -> set[str]:
        """The flags of the kernel before the patch."""
        return {name for name, _ in self.base.foll}

    def refuse_by_flag(self, mask: int, rule: Conditions) -> Conditions:
        """A choice of lookups, with device pages refused to those who give one of these flags."""
        choices = list(rule)
        otherwise = choices[-1][1]
        body = self.bodies.get("lru")
        if body is not None and body != without_device_pages("lru", otherwise):
            raise NotUnderstood("the kernel's lookup lru is another one than this refusal makes")
        self.bodies["lru"] = without_device_pages("lru", otherwise)
        if len(choices) == 2 and choices[0][1] == "lru":
            mask |= choices[0][0]
        elif len(choices) > 1:
            raise NotUnderstood("the lookup depends on flags in a way that rules cannot express")
        return ((mask, "lru"), (0, otherwise))

    def keep_used(self, sites: tuple[SiteRule, ...]) -> None:
        """Notes which sites still use what the patch takes away, and keeps it for them.

        Such a patch would not compile, or what replaces it there was not read.
        """
        old = {body.name: body for body in self.base.lookups}
        values = dict(self.base.foll)
        lost: dict[str, LookupBody] = {}
        kept: dict[str, int] = {}
        for rule in sites:
            masks = rule.flags | sum({mask for mask, _ in rule.lookup})
            words = [word for _, word in rule.lookup if word in old and word not in self.bodies]
            flags = [name for name in values.keys() - self.foll.keys() if FOLL_FLAGS[name] & masks]
            lost |= {word: old[word] for word in words}
            self.notes += [
                f"{rule.site} still uses {word}, which the patch takes away: it would not compile"
                for word in (*words, *sorted(flags))
            ]
            kept |= {name: values[name] for name in flags}
        self.bodies |= lost
        self.foll |= kept
        self.names |= {n: word for n, word in self.before.items() if word in lost}

    # --- choices in the words of a kernel ----------------------------------------------------

    def are_those_of(self, choice: m.Choice, conditions: Conditions) -> bool:
        """Does a record choose its lookups like this?"""
        try:
            return self.conditions(choice) == conditions
        except NotUnderstood:
            return False

    def old_conditions(self, choice: m.Choice) -> Conditions:
        """A choice in the words of the kernel before the patch."""
        found = []
        for flags, name in choice.by:
            word = self.before.get(name)
            if word is None:
                raise NotUnderstood(f"{name} is no lookup of {self.base.name}")
            found.append((mask_of(flags), word))
        return tuple(found)

    def conditions(self, choice: m.Choice) -> Conditions:
        """A choice in the words of the kernel after the patch."""
        missing = [name for flags, _ in choice.by for name in flags if name not in self.foll]
        if missing:
            raise NotUnderstood(f"{missing[0]} is no flag of this kernel")
        return tuple((mask_of(flags), self.word_of(name)) for flags, name in choice.by)

    def is_rename(self, change: m.LookupChange) -> bool:
        """Is the new lookup the old one by its new name?"""
        old = tuple((flags, self.renames.get(name, name)) for flags, name in change.before.by)
        return old == change.after.by

    def changes(self) -> tuple[LookupChange, ...]:
        """The lookups that are new, gone or answer differently."""
        old = {body.name: body for body in self.base.lookups}
        return tuple(
            LookupChange(name, old.get(name), self.bodies.get(name))
            for name in dict.fromkeys([*old, *self.bodies])
            if old.get(name) != self.bodies.get(name)
        )


def without_device_pages(name: str, of: str) -> LookupBody:
    """A lookup that is another one without ZONE_DEVICE pages."""
    then = (
        LookupRow(ATOMS["zone_device"], 0, RESULT_NONE, "zone_device -> none"),
        LookupRow(0, 0, RESULT_PAGE, "otherwise -> page"),
    )
    return LookupBody(name, of, (), (), then)


def mask_of(names: tuple[str, ...]) -> int:
    """FOLL_ names as one mask."""
    mask = 0
    for name in names:
        if name not in FOLL_FLAGS:
            raise NotUnderstood(f"{name} is a flag that the model does not know")
        mask |= FOLL_FLAGS[name]
    return mask


def _is_row(row: LookupRow, atom: int) -> bool:
    """Whether a row asks exactly this atom and answers none (or asks for a PFN mapping)."""
    return row.need == atom and not row.forbid and row.result == RESULT_NONE


def _in_special_arm(part: Part) -> bool:
    """Whether the hunk shows the arm of a lookup that is for PTEs with a special bit."""
    return any(not _SPECIAL_ARM.isdisjoint(s.tokens) for s in part.old)
