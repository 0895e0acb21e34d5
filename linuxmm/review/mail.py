"""Any text that carries patches -> the patches, in the order they apply.

Read are: RFC 2822 mail (quoted-printable, base64, multipart, CRLF, any charset, also a wrong
one, format=flowed), an mbox of several, ``git format-patch`` output, ``git log -p``, the text
of a list-archive page and a bare diff.  Limits, so that any input is answered in seconds:
``MAX_BYTES``, ``MAX_LINES``, ``MAX_PARTS`` and ``MAX_PATCHES``.

Raises: PatchError, one sentence with file and line.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import Final

from linuxmm.errors import PatchError
from linuxmm.files import read_file, read_stdin
from linuxmm.review.patch import Patch, numbering, read_diff, starts_diff

MAX_BYTES: Final = 16 << 20
MAX_LINES: Final = 200_000
MAX_PARTS: Final = 50
MAX_PATCHES: Final = 1000
MAX_HEADER: Final = 2000

_SEPARATOR = re.compile(rb"^From \S+ .*\d\d:\d\d:\d\d.*\d{4}\s*$")
_COMMIT = re.compile(rb"^commit [0-9a-f]{7,64}\b")
_HEADER = re.compile(rb"^[A-Za-z][A-Za-z0-9-]*:(?:[ \t]|\r?$)")
_MAIL_WORDS = re.compile(
    rb"^(?:From|Subject|Date|Message-I[Dd]|To|Received|Return-Path|MIME-Version|Content-Type):",
    re.IGNORECASE,
)
_UNSAFE_CODECS: Final = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf_7")


@dataclass(frozen=True, slots=True)
class Mail:
    """All patches of one input in the order they apply, and what was left out and why."""

    patches: tuple[Patch, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One message of the input: its bytes and the line it starts on."""

    data: bytes
    line: int


def load(path: str) -> Mail:
    """The patches in a file, or on standard input for ``-``.  Raises: PatchError."""
    if path == "-":
        return read(read_stdin(MAX_BYTES + 1, PatchError), "standard input")
    return read(read_file(path, MAX_BYTES, PatchError), path)


def read(data: bytes, file: str) -> Mail:
    """The patches in these bytes.  Raises: PatchError."""
    data = _checked(data, file)
    found: list[Patch] = []
    skipped: list[str] = []
    for piece in _pieces(data):
        if len(found) > MAX_PATCHES:
            raise PatchError(f"has more than {MAX_PATCHES} patches, the most read", file=file)
        patches = list(_patches(piece, file))
        found += patches
        if not patches:
            skipped.append(_why_skipped(piece, file))
    if not found:
        raise PatchError(_no_diff(data), file=file, line=1)
    ordered, left_out = _in_order(found, file)
    return Mail(tuple(ordered), (*skipped, *left_out))


# --- limits and bytes -------------------------------------------------------------------


def _checked(data: bytes, file: str) -> bytes:
    """The input as bytes worth reading: not empty, not huge, not binary, LF line ends."""
    if not data.strip():
        raise PatchError("is empty: expected a patch mail, an mbox or a diff", file=file, line=1)
    if len(data) > MAX_BYTES:
        text = f"is larger than {MAX_BYTES >> 20} MiB, the most that is read as a patch"
        raise PatchError(text, file=file)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise PatchError("is binary data (a NUL byte), not a patch", file=file, line=line)
    if data.count(b"\n") > MAX_LINES:
        raise PatchError(f"has more than {MAX_LINES} lines, the most that are read", file=file)
    return data


def _no_diff(data: bytes) -> str:
    """The sentence for an input without any diff."""
    if re.search(rb"<(?:!doctype html|html|pre)\b", data, re.IGNORECASE):
        return "is HTML: save the page as text, or take the archive's raw message"
    if re.search(rb"^> ?diff --git ", data, re.MULTILINE):
        return "has only a quoted diff (a reply): give the patch mail itself"
    return 'has no diff: expected "diff --git a/... b/..." or "--- a/..." and "+++ b/..."'


# --- messages ---------------------------------------------------------------------------


def _pieces(data: bytes) -> Iterator[_Piece]:
    """The messages of an mbox (or commits of a log); one piece for any other text."""
    lines = data.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if _starts_piece(lines, n, line)]
    if not starts or any(line.strip() for line in lines[: starts[0]]):
        starts = [0, *starts]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _Piece(b"".join(lines[start:end]), start + 1)


def _starts_piece(lines: list[bytes], n: int, line: bytes) -> bool:
    """Whether a message (``From x date`` and a header) or a commit starts on this line."""
    following = lines[n + 1] if n + 1 < len(lines) else b""
    if line.startswith(b"From "):
        return bool(_SEPARATOR.match(line[:300]) and _HEADER.match(following))
    if line.startswith(b"commit "):
        return bool(_COMMIT.match(line) and re.match(rb"(?:Author|Merge|tree)\b", following))
    return False


