# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel is: a frozen, hashable record of every rule, fully expanded.

Nothing here reads files (``load.py``) or decides anything: the core turns a ``Kernel``
into integer columns, ``review`` builds more of them and ``diff`` compares two.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

from linuxmm.errors import KernelError, nearest
from linuxmm.notebook import paragraph, table
from linuxmm.state.behaviours import BEHAVIOURS, NEWER_BEHAVIOURS

T = TypeVar("T")
_VERSION = re.compile(r"\b\d+\.\d+\.\d+\b")
Condition = tuple[int, str]
"""FOLL_ flags (any of them set; 0 = otherwise) and the lookup used then."""


@dataclass(frozen=True, slots=True)
class LookupRow:
    """One row of a lookup body: all of ``need`` and none of ``forbid`` -> ``result``."""

    need: int
    forbid: int
    result: int
    text: str


@dataclass(frozen=True, slots=True)
class LookupBody:
    """What one lookup answers: the first row that holds decides.

    With ``of``, that other lookup is made first, and ``then`` decides about its page.
    """

    name: str
    of: str | None
    rows: tuple[LookupRow, ...]
    rows_without_pte_special: tuple[LookupRow, ...]
    then: tuple[LookupRow, ...]


@dataclass(frozen=True, slots=True)
class PredicateRow:
    """One row of a named predicate: all of ``need`` and none of ``forbid`` -> ``yes``."""

    need: int
    forbid: int
    yes: bool
    text: str


@dataclass(frozen=True, slots=True)
class Test:
    """One test a site makes on the page it got: what is refused, and what that page gets.

    ``put`` tells whether the reference taken before is dropped, ``end`` whether the lock that
    folio_walk_start took is given back.  ``unless`` is a word of ``CONTEXTS``: with it in force the
    test is not made.
    """

    __test__ = False  # not a test class of pytest

    refuse: str
    gives: str
    put: bool = False
    unless: str = ""
    end: bool = False

    def __repr__(self) -> str:
        """As it was before `end`, where there is none: a digest outlives a new word."""
        cells = [f"refuse={self.refuse!r}", f"gives={self.gives!r}", f"put={self.put!r}"]
        cells += [f"unless={self.unless!r}", *(["end=True"] if self.end else [])]
        return f"Test({', '.join(cells)})"


@dataclass(frozen=True, slots=True)
class SiteRule:
    """Which lookup a site uses, what a refused page gets and the tests in their order."""

    site: str
    lookup: tuple[Condition, ...]
    flags: int = 0
    refused: str = "skip"
    tests: tuple[Test, ...] = ()
    source: str = ""
    rests_on: str = "read"
    absent: bool = False
    aliases: tuple[str, ...] = ()
    get: bool = False
    end: bool = False

    def rules(self) -> tuple[object, ...]:
        """Everything that decides, without source, rests_on and aliases."""
        shape = (self.site, self.lookup, self.flags, self.refused, self.tests, self.absent)
        return (*shape, *(["get"] if self.get else []), *(["end"] if self.end else []))

    def uses(self, lookup: str) -> bool:
        """Is this one of its lookups?"""
        return any(name == lookup for _, name in self.lookup)


class Text(Protocol):
    """Functions of a source tree that run in place of the core's (`source/execute.py`)."""

    @property
    def step(self) -> Callable[..., int]:
        """One step of the core with them."""

    @property
    def replaces(self) -> frozenset[str]:
        """The functions of the core that they stand for, as module:name."""

    @property
    def digest(self) -> str:
        """A short name for what they say."""

    @property
    def seen(self) -> set[int]:
        """The places noted in them that were reached."""

    @property
    def went(self) -> Mapping[tuple[int, bool], int]:
        """How often each condition noted in them went which way."""

    def said(self, trap: int) -> str:
        """What a trap of theirs means."""

    def fatal(self, trap: int) -> tuple[int, int] | None:
        """The event (EVENT_*) and site (row of SITES) of a trap that kills; None: not modelled."""

    def overrun(self, error: IndexError) -> tuple[tuple[int, int], str] | None:
        """The event and site of an index of the text itself that is outside, and where it stands;
        None: of the model, which was handed what it has not."""

    def differing(self, other: "Text") -> list[str]:
        """The functions (file:name) that say something else in another text."""

    def with_(self, other: "Text", places: Iterable[str]) -> "Text":
        """These functions, some of them as the other has them."""


