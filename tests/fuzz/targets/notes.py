# SPDX-License-Identifier: GPL-2.0-or-later
"""Notes of a vmcore or vmlinux, alone and in an ELF file that says where they are."""

from collections.abc import Iterator
from typing import Final

from linuxmm.inspect.elf import build_id, check_notes, parse_notes
from tests.fuzz.files import in_file
from tests.fuzz.target import Target
from tests.inspect.test_elf import LINUX, NOTE, elf


def seeds() -> Iterator[bytes]:
    yield elf((120, len(NOTE)), body=NOTE)
    yield NOTE + LINUX
    yield elf((120, len(NOTE) * 2), body=NOTE * 2, kind=4)
    yield elf((184, len(NOTE)), (184, len(LINUX)), body=NOTE + LINUX)
    yield elf((120, 36), body=NOTE, nr=0xFFFF)


def run(data: bytes) -> None:
    with in_file(data, "vmcore") as path:
        if data.startswith(b"\x7fELF"):
            found = build_id(str(path))
            assert len(found) <= 2 * len(data)
            check_notes(str(path))
        else:
            check_notes(str(path))
            notes = parse_notes(data)
            assert sum(12 + len(n.owner) + len(n.data) for n in notes) <= len(data)


TARGET: Final = Target(seeds, run, [NOTE, LINUX], binary=True)
