# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch's diff as files and hunks with line numbers, checked strictly before it is believed.

The text is checked here line by line (a count that lies, a cut-off hunk, a name that leaves
the tree), then read by unidiff.  Names in a patch are only ever compared, never opened.

Raises: PatchError, one sentence with file and line.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from linuxmm.errors import PatchError

MAX_HUNKS: Final = 20_000
MAX_NAME: Final = 1024

_HUNK = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)$")
_TAGS = re.compile(r"\[([^\]\n]{0,200}\bPATCH\b[^\]\n]{0,200})\]", re.IGNORECASE)
_NUMBER = re.compile(r"\b(\d{1,4})/(\d{1,4})\b")
_VERSION = re.compile(r"\bv(\d{1,3})\b", re.IGNORECASE)
_BEFORE_TITLE = re.compile(r"(?:[\s:]|\[[^\]]*\]|[Rr][Ee]:)*")
_BACKUP = re.compile(r"(?<=[^/])(?:~[^/]*|\.orig|\.old)$")
_TIME = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d.*$")
_QUILT = re.compile(r"(?<=[^/])~[^/]+$")
_GIT_NAMES = re.compile(r'^diff --git (?:"?a/(.*?)"?) (?:"?b/(.*?)"?)$')
_ESCAPE = re.compile(r'\\([0-7]{3}|[abfnrtv"\\])')
_LETTERS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: what a mail says about it, and the text of its diff.

    ``line`` is the line of ``file`` on which ``diff`` starts.  With ``decoded`` the mail was
    encoded (base64, quoted-printable...): then every line is told as that one.  With
    ``is_cut_out`` it stood below a scissors line: then it is a patch even in a reply.
    ``commit`` is the id of the commit that git format-patch says it made the patch of.
    """

    subject: str
    author: str
    date: str
    message_id: str
    body: str
    diff: str
    file: str
    line: int
    decoded: bool = False
    is_cut_out: bool = False
    commit: str = ""

    def where(self, offset: int) -> int:
        """The line of the input for a line of the diff (0 is its first)."""
        return self.line if self.decoded else self.line + offset

    @property
    def number(self) -> tuple[int, int]:
        """``n/m`` of the subject, (0, 0) when it has none."""
        return numbering(self.subject)

    @property
    def version(self) -> int:
        """The 2 of ``[PATCH v2]``; 1 when the subject says none."""
        found = _TAGS.search(self.subject)
        match = _VERSION.search(found[1]) if found else None
        return int(match[1]) if match else 1

    @property
    def title(self) -> str:
        """The subject without its ``[PATCH ...]`` tags."""
        return self.subject[len(tags(self.subject)) :].strip()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk: ``kind`` is " ", "+" or "-"; old and new are line numbers or 0."""

    kind: str
    text: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: its ``@@`` header, git's guess of the function, its lines, its place."""

    header: str
    section: str
    old_start: int
    old_length: int
    new_start: int
    new_length: int
    lines: tuple[Line, ...]
    line: int


@dataclass(frozen=True, slots=True)
class FileDiff:
    """All hunks of one file; ``what`` is modified, added, removed, renamed, mode or binary."""

    path: str
    old_path: str
    what: str
    hunks: tuple[Hunk, ...]
    line: int


