# SPDX-License-Identifier: GPL-2.0-or-later
"""Any text that carries patches -> the patches, in the order they apply.

Read are: RFC 2822 mail (quoted-printable, base64, multipart, CRLF, any charset, also a wrong
one, format=flowed), an mbox of several, ``git format-patch`` output, ``git log -p``, the text
of a list-archive page and a bare diff.  Limits, so that any input is answered in seconds:
``MAX_BYTES``, ``MAX_LINES``, ``MAX_PARTS``, ``MAX_PATCHES`` and ``MAX_MESSAGES``.

Raises: PatchError, one sentence with file and line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from typing import Final

from linuxmm.errors import PatchError
from linuxmm.files import read_file, read_stdin
from linuxmm.review.headers import MAX_FOLDED, MAX_HEADER, Headers, decode, split_headers
from linuxmm.review.letter import counts_hold, diff_of, is_decoded, letter, unflowed
from linuxmm.review.patch import Patch, numbering, tags

MAX_BYTES: Final = 16 << 20
MAX_LINES: Final = 200_000
MAX_PARTS: Final = 50
MAX_PATCHES: Final = 1000
MAX_MESSAGES: Final = 10_000
MAX_DEPTH: Final = 4

_SEPARATOR = re.compile(rb"^From \S+ .*\d\d:\d\d:\d\d.*\d{4}\s*$")
_COMMIT = re.compile(rb"^commit [0-9a-f]{7,64}\b")
_HEADER = re.compile(rb"^[\x21-\x39\x3b-\x7e]+:")
_FORMATTED = re.compile(rb"From ([0-9a-f]{40}(?:[0-9a-f]{24})?) Mon Sep 17 00:00:00 2001")
_ENDLESS = re.compile(rb"^content-type:(?:[^\n]|\n[ \t]){8000}", re.IGNORECASE | re.MULTILINE)
_ENCODINGS: Final = ("base64", "quoted-printable", "uue")


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
    for n, piece in enumerate(_pieces(data)):
        if len(found) > MAX_PATCHES or n > MAX_MESSAGES:
            text = f"has more than {MAX_PATCHES} patches or {MAX_MESSAGES} messages, the most read"
            raise PatchError(text, file=file)
        patches = list(_patches(piece, file))
        found += patches
        if not patches:
            skipped.append(_why_skipped(piece))
    if not found:
        line = data.count(b"\n", 0, max(data.find(b"\0"), 0)) + 1
        raise PatchError(_no_diff(data), file=file, line=line)
    ordered, left_out = _in_order(found, file)
    return Mail(tuple(ordered), (*skipped, *left_out))


# --- limits and bytes -------------------------------------------------------------------


def _checked(data: bytes, file: str) -> bytes:
    """The input as bytes worth reading: not empty, not huge, LF line ends."""
    if not data.strip():
        raise PatchError("is empty: expected a patch mail, an mbox or a diff", file=file, line=1)
    if len(data) > MAX_BYTES:
        text = f"is larger than {MAX_BYTES >> 20} MiB, the most that is read as a patch"
        raise PatchError(text, file=file)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if data.count(b"\n") > MAX_LINES:
        raise PatchError(f"has more than {MAX_LINES} lines, the most that are read", file=file)
    return data


def _no_diff(data: bytes) -> str:
    """The sentence for an input without any diff."""
    if re.search(rb"<(?:!doctype html|html|pre)\b", data, re.IGNORECASE):
        return "is HTML: save the page as text, or take the archive's raw message"
    if b"\0" in data:
        return "is binary data (a NUL byte), not a patch"
    if re.search(rb"^> ?diff --git ", data, re.MULTILINE):
        return "has only a quoted diff (a reply): give the patch mail itself"
    return 'has no diff: expected "diff --git a/... b/..." or "--- a/..." and "+++ b/..."'


# --- messages ---------------------------------------------------------------------------


def _pieces(data: bytes) -> Iterator[_Piece]:
    """The messages of an mbox (or commits of a log); one piece for any other text."""
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data)
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
    envelope, data = _split_envelope(piece.data)
    line = piece.line + envelope
    headers, body = split_headers(data)
    if not headers.of_mail:
        text = decode(data, "utf-8")
        diff = diff_of(text)
        if diff is not None:
            yield _from_page(text, diff, file, line)
        return
    message = _parsed(headers, body, file, line)
    plain = Patch(
        subject=headers.text("subject"),
        author=headers.text("from"),
        date=headers.text("date"),
        message_id=headers.text("message-id"),
        body="",
        diff="",
        file=file,
        line=line + headers.lines,
        commit=commit[1].decode() if (commit := _FORMATTED.match(piece.data)) else "",
    )
    encoding = _encoding(headers)
    is_plain = encoding not in _ENCODINGS or is_decoded(decode(body, "utf-8"), encoding)
    if not message.is_multipart() and is_plain:
        yield from _from_plain_mail(plain, body, message)
    else:
        yield from _from_parts(plain, message, file, depth)


def _split_envelope(data: bytes) -> tuple[int, bytes]:
    """How many lines stand before the headers (``From x`` or blank ones), and the rest."""
    skipped = 0
    while data:
        first, _, rest = data.partition(b"\n")
        if first.strip() and not (skipped == 0 and first.startswith((b"From ", b">From "))):
            break
        skipped, data = skipped + 1, rest
    return skipped, data


def _encoding(headers: Headers) -> str:
    """The body's transfer encoding as git tells it: by the word that stands in the header."""
    said = headers.text("content-transfer-encoding").lower()
    return next((word for word in _ENCODINGS if word in said), "")


