# SPDX-License-Identifier: GPL-2.0-or-later
"""One side of a hunk as C statements: comments gone, functions known as far as they can be.

A hunk is a window on a file: it may begin inside a comment, a function or an expression.
What cannot be told from the window alone is left open (``function`` is None), never guessed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from linuxmm.review.patch import Hunk

Tokens = tuple[str, ...]

_TOKEN = re.compile(
    r"[A-Za-z_]\w*|\d\w*|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?"
    r"|->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|\S"
)
_STAR_LINE = re.compile(r"^\s*\*(?:\s|/|$)")
_NAME_AND_PAREN = re.compile(r"\b([A-Za-z_]\w*+)\s*+\(")
_HEADS: Final = ("if", "while", "for", "switch")
_NO_FUNCTION: Final = ("struct", "enum", "union", "typedef")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, the head of an ``if`` or loop, a brace, a label or a # line.

    ``key`` says where it stands in the hunk (line and column of its first token); ``changed``
    tells whether any of its tokens stands on an added or removed line.
    """

    tokens: Tokens
    key: tuple[int, int]
    changed: bool
    function: str | None
    number: int  # line number in the file, on this side

    @property
    def text(self) -> str:
        """The tokens with single spaces: for comparing and for showing."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of one side: its index in the hunk, text without comments, changed or not."""

    index: int
    code: str
    changed: bool
    number: int


def side(hunk: Hunk, sign: str) -> list[Statement]:
    """The statements of the old ("-") or new ("+") side of a hunk."""
    rows = _code_rows(hunk, sign)
    owners = _owners(rows, section_function(hunk.section))
    return list(_statements(rows, owners))


def file_statements(text: str) -> list[Statement]:
    """The statements of a whole file."""
    codes = without_comments(text.split("\n"))
    rows = [_Row(n, code, False, n + 1) for n, code in enumerate(codes)]
    return list(_statements(rows, _owners(rows, None)))


def lines_of_names(
    text: str, in_a_line: re.Pattern[str], wanted: Callable[[str], bool]
) -> Iterator[int]:
    """The line of every token that is `wanted`, in the order of ``file_statements``.

    Only lines in which `in_a_line` is found can have one.
    """
    for n, code in enumerate(without_comments(text.split("\n")), 1):
        if in_a_line.search(code):
            yield from (n for match in _TOKEN.finditer(code) if wanted(match[0]))


def section_function(section: str) -> str | None:
    """The function that git's hunk header names, None when it names something else."""
    text = section.strip()
    if not text or text.startswith("#") or text.endswith((";", ":")):
        return None
    if text.split()[0] in _NO_FUNCTION and text.endswith("{"):
        return None
    return _defined_name(text)


def _defined_name(text: str) -> str | None:
    """The name before the first parenthesis, None for a macro or when there is none."""
    match = _NAME_AND_PAREN.search(text)
    if match is None or match[1].isupper() or match[1] in _HEADS:
        return None
    return match[1]


# --- comments ---------------------------------------------------------------------------


def _code_rows(hunk: Hunk, sign: str) -> list[_Row]:
    """The lines of one side with their comments blanked."""
    picked = [(n, line) for n, line in enumerate(hunk.lines) if line.kind in (" ", sign)]
    texts = [line.text for _, line in picked]
    codes = without_comments(texts, starts_in_comment(texts))
    return [
        _Row(n, code, line.kind != " ", line.old if sign == "-" else line.new)
        for (n, line), code in zip(picked, codes, strict=True)
    ]


def comments_agree(hunk: Hunk) -> bool:
    """Is the same of the context lines code, and not comment, on both sides of a hunk?"""
    marks = ("/*", "*/")
    if not any(mark in line.text for line in hunk.lines if line.kind != " " for mark in marks):
        return True
    old, new = (
        {row.index: row.code for row in _code_rows(hunk, sign) if not row.changed} for sign in "-+"
    )
    return old == new


def starts_in_comment(texts: list[str]) -> bool:
    """Whether the window begins inside a block comment."""
    for text in texts:
        close, opened = text.find("*/"), text.find("/*")
        if close >= 0 and (opened < 0 or close < opened):
            return True
        if opened >= 0:
            break
    for text in texts:
        if text.strip():
            return bool(_STAR_LINE.match(text))
    return False


def without_comments(texts: list[str], inside: bool = False) -> list[str]:
    """The lines with comments replaced by blanks of the same length; strings stay."""
    out = []
    for text in texts:
        code, inside = _line_code(text, inside)
        out.append(code)
    return out


def _line_code(text: str, inside: bool) -> tuple[str, bool]:
    """One line without its comments, and whether the next one begins inside one."""
    parts: list[str] = []
    at, length = 0, len(text)
    while at < length:
        if inside:
            close = text.find("*/", at)
            end = length if close < 0 else close + 2
            parts.append(" " * (end - at))
            at, inside = end, close < 0
        elif text.startswith("/*", at):
            parts.append("  ")
            at, inside = at + 2, True
        elif text.startswith("//", at):
            parts.append(" " * (length - at))
            break
        elif text[at] in "\"'":
            end = _string_end(text, at)
            parts.append(text[at:end])
            at = end
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), inside


