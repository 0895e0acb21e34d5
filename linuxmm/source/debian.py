# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's sources of a kernel, unpacked where a review finds them: ``--tree v6.1``.

They come from /usr/src when the package is installed, else apt fetches it (and checks it, as
always; nothing is installed, no rights are needed).  What is unpacked are regular files of the
folders that are read, into a folder of the cache that gets its name when it is whole.
"""

import json
import lzma
import os
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj, rmtree, which
from tempfile import mkdtemp
from typing import BinaryIO, Final

from linuxmm.cache import cache_folder, cache_path
from linuxmm.errors import InputError, Skipped, one_line
from linuxmm.files import write_file

KNOWN: Final = ("v6.1", "v6.12")  # what is offered; any vX.Y that Debian has works
SHELF: Final = "sources"
INSTALLED: Final = Path("/usr/src")
NEEDED: Final = ("Makefile", "mm/", "fs/proc/", "include/", "arch/x86/include/")
MAX_FILES: Final = 150_000  # 6.12 has 87,000
MAX_BYTES: Final = 4 << 30  # 6.12 has 1.5 GiB
MAX_SECONDS: Final = 1800
_NAME: Final = re.compile(r"(?:v|debian-)?(\d{1,2}\.\d{1,3})")
_NOTE: Final = "unpacked.json"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Source:
    """A tree that is unpacked: where, of which version of the package, all of it or the needed."""

    name: str
    path: str
    version: str
    whole: bool


def release(what: str) -> str:
    """The release that is meant by a name, as "v6.1".  Raises: InputError."""
    match = _NAME.fullmatch(what)
    if match is None:
        known = " or ".join(KNOWN)
        raise InputError(f'"{one_line(what, 60)}" is no release of Debian: say {known}')
    return f"v{match[1]}"


def package(name: str) -> str:
    """Debian's package of a release."""
    return f"linux-source-{name.removeprefix('v')}"


def unpacked(name: str) -> Source | None:
    """The tree of a release, if it was unpacked before."""
    folder = cache_path(SHELF, name)
    try:
        found = json.loads((folder / _NOTE).read_text())
        path = folder / package(name)
        if path.is_dir():
            return Source(name, str(path), str(found["version"]), bool(found["whole"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def tarball(name: str) -> Path | None:
    """The sources that the installed package has put on this machine."""
    path = INSTALLED / f"{package(name)}.tar.xz"
    return path if path.is_file() else None


def tree_named(what: str) -> str:
    """A folder with sources: `what` itself, or the unpacked tree of the release that it names.

    Raises: Skipped when that is not unpacked here.
    """
    if os.path.isdir(what) or _NAME.fullmatch(what) is None or not what.startswith(("v", "deb")):
        return what
    name = release(what)
    found = unpacked(name)
    if found is None:
        raise Skipped(f"the sources of {name} are not here yet: linuxmm source {name} gets them")
    return found.path


def get(name: str, *, whole: bool = False, progress: Progress | None = None) -> Source:
    """The tree of a release: as it is here, else unpacked, else fetched first.

    Raises: Skipped with what is missing; OSError.
    """
    known = unpacked(name)
    if known is not None and (known.whole or not whole):
        return known
    shelf = cache_folder(SHELF)
    here = Path(mkdtemp(prefix=f"{name}-", suffix=".part", dir=shelf))
    try:
        found = tarball(name)
        version = _version_installed(name) if found else ""
        if found is None:
            found, version = _fetched(name, here, progress)
        _unpack(found, here, package(name), whole, progress)
        note = json.dumps({"version": version, "whole": whole})
        write_file(here / _NOTE, note.encode() + b"\n")
        _put(here, shelf / name)
    finally:
        rmtree(here, ignore_errors=True)
    made = unpacked(name)
    if made is None:
        raise Skipped(f"{package(name)} has no folder of that name in its tarball")
    return made


def _put(here: Path, place: Path) -> None:
    """Give what was made its name; what had it before goes."""
    old = place.with_name(f"{here.name}.old")
    if place.exists():
        place.rename(old)
    here.rename(place)
    rmtree(old, ignore_errors=True)


# --- apt ------------------------------------------------------------------------------------------
def _fetched(name: str, here: Path, progress: Progress | None) -> tuple[Path, str]:
    """The tarball out of the package that apt fetches, and its version."""
    missing = [word for word in ("apt-get", "dpkg-deb") if which(word) is None]
    if missing:
        raise Skipped(
            f"{' and '.join(missing)} is not on this machine, with which the sources of {name} are "
            f"fetched; or put {package(name)}.tar.xz into {INSTALLED}, or give --tree a tree"
        )
    if progress:
        progress(f"fetching {package(name)}", 0, 0)
    options = ("-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30")
    _run(("apt-get", *options, "download", package(name)), here, name)
    debs = sorted(here.glob("*.deb"))
    if len(debs) != 1:
        raise Skipped(f"apt fetched no {package(name)}")
    version = _run(("dpkg-deb", "-f", str(debs[0]), "Version"), here, name).strip()
    wanted = f"./usr/src/{package(name)}.tar.xz"
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(debs[0])], stdout=subprocess.PIPE, cwd=here
    ) as process:
        assert process.stdout is not None
        found = _member(process.stdout, wanted, here / "sources.tar.xz")
        process.kill()
    debs[0].unlink()
    if not found:
        raise Skipped(f"{package(name)} {version} has no {wanted[1:]}")
    return here / "sources.tar.xz", version


def _member(stream: "object", wanted: str, place: Path) -> bool:
    """Copy one file out of a tar stream; was it there?"""
    with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload]
        for member in tar:
            if member.name == wanted and member.isreg():
                source = tar.extractfile(member)
                assert source is not None
                with place.open("wb") as out:
                    copyfileobj(source, out, 1 << 20)
                return True
    return False