@dataclass(slots=True)
class _File:
    """A file while it is being read."""

    line: int
    old: str = ""
    new: str = ""
    what: str = "modified"
    git: bool = False
    headers: list[tuple[int, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def numbering(subject: str) -> tuple[int, int]:
    """``n/m`` of a ``[PATCH n/m]`` subject, (0, 0) when it has none."""
    found = _TAGS.search(subject)
    match = _NUMBER.search(found[1]) if found else None
    return (int(match[1]), int(match[2])) if match else (0, 0)


def tags(subject: str) -> str:
    """What stands before the words of a subject: ``[PATCH v2 1/3]``, ``Re:`` and the like."""
    match = _BEFORE_TITLE.match(subject)
    return match[0] if match else ""


def starts_diff(lines: list[str], n: int) -> bool:
    """Whether a diff starts on line ``n``: git's header, or the three lines of a plain one."""
    line = lines[n]
    if line.startswith("diff --git "):
        return True
    return (
        line.startswith("--- ")
        and n + 2 < len(lines)
        and lines[n + 1].startswith("+++ ")
        and lines[n + 2].startswith("@@ ")
    )


def read_diff(patch: Patch) -> tuple[FileDiff, ...]:
    """The files of a patch with their hunks.  Raises: PatchError."""
    return _Reader(patch).read()


class _Reader:
    """Walks the text of one diff: headers of files, then hunks by their counts."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.lines = patch.diff.split("\n")
        self.files: list[_File] = []
        self.hunks = 0

    def error(self, n: int, sentence: str) -> PatchError:
        """The error at line ``n`` of the diff."""
        if self.patch.decoded:
            sentence = f"line {n + 1} of the decoded diff: {sentence}"
        return PatchError(sentence, file=self.patch.file, line=self.patch.where(n))

    def read(self) -> tuple[FileDiff, ...]:
        """All files; at least one, or it is no diff."""
        n = 0
        while n < len(self.lines):
            n = self.step(n)
        found = tuple(self.finished(file) for file in self.files)
        if not found:
            raise self.error(0, "has no diff")
        return found

    def step(self, n: int) -> int:
        """Reads what stands on line ``n``, gives the next line to read."""
        line = self.lines[n]
        if line.startswith("diff --git "):
            self.files.append(self.git_file(n, line))
        elif starts_diff(self.lines, n):
            return self.plain_file(n)
        elif line.startswith("@@ ") and _HUNK.match(line):
            return self.hunk(n)
        elif self.files and self.files[-1].git and not self.files[-1].text:
            self.extended(n, line)
        return n + 1

    def git_file(self, n: int, line: str) -> _File:
        """A file begun by ``diff --git``; its names, until ``---`` and ``+++`` say better."""
        match = _GIT_NAMES.match(line[: 2 * MAX_NAME])
        old, new = (match[1], match[2]) if match else ("", "")
        file = _File(n, git=True)
        file.old, file.new = (
            (self.name(n, "a/" + old), self.name(n, "b/" + new)) if match else ("", "")
        )
        return file

    def extended(self, n: int, line: str) -> None:
        """One of git's extended headers: a rename, a mode, a binary file."""
        file = self.files[-1]
        if line.startswith(("rename from ", "copy from ")):
            file.old = self.name(n, "a/" + line.split(" from ", 1)[1])
            file.what = "renamed" if line.startswith("rename") else "copied"
        elif line.startswith(("rename to ", "copy to ")):
            file.new = self.name(n, "b/" + line.split(" to ", 1)[1])
        elif line.startswith("new file mode"):
            file.what = "added"
        elif line.startswith("deleted file mode"):
            file.what = "removed"
        elif line.startswith(("Binary files ", "GIT binary patch")):
            file.what = "binary"
        elif line.startswith("new mode") and file.what == "modified":
            file.what = "mode"

    def plain_file(self, n: int) -> int:
        """``--- old`` and ``+++ new``: of the file that git announced, or of a new one."""
        announced = bool(self.files) and self.files[-1].git and not self.files[-1].text
        if not announced:
            self.files.append(_File(n))
        file = self.files[-1]
        old, new = self.name(n, self.lines[n][4:]), self.name(n + 1, self.lines[n + 1][4:])
        if not announced:
            old, new = _without_ending(old, new), _without_ending(new, old)
        old, new = _without_prefix(old, new)
        if not old and not new:
            raise self.error(n, "names no file: both sides are /dev/null")
        file.what = file.what if file.what != "mode" else "modified"
        if not old:
            file.what = "added"
        elif not new:
            file.what = "removed"
        file.old, file.new = old or new, new or old
        if not announced and file.old != file.new:
            file.what = "renamed"
        return n + 2

    def name(self, n: int, text: str) -> str:
        """A file name of the patch, ``""`` for /dev/null; nothing that leaves the tree."""
        text = _unquoted(_TIME.sub("", text.split("\t")[0]).strip())
        if text in ("/dev/null", "a//dev/null", "b//dev/null"):
            return ""
        if len(text) > MAX_NAME or not text:
            raise self.error(n, "has an empty or endless file name")
        bare = text[2:] if text.startswith(("a/", "b/")) else text
        if bare.startswith("/") or ".." in bare.split("/"):
            raise self.error(n, f'names "{text[:80]}", which is outside of the source tree')
        return text

    def hunk(self, n: int) -> int:
        """One hunk, read by its counts; its lines must be there, no more and no fewer."""
        match = _HUNK.match(self.lines[n])
        if match is None or not self.files:
            raise self.error(n, "has a hunk before any file name")
        self.hunks += 1
        if self.hunks > MAX_HUNKS:
            raise self.error(n, f"has more than {MAX_HUNKS} hunks, the most that are read")
        file = self.files[-1]
        old, new = (int(count) if count is not None else 1 for count in (match[2], match[4]))
        end = self.body(n, old, new)
        file.headers.append((n, self.lines[n]))
        file.text += [self.lines[n], *(text or " " for text in self.lines[n + 1 : end])]
        return end

    def body(self, n: int, old: int, new: int) -> int:
        """The line after the body of the hunk on line ``n``, by its counts."""
        left_old, left_new, at = old, new, n + 1
        while left_old > 0 or left_new > 0:
            if at >= len(self.lines) or (at == len(self.lines) - 1 and not self.lines[at]):
                raise self.error(n, f"is cut off: the hunk needs {left_old} more old and "
                                    f"{left_new} more new lines")  # fmt: skip
            kind = self.lines[at][:1] or " "
            if kind not in " +-\\":
                raise self.error(at, f"the hunk of line {self.patch.where(n)} ends too early: its "
                                     f"header says {old} old and {new} new lines")  # fmt: skip
            left_old -= kind in " -"
            left_new -= kind in " +"
            at += 1
        if left_old or left_new:
            raise self.error(at - 1, self.lie(n, old, new))
        while at < len(self.lines) and self.lines[at].startswith("\\"):
            at += 1
        if at < len(self.lines) and self.surplus(at):
            raise self.error(at, self.lie(n, old, new))
        return at

    def lie(self, n: int, old: int, new: int) -> str:
        """The sentence for a hunk whose header does not fit its lines."""
        at = self.patch.where(n)
        return f"the hunk of line {at} has not the {old} old and {new} new lines it says"

    def surplus(self, at: int) -> bool:
        """Whether the line after a finished hunk still looks like one of its lines."""
        line = self.lines[at]
        if line.startswith("+"):
            return True
        if line.startswith("-"):
            return not (re.match(r"^--+\s*$", line) or starts_diff(self.lines, at))
        return line.startswith((" ", "\t")) and bool(line.strip())

    def finished(self, file: _File) -> FileDiff:
        """The file as read by unidiff from the checked text."""
        old, new = _without_prefix(file.old, file.new)
        path = new or old
        if not path:
            raise self.error(file.line, "has a file without a name")
        if not file.text and file.what == "modified" and not file.git:
            raise self.error(file.line, f"names {path} but has no hunk for it")
        hunks = tuple(self.parsed(file))
        return FileDiff(path, old or path, file.what, hunks, self.patch.where(file.line))

    def parsed(self, file: _File) -> list[Hunk]:
        """The hunks of a file through unidiff."""
        if not file.text:
            return []
        from unidiff.errors import UnidiffParseError
        from unidiff.patch import PatchSet

        try:
            source = "\n".join(["--- a/x", "+++ b/x", *file.text]) + "\n"
            found = [hunk for part in PatchSet(source) for hunk in part]
        except UnidiffParseError as error:
            reason = " ".join(str(error).split())[:100]
            raise self.error(file.headers[0][0], f"cannot be read: {reason}") from None
        if len(found) != len(file.headers):
            raise self.error(file.headers[0][0], "has hunks that two readers count differently")
        hunks = []
        for (n, header), hunk in zip(file.headers, found, strict=True):
            lines = tuple(
                Line(
                    line.line_type,
                    line.value.rstrip("\n"),
                    line.source_line_no or 0,
                    line.target_line_no or 0,
                )
                for line in hunk
                if line.line_type in (" ", "+", "-")
            )
            match = _HUNK.match(header)
            section = match[5].strip() if match else ""
            hunks.append(
                Hunk(
                    header,
                    section,
                    hunk.source_start,
                    hunk.source_length,
                    hunk.target_start,
                    hunk.target_length,
                    lines,
                    self.patch.where(n),
                )
            )
        return hunks


def _without_prefix(old: str, new: str) -> tuple[str, str]:
    """The names without ``a/`` and ``b/`` (or without a first folder that differs)."""
    if old and not new:
        return old.removeprefix("a/"), ""
    if new and not old:
        return "", new.removeprefix("b/").removeprefix("a/")
    if old.startswith("a/") and new.startswith(("a/", "b/")):
        return old[2:], new[2:]
    one, _, old_rest = old.partition("/")
    other, _, new_rest = new.partition("/")
    if (old_rest and old_rest == new_rest) and (one != other or one.startswith("linux-")):
        return old_rest, new_rest
    return old, new


def _without_ending(name: str, other: str) -> str:
    """A name without the ending of a backup, when without it it is the other side's name.

    Quilt and mm-commits write ``x.c~why``, diff ``x.c.orig``: git apply takes the shorter one.
    """
    bare = _BACKUP.sub("", name)
    below, there = bare.partition("/")[2], other.partition("/")[2]
    if bare == other or (below and below == there):
        return bare
    return name if other else _QUILT.sub("", name)


def _unquoted(text: str) -> str:
    """A name as git quotes it (``"a/\\303\\244.c"``), unquoted."""
    if not (len(text) >= 2 and text.startswith('"') and text.endswith('"')):
        return text
    raw = _ESCAPE.sub(lambda m: chr(_LETTERS.get(m[1]) or int(m[1], 8) & 255), text[1:-1])
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw
