# SPDX-License-Identifier: GPL-2.0-or-later
"""`linuxmm inspect` of a guest, through drgn over QMP and from a dump of it: exact, to the page.

Boots our own kernel, therefore only when LINUXMM_VM is set and `make kernel` was run; what can be
said without a guest (bad input) is tested always.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linuxmm.errors import InputError, Skipped
from linuxmm.inspect.vmcore import open_core
from linuxmm.validate.kernel import own_kernel
from linuxmm.validate.vm import Guest, find_image

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


# --- the guest ------------------------------------------------------------------------------------
class Booted:
    """A guest with a process in it, and the reports of that process."""

    def __init__(self, guest: Guest, vmlinux: Path, folder: Path) -> None:
        self.guest, self.vmlinux, self.folder = guest, vmlinux, folder
        told = self._make()
        self.pid: int = told["pid"]
        self.made: dict[str, list[int]] = told["made"]
        self.live = self.inspect("--qmp", guest.qmp)

    def _make(self) -> Json:
        python = os.path.realpath(sys.executable)
        self.guest.sh(
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled;"
            "echo 1 > /proc/sys/vm/nr_hugepages; swapon /dev/zram0;"
            "echo 0 > /sys/kernel/mm/ksm/sleep_millisecs;"
            "echo 10000 > /sys/kernel/mm/ksm/pages_to_scan; echo 1 > /sys/kernel/mm/ksm/run;"
            "echo 0 > /proc/sys/kernel/numa_balancing"
        )
        self.guest.sh(
            f"cd {ROOT}; PYTHONDONTWRITEBYTECODE=1 KSM_WAIT=10 setsid {python} -S -m "
            "tests.inspect.device_maker hugetlb ksm disk=/run/linuxmm-disk "
            "</dev/null >/run/made 2>/run/why &"
        )
        for _ in range(90):
            time.sleep(1)
            text = self.guest.sh("cat /run/made")
            if text.endswith("\n"):
                self.guest.sh("echo 1 > /proc/sys/vm/compact_memory; sleep 1")
                found: Json = json.loads(text)
                return found
        pytest.fail(self.guest.sh("cat /run/why"))

    def inspect(self, *source: str) -> Json:
        words = [sys.executable, "-m", "linuxmm", "inspect", str(self.pid), *source]
        words += ["--vmlinux", str(self.vmlinux), "--vma", "--format", "json"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (found,) = json.loads(done.stdout)["processes"]
        assert isinstance(found, dict)
        return found

    def dump(self) -> Path:
        """QEMU writes the guest's memory as an ELF core."""
        path = self.folder / "core"
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(self.guest.qmp)
            answers = channel.makefile("r")
            answers.readline()
            for command in (
                {"execute": "qmp_capabilities"},
                {
                    "execute": "dump-guest-memory",
                    "arguments": {"paging": False, "protocol": f"file:{path}"},
                },
            ):
                channel.sendall(json.dumps(command).encode())
                while "return" not in (answer := json.loads(answers.readline())):
                    assert "error" not in answer, answer
        return path

    def kinds(self, name: str, report: Json | None = None) -> dict[str, int]:
        """Kind -> pages of the VMAs that a thing was made in, holes left out."""
        start = self.made[name][0]
        pages = 512 if name.startswith(("thp", "hugetlb")) else 64
        found: dict[str, int] = {}
        for vma in (report or self.live)["vmas"]:
            if start <= int(vma["start"], 16) < start + pages * 4096:
                for kind, nr in vma["kinds"].items():
                    found[kind] = found.get(kind, 0) + nr
        found.pop("none", None)
        return found

    def exact(self, **wanted: object) -> int:
        """Pages with these counts, over the whole process."""
        rows = self.live["struct_pages"]
        return sum(r["pages"] for r in rows if all(r[k] == v for k, v in wanted.items()))


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    if not os.environ.get("LINUXMM_VM"):
        pytest.skip("boots a virtual machine: LINUXMM_VM=1 asks for it")
    pytest.importorskip("drgn", reason="reads a guest with drgn: pip install 'linuxmm[vmcore]'")
    kernel = own_kernel()
    if kernel is None:
        pytest.skip("needs our own kernel: make kernel")
    try:
        with Guest(find_image(str(kernel.image)), debugged=True, whole_root=True) as guest:
            yield Booted(guest, kernel.vmlinux, tmp_path_factory.mktemp("dump"))
    except Skipped as reason:
        pytest.skip(str(reason))


WHAT_IS_MADE = {
    "anon": {"anon": 5},
    "zero": {"zero": 3},
    "protnone": {"anon": 4},
    "mlocked": {"anon": 6},
    "shmem": {"shmem": 6},
    "memfd": {"shmem": 7},
    "file": {"file": 8},
    "copied": {"anon": 2, "file": 6},  # ctypes reads before it writes: faults around
    "thp": {"thp": 512},
    "thp_pte": {"thp": 512},
    "hugetlb": {"hugetlb": 512},
    "ksm": {"ksm": 10},
    "swap": {"swap": 5},
    "shared": {"anon": 2},
    "coherent": {"coherent": 5, "anon": 1},
    "coherent1": {"coherent": 3, "anon": 1},
    "coherent_none": {"coherent": 2},
    "private": {"private": 7, "anon": 2},
    "private1": {"private": 2},
    "fsdax": {"fsdax": 3},
    "fsdax_cow": {"anon": 2, "fsdax": 1},
    "devdax": {"devdax": 4},
}


