# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a guest can read: what its set-up calls, and nothing of this machine beside."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from linuxmm.validate import guestroot
from linuxmm.validate.guestroot import guest_root
from linuxmm.validate.modules import program

NEEDED = ("gcc", "busybox", "mkfs.ext4", "ldd")
pytestmark = pytest.mark.skipif(
    os.uname().machine != "x86_64" or not all(map(program, NEEDED)),
    reason=f"needs {', '.join(NEEDED)}",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guest")
    modules = folder / "modules"
    modules.mkdir()
    for name in ("mmprobe.ko", "test_hmm.ko", "mmprobe.c"):
        (modules / name).write_text(name)
    words = guest_root(folder / "root", "6.1.9-none", modules)
    assert words == ["sh", "/linuxmm/guest.sh", "/linuxmm", "/linuxmm/agent"]
    return folder / "root"


def test_it_has_what_is_called_and_nothing_else(root: Path) -> None:
    names = {path.name for path in root.iterdir()} - {"lib64"}  # the loader's folder, by ldd
    assert names == {*guestroot.FOLDERS, "sbin"}
    assert {p.name for p in (root / "linuxmm").iterdir()} == {
        "agent", "guest.sh", "mmprobe.ko", "test_hmm.ko",
    }  # fmt: skip
    assert {p.name for p in (root / "etc").iterdir()} <= {"fstab", "mke2fs.conf"}
    for empty in ("dev", "proc", "run", "sys", "tmp", "var"):
        assert not list((root / empty).iterdir())
    size = sum(p.lstat().st_size for p in root.rglob("*") if not p.is_symlink())
    assert size < 64 << 20


def test_no_link_leads_out_of_it(root: Path) -> None:
    links = [path for path in root.rglob("*") if path.is_symlink()]
    assert links
    for link in links:
        assert not os.readlink(link).startswith("/")
        assert link.resolve().is_relative_to(root.resolve())


def test_its_programs_find_their_libraries_there(root: Path) -> None:
    """The names that ldd gave stand below the root; nothing is missing."""
    listed = subprocess.run(
        ["ldd", root / "bin" / "mkfs.ext4"], capture_output=True, text=True, check=True
    ).stdout
    paths = [word for word in listed.split() if word.startswith("/")]
    assert paths and all((root / path.lstrip("/")).is_file() for path in paths)
    shell = [str(root / "bin" / "busybox"), "sh", "-c", "echo it runs"]
    assert subprocess.run(shell, capture_output=True, text=True).stdout == "it runs\n"


def test_modules_come_with_those_that_they_need(tmp_path: Path) -> None:
    installed, to = tmp_path / "installed", tmp_path / "to"
    for name in ("kernel/fs/ext4/ext4.ko", "kernel/lib/crc16.ko", "kernel/net/tun.ko"):
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        (installed / name).write_text(name)
    dep = "kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko\nkernel/lib/crc16.ko:\nkernel/net/tun.ko:\n"
    (installed / "modules.dep").write_text(dep)
    guestroot._kernel_modules(to, installed)
    found = sorted(str(path.relative_to(to)) for path in to.rglob("*.ko"))
    assert found == ["kernel/fs/ext4/ext4.ko", "kernel/lib/crc16.ko"]
    shutil.rmtree(to)
    guestroot._kernel_modules(to, tmp_path / "none")  # everything is built in
    assert not to.exists()
