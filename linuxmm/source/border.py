# SPDX-License-Identifier: GPL-2.0-or-later
"""The border between C that is executed and the model: data, read from `border.toml`.

A call is written as its C prototype, with the model's text for it: arguments by name, `?` behind
one that may be NULL.  `typeof(x)` as a result is the type of the argument x.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from linuxmm.source.ctype import CType, parse_type

_PROTOTYPE: Final = re.compile(r"^(.+?[\s*])(\w+)\((.*)\)$", re.S)
_HOLE: Final = re.compile(r"\{(\w*)\}")
KINDS: Final = ("core", "later", "expression", "flag", "lock", "nothing", "never")


@dataclass(frozen=True)
class Argument:
    """A parameter of a callee."""

    name: str
    ctype: CType
    may_be_null: bool = False


@dataclass(frozen=True)
class Callee:
    """What a C function is here.

    kind: core (a function of the model), later (the same, where the tree has it in just this
    form), expression, flag, lock, nothing (it does nothing that the model has), never (not
    modelled: `text` says what).
    """

    name: str
    kind: str
    text: str
    result: CType
    arguments: tuple[Argument, ...] = ()
    like: str = ""  # the argument whose type the result has

    @property
    def as_called(self) -> tuple[CType, int]:
        """What tells it from others of its name, of other releases."""
        return self.result, len(self.arguments)

    @property
    def takes_any(self) -> bool:
        """Does it stand for a name, whatever that is called with?"""
        return self.kind in ("nothing", "never")

    def uses(self, name: str) -> bool:
        """Whether the text has a place for an argument."""
        return f"{{{name}}}" in self.text


@dataclass(frozen=True)
class Member:
    """A member of a struct of the model, a global, an embedded list: type and text.

    A text that is a number in brackets, `(1)`, is what it always reads as; stores are ignored.
    store: what a store does where the text is no place, with `{value}` in it.
    """

    ctype: CType
    text: str
    store: str = ""

    @property
    def ignored(self) -> bool:
        return self.text.strip("()").isdigit()

    def at(self, base: str) -> str:
        """The text for one object."""
        return self.text.replace("{}", base)

    def stored_at(self, base: str) -> str:
        """The text of a store in one object."""
        return self.store.replace("{}", base)


@dataclass
class Border:
    """The whole table."""

    # one for each result type and number of arguments
    calls: dict[str, list[Callee]] = field(default_factory=dict)
    indirect: dict[str, Callee] = field(default_factory=dict)  # by the member that is called
    structs: dict[str, dict[str, Member]] = field(default_factory=dict)
    embedded: dict[tuple[str, str], Member] = field(default_factory=dict)
    globals: dict[str, Member] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)  # base type of a pointer -> column
    single: frozenset[CType] = frozenset()  # pointers to what there is one of, written by a callee
    by_value: frozenset[str] = frozenset()  # structs whose pointer is itself the value
    core_constants: tuple[str, ...] = ()  # beginnings of names whose value is the core's
    loops: dict[str, dict[str, str]] = field(default_factory=dict)
    as_text: frozenset[str] = frozenset()  # callees that the judge runs as text all the same
    homes: dict[str, str] = field(default_factory=dict)  # functions of other files that run
    declared: dict[str, str] = field(default_factory=dict)  # headers with a callee's prototype
    variables: dict[str, CType] = field(default_factory=dict)  # "function variable" -> its type


@cache
def border() -> Border:
    """The table that the package carries."""
    text = files("linuxmm.source").joinpath("border.toml").read_text("utf-8")
    return parse_border(text)


def parse_border(text: str) -> Border:
    """The table of a TOML text, which is ours: a mistake in it is a ValueError."""
    table = tomllib.loads(text)
    found = Border(
        constants=table["constants"],
        core_constants=tuple(table["core_constants"]),
        columns=table["columns"],
        single=frozenset(parse_type(each) for each in table["single"]),
        by_value=frozenset(table["by_value"]),
        as_text=frozenset(table.get("as_text", "").split()),
        loops=table["loops"],
        declared=table.get("declared", {}),
        homes={
            name: path for path, names in table.get("homes", {}).items() for name in names.split()
        },
    )
    for name, (ctype, said) in table["globals"].items():
        found.globals[name] = Member(parse_type(ctype), said)
    for tag, members in table["structs"].items():
        found.structs[tag] = {
            name: Member(parse_type(ctype), *said) for name, (ctype, *said) in members.items()
        }
    for name, ctype in table.get("variables", {}).items():
        found.variables[name] = parse_type(ctype)
    for name, (ctype, said) in table["embedded"].items():
        tag, _, member = name.partition(".")
        found.embedded[tag, member] = Member(parse_type(ctype), said)
    for callee in _callees(table["calls"]):
        known = found.calls.setdefault(callee.name, [])
        if any(callee.as_called == other.as_called for other in known):
            raise ValueError(f"border.toml says {callee.name} twice")
        known.append(callee)
    for prototype, said in table["indirect"].items():
        callee = _callee(prototype, "core", said)
        found.indirect[callee.name] = callee
    for callee in _flags(table["flags"]):
        found.calls.setdefault(callee.name, [callee])
    return found


def _callees(table: dict[str, dict[str, str]]) -> list[Callee]:
    found = []
    for kind, rows in table.items():
        if kind not in KINDS:
            raise ValueError(f"border.toml: {kind} is no kind of callee")
        if kind == "nothing":
            for result, names in rows.items():
                found += [Callee(n, kind, "0", parse_type(result)) for n in names.split()]
        elif kind == "never":
            found += [Callee(name, kind, why, CType("int")) for name, why in rows.items()]
        else:
            found += [_callee(prototype, kind, text) for prototype, text in rows.items()]
    return found


def _callee(prototype: str, kind: str, text: str) -> Callee:
    match = _PROTOTYPE.match(prototype)
    if match is None:
        raise ValueError(f"border.toml: {prototype!r} is no prototype")
    result, name, inside = match[1].strip(), match[2], match[3].strip()
    arguments = tuple(_argument(part) for part in inside.split(",")) if inside else ()
    like = result[len("typeof(") : -1] if result.startswith("typeof(") else ""
    known = {argument.name for argument in arguments}
    for hole in _HOLE.findall(text):
        if hole not in known or text.count(f"{{{hole}}}") > 1:
            raise ValueError(f"border.toml: {name}: {{{hole}}} is no argument, or stands twice")
    return Callee(
        name, kind, text, parse_type(result) if not like else CType("int"), arguments, like
    )


def _argument(part: str) -> Argument:
    part = part.strip()
    may_be_null = part.endswith("?")
    match = re.match(r"^(.*?[\s*])(\w+)$", part.rstrip("?"), re.S)
    if match is None:
        raise ValueError(f"border.toml: {part!r} is no argument")
    return Argument(match[2], parse_type(match[1]), may_be_null)


def _flags(table: dict[str, str]) -> list[Callee]:
    """Page flags: what page-flags.h makes of PAGEFLAG(Dirty, dirty, ...) for pages and folios."""
    found = []
    for name, bit in table.items():
        low = {"AnonExclusive": "anon_exclusive"}.get(name, name.lower())
        of = {
            f"int Page{name}(struct page *page)": "page_flag",
            f"void SetPage{name}(struct page *page)": "set_page_flag",
            f"void __SetPage{name}(struct page *page)": "set_page_flag",
            f"void ClearPage{name}(struct page *page)": "clear_page_flag",
            f"void __ClearPage{name}(struct page *page)": "clear_page_flag",
            f"int TestClearPage{name}(struct page *page)": "take_flag",
            f"int TestSetPage{name}(struct page *page)": "test_and_set_flag",
            f"bool folio_test_{low}(struct folio *page)": "page_flag",
            f"void folio_set_{low}(struct folio *page)": "set_page_flag",
            f"void __folio_set_{low}(struct folio *page)": "set_page_flag",
            f"void folio_clear_{low}(struct folio *page)": "clear_page_flag",
            f"void __folio_clear_{low}(struct folio *page)": "clear_page_flag",
            f"bool folio_test_clear_{low}(struct folio *page)": "take_flag",
            f"bool folio_test_set_{low}(struct folio *page)": "test_and_set_flag",
        }
        for prototype, function in of.items():
            found.append(_callee(prototype, "flag", f"{function}(m, {{page}}, {bit})"))
    return found
