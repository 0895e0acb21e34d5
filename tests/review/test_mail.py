# SPDX-License-Identifier: GPL-2.0-or-later
"""One patch in every coat it may come in: always the same diff."""

import base64
import io
import quopri
import time
from pathlib import Path

import pytest

from linuxmm.errors import PatchError
from linuxmm.kernels import load
from linuxmm.review import mail
from linuxmm.review.letter import is_scissors
from linuxmm.review.patch import read_diff
from linuxmm.review.read import read_patch
from tests.review.patches import diff, hunk

DIFF = diff(
    "mm/madvise.c",
    hunk(
        "static int madvise_free_pte_range(pmd_t *pmd, unsigned long addr,",
        " \t/* café */\n-\tpage = vm_normal_page(vma, addr, ptent);\n"
        "+\tpage = vm_normal_any_page(vma, addr, ptent);\n ",
    ),
)
HEAD = (
    "From: Zoë <z@example.org>\nDate: Thu, 10 Mar 2022 11:26:31 -0600\n"
    "Message-ID: <1@example.org>\nSubject: [PATCH v3 2/5] mm: words\n"
)
BODY = f"What it does.\n\n---\n mm/madvise.c | 2 +-\n\n{DIFF}-- \n2.32.0\n"


def mime(encoding: str, charset: str, body: bytes, extra: str = "") -> bytes:
    """A mail with one encoded text part."""
    head = f"{HEAD}MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}{extra}\n"
    return f"{head}Content-Transfer-Encoding: {encoding}\n\n".encode() + body


def multipart() -> bytes:
    """The patch as an attachment after a text of its own."""
    return (
        f"{HEAD}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=XX\n\n"
        "--XX\nContent-Type: text/plain\n\nsee below\n"
        "--XX\nContent-Type: text/x-patch; charset=utf-8\n"
        "Content-Disposition: attachment; filename=../../etc/x.patch\n\n"
        f"{DIFF}--XX--\n"
    ).encode()


COATS = {
    "bare diff": DIFF.encode(),
    "plain mail": f"{HEAD}\n{BODY}".encode(),
    "format-patch": f"From 1234567 Mon Sep 17 00:00:00 2001\n{HEAD}\n{BODY}".encode(),
    "crlf": f"{HEAD}\n{BODY}".replace("\n", "\r\n").encode(),
    "quoted-printable": mime("quoted-printable", "utf-8", quopri.encodestring(BODY.encode())),
    "base64": mime("base64", "utf-8", base64.encodebytes(BODY.encode())),
    "latin-1": mime("8bit", "iso-8859-1", BODY.encode("latin-1")),
    "says ascii, is utf-8": mime("8bit", "us-ascii", BODY.encode()),
    "says utf-8, is latin-1": mime("8bit", "utf-8", BODY.encode("latin-1")),
    "unknown charset": mime("8bit", "x-martian", BODY.encode()),
    "harmful codec": mime("8bit", "punycode", BODY.encode()),
    "lies about flowed": mime("8bit", "utf-8", BODY.encode(), "; format=flowed"),
    "flowed": mime("8bit", "utf-8", BODY.replace("\n ", "\n  ").encode(), "; format=flowed"),
    "multipart": multipart(),
    "archive page": f"[PATCH v3 2/5] mm: words\n\n[Date Prev]\n\n{BODY}\n\n[Index]\n".encode(),
    "utf-16 in base64": mime("base64", "utf-16", base64.encodebytes(BODY.encode("utf-16"))),
    "no blank after the colon": b"ARC-Seal:i=1; a=rsa\n\tb=x\n"
    + mime("quoted-printable", "utf-8", quopri.encodestring(BODY.encode())).replace(b": ", b":", 3),
    "NUL bytes around": f"{HEAD}\n{BODY}\0\0\n".replace(" mm/", "\0mm/").encode(),
    "an odd line in the headers": f"{HEAD}no header\n{BODY}".encode(),
    "no end of the last line": f"{HEAD}\n---\n{DIFF[:-1]}".encode(),
    "below scissors": f"{HEAD.replace('[PATCH', 'Re: [PATCH')}\n> x\n\n-- >8 --\n{BODY}".encode(),
    "html beside it": multipart().replace(
        b"--XX--", b"--XX\nContent-Type: text/html\n\n<pre>\n" + DIFF.encode() + b"</pre>\n--XX--"
    ),
    "says base64, is decoded": mime("base64", "utf-8", BODY.encode()),
    "says quoted-printable, is decoded": mime("quoted-printable", "utf-8", BODY.encode()),
    "utf-16 of a shell": DIFF.encode("utf-16"),
    "git log -p": (
        f"commit {'ab' * 20}\nAuthor: Zoe <z@x>\nDate: x\n\n    mm: words\n\n{DIFF}"
    ).encode(),
}