def _string_end(text: str, at: int) -> int:
    """Where the string or character that starts at ``at`` ends (the line's end at most)."""
    quote, n = text[at], at + 1
    while n < len(text):
        if text[n] == "\\":
            n += 2
            continue
        n += 1
        if text[n - 1] == quote:
            break
    return min(n, len(text))


# --- functions --------------------------------------------------------------------------


def _owners(rows: list[_Row], function: str | None) -> dict[int, str | None]:
    """The function of every line, by its index in the hunk."""
    owners: dict[int, str | None] = {}
    for n, row in enumerate(rows):
        text = row.code.rstrip()
        if text[:1].isalpha() or text[:1] == "_":
            opens, name = _definition(rows, n)
            if opens:
                function = name
        owners[row.index] = function
        if text.startswith("}"):
            function = None
    return owners


def _definition(rows: list[_Row], n: int) -> tuple[bool, str | None]:
    """Whether a line in column 0 begins a definition (or declaration), and of what function."""
    text = rows[n].code
    if re.match(r"[A-Za-z_]\w*\s*:(?!:)", text):
        return False, None  # a label
    head = text
    for row in rows[n + 1 : n + 12]:
        if "{" in head or ";" in head:
            break
        if row.code[:1].isalpha() or row.code[:1] == "_":
            if "(" not in head:
                return True, None  # a return type on its own line
            break
        head += row.code
    if "(" not in head or head.split()[0] in ("typedef",):
        return True, None
    brace, semicolon = head.find("{"), head.find(";")
    if semicolon >= 0 and (brace < 0 or semicolon < brace):
        return True, None
    if "=" in head.split("(")[0]:
        return True, None
    return True, _defined_name(head)


# --- statements -------------------------------------------------------------------------


class _Builder:
    """Collects the tokens of one statement."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.rows: list[_Row] = []
        self.column = 0
        self.depth = 0

    def add(self, token: str, row: _Row, column: int) -> None:
        if not self.tokens:
            self.column = column
        self.tokens.append(token)
        self.rows.append(row)
        if token in "([":
            self.depth += 1
        elif token in ")]":
            self.depth = max(0, self.depth - 1)

    def take(self, owners: dict[int, str | None]) -> Iterator[Statement]:
        """The statement collected so far, if any; the builder is empty afterwards."""
        if self.tokens:
            first = self.rows[0]
            yield Statement(
                tuple(self.tokens),
                (first.index, self.column),
                any(row.changed for row in self.rows),
                owners[first.index],
                first.number,
            )
        self.tokens, self.rows, self.depth = [], [], 0

    def complete(self) -> bool:
        """Whether the last token ends the statement (a ``;``, a head's last parenthesis...)."""
        last, first = self.tokens[-1], self.tokens[0]
        if self.depth:
            return False
        if last in (";", "{", "}", "else", "do"):
            return True
        if last == ")" and first in _HEADS:
            return True
        if last == ":":
            return len(self.tokens) == 2 or first == "case"
        return False


def _statements(rows: list[_Row], owners: dict[int, str | None]) -> Iterator[Statement]:
    """All statements of one side, in order; a part of one at either end stands alone."""
    builder = _Builder()
    continued = False
    for row in rows:
        if continued or row.code.lstrip().startswith("#"):
            if not continued:
                yield from builder.take(owners)
            for match in _TOKEN.finditer(row.code):
                builder.add(match[0], row, match.start())
            continued = row.code.rstrip().endswith("\\")
            if not continued:
                yield from builder.take(owners)
            continue
        for match in _TOKEN.finditer(row.code):
            if match[0] in ("{", "}") and not builder.depth:
                yield from builder.take(owners)
            builder.add(match[0], row, match.start())
            if builder.complete():
                yield from builder.take(owners)
    yield from builder.take(owners)


# --- what changed -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """A run of changed statements: ``old[o0:o1]`` became ``new[n0:n1]``."""

    o0: int
    o1: int
    n0: int
    n1: int


def groups(old: list[Statement], new: list[Statement]) -> list[Group]:
    """The changed runs, separated by statements that stand unchanged on both sides."""
    shared = {(s.key, s.tokens) for s in old if not s.changed}
    shared &= {(s.key, s.tokens) for s in new if not s.changed}
    found = []
    o = n = 0
    while o < len(old) or n < len(new):
        o1, n1 = _until(old, o, shared), _until(new, n, shared)
        if o1 > o or n1 > n:
            found.append(Group(o, o1, n, n1))
        o, n = o1 + 1, n1 + 1
    return found


def _until(
    statements: list[Statement], start: int, shared: set[tuple[tuple[int, int], Tokens]]
) -> int:
    """The index of the next unchanged statement from ``start`` on."""
    for n in range(start, len(statements)):
        if (statements[n].key, statements[n].tokens) in shared:
            return n
    return len(statements)
