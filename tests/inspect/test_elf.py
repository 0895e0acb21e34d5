# SPDX-License-Identifier: GPL-2.0-or-later
"""Notes of ELF files that lie: every limit is a sentence, nothing is read beyond it."""

import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linuxmm.errors import InputError
from linuxmm.inspect.elf import MAX_NOTES, Note, build_id, check_notes, parse_notes

ID = bytes(range(20))
NOTE = struct.pack("<III", 4, 20, 3) + b"GNU\0" + ID
LINUX = struct.pack("<III", 6, 4, 257) + b"Linux\0\0\0" + b"\1\0\0\0"


def elf(
    segment: tuple[int, int] = (0, 0),
    section: tuple[int, int] = (0, 0),
    *,
    body: bytes = b"",
    kind: int = 2,
    nr: int = 1,
    size: int = 56,
    at: int = 64,
) -> bytes:
    """A header, one segment of notes, one section of notes (offset, bytes), and what follows."""
    nr_sections = int(section != (0, 0))
    where = 64 + 56 if nr_sections else 0
    head = b"\x7fELF\2\1\1" + bytes(9)
    head += struct.pack("<HHIQQQI", kind, 62, 1, 0, at, where, 0)
    head += struct.pack("<HHHHHH", 64, size, nr, 64, nr_sections, 0)
    found = head + struct.pack("<IIQQQQQQ", 4, 0, segment[0], 0, 0, segment[1], segment[1], 4)
    if nr_sections:
        found += struct.pack("<IIQQQQIIQQ", 0, 7, 0, 0, *section, 0, 0, 4, 0)
    return found + body


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vmlinux"


# --- notes ----------------------------------------------------------------------------------------
def test_notes_are_padded_to_four_bytes() -> None:
    odd = struct.pack("<III", 5, 3, 9) + b"CORE\0\0\0\0" + b"abc\0"
    assert parse_notes(odd + NOTE) == [Note(b"CORE", 9, b"abc"), Note(b"GNU", 3, ID)]
    assert parse_notes(b"") == parse_notes(b"short") == []


@pytest.mark.parametrize("sizes", [(4, 1 << 31), ((1 << 32) - 1, 0), (4, 21)])
def test_a_note_longer_than_its_group(sizes: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="longer than its group"):
        parse_notes(struct.pack("<III", *sizes, 3) + b"GNU\0" + ID)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([NOTE, LINUX]))).map(b"".join))
def test_no_group_of_notes_raises_but_bad_input(data: bytes) -> None:
    try:
        notes = parse_notes(data)
    except InputError:
        return
    assert sum(12 + len(n.owner) + len(n.data) for n in notes) <= len(data)


# --- files ----------------------------------------------------------------------------------------
def test_a_build_id_in_a_segment_or_a_section(path: Path) -> None:
    path.write_bytes(elf((120, len(LINUX + NOTE)), body=LINUX + NOTE))
    assert build_id(str(path)) == ID.hex()
    path.write_bytes(elf(section=(184, len(NOTE)), body=NOTE))
    assert build_id(str(path)) == ID.hex()
    path.write_bytes(elf((120, len(LINUX)), body=LINUX))
    assert build_id(str(path)) == ""


def test_a_program_says_its_build_id() -> None:
    assert len(build_id(os.path.realpath("/bin/true"))) in (0, 32, 40)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a 64-bit ELF file"),
        (b"\x7fELF\1\1" + bytes(60), "not a 64-bit ELF file"),
        (elf()[:63], "not a 64-bit ELF file"),
        (elf()[:64], "cut off: 56 bytes at 0x40 are not there"),
        (elf(at=1 << 63), "cut off"),
        (elf((120, 100), body=NOTE), "cut off: 100 bytes at 0x78"),
        (elf(((1 << 64) - 1, 1)), "cut off"),
        (elf((120, MAX_NOTES + 1)), "16777217 bytes of notes: more than 16 MiB"),
        (elf((120, (1 << 64) - 1)), "bytes of notes: more than 16 MiB"),
        (elf((120, 24), body=struct.pack("<III", 4, 1 << 30, 3) + bytes(12)), "longer than"),
        (elf(size=8), "headers of 8 bytes are not read"),
        (elf(nr=0xFFFE, size=0xFFFF), "headers of 65535 bytes are not read"),
    ],
)
def test_what_a_header_claims_is_checked(data: bytes, says: str, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(InputError, match=says) as found:
        build_id(str(path))
    assert found.value.file == str(path)


def test_a_file_that_is_no_file(path: Path, tmp_path: Path) -> None:
    os.mkfifo(path)
    for name, says in ((path, "no regular file"), (tmp_path, "no regular file")):
        with pytest.raises(InputError, match=says):
            build_id(str(name))
    with pytest.raises(InputError, match="no regular file"):
        check_notes("/dev/zero")
    with pytest.raises(InputError, match="no such file"):
        check_notes(str(tmp_path / "missing"))


def test_other_formats_are_left_to_others(path: Path) -> None:
    path.write_bytes(b"KDUMP   " + bytes(100))
    check_notes(str(path))


@pytest.mark.parametrize("option", ["--vmcore", "--vmlinux"])
def test_five_gigabytes_of_notes_cost_nothing(option: str, path: Path, tmp_path: Path) -> None:
    """A sparse file; drgn would read all of it (4 GiB and 16 s for the vmlinux)."""
    pytest.importorskip("drgn", reason="reads a core with drgn: pip install 'linuxmm[vmcore]'")
    core = tmp_path / "core"
    core.write_bytes(elf((120, len(NOTE)), body=NOTE, kind=4))
    lie = struct.pack("<III", 4, 5 << 30 & 0xFFFFFFFF, 1) + b"XXX\0"
    path.write_bytes(elf((120, 5 << 30), body=lie, kind=4 if option == "--vmcore" else 2))
    os.truncate(path, 120 + (5 << 30))
    words = ["--vmcore", str(core)] if option == "--vmlinux" else []

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    done = subprocess.run(
        [sys.executable, "-m", "linuxmm", "inspect", "1", *words, option, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )
    assert done.returncode == 2 and "more than 16 MiB" in done.stderr, done.stderr


@pytest.mark.parametrize("words", [["--vmcore"], ["--qmp"], ["--vmcore", "/bin/true", "--vmlinux"]])
def test_a_fifo_never_waits(words: list[str], path: Path) -> None:
    pytest.importorskip("drgn", reason="reads a core with drgn: pip install 'linuxmm[vmcore]'")
    os.mkfifo(path)
    done = subprocess.run(
        [sys.executable, "-m", "linuxmm", "inspect", "1", *words, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "is no regular file" in done.stderr or "is no socket" in done.stderr
