# SPDX-License-Identifier: GPL-2.0-or-later
"""``linuxmm kernel build``: a small kernel of somebody's own tree, with the options that we need.

The tree stays as it is: its objects lie in our cache, and stay there, so that the next build of it
takes a minute.  An option that a tree does not know is said, and what hangs on it drops out when
scenarios are played; without those of ``NEEDED`` there would be no guest.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from linuxmm.errors import InputError, Skipped, one_line
from linuxmm.validate.kernel import FRAGMENT, OwnKernel, lost
from linuxmm.validate.kernel.build import check_programs, make, run_in, say
from linuxmm.validate.modules import RELEASE_FILE, cache, is_release

LATER: Final = FRAGMENT.with_name("config.later")  # options that came after 6.1
OLDEST: Final = (6, 1)
TRIED: Final = (7, 1)  # no tree newer than this was built by us
NEEDED: Final = (
    "64BIT", "MODULES", "PROC_FS", "SYSFS", "TMPFS", "DEVTMPFS", "BINFMT_ELF", "BINFMT_SCRIPT",
    "VIRTIO_PCI", "VIRTIO_CONSOLE", "NET_9P_VIRTIO", "9P_FS", "SERIAL_8250_CONSOLE",
    "KALLSYMS_ALL", "KPROBES", "PROC_PAGE_MONITOR", "NUMA", "ZONE_DEVICE",
)  # fmt: skip
_NUMBER: Final = re.compile(r"^(VERSION|PATCHLEVEL)\s*=\s*(\d{1,3})\s*$", re.M)
_OPTION: Final = re.compile(r"^\s*(?:menu)?config\s+(\w+)\s*$", re.M)
MAX_KCONFIG: Final = 1 << 20  # bytes of one file


def build_tree(source: Path) -> tuple[OwnKernel, list[str]]:
    """Configure, make, keep; and what the tree has not, which is said too.

    Raises: InputError, Skipped.
    """
    source = source.absolute()
    _check_age(source)
    check_programs()
    place = cache() / f"kernel-tree-{_key(source)}"
    objects, log = place.with_name(f"{place.name}.tree"), place.with_name(f"{place.name}.log")
    objects.mkdir(exist_ok=True)
    without = _configure(source, objects, log)
    make(["-C", str(source), f"O={objects}"], objects, log)
    return _keep(objects, OwnKernel(place)), without


def _key(source: Path) -> str:
    return hashlib.blake2b(str(source).encode(), digest_size=6).hexdigest()


def series_of(source: Path) -> tuple[int, int]:
    """What its Makefile says of itself.  Raises: InputError."""
    try:
        text = (source / "Makefile").read_text(errors="replace")
    except OSError as error:
        why = f"has no Makefile to read ({error.strerror})"
        raise InputError(f"is no kernel tree: it {why}", file=str(source)) from None
    found = dict(_NUMBER.findall(text))
    if len(found) != 2 or not (source / "mm").is_dir():
        raise InputError("is no kernel tree: its Makefile names no version", file=str(source))
    return int(found["VERSION"]), int(found["PATCHLEVEL"])


def _check_age(source: Path) -> None:
    series = series_of(source)
    number = ".".join(map(str, series))
    if series < OLDEST:
        raise InputError(f"is {number}: 6.1 is the oldest that can be judged", file=str(source))
    if series > TRIED:
        say(f"{number} is newer than any tree that was tried; what it does not take is said")


def _configure(source: Path, objects: Path, log: Path) -> list[str]:
    """Ours on top of nothing; what the tree does not know or take is said, and given."""
    wanted = FRAGMENT.read_text() + LATER.read_text()
    known = options(source)
    fragment = objects / "linuxmm.config"
    fragment.write_text(wanted)
    run_in(
        ["make", "-C", str(source), f"O={objects}", "allnoconfig", f"KCONFIG_ALLCONFIG={fragment}"],
        objects,
        log,
    )
    missing = [_name(line) for line in lost(wanted, (objects / ".config").read_text())]
    unknown = [name for name in missing if name not in known]
    refused = [name for name in missing if name in known]
    without = [name for name in NEEDED if name in missing]
    if without:
        raise Skipped(f"no guest comes of {source}: it does not take {', '.join(without)}")
    found = []
    for text, names in (("does not know", unknown), ("does not take", refused)):
        told = [name for name in names if f"CONFIG_{name}=" in FRAGMENT.read_text()]
        if told:
            say(f"this tree {text} {', '.join(told)}; what needs that drops out")
        found += told
    return found


def _name(line: str) -> str:
    return line.removeprefix("CONFIG_").partition("=")[0]


def options(source: Path) -> set[str]:
    """The names of all options that the tree's Kconfig files have."""
    found: set[str] = set()
    for path in _kconfigs(source):
        if path.is_file() and path.stat().st_size <= MAX_KCONFIG:
            found.update(_OPTION.findall(path.read_text(errors="replace")))
    return found


def _kconfigs(source: Path) -> Iterator[Path]:
    yield from source.glob("Kconfig*")
    folders: Iterable[Path] = (path for path in source.iterdir() if path.is_dir())
    for folder in sorted(folders):
        if folder.name not in ("Documentation", "tools", ".git"):
            yield from folder.rglob("Kconfig*")


def _keep(objects: Path, kernel: OwnKernel) -> OwnKernel:
    """The image under its release, vmlinux, and the objects as what modules are built against."""
    text = (objects / RELEASE_FILE).read_text(errors="replace")
    release = text.partition('"')[2].partition('"')[0]
    if not is_release(release):
        raise Skipped(f"the tree calls its kernel {one_line(release)!r}, which is no release")
    half = kernel.folder.with_name(f"{kernel.folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    shutil.copy(objects / "arch/x86/boot/bzImage", half / f"vmlinuz-{release}")
    shutil.copy(objects / ".config", half / "config")
    (half / "vmlinux").symlink_to(objects / "vmlinux")
    (half / "build").symlink_to(objects)
    shutil.rmtree(kernel.folder, ignore_errors=True)
    half.rename(kernel.folder)
    return kernel