def _patches(piece: _Piece, file: str, depth: int = 0) -> Iterator[Patch]:
    """Every patch in one message: of its text, or of each part or attachment."""
    header_lines, body = _split_envelope(piece.data)
    line = piece.line + header_lines
    if not _looks_like_mail(body):
        text = _decode(body, "utf-8")
        diff = _diff_of(text)
        if diff is not None:
            yield _from_page(text, diff, file, line)
        return
    message = _parsed(body, file, line)
    plain = Patch(
        subject=_header(message, "Subject"),
        author=_header(message, "From"),
        date=_header(message, "Date"),
        message_id=_header(message, "Message-ID"),
        body="",
        diff="",
        file=file,
        line=line,
    )
    if not message.is_multipart() and _is_identity(message):
        yield from _from_plain_mail(plain, body, message, line)
        return
    for part in message.walk():
        if not part.is_multipart():
            yield from _from_part(plain, part, file, depth)


def _split_envelope(data: bytes) -> tuple[int, bytes]:
    """How many lines stand before the headers (``From x`` or blank ones), and the rest."""
    skipped = 0
    while data:
        first, _, rest = data.partition(b"\n")
        if first.strip() and not (skipped == 0 and first.startswith((b"From ", b">From "))):
            break
        skipped, data = skipped + 1, rest
    return skipped, data


def _looks_like_mail(data: bytes) -> bool:
    """Whether the text begins with a block of headers, one of them a mail's own."""
    known = False
    for line in data[: 64 * 1024].split(b"\n"):
        if not line.strip():
            return known
        if line[:1] in b" \t" and known:
            continue
        if not _HEADER.match(line):
            return known and line.startswith(b"[")  # "[Download RAW message or body]"
        known = known or bool(_MAIL_WORDS.match(line))
    return known


def _parsed(data: bytes, file: str, line: int) -> Message:
    """The message, parsed by the standard library within bounds."""
    if data.count(b"boundary") + data.count(b"message/rfc822") > MAX_PARTS:
        raise PatchError(f"has more than {MAX_PARTS} mail parts", file=file, line=line)
    try:
        return message_from_bytes(data)
    except (MessageError, RecursionError, ValueError, LookupError, AssertionError) as error:
        text = f"is a mail that cannot be parsed: {type(error).__name__}"
        raise PatchError(text, file=file, line=line) from None


