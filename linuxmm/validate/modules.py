# SPDX-License-Identifier: GPL-2.0-or-later
"""The two kernel modules of the virtual machine, built against a kernel's headers at first use.

test_hmm is the kernel's own test driver, taken from the tree of the headers, or else from Debian's
source package, and edited while it is built (``EDITS``): the memory of its devices belongs to nodes
0 and 1, wherever they are set up.  Where the kernel has no CONFIG_DEVICE_PRIVATE, as Debian's, its
two private devices and the call for exclusive access are left out too (``WITHOUT_PRIVATE``); the
coherent devices keep their numbers 2 and 3.  Where it cannot be built there are no devices, and
``NO_DEVICES`` beside mmprobe says why.  mmprobe is ours.  Nothing of this is ever committed.
"""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

from linuxmm.cache import cache_folder, mark_used, prune
from linuxmm.errors import InputError, Skipped, one_line
from linuxmm.validate.said import last_line

PROBE: Final = Path(__file__).parent / "probe" / "mmprobe.c"
LIMITS: Final = Path(__file__).parent / "agent" / "limits.h"  # mmprobe's too
TARBALL: Final = "/usr/src/linux-source-{major}.tar.xz"
FILES: Final = ("lib/test_hmm.c", "lib/test_hmm_uapi.h")
NO_DEVICES: Final = "no-test_hmm"  # a file: why there is no test_hmm
RELEASE_FILE: Final = "include/generated/utsrelease.h"  # a module's vermagic is made of it
BUILD_LIMIT: Final = 300.0
RELEASE: Final = re.compile(r"[0-9][0-9A-Za-z.+~_-]{0,63}")
# with .PID behind it: half a build
MODULE_FOLDERS: Final = re.compile(r"(?!agent-|kernel-).*-[0-9a-f]{12}(\.\d+)?")
KEPT: Final = 4
Edits = tuple[tuple[str, str, int], ...]  # text, what it becomes, how often it stands there
EDITS: Final[Edits] = (("numa_node_id()", "(MINOR(mdevice->device.devt) & 1)", 1),)
WITHOUT_PRIVATE: Final[Edits] = (
    ("make_device_exclusive_range(mm, addr, next, pages, NULL)", "-EOPNOTSUPP", 1),
    ("int ndevices = 0;", "int ndevices = 2;", 1),
    ("dmirror_devices[ndevices++].zone_device_type =\n"
     "\t\t\t\tHMM_DMIRROR_MEMORY_DEVICE_PRIVATE;", "", 2),
    ("for (id = 0; id < ndevices; id++)", "for (id = 2; id < ndevices; id++)", 1),
    ("while (--id >= 0)", "while (--id >= 2)", 1),
)  # fmt: skip


def cache() -> Path:
    """Our folder for what is built once, outside of any repository; made, and ours alone."""
    try:
        return cache_folder("validate")
    except OSError as error:
        raise Skipped(f"no cache folder {error.filename}: {error.strerror}") from None


def program(name: str) -> str | None:
    """On the PATH, beside our Python, or where only root looks."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def is_release(text: str) -> bool:
    """Can a kernel be called so?  It becomes a part of paths and of a command."""
    return RELEASE.fullmatch(text) is not None and ".." not in text


def modules_for(release: str, headers: Path | None = None) -> Path:
    """The folder with test_hmm.ko and mmprobe.ko for a kernel; builds them if need be.

    `headers`: a folder to build modules against, instead of the one that is installed.  Its
    Makefile is run: it is one that somebody named, or the system's.
    """
    if not is_release(release):
        raise InputError(f"{release!r} is no kernel release")
    headers = headers or _installed_headers(release)
    check_headers(release, headers)
    folder = cache() / f"{release}-{_key(release, headers)}"
    if not (folder / "mmprobe.ko").exists():
        _build(release, headers, folder)
    mark_used(folder)
    prune(folder.parent, MODULE_FOLDERS, KEPT)
    return folder


def _installed_headers(release: str) -> Path:
    headers = Path(f"/lib/modules/{release}/build")
    if not headers.exists():
        raise Skipped(
            f"no headers of {release}; install linux-headers-amd64 (make vm), or give "
            "--headers DIR (its Makefile is run) or --modules DIR"
        )
    for path in (headers.resolve(), headers / "Makefile"):
        found = path.stat()
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & stat.S_IWOTH:
            raise Skipped(
                f"{path} is neither root's nor yours alone, and its Makefile would be run; "
                f"if that is meant: --headers {headers}"
            )
    return headers


def check_headers(release: str, headers: Path) -> None:
    """InputError unless modules can be built there, and for this kernel."""
    if not (headers / "Makefile").exists():
        raise InputError("is no build tree of a kernel (it has no Makefile)", file=str(headers))
    try:
        found = (headers / RELEASE_FILE).read_text(errors="replace").partition('"')[2]
    except OSError:
        raise InputError(f"was never built (it has no {RELEASE_FILE})", file=str(headers)) from None
    found = one_line(found.partition('"')[0])
    if found != release:
        raise InputError(f"is of {found}, the kernel is {release}", file=str(headers))


def tarball(release: str) -> Path:
    """Debian's source package of a kernel release like 6.1.0-56-amd64."""
    return Path(TARBALL.format(major=".".join(release.split(".")[:2])))