@dataclass(frozen=True, repr=False)
class Kernel:
    """A complete set of rules.  Equal when every field is; see ``same_rules``."""

    name: str
    source: str
    config: tuple[tuple[str, bool], ...]
    behaviours: tuple[tuple[str, str], ...]
    foll: tuple[tuple[str, int], ...]
    lookups: tuple[LookupBody, ...]
    predicates: tuple[tuple[str, tuple[PredicateRow, ...]], ...]
    sites: tuple[SiteRule, ...]
    flags: tuple[str, ...] = ()  # of NEWER_FLAGS those that it has
    text: Text | None = None  # functions of a source tree in place of the core's

    def __repr__(self) -> str:
        return f"<Kernel {self.name}: {len(self.sites)} sites, rules {self.digest()}>"

    def _repr_html_(self) -> str:
        rows = [
            (rule.site, " / ".join(name for _, name in rule.lookup),
             ", ".join(test.refuse for test in rule.tests), rule.rests_on)
            for rule in self.sites
        ]  # fmt: skip
        heads = ("site", "lookup", "tests, in their order", "rests on")
        return f"{paragraph(repr(self)[1:-1])}\n{table(heads, rows)}"

    @cached_property
    def _site_index(self) -> dict[str, SiteRule]:
        index = {alias: rule for rule in self.sites for alias in rule.aliases}
        index.update((rule.site, rule) for rule in self.sites)
        return index

    def site(self, name: str) -> SiteRule:
        """The rule of a site, by its name or an alias.  Raises: KernelError."""
        rule = self._site_index.get(name)
        if rule is None:
            words = list(self._site_index)
            raise KernelError(f'kernel "{self.name}" has no site "{name}"{nearest(name, words)}')
        return rule

    def behaviour(self, name: str) -> str:
        """The word of a named behaviour.  Raises: KernelError."""
        return _word(self.name, name, dict(self.behaviours), "behaviour")

    def lookup(self, name: str) -> LookupBody:
        """The body of a lookup that exists in this kernel.  Raises: KernelError."""
        return _word(self.name, name, {body.name: body for body in self.lookups}, "lookup")

    def predicate(self, name: str) -> tuple[PredicateRow, ...]:
        """The rows of a named predicate.  Raises: KernelError."""
        return _word(self.name, name, dict(self.predicates), "predicate")

    def with_site(self, rule: SiteRule) -> "Kernel":
        """This kernel with one site's rule replaced (it must have that site)."""
        self.site(rule.site)
        sites = tuple(rule if old.site == rule.site else old for old in self.sites)
        return replace(self, sites=sites)

    def replace(self, **changes: Any) -> "Kernel":
        """This kernel with some fields replaced; the argument names are the fields'."""
        return replace(self, **changes)

    def encodes(self, uname: str) -> bool:
        """Is a kernel, by what uname says of it, of the very text that this record names?

        A record without a version of three numbers is of no released kernel.
        """
        return bool(set(_VERSION.findall(self.source)) & set(_VERSION.findall(uname)))

    def rules(self) -> tuple[object, ...]:
        """Everything that decides: not the name, the sources, rests_on and aliases."""
        return (
            tuple(sorted(self.config)),
            tuple(sorted(pair for pair in self.behaviours if not _is_as_before(*pair))),
            tuple(sorted(self.foll)),
            tuple(sorted(self.lookups, key=lambda body: body.name)),
            tuple(sorted(self.predicates, key=lambda predicate: predicate[0])),
            tuple(sorted((rule.rules() for rule in self.sites), key=str)),
            *([self.flags] if self.flags else []),  # a digest outlives a new word
            *([self.text.digest] if self.text else []),
        )

    def digest(self) -> str:
        """A short name for the rules, the same for the same rules in every run."""
        from hashlib import blake2b  # OpenSSL: not for those who need no digest

        return blake2b(repr(self.rules()).encode(), digest_size=8).hexdigest()


def _is_as_before(name: str, word: str) -> bool:
    """Is this what every kernel did before there was the word?"""
    return name in NEWER_BEHAVIOURS and word == BEHAVIOURS[name][0]


def _word(kernel: str, name: str, table: dict[str, T], what: str) -> T:
    """The entry of that name, or a sentence that names the nearest one."""
    if name not in table:
        hint = nearest(name, list(table))
        raise KernelError(f'kernel "{kernel}" has no {what} "{name}"{hint}')
    return table[name]


def same_rules(a: Kernel, b: Kernel) -> bool:
    """Whether two kernels decide everything alike, whatever they are called."""
    return a.rules() == b.rules()
