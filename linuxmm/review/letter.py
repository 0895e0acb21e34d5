# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of a message: where its diff starts, and what stands before it.

As in ``git mailinfo --scissors``: the text begins after a scissors line (``-- >8 --``), headers
at its beginning (``From:``, ``Subject:``, ``Date:``) take the place of the mail's own.
"""

import re
from dataclasses import dataclass
from quopri import decodestring
from typing import Final

from linuxmm.errors import PatchError
from linuxmm.review.headers import MAX_HEADER, header_text
from linuxmm.review.patch import Patch, read_diff, starts_diff

MAX_SCISSORS: Final = 1000

_BREAK = re.compile(r"^(?:diff -|Index: |--- \S|---\s*$)", re.MULTILINE)
_INBODY = re.compile(r"(From|Subject|Date):\s*(.*)", re.IGNORECASE)
_MARKS = re.compile(r">8|8<|>%|%<|-|\s|[^\s-]")
_SCISSORS: Final = (">8", "8<", ">%", "%<")
_ENCODED_EQUALS: Final = "=3D"
_NOT_QUOTED = re.compile(r"=(?![0-9A-Fa-f]{2}|[ \t]*(?:\n|$))")


@dataclass(frozen=True, slots=True)
class Letter:
    """What the text before a diff says: its own headers, its words, whether it was cut out."""

    subject: str
    author: str
    date: str
    body: str
    is_cut: bool


def letter(text: str) -> Letter:
    """The text before a diff, read."""
    lines = text[: at.start()].split("\n") if (at := _BREAK.search(text)) else text.split("\n")
    cuts = [n for n, line in enumerate(lines) if is_scissors(line)]
    if cuts:
        lines = lines[cuts[-1] + 1 :]
    found: dict[str, str] = {}
    start = _inbody_headers(lines, found)
    body = "\n".join(lines[start:]).strip("\n")
    return Letter(
        found.get("subject", ""), found.get("from", ""), found.get("date", ""), body, bool(cuts)
    )


def _inbody_headers(lines: list[str], found: dict[str, str]) -> int:
    """Collects the headers that the text begins with, gives the line after them."""
    n = 0
    while n < len(lines) and not lines[n].strip():
        n += 1
    while n < len(lines):
        header = _INBODY.match(lines[n])
        if header and header[1].lower() not in found:
            value, n = header[2], n + 1
            while n < len(lines) and lines[n][:1] in (" ", "\t") and lines[n].strip():
                value, n = f"{value} {lines[n].strip()}"[: 2 * MAX_HEADER], n + 1
            found[header[1].lower()] = header_text(value.encode())
        elif lines[n].startswith("[PATCH] ") and "subject" not in found:
            found["subject"], n = " ".join(lines[n].split()), n + 1
        elif re.match(r">From [0-9a-f]{40} ", lines[n]):
            n += 1
        else:
            break
    return n


def is_scissors(line: str) -> bool:
    """Whether a line says "cut here" (``-- >8 --``), by git's own measure.

    Dashes and scissors must be most of a perforation that is over a third of the line.
    """
    line = line.strip()
    if not 8 <= len(line) <= MAX_SCISSORS or not any(mark in line for mark in _SCISSORS):
        return False
    perforation = gap = 0
    inside = False
    for mark in _MARKS.findall(line):
        if mark.isspace():
            perforation, gap = perforation + inside, gap + inside
        else:
            inside = mark == "-" or mark in _SCISSORS
            perforation += len(mark) if inside else 0
    return len(line) < perforation * 3 and gap * 2 < perforation


def diff_of(text: str) -> int | None:
    """Where the first diff starts in the text, None when there is none."""
    at = 0
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if starts_diff(lines, n):
            return at
        at += len(line) + 1
    return None


def unflowed(text: str, delsp: bool) -> str:
    """The text of format=flowed (RFC 3676): soft breaks joined, stuffed spaces removed."""
    out: list[str] = []
    pending = ""
    for line in text.split("\n"):
        if line == "-- ":
            out += [pending, line] if pending else [line]
            pending = ""
            continue
        line = line.removeprefix(" ")
        if line.endswith(" "):
            pending += line[:-1] if delsp else line
            continue
        out.append(pending + line)
        pending = ""
    return "\n".join([*out, pending] if pending else out)


def counts_hold(text: str) -> bool:
    """Whether the diff in this text can be read: chooses between two readings of a mail."""
    start = diff_of(text)
    try:
        read_diff(Patch("", "", "", "", "", text[start or 0 :], "", 1))
    except PatchError:
        return False
    return True


def is_decoded(text: str, encoding: str) -> bool:
    """Whether a body is the text itself, although its header still names a transfer encoding.

    b4 decodes a mail for its checks and keeps the header; decoded once more, `x =` at the end
    of a line of C would swallow the next one.  Text in base64 has no diff; quoted-printable
    writes every `=` as `=3D`.  Source: b4 0.16, LoreMessage.get_msg_as_bytes.
    """
    quoted = encoding == "quoted-printable"
    if quoted and _ENCODED_EQUALS in text.upper():
        return False
    if diff_of(text) is None or not counts_hold(text):
        return False
    return not quoted or bool(_NOT_QUOTED.search(text)) or not counts_hold(_unquoted(text))


def _unquoted(text: str) -> str:
    return decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