def _run(command: tuple[str, ...], here: Path, name: str) -> str:
    """What a program of the package system prints.  Raises: Skipped in one sentence."""
    environment = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, cwd=here, env=environment, capture_output=True, timeout=MAX_SECONDS,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"{command[0]} did not get {package(name)}: {one_line(str(error))}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        first = next((line for line in said.split("\n") if line.startswith("E:")), said)
        why = one_line(first.removeprefix("E:").strip(), 200)
        hint = " (apt-get update first?)" if "locate" in why else ""
        raise Skipped(f"{command[0]} did not get {package(name)}: {why}{hint}")
    return done.stdout.decode("utf-8", "replace")


def _version_installed(name: str) -> str:
    """The version of the installed package, "" when nobody can tell."""
    if which("dpkg-query") is None:
        return ""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package(name)],
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return one_line(done.stdout.decode("utf-8", "replace"), 80) if not done.returncode else ""


# --- unpacking ------------------------------------------------------------------------------------
class _Counted:
    """A file that is read from front to back, and says how far."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        self.stream, self.tell, self.done = stream, tell, 0

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.done += len(data)
        self.tell(self.done)
        return data


def _unpack(path: Path, here: Path, top: str, whole: bool, progress: Progress | None) -> None:
    """Regular files of a tarball below `top`.  Raises: Skipped for what is no such tarball."""
    size = path.stat().st_size
    say = progress or (lambda what, done, total: None)
    with path.open("rb") as raw:
        counted = _Counted(raw, lambda done: say(f"unpacking {top}", done >> 20, size >> 20))
        try:
            with lzma.open(counted) as data, tarfile.open(fileobj=data, mode="r|") as tar:  # type: ignore[call-overload]
                for member in _wanted(tar, top, whole):
                    _write(tar, member, here)
        except (lzma.LZMAError, tarfile.TarError, EOFError) as error:
            raise Skipped(f"{path} cannot be unpacked: {one_line(str(error))}") from None
    if path.parent == here:
        path.unlink()


def _wanted(tar: tarfile.TarFile, top: str, whole: bool) -> Iterator[tarfile.TarInfo]:
    """The members that are unpacked, within bounds."""
    files = size = 0
    for member in tar:
        name = member.name.removeprefix("./")
        below = name.removeprefix(f"{top}/")
        if name == below or not member.isreg() or ".." in name.split("/"):
            continue
        if whole or below.startswith(NEEDED):
            files, size = files + 1, size + member.size
            if files > MAX_FILES or size > MAX_BYTES:
                raise Skipped(f"{top} has more than {MAX_FILES} files or {MAX_BYTES >> 30} GiB")
            yield member


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, here: Path) -> None:
    place = here / member.name
    place.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    assert source is not None
    with place.open("xb") as out:
        copyfileobj(source, out, 1 << 20)