def _parsed(headers: Headers, body: bytes, file: str, line: int) -> Message:
    """The message for the standard library, which does the MIME parts, within bounds."""
    kept = [(name, value) for name, value in headers.fields if name == "content-type"]
    kept.append(("content-transfer-encoding", _encoding(headers).encode()))
    head = b"".join(b"%s: %s\n" % (name.encode(), value) for name, value in kept)
    try:
        if _parts(message_from_bytes(head + b"\n"), body) > MAX_PARTS:
            raise PatchError(f"has more than {MAX_PARTS} mail parts", file=file, line=line)
        if _ENDLESS.search(body):
            raise PatchError("has a part with an endless Content-Type", file=file, line=line)
        return message_from_bytes(head + b"\n" + body)
    except (MessageError, RecursionError, ValueError, LookupError, AssertionError) as error:
        text = f"is a mail that cannot be parsed: {type(error).__name__}"
        raise PatchError(text, file=file, line=line) from None


def _parts(head: Message, body: bytes) -> int:
    """At least how many parts and parts of parts a message has, told before it is parsed."""
    if head.get_content_maintype() not in ("multipart", "message"):
        return 1
    boundary = str(head.get_boundary("")).encode("utf-8", "replace")
    flat = body.count(b"\n--" + boundary) if boundary else 0
    return flat + body.count(b"boundary=") + body.count(b"message/rfc822")


def _from_plain_mail(plain: Patch, body: bytes, message: Message) -> Iterator[Patch]:
    """The patch of a mail whose lines are lines of the input."""
    for text in _texts(body, message):
        diff = diff_of(text)
        if diff is not None:
            line = plain.line + text.count("\n", 0, diff)
            flowed = text.count("\n") != body.count(b"\n")
            yield replace(_told(plain, text, diff), line=line, decoded=flowed)
            return


