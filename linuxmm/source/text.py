# SPDX-License-Identifier: GPL-2.0-or-later
"""A C file as the parser gets it: conditions decided, directives and attributes blanked.

Every line stays where it was, so that a place in the prepared text is a place in the file.
The text is data: nothing of it is run, conditions are read by `condition.py`.  One of which nobody
knows whether it holds does not, and what it decides is marked.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from linuxmm.source.condition import NUMBERS, value_of
from linuxmm.source.readable import blank, readable

MAX_NESTED: Final = 200  # conditions in each other; the kernel has 9
MAX_MEANT: Final = 8  # macros in each other that say a number
Elsewhere = Callable[[str], bool | None]
"""Does another file define a macro that this one sees?  None: nobody knows."""

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'"
_COMMENT: Final = re.compile(rf"{_STRING}|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)|//[^\n]*", re.S)
_DIRECTIVE: Final = re.compile(r"[ \t]*#[ \t]*(\w*)[ \t]*(.*)", re.S)
_IS_DIRECTIVE: Final = re.compile(r"\s*#").match
_DEFINE: Final = re.compile(r"(\w+)(\([^()]*\))?[ \t]*(.*)", re.S)
# Options that have a number, which is not known here; all others are off when they are not on.
_OF_NUMBER: Final = re.compile(
    r"CONFIG_(?!\w*FORCE_MAX_)\w+_(?:SHIFT|ORDER|SIZE|LEVELS|BITS|CPUS|ALIGN|MAX|MIN)"
)


@dataclass(frozen=True)
class Macro:
    """A `#define`: parameters (None: it takes none) and text, in one line."""

    params: tuple[str, ...] | None
    text: str


@dataclass(frozen=True)
class Doubt:
    """A condition of which nobody knows whether it holds, and the lines that it decides."""

    line: int
    said: str
    end: int = 0

    def covers(self, first: int, last: int) -> bool:
        """Does it decide any of these lines?"""
        return self.line <= last and first <= self.end

    def __str__(self) -> str:
        return f"whether `#{self.said}` of line {self.line} holds is not known"


@dataclass
class Prepared:
    """What is left of a file, and what it defines (the first definition of a name counts).

    left: its lines without comments and directives; doubtful: the macros that it may define or not.
    """

    left: str
    macros: dict[str, Macro] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    doubtful: dict[str, Doubt] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is parsed; of most headers only the macros are asked for."""
        return readable(self.left)


def nowhere(_name: str) -> bool:
    """No other file defines anything."""
    return False


def prepare(text: str, config: frozenset[str], elsewhere: Elsewhere = nowhere) -> Prepared:
    """The text of a file under a configuration (CONFIG_ names that are on)."""
    text = _COMMENT.sub(lambda m: m[0] if m[0][0] in "\"'" else blank(m), text)
    reader = _Reader(config, elsewhere)
    lines = text.split("\n")
    at = 0
    for n in [n for n, line in enumerate(lines) if "#" in line and _IS_DIRECTIVE(line)]:
        if n >= at:  # else it belongs to the one before
            reader.plain(lines[at:n])
            at = n + reader.directive(lines, n)
    reader.plain(lines[at:])
    reader.end(len(lines))
    return Prepared("\n".join(reader.out), reader.macros, reader.doubts, reader.doubtful)


@dataclass
class _Open:
    """An `#if` whose end has not come: does it hold, did a branch so far; what is in doubt."""

    now: bool
    taken: bool
    doubt: Doubt | None = None


