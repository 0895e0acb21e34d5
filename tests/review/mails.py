# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails made up from a seed, in every coat that lists and mailers give them.

Each is made of a subject, an author and diffs that are known, so that what a reader says of it can
be compared with the truth as well as with another reader.
"""

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.review.patches import hunk

WORDS = {
    charset: text.split(" ")
    for charset, text in {
        "us-ascii": "mm gup: fix the pte walk of a very long range that nothing maps",
        "iso-8859-1": "für Zoë's café: naïve façade in Malmö",
        "koi8-r": "память: страница и ещё одна",
        "iso-2022-jp": "メモリ 管理 mm の ページ",
        "utf-8": "mm: ☃ für память ページ 🐧",
    }.items()
}
NAMES = {
    "us-ascii": ["Alex Sierra", "Doe, Jane", "Jo O'Neil"],
    "iso-8859-1": ["Zoë Müller", "Þór Ægisson"],
    "koi8-r": ["Юрий Ж", "Ольга Петрова"],
    "iso-2022-jp": ["山田 太郎", "鈴木 花子"],
    "utf-8": ["Łukasz Żak", "Zoë ☃"],
}
TAGS = ["[PATCH] ", "[PATCH v2 3/7] ", "[RFC PATCH] ", "[PATCH -next] ", "[mm][PATCH v10] ", ""]
PATHS = ["mm/madvise.c", "mm/gup.c", "include/linux/mm.h", "fs/proc/task_mmu.c"]
CODE = ["\tpage = vm_normal_page(vma, addr, ptent);", "out:", "\tif (!page)", "\t\tgoto out;",
        "", "\t/* %s */", "}", "-- ", "From here on", "--- a/x", "=3D", "\tfoo =",
        "\t\t."]  # fmt: skip
FOOTER = "\n_______________________________________________\nlinux-mm mailing list\nno mail%d\n"
NOISE = [
    b"ARC-Seal:i=1; a=rsa-sha256; d=example.org; s=arc;\n\tb=abc/def+ghi==;\n cv=none\n",
    b"ARC-Authentication-Results:i=1; mx.example.org;spf=pass\n",
    b"Received:from a.example.org\n\tby b.example.org; Thu, 10 Mar 2022 11:26:31 -0600\n",
    b"X-Mailer: git-send-email 2.32.0\n",
    b"DKIM-Signature: v=1; h=From:Subject:Date;\n  b=x\n",
    b"Cc: a@example.org,\n\tb@example.org, c@example.org\n",
]


@dataclass(frozen=True)
class MadeUp:
    """A mail and the truth about it."""

    data: bytes
    title: str
    author: str
    email: str
    diffs: tuple[str, ...]
    paths: tuple[str, ...]
    charset: str
    is_one_text: bool  # else each diff is a part of its own
    coat: str


def made_up(seed: int) -> MadeUp:
    """One mail from a seed."""
    rng = Random(seed)
    charset = rng.choice(list(WORDS))
    title = " ".join(rng.sample(WORDS[charset], min(len(WORDS[charset]), rng.randint(3, 12))))
    title = title.strip(": ")
    author, email = rng.choice(NAMES[charset]), f"{rng.choice('abc')}@example.org"
    tags = rng.choice(TAGS)
    paths = tuple(rng.choices(PATHS, k=rng.choice([1, 1, 1, 2])))
    diffs = tuple(_diff(rng, path, charset) for path in paths)
    seen = tuple(diff[diff.index("diff --git" if "diff --git" in diff else "--- ") :]
                 for diff in diffs)  # fmt: skip  # without the words of quilt and diff
    head = _header(rng, "Subject", _subject(rng, tags, title, charset))
    shown_title, shown = title, (author, email)
    text, said = _text(rng, charset)
    if "from" in said:
        shown = (said["from"], "inner@example.org")
    shown_title = said.get("subject", shown_title)
    head += _header(rng, "From", _from(rng, author, email, charset))
    head += _header(rng, "Date", b"Thu, 10 Mar 2022 11:26:31 -0600")
    lines = [rng.choice(NOISE) for _ in range(rng.randint(0, 4))]
    lines.insert(rng.randint(0, len(lines)), head)
    coat, body = _body(rng, charset, text, diffs)
    data = b"".join(lines) + body
    if rng.random() < 0.3:
        data = b"From a@b Thu Mar 10 11:26:31 2022\n" + data
    if rng.random() < 0.2 and coat != "flowed":
        data, coat = data.replace(b"\n", b"\r\n"), f"{coat}, crlf"
    return MadeUp(data, shown_title, *shown, seen, paths, charset, "part" not in coat, coat)


# --- headers ------------------------------------------------------------------------------
def _header(rng: Random, name: str, value: bytes) -> bytes:
    """A header in some spelling."""
    name = rng.choice([name, name, name.upper(), name.lower()])
    return name.encode() + b":" + rng.choice([b" ", b" ", b"", b"\t"]) + value + b"\n"


def _fold(rng: Random) -> bytes:
    return rng.choice([b"\n ", b"\n\t", b"\n   ", b" "])


def _subject(rng: Random, tags: str, title: str, charset: str) -> bytes:
    """The subject plain and folded, raw in 8 bits, or as encoded words."""
    if charset == "us-ascii":
        words = (tags + title).split(" ")
        return b"".join(
            word.encode() + (_fold(rng) if len(word) > 3 else b" ") for word in words
        ).strip()
    if charset in ("iso-8859-1", "utf-8") and rng.random() < 0.3:
        return (tags + title).encode(charset)
    return tags.encode() + _encoded_words(rng, title, charset)


def _encoded_words(rng: Random, text: str, charset: str) -> bytes:
    """RFC 2047, cut between characters into words over several lines."""
    charset = rng.choice([charset, "utf-8"])
    pieces, at = [], 0
    while at < len(text):
        size = rng.randint(4, 12)
        pieces.append(text[at : at + size])
        at += size
    return b"".join(
        _encoded_word(rng, piece, charset) + (_fold(rng) if n + 1 < len(pieces) else b"")
        for n, piece in enumerate(pieces)
    )


def _encoded_word(rng: Random, text: str, charset: str) -> bytes:
    data, name = text.encode(charset), rng.choice([charset, charset.upper()])
    if rng.random() < 0.5:
        return b"=?%s?%s?%s?=" % (name.encode(), rng.choice([b"b", b"B"]), base64.b64encode(data))
    quoted = b"".join(
        b"_" if byte == 32 else bytes([byte]) if chr(byte).isalnum() and byte < 128
        else b"=%02X" % byte for byte in data
    )  # fmt: skip
    return b"=?%s?%s?%s?=" % (name.encode(), rng.choice([b"q", b"Q"]), quoted)


def _from(rng: Random, author: str, email: str, charset: str) -> bytes:
    if charset != "us-ascii":
        name = _encoded_words(rng, author, charset)
    else:
        name = f'"{author}"'.encode() if "," in author else author.encode()
        if "," not in author and rng.random() < 0.2:
            return b"%s (%s)" % (email.encode(), name)
    return name + rng.choice([b" ", b"\n "]) + f"<{email}>".encode()


# --- the text -----------------------------------------------------------------------------
def _text(rng: Random, charset: str) -> tuple[str, dict[str, str]]:
    """The words before the diff, and the headers that stand in them."""
    said: dict[str, str] = {}
    text = ""
    if rng.random() < 0.2:
        text += f"Hello,\n\nFrom: nobody is asked\nsee below {rng.choice(WORDS[charset])}\n"
        text += rng.choice(["-- >8 --\n", "---- 8< ----- cut here\n", "  - - >% - -\n"])
    if rng.random() < 0.3:
        said["from"] = rng.choice(NAMES["us-ascii"][:1] + NAMES["utf-8"] * (charset == "utf-8"))
        text += f"From: {said['from']} <inner@example.org>\n"
    if rng.random() < 0.2:
        said["subject"] = "mm: said in the text"
        text += "Subject: [PATCH] mm: said\n in the text\n"
    text += "\n" if said else ""
    for _ in range(rng.randint(1, 4)):
        text += " ".join(rng.choices(WORDS[charset], k=6)) + "\n"
    text += rng.choice(["", 'Fixes: 0123456789ab ("x")\n', ">From the start\n", "Scissors >8\n"])
    return text + rng.choice(["---\n mm/x.c | 2 +-\n\n", "---\n\n", "\n"]), said


def _diff(rng: Random, path: str, charset: str) -> str:
    """The diff of one file, in git's, quilt's or diff's own clothes."""
    words = " ".join(rng.choices(WORDS[charset], k=2))
    lines = [rng.choice([" ", " ", "+", "-"]) + rng.choice(CODE) for _ in range(rng.randint(3, 9))]
    lines = ["-\told();", *(line.replace("%s", words) for line in lines), "+\tnew();"]
    lines = [line for line in lines if not line.startswith(("---", "+++"))]
    body = hunk(rng.choice(["int f(void)", "out:", ""]), "\n".join(lines), rng.randint(1, 900))
    names = rng.choice([
        f"diff --git a/{path} b/{path}\nindex 01..02 100644\n--- a/{path}\n+++ b/{path}\n",
        f"--- a/{path}~some-name\n+++ a/{path}\n",
        f"Index: linux/{path}\n{'=' * 60}\n--- linux.orig/{path}\n+++ linux/{path}\n",
        f"diff -urN a/{path} b/{path}\n--- a/{path}\t2022-03-10\n+++ b/{path}\t2022-03-11\n",
    ])  # fmt: skip
    return names + body


