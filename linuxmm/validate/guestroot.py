# SPDX-License-Identifier: GPL-2.0-or-later
"""What the virtual machine has as its ``/``: a folder with what its set-up calls, nothing else.

The guest runs a kernel that somebody may have brought along, and the folder that QEMU hands out
is all of this machine's files that it can read.  It is made anew for each machine, in a folder
of its own, and gone with it.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.validate.agent import SETUP, agent
from linuxmm.validate.modules import program

HOME: Final = "linuxmm"  # below the root: the set-up, the agent and our modules
FOLDERS: Final = (HOME, "bin", "dev", "etc", "lib", "proc", "run", "sys", "tmp", "usr", "var")
LINKS: Final = {"sbin": "bin", "usr/bin": "../bin", "usr/sbin": "../bin"}
# the set-up's, and what they need; what the kernel has built in is not there
MODULES: Final = (
    *("virtio_console", "ext4", "zram", "device_dax", "dax_hmem", "brd"),
    *("nd_e820", "nd_pmem", "crc32c_generic", "crc32c_intel"),
)
LISTS: Final = ("dep", "alias", "builtin", "order", "softdep", "symbols")
LDD_LIMIT: Final = 10.0


def guest_root(folder: Path, release: str, modules: Path) -> list[str]:
    """Fill the folder; the command, by the guest's paths, that sets the guest up there."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, to in LINKS.items():
        (folder / name).symlink_to(to)
    (folder / "etc" / "fstab").touch()  # virtme-ng mounts over it
    _busybox(folder)
    _ext4(folder)
    _kernel_modules(folder / "lib" / "modules" / release, Path("/lib/modules", release))
    home = folder / HOME
    for module in sorted(modules.glob("*.ko")):
        shutil.copy(module, home)
    shutil.copy(SETUP, home)
    shutil.copy(agent(), home / "agent")
    return ["sh", f"/{HOME}/{SETUP.name}", f"/{HOME}", f"/{HOME}/agent"]


def _busybox(folder: Path) -> None:
    """All its commands."""
    busybox = _needed("busybox")
    shutil.copy(busybox, folder / "bin" / "busybox")
    names = subprocess.run(
        [busybox, "--list"], capture_output=True, text=True, timeout=LDD_LIMIT, check=True
    ).stdout.split()
    for name in names:
        if name != "busybox":
            (folder / "bin" / name).symlink_to("busybox")


def _ext4(folder: Path) -> None:
    """What makes the file systems, with its libraries and its settings."""
    mkfs = Path(_needed("mkfs.ext4")).resolve()
    shutil.copy(mkfs, folder / "bin" / "mkfs.ext4")
    listed = subprocess.run(["ldd", mkfs], capture_output=True, text=True, timeout=LDD_LIMIT)
    for word in listed.stdout.split():
        if word.startswith("/"):
            to = folder / word.lstrip("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, to)
    if os.path.exists("/etc/mke2fs.conf"):
        shutil.copy("/etc/mke2fs.conf", folder / "etc")


def _needed(name: str) -> str:
    found = program(name)
    if found is None:
        raise Skipped(f"no {name} for the virtual machine; try: make vm")
    return found


def _kernel_modules(to: Path, installed: Path) -> None:
    """The kernel's own modules that the set-up loads, and those that they need."""
    if not (installed / "modules.dep").exists():
        return
    to.mkdir(parents=True)
    for name in LISTS:
        if (installed / f"modules.{name}").exists():
            shutil.copy(installed / f"modules.{name}", to)
    needs = dict(
        line.split(":", 1) for line in (installed / "modules.dep").read_text().splitlines()
    )
    wanted = [path for path in needs if _module_name(path) in MODULES]
    while wanted:
        path = wanted.pop()
        if not (to / path).exists():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(installed / path, to / path)
            wanted += needs[path].split()


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0].replace("-", "_")