@pytest.mark.parametrize("coat", COATS)
def test_every_coat_gives_the_same_change(coat: str) -> None:
    [patch] = mail.read(COATS[coat], coat).patches
    [file] = read_diff(patch)
    changed = [(line.kind, line.text) for line in file.hunks[0].lines if line.kind != " "]
    assert changed == [
        ("-", "\tpage = vm_normal_page(vma, addr, ptent);"),
        ("+", "\tpage = vm_normal_any_page(vma, addr, ptent);"),
    ]
    assert file.path == "mm/madvise.c"
    assert read_patch(patch, load("v5.17-coherent")).hunks[0].function == "madvise_free_pte_range"
    if coat not in ("bare diff", "utf-16 of a shell"):
        assert patch.title == "mm: words"


@pytest.mark.parametrize("more", ["", "\tint one = x ==20;\n"])
def test_c_that_looks_quoted_is_left_as_it_is(more: str) -> None:
    """b4 0.16 decodes a mail for its checks and keeps the header (get_msg_as_bytes).

    Decoded again, ``=`` at the end of a line would swallow the next one and ``=20`` be a blank.
    """
    added = "\tvm_flags_t flags =\n\t\tvma->vm_flags;\n" + more
    count = added.count("\n")
    lines = "".join(f"+{line}\n" for line in added.rstrip("\n").split("\n"))
    diff = f"--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,0 +1,{count} @@\n{lines}"
    for body in (diff.encode(), quopri.encodestring(diff.encode())):
        [patch] = mail.read(mime("quoted-printable", "utf-8", body), "x").patches
        [file] = read_diff(patch)
        assert "\n".join(line.text for line in file.hunks[0].lines) + "\n" == added


def test_the_line_of_a_plain_mail_is_the_line_of_the_file() -> None:
    text = f"{HEAD}\n{BODY}"
    [patch] = mail.read(text.encode(), "x").patches
    [file] = read_diff(patch)
    assert text.split("\n")[file.hunks[0].line - 1].startswith("@@ ")
    assert patch.body == "What it does."
    assert patch.message_id == "<1@example.org>"
    assert (patch.number, patch.version) == ((2, 5), 3)


def test_an_encoded_author_is_decoded() -> None:
    text = "From: =?utf-8?q?Zo=C3=AB?= <z@x>\nSubject: =?utf-8?b?W1BBVENIXSB4?=\n\n" + DIFF
    [patch] = mail.read(text.encode(), "x").patches
    assert (patch.author, patch.subject) == ("Zoë <z@x>", "[PATCH] x")


RAW = "Re-use für Zoë"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_raw_8_bit_headers_are_utf_8_or_else_latin_1(charset: str) -> None:
    text = f"Subject: [PATCH] {RAW}\nFrom: Zoë <z@x>\n\n{DIFF}"
    [patch] = mail.read(text.encode(charset), "x").patches
    assert (patch.title, patch.author) == (RAW, "Zoë <z@x>")


def test_headers_in_the_text_are_the_patch_s_own() -> None:
    """Who forwards a patch says so: the author and title are those of the text."""
    text = f"{HEAD}\nFrom: Real Author <r@x>\nSubject: mm: better\n words\n\nWhy.\n---\n{DIFF}"
    [patch] = mail.read(text.encode(), "x").patches
    assert patch.author == "Real Author <r@x>"
    assert patch.subject == "[PATCH v3 2/5] mm: better words"
    assert patch.body == "Why."


def test_a_patch_in_two_attachments_is_one_patch() -> None:
    second = diff("mm/gup.c", hunk("f()", "-a\n+b"))
    part = f"--XX\nContent-Type: text/x-patch\n\n{second}--XX--\n"
    [patch] = mail.read(multipart().replace(b"--XX--\n", part.encode()), "x").patches
    assert [file.path for file in read_diff(patch)] == ["mm/madvise.c", "mm/gup.c"]


def test_attached_format_patch_files_are_patches_of_their_own() -> None:
    files = "".join(
        f"--XX\nContent-Type: text/plain; name=000{n}.patch\n\n"
        f"From {'ab' * 20} Mon Sep 17 00:00:00 2001\n"
        f"From: A <a@b>\nDate: x\nSubject: [PATCH {n}/2] part {n}\n\n---\n{DIFF}-- \n2.32.0\n\n"
        for n in (2, 1)
    )
    head = f"{HEAD}Content-Type: multipart/mixed; boundary=XX\n\n--XX\n\nFrom: not a mail\nwords\n"
    found = mail.read(f"{head}{files}--XX--\n".encode(), "x").patches
    assert [patch.title for patch in found] == ["part 1", "part 2"]


@pytest.mark.parametrize("kind", ["mixed", "digest"])
def test_mails_in_a_mail_are_patches_of_their_own(kind: str) -> None:
    """A forward as attachment, or a list's digest; each with its own headers and encoding."""
    mails = [
        mime("quoted-printable", "utf-8", quopri.encodestring(BODY.encode())).replace(
            b"2/5", b"1/2"
        ),
        mime("8bit", "iso-8859-1", BODY.encode("latin-1")).replace(b"2/5", b"2/2"),
        mime("base64", "utf-8", base64.encodebytes(b"no patch")).replace(b"2/5", b"0/2"),
    ]
    head = f"Subject: Fwd: all\nContent-Type: multipart/{kind}; boundary=YY\n\n".encode()
    parts = b"".join(b"--YY\nContent-Type: message/rfc822\n\n" + each + b"\n" for each in mails)
    found = mail.read(head + parts + b"--YY--\n", "x").patches
    assert [patch.number for patch in found] == [(1, 2), (2, 2)]
    assert all("/* café */" in patch.diff and patch.title == "mm: words" for patch in found)


