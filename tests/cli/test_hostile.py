# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of others in all that the command prints: no control character, and no forged line.

Every verb, as a process of its own (forked from one that has imported them all), on names and
contents that would end our line, clear the screen, or turn what follows around; standard output
and standard error, text and JSON.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.review.patches import hunk
from tests.review.test_review_quiet import COMMENT

ROOT = Path(__file__).parent.parent.parent
# LF CR ESC C1-CSI RLO LS NEL VT FF; a byte that is no UTF-8 where a file name may have one
WORD = (
    "x\nFORGED 1 of 1\rFORGED\x1b[31m\x9b2J\u202etxt\u2066\u2028FORGED\u2029FORGED"
    "\x85FORGED\x0bFORGED\x0cFORGED"
)
NAME = WORD + "\udce9"


def toml(text: str) -> str:
    """A string of TOML, all of it in escapes that TOML has."""
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile name that has hostile files."""
    folder = tmp_path_factory.mktemp("hostile") / NAME
    folder.mkdir()
    good = (
        "linuxmm-scenario 1\nname: good\nintent: Try \u202eit\u009b2J.\nmachine:\n  node0 64M\n"
        "steps:\n  P0: a = mmap 1p\n  r: P0: write a 1\nexpect v6.1:\n  r = -EFAULT\n"
    )
    (folder / f"{NAME}.mm").write_text(good)
    (folder / "bad.mm").write_text(good.replace("mmap 1p", f"mmap {WORD.split(chr(10))[1]}\u202e"))
    site = '[site."mm/ksm.c:break_ksm"]'
    mine = f'base = "v6.1"\nname = "k"\nsource = "s"\n{site}\nsource = {toml(WORD)}\n'
    (folder / f"{NAME}.toml").write_text(mine)
    (folder / "base.toml").write_text(f"base = {toml(WORD)}\n")
    (folder / "name.toml").write_text(f'base = "v6.1"\nname = {toml(WORD)}\n')
    (folder / "site.toml").write_text(f'base = "v6.1"\n[site.{toml(WORD)}]\nlookup = "normal"\n')
    (folder / "word.toml").write_text(f'base = "v6.1"\n{site}\nlookup = {toml(WORD)}\n')
    subject = base64.b64encode(f"[PATCH] mm: {WORD}".encode()).decode()
    head = f"From: a@b.c\nSubject: =?utf-8?b?{subject}?=\nDate: Thu, 10 Mar 2022 11:26:22 -0600\n\n"
    path = '"{}/net/x\\nFORGED\\033[31m.c"'
    body = hunk("int FORGED\x9b(void)", " \tint a;\n-\ta = 1;\n+\ta = 2;")
    odd = f"--- {path.format('a')}\n+++ {path.format('b')}\n{body}"
    (folder / f"{NAME}.patch").write_text(head + "---\n" + COMMENT + odd)
    (folder / "odd.patch").write_text(head + "---\n" + odd)
    (folder / "7.mm").write_text("of somebody else")
    tree = folder / "tree"
    tree.mkdir()
    code = "void f(void)\n{\n\tvm_normal_page(vma, addr, pte);\n}\n"
    (tree / f"{NAME}.c").write_text(code)
    return folder


WORDS = [
    *(["run", file, "-k", "v6.1", *more]
      for file in ("NAME.mm", "bad.mm", "NAME", ".") for more in ([], ["-k", "NAME.toml"])),
    ["run", "NAME.mm", "-k", "v6.1", "-k", "NAME.toml", "-k", "split-v1", "--verbose"],
    *(["run", "NAME.mm", "-k", file]
      for file in ("NAME", "base.toml", "name.toml", "site.toml", "word.toml", ".")),
    ["kernels", "show", "NAME.toml"], ["kernels", "show", "NAME"], ["kernels", "NAME"],
    ["kernels", "diff", "v6.1", "NAME.toml"], ["kernels", "diff", "split-v1", "NAME.toml"],
    ["check", "NAME"], ["check", "base.toml"], ["check", "NAME.toml", "--format", "NAME"],
    ["mutate", "NAME"], ["mutate", "v6.1", "--site", "NAME"],
    ["mutate", "--source", "--tree", "NAME"], ["mutate", "--source", "--tree", "tree"],
    ["mutate", "--source", "--tree", "tree", "--function", "NAME"],
    ["review", "NAME.patch"], ["review", "odd.patch"], ["review", "odd.patch", "--format", "b4"],
    ["review", "NAME"], ["review", "NAME.toml..v6.1"], ["review", "NAME..v6.1"],
    ["review", "odd.patch", "--base", "NAME"], ["review", "odd.patch", "--tree", "NAME"],
    ["sites", "NAME.patch"], ["sites", "odd.patch"], ["sites", "tree"], ["sites", "NAME.toml"],
    ["sites", "tree", "--kernel", "NAME.toml"], ["sites", "NAME"],
    ["matrix", "."], ["matrix", "NAME"],
    ["gen", "--kind", "NAME"], ["gen", "--verb", "NAME"], ["gen", "--seed", "NAME"],
    ["gen", "--seed", "7", "--out", "."], ["gen", "--seed", "7", "--out", "NAME.mm"],
    ["validate", "NAME", "--on", "host"], ["validate", "bad.mm", "--on", "host"],
    ["validate", "NAME.mm", "--kernel", "NAME"], ["validate", "NAME.mm", "--kernel-image", "NAME"],
    ["inspect", "NAME"], ["inspect", "1", "--range", "NAME"], ["inspect", "--cgroup", "NAME"],
    ["inspect", "1", "--vmcore", "NAME"], ["inspect", "1", "--kernel", "NAME"],
    ["inspect", "1", "--output", "NAME/x"],
    ["why", "1", "NAME"], ["why", "NAME", "0"],
    ["run", "NAME.mm", "bad.mm", "NAME", "-k", "v6.1", "-k", "NAME.toml", "--format", "html"],
    ["run", "NAME.mm", "-k", "v6.1", "-k", "NAME.toml", "--format", "mermaid"],
    ["run", "NAME.mm", "-k", "v6.1", "-k", "NAME.toml", "--explain", "--pages"],
    *(["run", "NAME.mm", "bad.mm", "NAME", "-k", "v6.1", "-k", "NAME.toml", "--format", form]
      for form in ("tap", "junit")),
    ["run", "NAME.mm", "-k", "NAME.toml", "--format", "perfetto"],
    ["review", "NAME.patch", "--format", "html"], ["review", "odd.patch", "--format", "html"],
    ["matrix", ".", "--format", "html"], ["inspect", "1", "NAME", "--format", "html"],
    ["NAME"], ["--NAME"], ["run"], ["run", "--NAME"],
]  # fmt: skip


JSON = [
    ["run", "NAME.mm", "bad.mm", "NAME", "-k", "v6.1", "-k", "NAME.toml"],
    ["kernels", "show", "NAME.toml"],
    ["kernels", "diff", "split-v1", "NAME.toml"],
    ["review", "NAME.patch"],
    ["sites", "odd.patch"],
    ["sites", "tree", "--kernel", "NAME.toml"],
    ["matrix", "."],
    ["doctor"],
]

FORKS = """\
import importlib, json, os, sys
from linuxmm.__main__ import main
from linuxmm.cli.main import VERBS
for verb in VERBS:
    importlib.import_module(f"linuxmm.cli.{verb}")
