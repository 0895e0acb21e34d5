# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel record as a file: its TOML, typed reads of it, and errors with file and line.

``tomllib`` keeps no line numbers.  They are needed only when something is wrong, so a small
scanner finds them then: table headers and ``key =`` lines, an inline value being on the line
of its key or, when its text is known, on the line below it that has the text.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from linuxmm.errors import KernelError, nearest
from linuxmm.files import read_file

MAX_BYTES = 256 * 1024
MAX_LINE = 4096
MAX_WORD = 120
Keys = tuple[str, ...]
Table = dict[str, object]

_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*""")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True)
class Document:
    """One parsed file; every reader below raises KernelError at the line of its key."""

    file: str
    text: str
    data: Table

    def error(self, keys: Keys, message: str, found: str = "") -> KernelError:
        """The error for a key, at its line (or at the line below it that has ``found``)."""
        return KernelError(message, file=self.file, line=line_of(self.text, keys, found))

    def unknown(self, keys: Keys, what: str, word: str, words: list[str]) -> KernelError:
        """The error for a word that is not in the vocabulary, with the nearest one."""
        close = nearest(word[:MAX_WORD], words)
        return self.error(keys, f'unknown {what} "{clip(word)}"{close}', word)

    def check_fields(self, keys: Keys, table: Table, fields: tuple[str, ...]) -> None:
        """Refuses a field that the table cannot have."""
        for name in table:
            if name not in fields:
                where = f" of [{clip('.'.join(keys))}]" if keys else ""
                raise self.unknown((*keys, name), f"field{where}", name, list(fields))

    def table(self, keys: Keys, value: object) -> Table:
        """The value as a table."""
        if not isinstance(value, dict):
            raise self.wrong_type(keys, "a table", value)
        return value

    def string(self, keys: Keys, value: object) -> str:
        """The value as a string."""
        if not isinstance(value, str):
            raise self.wrong_type(keys, "a string", value)
        return value

    def boolean(self, keys: Keys, value: object) -> bool:
        """The value as true or false."""
        if not isinstance(value, bool):
            raise self.wrong_type(keys, "true or false", value)
        return value

    def integer(self, keys: Keys, value: object) -> int:
        """The value as an integer."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong_type(keys, "an integer", value)
        return value

    def array(self, keys: Keys, value: object) -> list[object]:
        """The value as an array."""
        if not isinstance(value, list):
            raise self.wrong_type(keys, "an array", value)
        return value

    def strings(self, keys: Keys, value: object) -> list[str]:
        """The value as an array of strings."""
        return [self.string(keys, entry) for entry in self.array(keys, value)]

    def wrong_type(self, keys: Keys, expected: str, value: object) -> KernelError:
        """The error for a value of the wrong type."""
        return self.error(keys, f'"{keys[-1]}" must be {expected}, not {type_name(value)}')


def clip(word: str) -> str:
    """A word from outside, short enough for one sentence."""
    return word if len(word) <= MAX_WORD else word[:MAX_WORD] + "..."


def type_name(value: object) -> str:
    """What TOML calls the type of this value."""
    names = ((bool, "a boolean"), (int, "an integer"), (float, "a float"), (str, "a string"))
    for kind, name in names:
        if isinstance(value, kind):
            return name
    if isinstance(value, list):
        return "an array"
    return "a table" if isinstance(value, dict) else "a date or time"


def read_document(path: str, file: str) -> Document:
    """The file at ``path``, parsed; ``file`` is what errors call it.  Raises: KernelError."""
    return parse_document(_read_text(path, file), file)


def parse_document(text: str, file: str) -> Document:
    """A text, parsed; ``file`` is what errors call it.  Raises: KernelError."""
    try:
        return Document(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _AT_LINE.search(message)
        last = text.count("\n") + 1
        line = int(match[1]) if match and match[1] else last
        reason = _AT_LINE.sub("", message)
        sentence = f"not TOML: {reason[:1].lower()}{reason[1:]}"
        raise KernelError(sentence, file=file, line=line) from None
    except RecursionError:
        raise KernelError("not a kernel record: nested too deep", file=file, line=1) from None
    except ValueError as error:  # an integer of thousands of digits
        raise KernelError(f"not TOML: {error}", file=file, line=1) from None


def _read_text(path: str, file: str) -> str:
    """The text of a small regular file, checked before anything parses it."""
    raw = read_file(path, MAX_BYTES, KernelError, file)
    for number, content in enumerate(raw.split(b"\n"), 1):
        if len(content) > MAX_LINE:
            message = f"line longer than {MAX_LINE} bytes: not a kernel record"
            raise KernelError(message, file=file, line=number)
    try:
        return raw.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise KernelError("not UTF-8 text", file=file, line=line) from None


def line_of(text: str, keys: Keys, found: str = "") -> int:
    """The line of the longest known part of ``keys``, 1 when none is known."""
    best, best_line = 0, 1
    places = list(_places(text))
    for line, path in places:
        shared = _shared(path, keys)
        if shared > best:
            best, best_line = shared, line
    if not found:
        return best_line
    after = [line for line, _ in places if line > best_line]
    lines = text.split("\n")[best_line - 1 : (after[0] - 1 if after else None)]
    for offset, line_text in enumerate(lines):
        if found in line_text:
            return best_line + offset
    return best_line


def _shared(a: Keys, b: Keys) -> int:
    """How many leading keys two paths share."""
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _places(text: str) -> Iterator[tuple[int, Keys]]:
    """Every table header and ``key =`` line with the keys that lead to it."""
    prefix: Keys = ()
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            header, end = _dotted(stripped.lstrip("["))
            if header and end.startswith("]"):
                prefix = header
                yield number, prefix
            continue
        keys, end = _dotted(line)
        if keys and end.startswith("="):
            yield number, prefix + keys


def _dotted(text: str) -> tuple[Keys, str]:
    """The dotted key a line begins with, and the rest of the line."""
    keys: list[str] = []
    while match := _KEY.match(text):
        word = match[1]
        keys.append(word[1:-1] if word[0] in "\"'" else word)
        text = text[match.end() :]
        if not text.startswith("."):
            break
        text = text[1:]
    return tuple(keys), text