def _from_parts(plain: Patch, message: Message, file: str, depth: int) -> Iterator[Patch]:
    """The patch of a mail with decoded parts: bare diffs in several parts are one patch.

    An attached mail or format-patch file is a patch of its own.
    """
    before, diffs = "", list[str]()
    for part in _leaves(message):
        text = _part_text(part, file, plain.line)
        attached = part is not message and _is_attached_mail(text)
        if depth < MAX_DEPTH and (attached or part.is_multipart()):
            patches = list(_attached(text, plain, file, depth + 1))
            yield from patches
            if patches:
                continue
        diff = diff_of(text)
        if diff is not None:
            before += "" if diffs else text[:diff]
            diffs.append(text[diff:])
        elif not diffs:
            before += text
    if diffs:
        text = "\n".join(diff.rstrip("\n") for diff in diffs) + "\n"
        yield replace(_told(plain, before + text, len(before)), decoded=True)


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something: texts, files and whole mails (a forward, a digest)."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from _leaves(part)


def _attached(text: str, plain: Patch, file: str, depth: int) -> Iterator[Patch]:
    """The patches of a mail that is a part of another one."""
    for piece in _pieces(text.encode("utf-8", "surrogateescape")):
        for patch in _patches(replace(piece, line=plain.line), file, depth):
            yield replace(patch, line=plain.line, decoded=True)


def _is_attached_mail(text: str) -> bool:
    """Whether a part is a mail or format-patch file of its own; a text may begin with From:."""
    _, inner = _split_envelope(text[:MAX_FOLDED].encode("utf-8", "surrogateescape"))
    headers, _ = split_headers(inner)
    begins = text.startswith(("From ", ">From ")) or bool(headers.text("date"))
    return begins and bool(headers.text("subject"))


def _part_text(part: Message, file: str, line: int) -> str:
    """The text of one decoded part, nothing for a picture or a page of HTML."""
    kind = part.get_content_type()
    if kind == "text/html" or not kind.startswith(("text/", "application/", "message/rfc822")):
        return ""
    try:
        if kind == "message/rfc822" and part.is_multipart():
            whole = part.get_payload(0)
            if not isinstance(whole, Message):
                return ""
            return whole.as_bytes().decode("utf-8", "surrogateescape")
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError, MessageError):
        return ""
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    payload = payload.replace(b"\r\n", b"\n")
    if payload.count(b"\n") > MAX_LINES:
        text = f"has more than {MAX_LINES} lines, the most that are read"
        raise PatchError(text, file=file, line=line)
    texts = list(_texts(payload, part))
    return next((text for text in texts if diff_of(text) is not None), texts[0])


def _told(plain: Patch, text: str, diff: int) -> Patch:
    """The patch with its diff and what the text before the diff says of it."""
    said = letter(text[:diff])
    subject = plain.subject
    if said.subject:
        has_tags = tags(said.subject)
        subject = said.subject if has_tags else tags(subject) + said.subject
    return replace(
        plain,
        subject=subject,
        author=said.author or plain.author,
        date=said.date or plain.date,
        body=said.body,
        diff=text[diff:],
        is_cut_out=said.is_cut,
    )


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
        body=letter(text[:diff]).body,
        diff=text[diff:],
        file=file,
        line=line + text.count("\n", 0, diff),
    )


def _texts(content: bytes, message: Message) -> Iterator[str]:
    """The body as text: as declared, then (a lying mail) as it stands."""
    declared = str(message.get_content_charset("utf-8"))
    if str(message.get_param("format", "")).lower() == "flowed":
        delsp = str(message.get_param("delsp", "")).lower() == "yes"
        text = unflowed(decode(content, declared), delsp)
        if diff_of(text) is not None and counts_hold(text):
            yield text
    yield decode(content, declared)
    yield decode(content, "utf-8")


# --- order ------------------------------------------------------------------------------


def _why_skipped(piece: _Piece) -> str:
    """What to say about a message that has no diff."""
    _, body = _split_envelope(piece.data)
    headers, _ = split_headers(body)
    subject = headers.text("subject") if headers.of_mail else ""
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
        if patch.subject.lower().startswith("re:") and not patch.is_cut_out:
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