@pytest.mark.parametrize("name", WHAT_IS_MADE)
def test_each_kind_is_counted_exactly(booted: Booted, name: str) -> None:
    if name not in booted.made:
        pytest.skip("the guest had no huge page free")
    assert booted.kinds(name) == WHAT_IS_MADE[name]


def test_a_range_without_struct_pages(booted: Booted) -> None:
    if "pfnmap" not in booted.made:
        pytest.skip("the guest refuses to map /dev/mem")
    start = booted.made["pfnmap"][0]
    (vma,) = [v for v in booted.live["vmas"] if int(v["start"], 16) == start]
    assert vma["kinds"] == {"pfnmap": 1}


def test_entries_without_access_are_seen(booted: Booted) -> None:
    assert booted.exact(kind="anon", no_access=True) == 4
    assert booted.exact(kind="coherent", no_access=True, pgmap="COHERENT") == 2


def test_device_pages_have_their_type_node_and_counts(booted: Booted) -> None:
    once = {"refcount": 1, "mapcount": 1}
    assert booted.exact(pgmap="COHERENT", node=0, **once) == 7
    assert booted.exact(pgmap="COHERENT", node=1, **once) == 3
    assert booted.exact(pgmap="PRIVATE", kind="private", node=0, **once) == 7
    assert booted.exact(pgmap="PRIVATE", kind="private", node=1, **once) == 2
    assert booted.exact(pgmap="FS_DAX") == 4
    assert booted.exact(pgmap="GENERIC") == 4


def test_mappings_are_counted(booted: Booted) -> None:
    assert booted.exact(kind="ksm", mapcount=10) == 10
    for name, entry in (("thp", "pmd"), ("thp_pte", "pte")):
        nr = 512 if name in booted.made else 0
        assert booted.exact(kind="thp", entry=entry, mapcount=1) == nr
    assert booted.exact(kind="hugetlb", entry="pmd", mapcount=1) == 512


def test_a_page_that_two_processes_map(booted: Booted) -> None:
    start = booted.made["shared"][0]
    words = ["--qmp", booted.guest.qmp, "--range", f"{start:x}-{start + 8192:x}"]
    rows = booted.inspect(*words)["struct_pages"]
    assert [(r["refcount"], r["mapcount"], r["writable"], r["pages"]) for r in rows] == [
        (2, 2, False, 2)
    ]


def test_the_sums_are_the_kernels_own(booted: Booted) -> None:
    totals = booted.live["totals"]
    assert {t["name"] for t in totals} >= {"MM_ANONPAGES", "MM_FILEPAGES", "MM_SWAPENTS"}
    assert [t for t in totals if t["ours"] != t["kernels"]] == []


def test_a_dump_of_the_guest_gives_the_same(booted: Booted) -> None:
    core = booted.dump()
    try:
        found = booted.inspect("--vmcore", str(core))
        for key in ("kinds", "struct_pages", "verdicts", "vmas"):
            assert found[key] == booted.live[key], key
    finally:
        core.unlink()


def test_a_pid_that_is_not_in_it(booted: Booted) -> None:
    said = _fails("999999", "--qmp", booted.guest.qmp, "--vmlinux", str(booted.vmlinux))
    assert "there is no process 999999" in said


def test_a_kernel_thread(booted: Booted) -> None:
    said = _fails("2", "--qmp", booted.guest.qmp, "--vmlinux", str(booted.vmlinux))
    assert "kernel thread" in said


# --- bad input ------------------------------------------------------------------------------------
def _fails(*words: str, code: int = 2) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "linuxmm", "inspect", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def drgn_is_there() -> None:
    pytest.importorskip("drgn", reason="reads a core with drgn: pip install 'linuxmm[vmcore]'")


def test_without_drgn_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "drgn", None)
    with pytest.raises(Skipped, match=r"pip install 'linuxmm\[vmcore\]'"):
        open_core("core", "", "vmlinux")


@pytest.mark.usefixtures("drgn_is_there")
def test_files_that_are_not_there_or_no_cores(tmp_path: Path) -> None:
    missing, text = tmp_path / "missing", tmp_path / "text"
    text.write_text("not a core\n")
    with pytest.raises(InputError, match="missing: there is no such file"):
        open_core(str(missing), "", "")
    with pytest.raises(InputError, match="missing: there is no such file"):
        open_core(str(text), "", str(missing))
    with pytest.raises(InputError, match="text: "):
        open_core(str(text), "", str(text))


@pytest.mark.usefixtures("drgn_is_there")
def test_a_socket_where_nobody_listens(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(InputError, match="qmp: "):
        open_core("", str(path), "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("1", "--vmcore", "a", "--qmp", "b"), "one of them"),
        (("1", "--vmlinux", "a"), "--vmcore"),
        (("1", "--vmcore", "a", "--cgroup", "b"), "--cgroup"),
    ],
)
def test_words_that_do_not_go_together(words: tuple[str, ...], says: str) -> None:
    assert says in _fails(*words)