def _is_identity(message: Message) -> bool:
    """Whether the body is its own text: lines of the input are lines of the diff."""
    encoding = str(message.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    return encoding not in ("quoted-printable", "base64", "x-uuencode", "uuencode", "uue")


def _header(message: Message, name: str) -> str:
    """A header's text, decoded and unfolded, at most ``MAX_HEADER`` characters."""
    raw = str(message.get(name, ""))[:MAX_HEADER]
    try:
        pieces = [
            piece if isinstance(piece, str) else _decode(piece, charset or "ascii")
            for piece, charset in decode_header(raw)
        ]
    except (MessageError, ValueError, binascii.Error):
        pieces = [raw]
    return " ".join("".join(pieces).split())


def _from_plain_mail(plain: Patch, body: bytes, message: Message, line: int) -> Iterator[Patch]:
    """The patch of a mail whose lines are lines of the input."""
    head, _, content = body.partition(b"\n\n")
    offset = head.count(b"\n") + 2
    if not content:  # "[Download RAW message or body]" directly after the headers
        content, offset = body, 0
    for text in _texts(content, message):
        diff = _diff_of(text)
        if diff is not None:
            at = text.count("\n", 0, diff)
            flowed = text.count("\n") != content.count(b"\n")
            yield replace(
                plain, body=_comment(text[:diff]), diff=text[diff:], line=line + offset + at,
                decoded=flowed,
            )  # fmt: skip
            return


def _from_part(plain: Patch, part: Message, file: str, depth: int) -> Iterator[Patch]:
    """The patch in one decoded part; an attached mail or format-patch file is read as one."""
    if part.get_content_maintype() not in ("text", "application"):
        return
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return
    if not isinstance(payload, bytes) or b"\0" in payload[:4096] or not payload.strip():
        return
    payload = payload.replace(b"\r\n", b"\n")
    if payload.count(b"\n") > MAX_LINES:
        text = f"has more than {MAX_LINES} lines, the most that are read"
        raise PatchError(text, file=file, line=plain.line)
    _, inner = _split_envelope(payload)
    if depth == 0 and _looks_like_mail(inner):
        for piece in _pieces(payload):
            for patch in _patches(replace(piece, line=plain.line), file, depth + 1):
                yield replace(patch, line=plain.line, decoded=True)
        return
    for text in _texts(payload, part):
        diff = _diff_of(text)
        if diff is not None:
            yield replace(plain, body=_comment(text[:diff]), diff=text[diff:], decoded=True)
            return


def _from_page(text: str, diff: int, file: str, line: int) -> Patch:
    """The patch of a bare diff, a log or an archive page: what the text around it says."""
    before = "\n".join(row[:MAX_HEADER] for row in text[: min(diff, 64 * 1024)].split("\n"))
    subject = re.search(r"^Subject:[ \t]*(.+)$", before, re.MULTILINE)
    tagged = re.search(r"^.*\[[^\]\n]*\bPATCH\b.*$", before, re.MULTILINE)
    logged = re.match(r"\s*commit [0-9a-f]{7,64}\b(?:.*\n)*?\n {4}(\S.*)", before[:20000])
    title = subject[1] if subject else tagged[0] if tagged else logged[1] if logged else ""
    author = re.search(r"^(?:From|Author|Signed-off-by):[ \t]*(.+)$", before, re.MULTILINE)
    date = re.search(r"^Date:[ \t]*(.+)$", before, re.MULTILINE)
    message_id = re.search(r"^Message-I[Dd]:[ \t]*(.+)$", before, re.MULTILINE)
    return Patch(
        subject=" ".join(title.lstrip("* ").split()),
        author=author[1].strip() if author else "",
        date=date[1].strip() if date else "",
        message_id=message_id[1].strip() if message_id else "",
        body=_comment(text[:diff]),
        diff=text[diff:],
        file=file,
        line=line + text.count("\n", 0, diff),
    )


# --- text -------------------------------------------------------------------------------


def _texts(content: bytes, message: Message) -> Iterator[str]:
    """The body as text: as declared, then (a lying mail) as it stands."""
    declared = str(message.get_content_charset("utf-8"))
    if str(message.get_param("format", "")).lower() == "flowed":
        delsp = str(message.get_param("delsp", "")).lower() == "yes"
        text = _unflowed(_decode(content, declared), delsp)
        if _diff_of(text) is not None and _counts_hold(text):
            yield text
    yield _decode(content, declared)
    yield _decode(content, "utf-8")


def _counts_hold(text: str) -> bool:
    """Whether the diff in this text can be read: chooses between two readings of a mail."""
    start = _diff_of(text)
    try:
        read_diff(Patch("", "", "", "", "", text[start or 0 :], "", 1))
    except PatchError:
        return False
    return True


def _decode(data: bytes, charset: str) -> str:
    """Text in the declared charset, or in UTF-8, or in the one that always decodes."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name.replace("-", "_") in _UNSAFE_CODECS:
                continue
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _unflowed(text: str, delsp: bool) -> str:
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


def _diff_of(text: str) -> int | None:
    """Where the first diff starts in the text, None when there is none."""
    at = 0
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if starts_diff(lines, n):
            return at
        at += len(line) + 1
    return None


def _comment(text: str) -> str:
    """The message of a patch: the text before its ``---`` line."""
    return re.split(r"^---\s*$", text, maxsplit=1, flags=re.MULTILINE)[0].strip("\n")


# --- order ------------------------------------------------------------------------------


def _why_skipped(piece: _Piece, file: str) -> str:
    """What to say about a message that has no diff."""
    _, body = _split_envelope(piece.data)
    subject = _header(_parsed(body, file, piece.line), "Subject") if _looks_like_mail(body) else ""
    n, m = numbering(subject)
    kind = "cover letter" if m and n == 0 else "no diff in it"
    return f"{subject or f'text at line {piece.line}'} ({kind})"


def _in_order(patches: list[Patch], file: str) -> tuple[list[Patch], list[str]]:
    """The patches by their ``n/m``, when all have one; replies and repeats left out."""
    kept: list[Patch] = []
    skipped: list[str] = []
    seen: set[tuple[str, str]] = set()
    for patch in patches:
        key = (patch.subject, patch.diff)
        if patch.subject.lower().startswith("re:"):
            skipped.append(f"{patch.subject} (a reply)")
        elif key in seen:
            skipped.append(f"{patch.subject} (the same patch again)")
        else:
            seen.add(key)
            kept.append(patch)
    kept = kept or patches[:1]
    numbers = [patch.number for patch in kept]
    if len(kept) > 1 and all(m for _, m in numbers) and len({m for _, m in numbers}) == 1:
        _check_versions(kept, file)
        kept.sort(key=lambda patch: patch.number[0])
    return kept, skipped


def _check_versions(patches: list[Patch], file: str) -> None:
    """Refuses two versions of a series in one file: they do not apply on each other."""
    versions = {patch.version for patch in patches}
    if len(versions) > 1:
        words = ", ".join(f"v{number}" for number in sorted(versions))
        text = f"has several versions of a series ({words}): give one"
        raise PatchError(text, file=file, line=patches[0].line)