def edits_for(headers: Path) -> Edits:
    """What this kernel's build needs."""
    try:
        config = (headers / ".config").read_text()
    except OSError:
        config = ""
    return EDITS if "\nCONFIG_DEVICE_PRIVATE=y\n" in config else EDITS + WITHOUT_PRIVATE


def edited(text: str, edits: Edits) -> str:
    """test_hmm.c with the edits made; Skipped if it is not the text they are for."""
    for old, new, times in edits:
        if text.count(old) != times:
            raise Skipped(f"test_hmm.c has another text than expected around: {old.split()[0]}")
        text = text.replace(old, new)
    return text


def _key(release: str, headers: Path) -> str:
    """Changes whenever something that is built changes."""
    edits = repr(edits_for(headers)).encode()
    h = hashlib.blake2b(PROBE.read_bytes() + LIMITS.read_bytes() + edits, digest_size=6)
    trees = (headers / FILES[0], headers / "source" / FILES[0])
    for path in (tarball(release), headers / ".config", *trees):
        if path.exists():
            h.update(str(path.stat().st_mtime_ns).encode())
    return h.hexdigest()


def _build(release: str, headers: Path, folder: Path) -> None:
    """Beside the final place, then moved there: half a build is never found."""
    for program in ("make", "gcc"):
        if shutil.which(program) is None:
            raise Skipped(f"no {program} to build the modules of the virtual machine; try: make vm")
    work = folder.with_name(f"{folder.name}.{os.getpid()}")
    work.mkdir(parents=True)
    try:
        _devices(release, headers, work)
        for path in (PROBE, LIMITS):
            shutil.copy(path, work)
        _make(headers, work, "mmprobe", f"mmprobe cannot be built for {release}")
        shutil.rmtree(folder, ignore_errors=True)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _devices(release: str, headers: Path, work: Path) -> None:
    """test_hmm, or why not: everything but its devices can be played without it."""
    try:
        _sources(release, headers, work)
        driver = work / "test_hmm.c"
        driver.write_text(edited(driver.read_text(), edits_for(headers)))
        _make(headers, work, "test_hmm", f"test_hmm cannot be built for {release}")
    except Skipped as why:
        (work / NO_DEVICES).write_text(str(why))


def _make(headers: Path, work: Path, module: str, wrong: str) -> None:
    (work / "Makefile").write_text(f"obj-m := {module}.o\n")
    command = ["make", "-C", str(headers.resolve()), f"M={work}", "modules"]
    made = subprocess.run(
        command, capture_output=True, errors="backslashreplace", timeout=BUILD_LIMIT
    )
    if made.returncode:
        text = made.stderr.strip() or made.stdout
        line = next((line for line in text.split("\n") if "error:" in line.lower()), text)
        raise Skipped(f"{wrong}: {last_line(line)}")


def _sources(release: str, headers: Path, work: Path) -> None:
    """From the tree of the headers, or that of its objects, where they are a whole one."""
    for tree in (headers, headers / "source"):
        if all((tree / name).is_file() for name in FILES):
            for name in FILES:
                shutil.copy(tree / name, work)
            return
    source = tarball(release)
    if not source.exists():
        package = "linux-source-" + ".".join(release.split(".")[:2])
        raise Skipped(f"no {source.name} for test_hmm; install {package}, or: make vm")
    with tarfile.open(source) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            if name in FILES:
                stream = archive.extractfile(member)
                assert stream is not None
                (work / Path(name).name).write_bytes(stream.read())
                if all((work / Path(file).name).exists() for file in FILES):
                    break


def why_no_devices(folder: Path) -> str:
    """Why modules built for a kernel have no test_hmm with them; empty: they have, or may have."""
    try:
        return one_line((folder / NO_DEVICES).read_text(errors="replace"))
    except OSError:
        return ""