# --- the body -----------------------------------------------------------------------------
def _body(rng: Random, charset: str, text: str, diffs: tuple[str, ...]) -> tuple[str, bytes]:
    """MIME headers and the body in some encoding, and what to call it."""
    makers: list[Callable[[Random, str, str, tuple[str, ...]], tuple[str, bytes]]]
    makers = [_one_text, _one_text, _parts, _flowed]
    return rng.choice(makers)(rng, charset, text, diffs)


def _ending(rng: Random) -> str:
    end = rng.choice(["", "-- \n2.32.0\n", "-- \n2.32.0\n\n", "\n\0\n"])
    return end + (FOOTER % rng.randint(0, 99) if rng.random() < 0.3 else "")


def _one_text(rng: Random, charset: str, text: str, diffs: tuple[str, ...]) -> tuple[str, bytes]:
    whole = text + "".join(diffs) + _ending(rng)
    if rng.random() < 0.2:
        whole = whole.replace(" mm/x.c |", "\0 mm/x.c |").rstrip("\n")
    return _coded(rng, charset, whole)


def _coded(rng: Random, charset: str, text: str, kind: str = "plain") -> tuple[str, bytes]:
    """A text in an encoding, with the headers that say so."""
    data = text.encode(charset)
    how = rng.choice(["8bit", "quoted-printable", "base64"])
    if how == "quoted-printable":
        data = quopri.encodestring(data)
    elif how == "base64":
        data = base64.encodebytes(data)
    quote = rng.choice(["", '"'])
    content = _header(rng, "Content-Type", f"text/{kind}; charset={quote}{charset}{quote}".encode())
    coded = _header(rng, "Content-Transfer-Encoding", how.encode())
    mime = _header(rng, "MIME-Version", b"1.0")
    return f"{how} {charset}", b"".join([mime, content, coded, b"\n", data])


