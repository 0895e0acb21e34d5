# SPDX-License-Identifier: GPL-2.0-or-later
"""The header block of a mail, read by the rules of ``git mailinfo``.

The standard library wants more of a header than git does and gives U+FFFD for raw 8-bit text, so
the lines are cut here: ``Word:value`` with or without a blank, folded by blanks or tabs, up to
the first line that is none.  Encoded words (RFC 2047) and raw bytes become text.
"""

import binascii
import codecs
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_HEADER: Final = 2000
MAX_FOLDED: Final = 8 * 1024
MAX_NAME: Final = 100

_NAME = re.compile(rb"^([\x21-\x39\x3b-\x7e]+):")
_MAIL_WORDS: Final = (
    "from", "subject", "date", "message-id", "to", "received", "return-path", "mime-version",
    "content-type",
)  # fmt: skip
_ENCODED = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^\n]*?)\?=")
_UNSAFE_CODECS: Final = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf_7")


@dataclass(frozen=True, slots=True)
class Headers:
    """Names in lower case with their unfolded values; ``lines`` of the input they took."""

    fields: tuple[tuple[str, bytes], ...]
    lines: int

    @property
    def of_mail(self) -> bool:
        """Whether one of them is a mail's own, so that this is no list of other words."""
        return any(name in _MAIL_WORDS for name, _ in self.fields)

    def text(self, name: str) -> str:
        """A header's text on one line, the last one's when there are several (as git does)."""
        found = [value for key, value in self.fields if key == name]
        return header_text(found[-1]) if found else ""


def split_headers(data: bytes) -> tuple[Headers, bytes]:
    """The headers that a message begins with, and its body."""
    fields: list[tuple[str, bytes]] = []
    lines, at = 0, 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        line = data[at:end].rstrip()
        name = _NAME.match(line)
        if line[:1] in (b" ", b"\t") and fields and data[at:end].strip():
            key, value = fields[-1]
            if len(value) < MAX_FOLDED:
                fields[-1] = (key, value + b" " + line[:MAX_FOLDED].strip())
        elif name:
            value = line[name.end() :][:MAX_FOLDED].strip()
            fields.append((name[1][:MAX_NAME].decode("ascii").lower(), value))
        else:
            at, lines = (end, lines + 1) if not line and fields else (at, lines)
            break
        at, lines = end, lines + 1
    return Headers(tuple(fields), lines), data[at:]


def header_text(raw: bytes) -> str:
    """A header's value, decoded, on one line, at most ``MAX_HEADER`` characters."""
    pieces: list[tuple[bytes, str]] = []
    for data, charset in _words(raw[: 4 * MAX_HEADER]):
        if pieces and charset and pieces[-1][1] == charset:  # a character cut in two words
            pieces[-1] = (pieces[-1][0] + data, charset)
        else:
            pieces.append((data, charset))
    text = "".join(decode(data, charset or "utf-8") for data, charset in pieces)
    return " ".join(text.split())[:MAX_HEADER]


def _words(raw: bytes) -> Iterator[tuple[bytes, str]]:
    """Encoded words with their charset and the text between; blanks between two words go."""
    at = 0
    for word in _ENCODED.finditer(raw):
        between = raw[at : word.start()]
        if between.strip() or (between and at == 0):
            yield between, ""
        yield _unencoded(word[2], word[3]), word[1].decode("latin-1").partition("*")[0].lower()
        at = word.end()
    if raw[at:]:
        yield raw[at:], ""


def _unencoded(how: bytes, data: bytes) -> bytes:
    """The bytes of an encoded word; as they stand when they are no base64."""
    if how in b"qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return b64decode(data + b"==")
    except (binascii.Error, ValueError):
        return data


def decode(data: bytes, charset: str) -> str:
    """Text in the declared charset, or in UTF-8, or in the one that always decodes."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name.replace("-", "_") in _UNSAFE_CODECS:
                continue
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("latin-1")
