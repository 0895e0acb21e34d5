# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's sources: out of a tarball made here, and out of apt, whose programs are scripts here."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import InputError, Skipped
from linuxmm.source import debian
from linuxmm.source.folder import Folder

FILES = {
    "Makefile": "VERSION = 6\n",
    "mm/gup.c": "int a;\n",
    "fs/proc/task_mmu.c": "int b;\n",
    "fs/ext4/inode.c": "int c;\n",
    "include/linux/mm.h": "int d;\n",
    "arch/arm64/mm/fault.c": "int e;\n",
}
TOP = "linux-source-6.1"


def member(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def sources() -> bytes:
    """A tarball with what a hostile one might have beside the files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz") as tar:
        for name, text in FILES.items():
            member(tar, f"{TOP}/{name}", text.encode())
        member(tar, f"{TOP}/mm/../../out", b"x")
        member(tar, "elsewhere/mm/a.c", b"x")
        link = tarfile.TarInfo(f"{TOP}/mm/link.c")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return stream.getvalue()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, and a place where packages put sources."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = tmp_path / "src"
    place.mkdir()
    monkeypatch.setattr(debian, "INSTALLED", place)
    return place


def below(path: str) -> set[str]:
    root = Path(path)
    return {str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir()}


def test_what_is_needed_is_unpacked_and_nothing_else(installed: Path) -> None:
    (installed / f"{TOP}.tar.xz").write_bytes(sources())
    found = debian.get("v6.1")
    needed = {"Makefile", "mm/gup.c", "fs/proc/task_mmu.c", "include/linux/mm.h"}
    assert below(found.path) == needed and not found.whole
    assert below(debian.get("v6.1", whole=True).path) == set(FILES)
    assert debian.get("v6.1").whole
    shelf = Path(found.path).parents[1]
    assert os.listdir(shelf) == ["v6.1"] and not (shelf.parents[1] / "out").exists()


def test_a_release_is_a_name_for_a_tree(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(Skipped, match=r"v6\.1 are not here yet: linuxmm source v6\.1 gets them"):
        debian.tree_named("v6.1")
    (installed / f"{TOP}.tar.xz").write_bytes(sources())
    path = debian.get("v6.1").path
    assert debian.tree_named("v6.1") == debian.tree_named("debian-6.1") == path
    assert debian.tree_named(str(tmp_path)) == str(tmp_path)
    assert debian.tree_named("linux-6.1") == "linux-6.1"  # a folder that is told missing later
    assert Folder("v6.1").root == path  # so for every verb that takes a tree


@pytest.mark.parametrize("word", ["v6", "6.1.192", "../v6.1", "v6.1\n", ""])
def test_what_is_no_release_is_one_sentence(word: str) -> None:
    with pytest.raises(InputError, match=r"is no release of Debian: say v6\.1 or v6\.12"):
        debian.release(word)


@pytest.mark.parametrize("data", [b"", b"no archive", sources()[:200]])
def test_a_tarball_that_is_none_leaves_nothing_behind(installed: Path, data: bytes) -> None:
    (installed / f"{TOP}.tar.xz").write_bytes(data)
    with pytest.raises(Skipped, match=r"cannot be unpacked|has no folder"):
        debian.get("v6.1")
    assert debian.unpacked("v6.1") is None


# --- apt ------------------------------------------------------------------------------------------
def scripts(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Programs of the PATH, by name (_ for -): nothing else is found there."""
    folder.mkdir()
    for name, text in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_it_is_fetched_and_taken_out_of_the_package(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member(tar, "./usr/share/doc/x", b"x")
        member(tar, f"./usr/src/{TOP}.tar.xz", sources())
    (tmp_path / "package.tar").write_bytes(stream.getvalue())
    scripts(
        tmp_path / "bin", monkeypatch,
        apt_get=f'test "$6" = download && test "$7" = {TOP} && : > {TOP}_1_all.deb',
        dpkg_deb=f'case "$1" in -f) echo 6.1.192-3;; *) /bin/cat {tmp_path}/package.tar;; esac',
    )  # fmt: skip
    found = debian.get("v6.1")
    assert found.version == "6.1.192-3"
    assert "mm/gup.c" in below(found.path)
    assert sorted(os.listdir(Path(found.path).parent)) == [TOP, "unpacked.json"]


FAILING = {
    "echo 'W: x' >&2; echo 'E: Unable to locate package' >&2; exit 100":
        "did not get linux-source-6.1: Unable to locate package (apt-get update first?)",
    "echo 'E: Could not resolve' >&2; exit 100": "did not get linux-source-6.1: Could not resolve",
    "exit 0": "apt fetched no linux-source-6.1",
}  # fmt: skip


@pytest.mark.parametrize("script", FAILING)
def test_what_apt_cannot_do_is_one_sentence_and_exit_4(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], script: str,
) -> None:  # fmt: skip
    scripts(tmp_path / "bin", monkeypatch, apt_get=script, dpkg_deb="exit 1")
    assert main(["source", "v6.1"]) == 4
    [line] = capsys.readouterr().err.splitlines()
    assert FAILING[script] in line
    assert os.listdir(tmp_path / "cache" / "linuxmm" / "sources") == []


def test_without_apt(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    scripts(tmp_path / "bin", monkeypatch)
    assert main(["source", "v6.1"]) == 4
    said = capsys.readouterr().err
    assert "apt-get and dpkg-deb is not on this machine" in said and len(said.splitlines()) == 1


def test_the_list(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installed / f"{TOP}.tar.xz").write_bytes(sources())
    assert main(["source", "--list", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["sources"]
    assert [(one["name"], one["is"]) for one in found] == [
        ("v6.1", "installed"), ("v6.12", "not here"),
    ]  # fmt: skip
    assert main(["source", "v6.1"]) == 0
    assert capsys.readouterr().out.strip() == debian.tree_named("v6.1")
    assert main(["source", "--list"]) == 0
    assert "unpacked" in capsys.readouterr().out
