# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that want to mislead: names with every byte, texts that do not parse, sudden ends."""

import ctypes
import json
import mmap
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linuxmm import procfs
from linuxmm.cli.main import main
from linuxmm.inspect import live
from linuxmm.inspect.live import open_process

pytestmark = pytest.mark.live
FORGED = b"x\x0c7f0000000000-7fff00000000 rwxp 00000000 00:00 0   [forged]"
NAMES = (
    b"x\x0ca: b kB",
    FORGED,
    b"y\nf0000000-ffff0000 rwxp 00000000 00:00 0 [forged]",
    b"z\x85VmFlags: rd\x1eRss:  99999 kB\xe2\x80\xa8Swap:  99999 kB",
    b"\x1b]0;title\x07\x1b[2J\x9b1m\xe2\x80\xae\xff",
)
COMM = b"a\nVmPin:1\x1b[2J"


def hostile() -> None:
    """Map files with such names, take such a name; wait for the end of standard input."""
    maps = []
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            fd = os.open(os.path.join(os.fsencode(folder), name), os.O_RDWR | os.O_CREAT)
            os.ftruncate(fd, 4096)
            maps.append(mmap.mmap(fd, 4096))
            maps[-1][0] = 1
        ctypes.CDLL(None).prctl(15, COMM, 0, 0, 0)
        print(folder, flush=True)
        sys.stdin.read()


@contextmanager
def child() -> Iterator[tuple[int, str]]:
    """The pid of a process that runs `hostile`, and its folder."""
    code = "from tests.inspect.test_hostile import hostile; hostile()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout
        folder = process.stdout.readline().decode().rstrip("\n")
        try:
            yield process.pid, folder
        finally:
            process.stdin.close()


@pytest.fixture(scope="module")
def liar() -> Iterator[tuple[int, str]]:
    if not os.access("/proc/self/pagemap", os.R_OK):
        pytest.skip("/proc/self/pagemap cannot be read")
    with child() as found:
        yield found


def test_no_name_is_a_mapping(liar: tuple[int, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The kernel's own list of a process's mappings, /proc/PID/map_files, is the judge."""
    pid, folder = liar
    assert main(["inspect", str(pid), "--vma", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert said.out.isascii() and said.err == ""
    (found,) = json.loads(said.out)["processes"]
    assert found["name"] == COMM[:15].decode() and found["not_known"].keys().isdisjoint({"smaps"})
    names = [os.fsdecode(name) for name in NAMES]
    here = [vma for vma in found["vmas"] if vma["name"].startswith(folder)]
    assert len(here) == len(names)
    assert all(vma["pages"] == 1 and "ex" not in vma["flags"] for vma in here)
    assert not any(vma["name"].startswith("[forged]") for vma in found["vmas"])
    if os.geteuid() == 0:
        listed = {tuple(n.split("-")) for n in os.listdir(f"/proc/{pid}/map_files")}
        shown = {(v["start"][2:], v["end"][2:]) for v in found["vmas"]}
        assert listed <= shown and all(
            v["name"].startswith("[") or not v["name"]
            for v in found["vmas"]
            if (v["start"][2:], v["end"][2:]) not in listed
        )


@pytest.mark.parametrize(
    "words", [["--vma"], ["--pages"], ["--format", "csv"], ["--scenario", "-"], ["--quick"]]
)
def test_no_word_of_theirs_reaches_the_terminal(
    liar: tuple[int, str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(liar[0]), *words]) == 0
    said = capsys.readouterr()
    assert all(c.isprintable() or c == "\n" for c in said.out + said.err)
    assert not any(
        line.startswith(("VmPin", "f0000000", "7f0000000000-")) for line in said.out.splitlines()
    )


def test_why_shows_the_name_on_its_line(
    liar: tuple[int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    pid, folder = liar
    process = open_process(pid)
    process.close()
    area = next(a for a in process.areas if a.name.startswith(folder) and "\n" in a.name)
    assert main(["why", str(pid), f"{area.start:x}"]) == 0
    said = capsys.readouterr().out
    assert f"{folder}/y\\nf0000000-ffff0000" in said
    assert all(c.isprintable() or c == "\n" for c in said)


# --- one of several -------------------------------------------------------------------------------
def test_a_line_that_does_not_parse_costs_itself_only(
    liar: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As if a kernel to come wrote something else."""
    pid = liar[0]
    whole = open_process(pid)
    whole.close()
    original = procfs.read

    def read(path: str) -> bytes:
        data = original(path)
        if path == f"/proc/{pid}/smaps":
            head, _, rest = data.partition(b"\n")
            data = head.replace(b"-", b"+", 1) + b"\n" + rest
        return data

    monkeypatch.setattr(procfs, "read", read)
    assert main(["inspect", str(pid), str(os.getpid()), "--format", "json", "--vma"]) == 3
    said = capsys.readouterr()
    first, second = json.loads(said.out)["processes"]
    assert len(first["vmas"]) == len([a for a in whole.areas if a.start < 1 << 56]) - 1
    assert "does not parse" in first["not_known"]["a part of smaps"]
    assert len(second["vmas"]) > 10 and "a part of smaps" not in second["not_known"]
    assert "not read: 1 lines of process" in said.err


def test_a_bug_in_one_costs_the_others_nothing(
    liar: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pid, me = liar[0], os.getpid()

    def status(of: int) -> dict[str, str]:
        if of == pid:
            raise KeyError("made up")
        return procfs.parse_status(procfs.read(f"/proc/{of}/status"))

    monkeypatch.setattr(live, "_status", status)
    assert main(["inspect", str(pid), str(me), "--format", "json"]) == 70
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [p["pid"] for p in found["processes"]] == [me]
    assert "a bug of linuxmm" in found["not_read"][0] and said.err.count("\n") == 1
    assert main(["inspect", str(pid), str(me), "--format", "jsonl"]) == 70
    first, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["pid"] == me and last["not_read"] == found["not_read"]
    assert first["schema"] == last["schema"] == "linuxmm/inspect/1"


def test_all_goes_on_where_a_process_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "pass"]) as gone:
        gone.wait()
        monkeypatch.setattr("linuxmm.cli.inspect.process_ids", lambda: [gone.pid, os.getpid()])
        assert main(["inspect", "--all", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ended"] == 1 and [p["pid"] for p in found["processes"]] == [os.getpid()]


def test_told_to_end_json_has_the_processes_that_are_done(
    liar: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    me = os.getpid()

    def status(of: int) -> dict[str, str]:
        if of == liar[0]:
            raise KeyboardInterrupt
        return procfs.parse_status(procfs.read(f"/proc/{of}/status"))

    monkeypatch.setattr(live, "_status", status)
    arguments = ["inspect", str(me), str(liar[0]), "--format", "json"]
    path = tmp_path / "found"
    assert main(arguments) == main([*arguments, "--output", str(path)]) == 130
    for text in (capsys.readouterr().out, path.read_text()):
        found = json.loads(text)
        assert found["interrupted"] and [p["pid"] for p in found["processes"]] == [me]


def test_a_process_that_ends_while_it_is_read_is_read_in_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pagemap of a dead process reads as nothing: that is no empty process."""
    with child() as (pid, _):
        opened = open_process

        def then_it_ends(*arguments: object, **words: object) -> live.LiveProcess:
            process = opened(*arguments, **words)  # type: ignore[arg-type]
            os.kill(pid, 9)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            return process

        monkeypatch.setattr("linuxmm.cli.inspect.open_process", then_it_ends)
        assert main(["inspect", str(pid)]) == 3
    said = capsys.readouterr()
    assert "missed:" in said.out and "which ended meanwhile" in said.err
