# SPDX-License-Identifier: GPL-2.0-or-later
"""``make kernel``: builds our own 6.1 from Debian's source package and keeps what is used of it.

    python -m linuxmm.validate.kernel.build

The tree stands in our cache while it is built; told to stop, it stays there and the next call
goes on from it.  What is kept: the image, vmlinux with its types, the config, and the headers
that modules are built against.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from linuxmm.errors import LinuxmmError, Skipped
from linuxmm.validate.kernel import FRAGMENT, SERIES, OwnKernel, lost, wanted
from linuxmm.validate.modules import cache, is_release, modules_for, tarball
from linuxmm.validate.said import last_line

PROGRAMS: Final = ("make", "gcc", "ld", "flex", "bison", "bc", "tar", "xz")
HEADER: Final = Path("/usr/include/libelf.h")
SPACE: Final = 4 << 30  # the tree with its objects takes less
STEPS: Final = 1800  # lines that make prints; only for the progress
REPORT: Final = (2.0, 60.0)  # seconds between two reports: on a terminal, elsewhere
JOBS: Final = "2"
FOLDERS: Final = ("include", "scripts", "arch/x86/include")
FILES: Final = (
    *(".config", "Makefile", "Module.symvers", "arch/x86/Makefile", "arch/x86/Makefile_32.cpu"),
    "tools/objtool/objtool",
)


def main() -> int:
    """Build it unless it is there; say how it is used."""
    kernel = wanted()
    try:
        if kernel.images:
            say("nothing to do, it is built")
        else:
            _check()
            with alone():
                build(kernel)
        modules_for(kernel.release, kernel.headers)
    except LinuxmmError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say(f"stopped; make kernel goes on from {_tree(kernel)} (or remove it)")
        return 130
    print(_use(kernel))
    return 0


def say(text: str) -> None:
    print(f"kernel: {text}", file=sys.stderr, flush=True)


def _use(kernel: OwnKernel) -> str:
    return f"""\
{kernel.release}, in {kernel.folder}
  linuxmm validate FILE --on vm --kernel-image {kernel.image}
Its types, for linuxmm inspect on a guest or a dump:
  {kernel.vmlinux}"""


def _check() -> None:
    """Everything that would only be missed in the middle."""
    check_programs()
    if not tarball(SERIES).exists():
        raise Skipped(f"no {tarball(SERIES)}; install linux-source-{SERIES}, or: make kernel")


def check_programs() -> None:
    """What builds any kernel, and room for it."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise Skipped(f"no {', '.join(missing)} to build a kernel with; try: make kernel")
    if not HEADER.exists():
        raise Skipped("no libelf.h to build a kernel with; install libelf-dev, or: make kernel")
    free = shutil.disk_usage(cache()).free
    if free < SPACE:
        gib = f"{free / (1 << 30):.1f} GiB"
        raise Skipped(f"{cache()} has {gib} free, the build of a kernel needs {SPACE >> 30} GiB")


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time."""
    with open(cache() / "kernel.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Skipped("another kernel is being built") from None
        yield


# --- the build ------------------------------------------------------------------------------------
def _tree(kernel: OwnKernel) -> Path:
    return _beside(kernel, "tree")


def _beside(kernel: OwnKernel, what: str) -> Path:
    return kernel.folder.with_name(f"{kernel.folder.name}.{what}")


def build(kernel: OwnKernel) -> None:
    """Unpack, configure, make, keep; each step is skipped or goes on where it was left."""
    began = time.monotonic()
    tree = _tree(kernel)
    log = _beside(kernel, "log")
    _unpack(tree, log)
    _configure(tree, log)
    make([], tree, log)
    _keep(tree, kernel)
    say("removing the tree")
    shutil.rmtree(tree)
    log.unlink()
    say(f"built in {(time.monotonic() - began) / 60:.1f} minutes")


def _unpack(tree: Path, log: Path) -> None:
    if tree.exists():
        say(f"going on with {tree}")
        return
    say(f"unpacking {tarball(SERIES)} (half a minute)")
    half = tree.with_name(f"{tree.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    words = ["tar", "-xf", str(tarball(SERIES)), "-C", str(half), "--strip-components=1"]
    run_in(words, half, log)
    half.rename(tree)


def _configure(tree: Path, log: Path) -> None:
    """What our fragment wants has to be there afterwards."""
    run_in(["make", "allnoconfig", f"KCONFIG_ALLCONFIG={FRAGMENT}"], tree, log)
    missing = lost(FRAGMENT.read_text(), (tree / ".config").read_text())
    if missing:
        raise Skipped(f"this source does not take {', '.join(missing)} of {FRAGMENT}")


def run_in(words: list[str], folder: Path, log: Path) -> None:
    """A program to its end; Skipped, with its last line, where it fails."""
    for _ in _lines(words, folder, log):
        pass


def make(where: list[str], tree: Path, log: Path) -> None:
    """The long part, with progress; `where`: words of make that say which tree it is."""
    terminal = sys.stderr.isatty()
    began = shown = time.monotonic()
    say(f"building with {JOBS} jobs at low priority: 10 to 30 minutes")
    words = ["nice", "-n", "10", "make", *where, f"-j{JOBS}", "bzImage", "modules"]
    there = sum(1 for _ in tree.rglob("*.o"))
    for number, _ in enumerate(_lines(words, tree, log), there):
        now = time.monotonic()
        if now - shown >= REPORT[0 if terminal else 1]:
            shown = now
            done = min(99, number * 100 // STEPS)
            end = "\r" if terminal else "\n"
            text = f"kernel: building, {done} %, {(now - began) / 60:.0f} min"
            print(text, end=end, file=sys.stderr, flush=True)


def _lines(words: list[str], folder: Path, log: Path) -> Iterator[str]:
    """The lines that a program prints, kept in a log; it ends with us, and we with its error."""
    with (
        open(log, "w") as keep,
        subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                keep.write(line)
                yield line
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)  # make removes what it was in the middle of
            raise
    if process.returncode:
        last = last_line(log.read_text(errors="backslashreplace"))
        raise Skipped(f"{words[0]} failed: {last} (all of it: {log})")


# --- what is kept ---------------------------------------------------------------------------------
def _keep(tree: Path, kernel: OwnKernel) -> None:
    """Beside the final place, then moved there: half of it is never found."""
    half = _beside(kernel, "half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    release = (tree / "include/config/kernel.release").read_text().strip()
    if not is_release(release):
        raise Skipped(f"{tree} calls its kernel {release!r}, which is no release")
    shutil.copy(tree / "arch/x86/boot/bzImage", half / f"vmlinuz-{release}")
    shutil.copy(tree / "vmlinux", half)
    shutil.copy(tree / ".config", half / "config")
    headers = half / "build"
    for name in FOLDERS:
        shutil.copytree(tree / name, headers / name, symlinks=True)
    for name in FILES:
        if (tree / name).exists():
            (headers / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree / name, headers / name)
    shutil.rmtree(kernel.folder, ignore_errors=True)
    half.rename(kernel.folder)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(main())