for number, words in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if child == 0:
        for fd in (1, 2):
            os.dup2(os.open(f"{sys.argv[1]}/{number}.{fd}", os.O_CREAT | os.O_WRONLY), fd)
        sys.argv = ["linuxmm", *words]
        sys.exit(main())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Said(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    stdout: bytes
    stderr: bytes


def commands(all_words: list[list[str]], place: Path, folder: Path) -> list[Said]:
    """Commands in the hostile folder; a word with an ending of ours is a path there."""
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(folder)],
        input=json.dumps([[full(word, place) for word in words] for words in all_words]),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=900,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
    )
    read = [[(folder / f"{i}.{fd}").read_bytes() for fd in (1, 2)] for i in range(len(all_words))]
    return [Said(int(code), *pair) for code, pair in zip(done.stdout.split(), read, strict=True)]


def full(word: str, place: Path) -> str:
    named = word.replace("NAME", NAME)
    return str(place / named) if (place / named).exists() or named == "." else named


@pytest.fixture(scope="module")
def said(place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """Every command of the tests, by its words."""
    every = [*WORDS, *([*words, "--format", "json"] for words in JSON)]
    found = commands(every, place, tmp_path_factory.mktemp("said"))
    return dict(zip(map(" ".join, every), found, strict=True))


def check_lines(said: bytes) -> None:
    text = said.decode("utf-8")  # raises for a byte of a file name
    for line in text.split("\n"):
        assert line.isprintable(), line
        assert not line.startswith("FORGED"), text


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_text(words: list[str], said: dict[str, Said]) -> None:
    done = said[" ".join(words)]
    check_lines(done.stdout)
    check_lines(done.stderr)
    assert done.code not in (70, -6, -11), done.stderr
    errors = done.stderr.decode().splitlines()
    assert all(line.startswith(("linuxmm: ", "linuxmm ")) for line in errors), errors
    assert all(len(line) < 2500 for line in errors)


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_json(words: list[str], said: dict[str, Said]) -> None:
    done = said[" ".join([*words, "--format", "json"])]
    assert done.stdout.isascii()
    check_lines(done.stdout)
    json.loads(done.stdout)


def test_a_hostile_kernel_shows_as_a_file_that_loads_again(
    place: Path, tmp_path: Path, said: dict[str, Said]
) -> None:
    again = tmp_path / "again.toml"
    shown = said["kernels show NAME.toml"].stdout
    again.write_bytes(shown)
    show = ["kernels", "show", str(again)]
    text, found = commands([show, [*show, "--format", "json"]], place, tmp_path)
    assert text.stdout == shown
    assert json.loads(found.stdout)["kernel"]["site"]["mm/ksm.c:break_ksm"]["source"] == WORD
