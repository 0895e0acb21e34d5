# SPDX-License-Identifier: GPL-2.0-or-later
"""Pins are not seen page by page: what the charges of a process prove, and what they do not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from linuxmm.cli.main import main
from linuxmm.inspect.area import Area
from linuxmm.inspect.report import make_report, verdict_table
from linuxmm.inspect.verdict import UNKNOWN, YES, Judge
from linuxmm.inspect.words import EXCLUSIVE, KPF_ANON, KPF_LRU, KPF_SWAPBACKED
from linuxmm.state.constants import VM_LOCKED
from tests.inspect.fake import FakeProcess, area, machine

PINS = """
import ctypes, mmap, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
room = ctypes.create_string_buffer(120)
ring = libc.syscall(ctypes.c_long(425), ctypes.c_uint(4), room)
memory = mmap.mmap(-1, 8 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[:] = b"x" * len(memory)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
vector = ctypes.create_string_buffer(struct.pack("QQ", address, len(memory)))
failed = libc.syscall(
    ctypes.c_long(427), ctypes.c_uint(ring), ctypes.c_uint(0), vector, ctypes.c_uint(1)
)
print(-1 if ring < 0 or failed else address, flush=True)
sys.stdin.read()
"""
STOPPED = {"reclaim", "numa", "move_pages", "ksm", "collapse"}
ANON = KPF_ANON | KPF_LRU | KPF_SWAPBACKED


@dataclass
class Charged(FakeProcess):
    """A process with charges."""

    kb: dict[str, int] = field(default_factory=dict)

    def charges(self) -> dict[str, int]:
        return self.kb


def verdicts(kb: dict[str, int], vma: Area) -> dict[str, dict[str, int]]:
    entries = {vma.start: 1 << 63 | EXCLUSIVE << 7 | 0x1000}
    process = Charged(7, "made", [vma], entries=entries, kb=kb)
    source = machine(flags={0x1000: ANON})
    return verdict_table(make_report(source, process, [Judge("v6.1")], []).rows, 0)[0]


def test_a_charge_makes_what_a_reference_stops_unknown() -> None:
    vma = area(0x73)
    free, pinned = verdicts({"VmPin": 0, "VmLck": 0}, vma), verdicts({"VmPin": 4}, vma)
    movable = {name for name in STOPPED if free[name] == {YES: 1}}
    assert {"reclaim", "numa", "move_pages"} <= movable
    assert all(pinned[name] == {UNKNOWN: 1} for name in movable)
    assert {name for name in free if free[name] != pinned[name]} == movable


def test_locked_memory_beyond_the_locked_vmas_is_a_charge_too() -> None:
    """VFIO charges what it pins as locked (mm/util.c:__account_locked_vm)."""
    locked = area(0x73 | VM_LOCKED, pages=16)
    assert verdicts({"VmPin": 0, "VmLck": 64}, locked)["move_pages"] == {YES: 1}
    assert verdicts({"VmPin": 0, "VmLck": 68}, locked)["move_pages"] == {UNKNOWN: 1}
    unread = replace(locked, complete=False)  # maps does not tell what is locked
    assert verdicts({"VmPin": 0, "VmLck": 68}, unread)["move_pages"] == {YES: 1}


# --- a real one -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pinned() -> Iterator[tuple[int, int]]:
    """A process whose 8 pages an io_uring holds; the address of the first."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PINS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin and child.stdout
        address = int(child.stdout.readline())
        if address < 0:
            child.stdin.close()
            pytest.skip("io_uring may not be used here")
        yield child.pid, address
        child.stdin.close()


@pytest.mark.live
def test_an_io_urings_buffers_are_charged(
    pinned: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    pid, address = pinned
    if not os.access(f"/proc/{pid}/pagemap", os.R_OK):
        pytest.skip("pagemap cannot be read")
    assert main(["inspect", str(pid), "--kernel", "v6.1", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["processes"]
    assert found["charges_kb"]["VmPin"] == 32 and found["pinned_pages"] == 8
    assert found["without_io"]["bound"] == "at most"
    for name in STOPPED:
        assert YES not in found["verdicts"]["debian-6.1"][name]["pages"], name
    assert UNKNOWN in found["verdicts"]["debian-6.1"]["move_pages"]["pages"]
    assert main(["inspect", str(pid)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "8 pages are charged as pinned (VmPin 32 kB, VmLck 0 kB)" in text
    assert main(["why", str(pid), f"{address:x}"]) == 0
    said = capsys.readouterr().out
    assert "pages of this process are pinned: which of them is not seen" in said
