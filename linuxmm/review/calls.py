# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls of a C text: every call of a lookup and of follow_page, found by two readers.

tree-sitter and a text search read independently.  What both say alike, the call, its line and
its function, is a call; everything else that one of them saw is a disagreement, said with
both readings.  Any text gets an answer, in a time that grows with its length.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from linuxmm.errors import InputError
from linuxmm.files import size
from linuxmm.review.changes import Choice
from linuxmm.review.ctext import Statement, Tokens, file_statements, lines_of_names
from linuxmm.review.expression import LOOKUP_NAME, foll_flags, lookup_calls, split_args
from linuxmm.review.meaning import choice
from linuxmm.source.parser import c_parser, syntax_tree

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_TEXT: Final = 1 << 20  # characters; the longest file of Linux 7.1 with a lookup has 240,000
MAX_IN_STATEMENT: Final = 16  # follow_page calls of one statement whose flags are read
# The C grammar wants a statement behind a label also where an #endif comes first.
_LABEL_BEFORE_HASH: Final = re.compile(rb"^([ \t]*[A-Za-z_]\w*[ \t]*:)(?=[ \t]*\n\s*#)", re.M)

_IN_A_LINE: Final = re.compile("vm_normal_|follow_page")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: ``file:function`` (``#2`` for a second one), its line, lookup and flags.

    ``by`` has the C name of the lookup, or of each with the FOLL_ flags that choose it.
    ``maybe_flags`` are FOLL_ flags that the function adds under a condition; ``flags`` None
    means that they are not literal in the function.
    """

    site: str
    file: str
    function: str
    line: int
    by: tuple[tuple[tuple[str, ...], str], ...]
    flags: tuple[str, ...] | None = ()
    maybe_flags: tuple[str, ...] = ()

    @property
    def lookup(self) -> str:
        """The C name of the lookup, or the choice in words."""
        return ", ".join(
            f"{name} if {'|'.join(flags)}"
            if flags
            else f"else {name}"
            if len(self.by) > 1
            else name
            for flags, name in self.by
        )


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A name with a parenthesis behind it that the two readers do not read alike.

    What each of them sees there: ``a call in zap_pte_range``, ``a declaration``, ``nothing``.
    ``functions`` are those that it may be in.
    """

    file: str
    line: int
    name: str
    tree_sitter: str
    text_search: str
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calls:
    """What was found: the calls that both readers see, and what they disagree about."""

    calls: tuple[Call, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


class _Seen(NamedTuple):
    """One name with a parenthesis behind it, as a reader saw it."""

    line: int
    name: str
    what: str  # "call", "declaration", "macro" or "" (the reader sees no name there)
    function: str = ""

    def __str__(self) -> str:
        if self.what == "macro":
            return "a call in a macro"
        if self.what == "call":
            return f"a call in {self.function or 'no function'}"
        return f"a {self.what}" if self.what else "nothing"


def calls_of_text(path: str, text: str, parser: "Parser | None" = None) -> Calls:
    """Every call of a C text that is named `path`.

    Raises: InputError for a text that is too long; Skipped without the extra ``tree``.
    """
    if len(text) > MAX_TEXT:
        what = f"has more than {size(MAX_TEXT)} of C, the most in which calls are searched"
        raise InputError(what, file=path)
    statements = file_statements(text)
    parsed = _parsed(parser or c_parser(), text)
    found = _searched(text, statements)
    agreed, disagreements = _compared(path, parsed, [seen for group in found for seen in group])
    return Calls(tuple(_calls(path, statements, found, agreed, disagreements)), disagreements)


# --- the two readers ----------------------------------------------------------------------


def _parsed(parser: "Parser", text: str) -> list[_Seen] | None:
    """What tree-sitter sees, by line; None when it does not come to an end."""
    data = _LABEL_BEFORE_HASH.sub(rb"\1;", text.encode("utf-8", "replace"))
    tree = syntax_tree(parser, data)
    return None if tree is None else sorted(_names_of_tree(tree.root_node, data))


def _names_of_tree(root: "Node", data: bytes) -> Iterator[_Seen]:
    """The calls and declarations of lookups in a syntax tree, in any order."""
    stack = [(root, "")]
    while stack:
        node, function = stack.pop()
        kind = node.type
        if kind == "function_definition":
            function = _declared(node, data)
        elif kind in ("call_expression", "function_declarator"):
            is_call = kind == "call_expression"
            named = node.child_by_field_name("function" if is_call else "declarator")
            name = _identifier(named, data)
            if _is_lookup(name):
                line = node.start_point[0] + 1
                yield _Seen(line, name, "call" if is_call else "declaration", function)
        stack.extend((child, function) for child in node.children)


def _declared(definition: "Node", data: bytes) -> str:
    """The name of the function that a definition defines."""
    node = definition.child_by_field_name("declarator")
    while node is not None and node.type != "identifier":
        node = node.child_by_field_name("declarator")
    return _identifier(node, data)


def _identifier(node: "Node | None", data: bytes) -> str:
    """The word of an identifier, "" for another expression."""
    if node is None or node.type != "identifier":
        return ""
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _is_lookup(name: str) -> bool:
    is_normal = name.startswith("vm_normal_") and LOOKUP_NAME.match(name) is not None
    return is_normal or name == "follow_page"


def _searched(text: str, statements: list[Statement]) -> list[list[_Seen]]:
    """What the text search sees in every statement."""
    lines = lines_of_names(text, _IN_A_LINE, _is_lookup)
    return [_seen_in(statement, lines) for statement in statements]


def _seen_in(statement: Statement, lines: Iterator[int]) -> list[_Seen]:
    """The names of one statement that have a parenthesis behind them."""
    tokens, function = statement.tokens, statement.function or ""
    found = []
    for n, token in enumerate(tokens):
        if not _is_lookup(token):
            continue
        line = next(lines)
        if tokens[n + 1 : n + 2] != ("(",) or tokens[:n] == ("#", "define"):
            continue
        if tokens[0] == "#":
            found.append(_Seen(line, token, "macro"))
        elif function in ("", token):
            found.append(_Seen(line, token, "declaration"))
        else:
            found.append(_Seen(line, token, "call", function))
    return found


# --- side by side -------------------------------------------------------------------------


def _compared(
    path: str, parsed: list[_Seen] | None, found: list[_Seen]
) -> tuple[Counter[_Seen], tuple[Disagreement, ...]]:
    """The calls that both readers see, and what they see differently at a line."""
    one, other = (Counter(map(_plain, side)) for side in (parsed or [], found))
    agreed = one & other
    left, right = (sorted((side - agreed).elements()) for side in (one, other))
    if parsed is None:
        pairs = [(_Seen(seen.line, seen.name, ""), seen) for seen in right]
    else:
        pairs = list(_paired(left, right))
    silent = "gave up: too many errors" if parsed is None else ""
    return agreed, tuple(_disagreement(path, *pair, silent) for pair in pairs)


def _plain(seen: _Seen) -> _Seen:
    """The function of a declaration says nothing."""
    return seen if seen.what == "call" else seen._replace(function="")


def _paired(left: list[_Seen], right: list[_Seen]) -> Iterator[tuple[_Seen, _Seen]]:
    """What the two readers see of the same name at the same line beside each other."""
    n = m = 0
    while n < len(left) or m < len(right):
        if m == len(right) or (n < len(left) and left[n][:2] < right[m][:2]):
            yield left[n], _Seen(left[n].line, left[n].name, "")
            n += 1
        elif n == len(left) or right[m][:2] < left[n][:2]:
            yield _Seen(right[m].line, right[m].name, ""), right[m]
            m += 1
        else:
            yield left[n], right[m]
            n, m = n + 1, m + 1


def _disagreement(path: str, parsed: _Seen, found: _Seen, silent: str) -> Disagreement:
    functions = tuple(sorted({seen.function for seen in (parsed, found) if seen.function}))
    said = silent or str(parsed)
    return Disagreement(path, found.line, found.name, said, str(found), functions)


# --- sites --------------------------------------------------------------------------------


def call_lines(statements: tuple[Statement, ...], function: str) -> list[int]:
    """The lines of a function's lookups, a choice between two counting as one."""
    lines: list[int] = []
    for start, _, chosen in _spans(statements):
        statement = statements[start + (chosen is not None)]
        if statement.function == function:
            names = [name for name in lookup_calls(statement.tokens) if name != function]
            lines += [statement.number] * (len(names) if chosen is None else 1)
    return lines


def _spans(statements: Sequence[Statement]) -> Iterator[tuple[int, int, Choice | None]]:
    """The statements ``[start, end)``: one each, the four together that choose a lookup."""
    n = 0
    while n < len(statements):
        is_if = statements[n].tokens[0] == "if"
        chosen = choice(list(statements[n : n + 4])) if is_if else None
        end = n + 1 if chosen is None else n + 4
        yield n, end, chosen
        n = end


def _calls(
    path: str,
    statements: list[Statement],
    found: list[list[_Seen]],
    agreed: Counter[_Seen],
    disputed: tuple[Disagreement, ...],
) -> Iterator[Call]:
    """The calls that both readers see, numbered as if every call in dispute were one."""
    numbers = _Numbers(disputed)
    flags = _Flags()
    for start, end, chosen in _spans(statements):
        for statement in statements[start:end]:
            flags.read(statement)
        sites = [seen for group in found[start:end] for seen in group if seen.what != "declaration"]
        if chosen is not None and sites:
            if all(_take(agreed, seen) for seen in sites):
                yield numbers.call(path, sites[0], chosen)
            continue
        nth = 0
        for seen in sites:
            if _take(agreed, seen):
                call = numbers.call(path, seen, Choice((((), seen.name),)))
                if seen.name == "follow_page":
                    call = flags.of(call, statements[start].tokens, nth)
                yield call
            nth += seen.name == "follow_page"


def _take(agreed: Counter[_Seen], seen: _Seen) -> bool:
    """Is it among the calls that both see?  Each of them is taken once."""
    if seen.what != "call" or not agreed[seen]:
        return False
    agreed[seen] -= 1
    return True


class _Numbers:
    """The number of each call in its function."""

    def __init__(self, disputed: tuple[Disagreement, ...]) -> None:
        self.counts: Counter[str] = Counter()
        self.disputed = [(d.line, function) for d in disputed for function in d.functions]
        self.at = 0

    def call(self, path: str, seen: _Seen, chosen: Choice) -> Call:
        while self.at < len(self.disputed) and self.disputed[self.at][0] < seen.line:
            self.counts[self.disputed[self.at][1]] += 1
            self.at += 1
        self.counts[seen.function] += 1
        count = self.counts[seen.function]
        site = f"{path}:{seen.function}" + (f"#{count}" if count > 1 else "")
        return Call(site, path, seen.function, seen.line, chosen.by)


class _Flags:
    """The FOLL_ flags that variables of the function hold, so far."""

    def __init__(self) -> None:
        self.function: str | None = None
        self.sets: dict[str, tuple[str, ...]] = {}
        self.adds: dict[str, dict[str, None]] = {}  # as an ordered set

    def read(self, statement: Statement) -> None:
        """``name = FOLL_A | FOLL_B`` or ``name |= FOLL_A``, when a statement says it."""
        if statement.function != self.function:
            self.function, self.sets, self.adds = statement.function, {}, {}
        for sign, name, flags in _assigned(statement.tokens):
            if sign == "=":
                self.sets[name] = flags
            else:
                self.adds.setdefault(name, {}).update(dict.fromkeys(flags))

    def of(self, call: Call, tokens: Tokens, nth: int) -> Call:
        """The nth follow_page call of a statement with its flags: literal, or of a variable."""
        if nth >= MAX_IN_STATEMENT:  # each may be an argument of the one before
            return replace(call, flags=None)
        places = (n for n in range(len(tokens) - 1) if tokens[n : n + 2] == ("follow_page", "("))
        args, _ = split_args(tokens, next(islice(places, nth, None)) + 1)
        if len(args) != 3 or not args[2]:
            return replace(call, flags=None)
        literal = foll_flags(args[2])
        if literal is not None:
            return replace(call, flags=literal)
        name = args[2][-1]
        maybe = tuple(self.adds.get(name, ()))
        return replace(call, flags=self.sets.get(name), maybe_flags=maybe)


def _assigned(tokens: Tokens) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The sign, variable and flags of every assignment of FOLL_ flags to the statement's end."""
    for n, token in enumerate(tokens[:-2]):
        if token in ("=", "|=") and n:
            told = takewhile(_is_of_flags, islice(tokens, n + 1, len(tokens) - 1))
            flags = tuple(told)
            names = foll_flags(flags)
            if names is not None and n + 1 + len(flags) == len(tokens) - 1:
                yield token, tokens[n - 1], names


def _is_of_flags(token: str) -> bool:
    return token.startswith("FOLL_") or token in ("|", "(", ")")