def test_a_patch_that_says_boundary_often_is_no_mail_of_many_parts() -> None:
    words = "boundary=pageblock\n" * 60
    assert len(mail.read(f"{HEAD}\n{words}---\n{DIFF}".encode(), "x").patches) == 1


@pytest.mark.parametrize(
    ("line", "cuts"),
    [("-- >8 --", True), ("---- 8< ---- cut here", True), ("  - - %< - - -", True),
     ("-- 8 --", False), (">8", False), ("use scissors >8 here please, not that", False)],
)  # fmt: skip
def test_scissors(line: str, cuts: bool) -> None:
    """Git's documentation of --scissors, and a line of each side of its measure."""
    assert is_scissors(line) is cuts


def mbox(*subjects: str, bodies: dict[str, str] | None = None) -> bytes:
    """Messages with these subjects; all have the diff but those in ``bodies``."""
    texts = []
    for subject in subjects:
        body = (bodies or {}).get(subject, f"{DIFF}")
        texts.append(
            f"From a@b Thu Mar 10 11:26:31 2022\nFrom: A <a@b>\nSubject: {subject}\n\n"
            f"About {subject}.\n---\n{body}\n"
        )
    return "".join(texts).encode()


def test_an_mbox_is_sorted_and_its_cover_letter_left_out_and_said() -> None:
    cover = "[PATCH 0/2] all of it"
    data = mbox("[PATCH 2/2] b", cover, "[PATCH 1/2] a", bodies={cover: "words\n"})
    found = mail.read(data, "x.mbox")
    assert [patch.title for patch in found.patches] == ["a", "b"]
    assert found.skipped == ("[PATCH 0/2] all of it (cover letter)",)


def test_replies_and_repeats_are_left_out() -> None:
    data = mbox("[PATCH] a", "Re: [PATCH] a", "[PATCH] a").replace(b"Re: [PATCH] a.", b"x")
    found = mail.read(data, "x.mbox")
    assert [patch.subject for patch in found.patches] == ["[PATCH] a"]
    assert len(found.skipped) == 2


def test_two_versions_in_one_file_are_refused() -> None:
    with pytest.raises(PatchError, match="several versions of a series \\(v1, v2\\)"):
        mail.read(mbox("[PATCH 1/2] a", "[PATCH v2 2/2] b"), "x.mbox")


PARTS = b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n"
BAD = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n\n", "is empty"),
    "binary": (bytes(range(256)) * 10, "binary data"),
    "words": (b"hello\nworld\n", "has no diff"),
    "html": (b"<!DOCTYPE html><html><pre>diff</pre>", "is HTML"),
    "only a reply": (b"Subject: Re: x\n\n> diff --git a/x b/x\n", "quoted diff"),
    "parts": (PARTS + b"--a\nContent-Type: text/plain\n\nx\n" * 60, "mail parts"),
    "a part's endless header": (
        PARTS + b"--a\nContent-Type: multipart/mixed; " + b"a=b; " * 3_000_000,
        "endless",
    ),
    "messages": (b"From a@b Thu Mar 10 11:26:31 2022\nSubject: x\n\n" * 10_002, "messages"),
    "parts of parts": (PARTS + b"Content-Type: multipart/mixed; boundary=b\n" * 60, "mail parts"),
    "lines": (b"\n" * 200_001 + b"x", "lines"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_with_its_file(what: str) -> None:
    data, sentence = BAD[what]
    with pytest.raises(PatchError, match=sentence) as caught:
        mail.read(data, "some.mail")
    assert str(caught.value).startswith("some.mail")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_mail_of_50_mb_is_answered_within_seconds(tmp_path: Path) -> None:
    big = tmp_path / "big.mail"
    with big.open("wb") as stream:
        stream.write(f"{HEAD}\n{BODY}".encode())
        stream.truncate(50 << 20)
    start = time.monotonic()
    with pytest.raises(PatchError, match="larger than 16 MiB"):
        mail.load(str(big))
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain; " + b"a=b; " * 3_000_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 1_000_000,
        b"Subject: a\n" + b" folded\n" * 190_000 + b"X: y",
    ],
    ids=["parameters", "words", "folds"],
)
def test_endless_headers_are_cut(head: bytes) -> None:
    """Uncut, the standard library takes minutes for the parameters of the first one."""
    assert len(mail.read(b"From: a\n" + head + b"\n\n" + DIFF.encode(), "x").patches) == 1


def test_deep_multiparts_do_not_overflow() -> None:
    data = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    with pytest.raises(PatchError):
        mail.read(b"Subject: x\n" + data, "x")


def test_standard_input_and_files_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Stdin:
        buffer = io.BytesIO(DIFF.encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert len(mail.load("-").patches) == 1
    for path in ("/no/such/file", str(tmp_path), "a\0b"):
        with pytest.raises(PatchError, match="cannot be read"):
            mail.load(path)
