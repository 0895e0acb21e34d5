# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference of kernel records, written from the tables that the loader reads.

``python -m linuxmm.kernels.reference`` prints what stands between the marks in
``docs/kernel-records.md``; a test compares the two.  What a word means is the comment beside it in
``state/vocabulary.py`` or ``state/behaviours.py``, where it meets its integer.
"""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from linuxmm.kernels.honoured import ERRNO, HONOURED, Honours
from linuxmm.kernels.parse import LOOKUP_FIELDS, SITE_FIELDS, TEST_FIELDS, TOP_FIELDS
from linuxmm.printed import PAGE_WIDTH, wrapped
from linuxmm.state import behaviours
from linuxmm.state import vocabulary as words
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.flags import FOLL_FLAGS, NEWER_FLAGS, WALK_FLAGS
from linuxmm.state.sites import SITES, UNMODELLED_SITES

_TOP: Final = {
    "schema": "`1`",
    "name": "what reports call it; left out: the name of the file",
    "base": "a built-in kernel, or the path of another record, seen from this one",
    "source": "the exact text that it encodes, with its version; needed without a base",
    "aliases": "other names; built-in records only",
    "config": "the options that the record assumes",
    "behaviour": "named differences that are no site's",
    "foll": "the FOLL_ flags that exist, with their bits; `without = [...]` takes some away",
    "flags": "flags that came after 6.1: which of them this one has",
    "lookup": "`[lookup.NAME]`: a lookup body",
    "predicate": "`[predicate.NAME]`: `rows`, as of a lookup, that end in yes or no",
    "site": '`[site."FILE:FUNCTION"]`: the rule of a call site (`#2`: its second lookup)',
}
_LOOKUP: Final = {
    "rows": "the rows, in their order; the last is `otherwise -> ...`",
    "rows_without_pte_special": "those of an architecture without a special bit",
    "of": "the name of a lookup that is made first; `then` decides about its page",
    "then": "rows about the page that `of` found",
    "like": "the name of a lookup whose rows are taken",
    "without": "rows to leave out, written as they stand",
    "absent": "`true`: this kernel has no such lookup",
}
_SITE: Final = {
    "lookup": "a lookup, or a table by FOLL_ flags with `otherwise`",
    "flags": "the FOLL_ flags that it passes to `follow_page`, or FW_ flags to `folio_walk`",
    "refused": "what an entry gets whose lookup gives no page",
    "tests": "an array of tests, in the order in which the function makes them",
    "source": "where the row was read; left out: the source of the record",
    "rests_on": "`read` in a source, `known`, or `reasoned` from what was read",
    "get": "`true`: `folio_walk` only: it takes a reference of a page that passed its tests",
    "end": "`true`: `folio_walk` only: it gives the lock back once it took the page",
    "absent": "`true`: this kernel has no such function",
    "aliases": "names that the function has in other releases",
}
_TEST: Final = {
    "refuse": "the page that is refused",
    "gives": "what it gets",
    "put": "`true`: the reference that was taken before is dropped",
    "end": "`true`: the lock that `folio_walk` took is given back (left out: it stays held)",
    "unless": "a word about the caller: with it the test is not made",
}


def said() -> dict[str, dict[int, str]]:
    """The comments beside the numbers of the vocabulary: by prefix (`TEST`), then by number."""
    line = re.compile(r"^([A-Z]+)_(\w+): Final = [^#\n]*# (.*)$", flags=re.M)
    found: dict[str, dict[int, str]] = {}
    for prefix, rest, comment in line.findall(inspect.getsource(words)):
        found.setdefault(prefix, {})[getattr(words, f"{prefix}_{rest}")] = comment
    return found


def said_of_behaviours() -> dict[str, str]:
    """The comment above each behaviour in its table."""
    table = inspect.getsource(behaviours).partition("\nBEHAVIOURS: ")[2].partition("\n}\n")[0]
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in map(str.strip, table.splitlines()):
        if line.startswith("#"):
            comment.append(line.removeprefix("# "))
        elif line.startswith('"'):
            found[line.split('"')[1]] = " ".join(comment)
            comment = []
    return found


def reference() -> str:
    """The whole reference as Markdown."""
    beside = said()
    sections = (
        ("The file", _fields(TOP_FIELDS, _TOP)),
        ("`[lookup.*]`", _fields(LOOKUP_FIELDS, _LOOKUP)),
        ("Rows", _rows(beside)),
        ('`[site."..."]`', _fields(SITE_FIELDS, _SITE)),
        ("A test", _fields(TEST_FIELDS, _TEST)),
        ("`lookup`", _lookups(beside["LOOKUP"])),
        ("`refuse`", _words(_numbered(words.TESTS), beside["TEST"])),
        ("`gives` and `refused`", _gives(beside["GIVES"])),
        ("`unless`", _words(words.CONTEXTS.items(), beside["CONTEXT"])),
        ("What each site can do", _sites()),
        ("`[behaviour]`", _behaviours()),
        ("`[config]`", _names(words.CONFIGS)),
        ("`[predicate.*]`", _predicates(beside)),
        ("`[foll]`", _names(FOLL_FLAGS)),
        ("FW_ flags", _names(WALK_FLAGS)),
        ("`[flags]`", _names(NEWER_FLAGS)),
    )
    return "\n".join(line for title, body in sections for line in (f"## {title}", "", *body, ""))


def _numbered(table: tuple[str, ...]) -> list[tuple[str, int]]:
    """The words of a table with their numbers, without the one that means nothing."""
    return [(word, number) for number, word in enumerate(table) if word]


def _fields(fields: tuple[str, ...], means: dict[str, str]) -> list[str]:
    """A table of fields.  One without a meaning is an error, and so is the reverse."""
    if set(fields) != set(means):
        raise KeyError(f"fields without words: {sorted(set(fields) ^ set(means))}")
    return ["| field | |", "|---|---|", *(f"| `{name}` | {means[name]} |" for name in fields)]


def _words(pairs: Iterable[tuple[str, int]], means: dict[int, str]) -> list[str]:
    return [line for word, number in pairs for line in _item(f"`{word}`: {means[number]}")]


def _names(names: Iterable[str]) -> list[str]:
    return _wrapped(" ".join(f"`{name}`" for name in names))


def _item(text: str) -> list[str]:
    """An entry of a list."""
    return _wrapped(text, "- ")


def _wrapped(text: str, first: str = "") -> list[str]:
    more = " " * len(first)
    return wrapped(text, first, more, PAGE_WIDTH, long_words=False, hyphens=False)


def _rows(beside: dict[str, dict[int, str]]) -> list[str]:
    return [
        "`COND & !COND -> RESULT`: the first row that holds decides. Conditions:",
        "",
        *_words(words.ATOMS.items(), beside["ATOM"]),
        "",
        "Results:",
        "",
        *_words([(word, i) for i, word in enumerate(words.RESULTS)], beside["RESULT"]),
    ]


def _lookups(means: dict[int, str]) -> list[str]:
    written = [(word, number) for number, word in enumerate(words.LOOKUPS) if word != "none"]
    return [
        'One of these words, or `{ "FOLL_MLOCK|FOLL_LRU" = "lru", otherwise = "any" }`: by the',
        "first key of which the caller has a flag.",
        "",
        *_words(written, means),
    ]


def _gives(means: dict[int, str]) -> list[str]:
    return ["`0`, an errno as `-ENOENT`, or:", "", *_words(_numbered(words.GIVES), means)]


def _sites() -> list[str]:
    """The words that each modelled site honours; the loader refuses others."""
    out: list[str] = []
    for site in SITES[1:]:
        if site in HONOURED:
            out += _item(f"`{site}`: " + "; ".join(_cells(HONOURED[site])))
    rest = [f"`{s}` ({UNMODELLED_SITES[s]})" for s in SITES[1:] if s not in HONOURED]
    return [*out, "", *_wrapped(f"Not modelled, any words: {', '.join(rest)}.")]


def _cells(of: Honours) -> Iterator[str]:
    for field, cell in (
        ("lookup", of.lookups),
        ("refused", of.refused),
        ("gives", of.gives),
        ("unless", of.contexts),
    ):
        if cell:
            yield f"{field} " + " ".join("errno" if word == ERRNO else word for word in cell)
    if of.holds_reference:
        yield "put"
    if "folio_walk" in of.lookups:
        yield "get end"


def _behaviours() -> list[str]:
    means = said_of_behaviours()
    return [
        line
        for name, values in BEHAVIOURS.items()
        for line in _item(f"`{name}` {' or '.join(values)}: {means[name]}")
    ]


def _predicates(beside: dict[str, dict[int, str]]) -> list[str]:
    names = [(word, number) for number, word in enumerate(words.PREDICATES)]
    return [
        *_words(names, beside["PREDICATE"]),
        "",
        "Conditions of their rows:",
        "",
        *_words(words.FACTS.items(), beside["FACT"]),
    ]


if __name__ == "__main__":
    sys.stdout.write(reference())
