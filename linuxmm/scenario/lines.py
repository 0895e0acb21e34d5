# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a scenario as logical lines: decoded, checked, without comments."""

import re
from typing import NamedTuple, NoReturn

from linuxmm.errors import ScenarioError, nearest
from linuxmm.scenario.words import MAX_BYTES, MAX_LINE

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Line(NamedTuple):
    """One logical line (a trailing backslash joins the next one): number, indented or not, text."""

    number: int
    indented: bool
    text: str


class Place(NamedTuple):
    """Where in a file an error is."""

    file: str
    line: int = 0

    def fail(self, message: str) -> NoReturn:
        raise ScenarioError(message, file=self.file, line=self.line)


def shown(word: str) -> str:
    """A word from the file in quotes, cut where it is too long for a message."""
    return f'"{word}"' if len(word) <= 40 else f'"{word[:40]}..."'


def suggest(word: str, words: "list[str] | tuple[str, ...]") -> str:
    """The nearest valid word, as the end of a message."""
    return nearest(word[:40], words)


def read_lines(source: bytes | str, file: str) -> list[Line]:
    """The lines that say something, with their numbers; every fault of the bytes is an error."""
    text = _decoded(source, file)
    lines: list[Line] = []
    held, held_from, held_indent = "", 0, False
    physical = text.split("\n")
    for number, raw in enumerate(physical, 1):
        bare = _checked(raw.removesuffix("\r"), Place(file, number))
        if not held:
            held_from, held_indent = number, bare[:1] == " "
        joined = (held + " " + bare.strip()).strip() if held else bare.strip()
        if len(joined) > MAX_LINE:
            Place(file, number).fail(f"a line has at most {MAX_LINE} characters")
        if joined.endswith("\\") and number < len(physical):
            held = joined[:-1].rstrip() or " "
            continue
        if joined.endswith("\\"):
            Place(file, number).fail("the last line ends with a backslash, but nothing follows")
        if joined:
            lines.append(Line(held_from, held_indent, joined))
        held = ""
    return lines


def _decoded(source: bytes | str, file: str) -> str:
    """The text, or an error for what is no text or too long."""
    if len(source) > MAX_BYTES:
        Place(file, 1).fail(f"a scenario has at most {MAX_BYTES} bytes, this file is longer")
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        Place(file, line).fail(
            f"byte 0x{source[error.start]:02x} is not UTF-8; a scenario is plain text"
        )


def _checked(raw: str, place: Place) -> str:
    """The line without its comment; tabs and control characters are errors."""
    if len(raw) > MAX_LINE:
        place.fail(f"a line has at most {MAX_LINE} characters")
    bare = _COMMENT.sub("", raw).rstrip(" ")
    if "\t" in bare:
        place.fail("a tab; indent and separate with spaces")
    control = _CONTROL.search(bare)
    if control:
        place.fail(f"control character 0x{ord(control[0]):02x}; a scenario is plain text")
    return bare
