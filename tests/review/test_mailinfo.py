# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``git mailinfo`` reads, we read: several hundred made-up mails through both.

Where the two differ on purpose: git gives up on a charset that it does not know, does not decode
UTF-16 and leaves a From: at the beginning of the text in the charset of the mail, we decode all of
them; git takes every part of a mail into the patch, we leave HTML out.
"""

import os
import subprocess
from email.utils import parseaddr
from pathlib import Path
from shutil import which

import pytest

from linuxmm.review import mail
from linuxmm.review.patch import read_diff
from tests.review.mails import MadeUp, made_up

MAILS = 320
FIRST_SEED = 20220310


def git(*words: str, data: bytes = b"") -> bytes:
    """What a git command says, with no configuration but its own."""
    environment = {
        "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    return subprocess.run(
        ["git", *words], input=data, env=environment, capture_output=True, check=True, timeout=60
    ).stdout


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[MadeUp, Path]]:
    """Each mail beside the file that ``git mailsplit`` makes of it (as git am begins)."""
    if which("git") is None:
        pytest.skip("git is not on this machine")
    folder = tmp_path_factory.mktemp("mails")
    mails = [made_up(FIRST_SEED + n) for n in range(MAILS)]
    paths = [folder / f"{n:04}.mail" for n in range(MAILS)]
    for path, each in zip(paths, mails, strict=True):
        path.write_bytes(each.data)
    git("mailsplit", "-b", f"-o{folder}", *map(str, paths))
    return [(each, folder / f"{n:04}") for n, each in enumerate(mails, 1)]


def test_subject_author_and_patch_are_those_of_git(
    split: list[tuple[MadeUp, Path]], tmp_path: Path
) -> None:
    words, patch = tmp_path / "words", tmp_path / "patch"
    for n, (each, path) in enumerate(split):
        said = git("mailinfo", "--scissors", str(words), str(patch), data=path.read_bytes())
        theirs = said_by_git(said)
        [ours] = mail.read(each.data, "x").patches
        where = f"seed {FIRST_SEED + n}, {each.coat}"
        assert (ours.title, *parseaddr(ours.author)) == (
            theirs["Subject"], theirs["Author"], theirs["Email"]
        ), where  # fmt: skip
        assert (ours.title, *parseaddr(ours.author)) == (each.title, each.author, each.email), where
        assert_same_patch(ours.diff, patch.read_bytes(), each, where)
        assert tuple(file.path for file in read_diff(ours)) == each.paths, where


def assert_same_patch(ours: str, theirs: bytes, each: MadeUp, where: str) -> None:
    """Git's bytes, decoded, are ours to the end; of several parts the diffs are, in order."""
    ours, at = f"{ours}\n", 0  # the last line of a mail may have no end
    for diff in each.diffs:
        assert diff in ours[at:], where
        at = ours.index(diff, at)
    if each.is_one_text:
        text = theirs.decode(each.charset) + "\n"
        assert ours.rstrip("\n") == text[text.index(each.diffs[0]) :].rstrip("\n"), where


def said_by_git(said: bytes) -> dict[str, str]:
    """Git's lines; a raw subject went through it as it came, so each is decoded by itself."""
    found = {}
    for line in said.split(b"\n"):
        name, _, value = line.partition(b": ")
        try:
            found[name.decode()] = value.decode()
        except UnicodeError:
            found[name.decode()] = value.decode("latin-1")
    return found


def test_the_mails_wear_every_coat(split: list[tuple[MadeUp, Path]]) -> None:
    """The comparison means something: each encoding and charset is there."""
    coats = " ".join(each.coat for each, _ in split)
    for word in ("8bit", "quoted-printable", "base64", "part", "flowed", "crlf", "koi8-r"):
        assert coats.count(word) > 5