def _parts(rng: Random, charset: str, text: str, diffs: tuple[str, ...]) -> tuple[str, bytes]:
    """The text and each diff in a part of its own, then perhaps a footer."""
    end = b"--=_b0undary"
    other = rng.choice([charset, "utf-8"])
    parts = [_coded(rng, charset, text)[1]]
    parts += [_coded(rng, other, diff, rng.choice(["x-patch", "plain"]))[1] for diff in diffs]
    if rng.random() < 0.4:
        parts.append(_coded(rng, "us-ascii", FOOTER % 1)[1])
    head = b'Content-Type:multipart/mixed;\n boundary="=_b0undary"\n\nwords for old mailers\n'
    whole = b"".join(end + b"\n" + part + b"\n" for part in parts)
    return f"part {charset} {other}", head + whole + end + b"--\n"


def _flowed(rng: Random, charset: str, text: str, diffs: tuple[str, ...]) -> tuple[str, bytes]:
    """format=flowed: words may break softly, diff lines are stuffed."""
    delsp = rng.random() < 0.5
    lines = []
    for line in (text + "".join(diffs)).split("\n"):
        stuffed = " " + line if line.startswith((" ", ">", "From ")) else line
        if line == "-- " or not line.endswith(" "):
            lines.append(stuffed)
        else:
            return _one_text(rng, charset, text, diffs)
        if len(line) > 40 and line.count(" ") > 4 and lines[-1][0] not in " +-@[FS":
            at = line.rindex(" ")
            lines[-1:] = [line[: at + 1] + " " * delsp, line[at + 1 :]]
    said = f"text/plain; charset={charset}; format=flowed" + ("; delsp=yes" if delsp else "")
    head = _header(rng, "Content-Type", said.encode())
    return "flowed", head + b"Content-Transfer-Encoding: 8bit\n\n" + "\n".join(lines).encode(
        charset
    )