class _Reader:
    """Goes over the lines of a file; knows which conditions hold here."""

    def __init__(self, config: frozenset[str], elsewhere: Elsewhere) -> None:
        self.config, self.elsewhere = config, elsewhere
        self.defined_here: dict[str, bool] = {}
        self.out: list[str] = []
        self.macros: dict[str, Macro] = {}
        self.doubts: list[Doubt] = []
        self.doubtful: dict[str, Doubt] = {}
        self.open: list[_Open] = []
        self.on = True
        self.meaning = 0  # macros in each other whose number is asked for

    def plain(self, lines: list[str]) -> None:
        """Take lines that are no directives."""
        self.out += lines if self.on else [""] * len(lines)

    def directive(self, lines: list[str], at: int) -> int:
        """Take a directive with the lines that continue it: how many."""
        parts, number = [lines[at]], 1
        while parts[-1].rstrip().endswith("\\") and at + number < len(lines):
            parts[-1] = parts[-1].rstrip()[:-1]
            parts.append(lines[at + number])
            number += 1
        match = _DIRECTIVE.match(" ".join(parts))
        if match is not None:
            self._directive(match[1], match[2].strip(), at + 1)
        self.out += [""] * number
        return number

    def end(self, line: int) -> None:
        """The end of the file, which ends what is open."""
        while self.open:
            self._close(line)

    # --- what names mean (condition.py:Names) ---
    def defined(self, name: str) -> bool | None:
        if name in self.doubtful:
            return None
        if name in self.defined_here:
            return self.defined_here[name]
        if name in NUMBERS or name in self.config:
            return True
        if name.startswith("CONFIG_"):
            return None if _OF_NUMBER.fullmatch(name) else False
        return self.elsewhere(name)

    def value(self, name: str) -> int | None:
        known = self.defined(name)
        if not known:
            return None if known is None else 0
        if name not in self.defined_here:
            return NUMBERS.get(name, 1 if name in self.config else None)
        macro = self.macros[name]
        if macro.params is not None or self.meaning > MAX_MEANT:
            return None
        self.meaning += 1
        value = value_of(macro.text, self)
        self.meaning -= 1
        return value

    # --- directives ---
    def _directive(self, word: str, rest: str, line: int) -> None:
        if word in ("if", "ifdef", "ifndef") and len(self.open) < MAX_NESTED:
            self._open(self._decided(word, rest), f"{word} {rest}", line)
        elif word in ("elif", "else") and self.open:
            self._branch(word, rest, line)
        elif word == "endif" and self.open:
            self._close(line)
        elif word == "define":
            self._define(rest)
        elif word == "undef" and rest:
            self._undefine(rest.split()[0])

    def _decided(self, word: str, rest: str) -> bool | None:
        """Does it hold?  None: nobody knows.  What is not read anyhow decides nothing."""
        if not self.on:
            return False
        if word in ("if", "elif"):
            value = value_of(rest, self)
            return None if value is None else bool(value)
        known = self.defined(rest.split()[0]) if rest else None
        return None if known is None else known == (word == "ifdef")

    def _open(self, now: bool | None, said: str, line: int) -> None:
        doubt = None if now is not None else Doubt(line, said)
        self.open.append(_Open(bool(now), bool(now), doubt))
        self.on = self.on and bool(now)

    def _branch(self, word: str, rest: str, line: int) -> None:
        last = self.open[-1]
        self.on = all(each.now for each in self.open[:-1])
        now: bool | None = False
        if not last.taken:
            now = True if word == "else" else self._decided(word, rest)
        if now is None and last.doubt is None:
            last.doubt = Doubt(line, f"{word} {rest}")
        last.now, last.taken = bool(now), last.taken or bool(now)
        self.on = self.on and last.now

    def _close(self, line: int) -> None:
        doubt = self.open.pop().doubt
        self.on = all(each.now for each in self.open)
        if doubt is not None and self.on:
            self.doubts.append(Doubt(doubt.line, doubt.said, line))

    def _doubts(self) -> Iterator[Doubt]:
        """The doubts that the line stands under; none where it is left out for sure."""
        for each in self.open:
            if each.doubt is None and not each.now:
                return
        yield from (each.doubt for each in self.open if each.doubt is not None)

    def _define(self, rest: str) -> None:
        match = _DEFINE.match(rest)
        if match is None:
            return
        doubt = next(self._doubts(), None)
        if doubt is not None:
            self.doubtful.setdefault(match[1], doubt)
        if not self.on:
            return
        params = None
        if match[2] is not None:
            params = tuple(p.strip() for p in match[2][1:-1].split(",") if p.strip())
        self.defined_here[match[1]] = True
        self.macros.setdefault(match[1], Macro(params, match[3].strip()))

    def _undefine(self, name: str) -> None:
        doubt = next(self._doubts(), None)
        if doubt is not None:
            self.doubtful.setdefault(name, doubt)
        elif self.on:
            self.defined_here[name] = False
