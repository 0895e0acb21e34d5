# SPDX-License-Identifier: GPL-2.0-or-later
"""The real command on streams that are closed, full, without reader, or of another encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCENARIO = str(ROOT / "scenarios" / "coherent-pages-stay.mm")
NO_FILE = "none.mm: cannot be read: no such file or directory\n"


def shell(
    words: str, unbuffered: bool = False, more: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """`linuxmm` and these words of a shell; its exit code, not that of a pipe behind it."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1" * unbuffered,
        **(more or {}),
    }
    line = f'set -o pipefail; "{sys.executable}" -m linuxmm {words}'
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, env=env, cwd="/", check=False, timeout=120
    )


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize(
    "words",
    ["--help", "--version", "run --help", "", f"run {SCENARIO}", "kernels list", "gen --seed 1"],
)
@pytest.mark.parametrize(
    ("where", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_output_that_did_not_arrive_is_no_success(
    words: str, where: str, why: str, unbuffered: bool
) -> None:
    done = shell(f"{words} {where}", unbuffered)
    assert done.stderr.decode() == f"linuxmm: cannot write the output: {why}\n"
    assert (done.returncode, done.stdout) == (4, b"")


@pytest.mark.parametrize("output", ["html", "perfetto", "mermaid"])
def test_a_picture_onto_a_full_disk_or_to_nobody(output: str) -> None:
    done = shell(f"run {SCENARIO} --format {output} >/dev/full")
    said = "linuxmm: cannot write the output: No space left on device\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (4, b"", said)
    gone = shell(
        f"run {' '.join([SCENARIO] * 40)} --format html | head -c 1; exit ${{PIPESTATUS[0]}}"
    )
    assert (gone.returncode, gone.stdout, gone.stderr) == (141, b"<", b"")


def test_a_picture_is_the_same_bytes_in_every_encoding() -> None:
    plain = shell(f"run {SCENARIO} --format html")
    latin = shell(f"run {SCENARIO} --format html", more={"PYTHONIOENCODING": "latin-1"})
    assert plain.returncode == 0 and plain.stdout == latin.stdout and plain.stdout.isascii()


def test_a_picture_in_a_file_on_a_full_disk_or_in_no_folder() -> None:
    done = shell("inspect $$ --format html --output /dev/full")
    assert done.returncode == 4 and done.stderr.count(b"\n") == 1
    done = shell("inspect $$ --format html --output /no/such/folder/x.html")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize("words", ["run none.mm", "--nonsense", "run", "nonsense", "gen --seed x"])
def test_nobody_who_reads_errors_leaves_the_exit_code(words: str, where: str) -> None:
    done = shell(f"{words} {where}")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_errors_never_get_into_the_json(where: str) -> None:
    done = shell(f"run none.mm {SCENARIO} --format json {where}")
    assert done.returncode == 2
    assert json.loads(done.stdout)[-1]["scenario"] == "coherent-pages-stay"


@pytest.mark.parametrize("verb", ["run", "review", "sites"])
def test_closed_standard_input_is_bad_input(verb: str) -> None:
    done = shell(f"{verb} - <&-")
    assert done.stderr == b"linuxmm: standard input cannot be read: bad file descriptor\n"
    assert (done.returncode, done.stdout) == (2, b"")


def test_all_three_closed() -> None:
    assert shell("run - <&- >&- 2>&-").returncode == 2
    assert shell(f"run {SCENARIO} <&- >&- 2>&-").returncode == 4


def test_a_file_that_is_opened_does_not_become_standard_output(tmp_path: Path) -> None:
    # descriptor 1 would be the next one to be given away
    path = tmp_path / "7.mm"
    assert shell(f"gen --seed 7 --out {tmp_path} >&-").returncode == 0
    assert path.read_bytes() == shell("gen --seed 7").stdout


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_reader_that_has_gone_is_told_by_the_exit_code_alone(unbuffered: bool) -> None:
    done = shell("kernels show v6.1 --format json | true", unbuffered)
    assert (done.returncode, done.stderr) == (141, b"")
    done = shell("kernels show v6.1 --format json | head -c 1", unbuffered)
    assert (done.stdout, done.stderr) == (b"{", b"")


ENCODINGS = [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii"}]


@pytest.mark.parametrize("env", ENCODINGS, ids=str)
@pytest.mark.parametrize("name", ["kernels list", "run", "sites v6.1", "gen --seed 3", "--help"])
def test_no_encoding_breaks_a_verb(name: str, env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "é.mm"
    path.write_text(Path(SCENARIO).read_text().replace("A page", "Eine Seite \u2013 \u00e4"))
    done = shell(f"run '{path}'" if name == "run" else name, more=env)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("env", ENCODINGS, ids=str)
def test_json_is_ascii_in_every_encoding(env: dict[str, str], tmp_path: Path) -> None:
    kernel = tmp_path / "k.toml"
    kernel.write_text('base = "v6.1"\nname = "mine"\nsource = "caf\u00e9 \u4e2d"\n')
    done = shell(f"kernels show '{kernel}' --format json", more=env)
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["kernel"]["source"] == "caf\u00e9 \u4e2d"
