# SPDX-License-Identifier: GPL-2.0-or-later
"""Translations by content: used when nothing changed, made anew when anything did."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linuxmm.kernels import load
from linuxmm.source import kept as module
from linuxmm.source.config import config_of
from linuxmm.source.execute import translated
from linuxmm.source.folder import Folder
from linuxmm.source.names import index_of, names_digest
from linuxmm.source.program import Program
from linuxmm.source.tree import SourceTree
from tests.source.test_execute import ERRNO, TEXT

V61 = load("v6.1")
PLACE = "mm/migrate.c:do_pages_stat_array"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree of old files, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, text in (
        ("mm/migrate.c", TEXT),
        ("include/uapi/asm-generic/errno-base.h", ERRNO),
        ("include/linux/other.h", "#define OTHER 1\n"),
    ):
        write(tmp_path / "tree" / name, text)
    return tmp_path / "tree"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The functions that are asked for anew."""
    asked: list[str] = []
    want = Program.want

    def noted(self: Program, path: str, name: str) -> bool:
        found = want(self, path, name)
        if found:
            asked.append(name)
        return found

    monkeypatch.setattr(Program, "want", noted)
    yield asked


def text(folder: Path) -> str:
    return translated(SourceTree(Folder(str(folder)), config_of(V61)))[PLACE].text


def entries(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache/linuxmm/translated").glob("*.json"))


def test_the_second_time_nothing_is_made(folder: Path, made: list[str]) -> None:
    first = text(folder)
    assert made == ["do_pages_stat_array"]
    tree = SourceTree(Folder(str(folder)), config_of(V61))
    again = translated(tree)[PLACE]
    assert again.text == first and made == ["do_pages_stat_array"]
    assert {trap.why for trap in again.program.traps.values()} >= {"does not come to an end"}
    assert again.program.reached("mm/migrate.c", "do_pages_stat_array") == [
        ("mm/migrate.c", "do_pages_stat_array"),
        ("mm/migrate.c", "where_is"),
    ]
    assert [path.name[:5] for path in entries(folder)[0].parent.glob(".new-*")] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mm/migrate.c", TEXT.replace("-ENOENT", "-EFAULT")),
        ("include/uapi/asm-generic/errno-base.h", ERRNO.replace("14", "15")),
        ("include/linux/new.h", "#define EFAULT 3\n"),  # which comes first
        ("include/linux/other.h", "#define OTHER 1\n#define ENOENT 5\n"),
    ],
)
def test_another_text_is_another_translation(
    folder: Path, made: list[str], name: str, said: str
) -> None:
    first = text(folder)
    write(folder / name, said)
    assert text(folder) != first
    assert len(made) == 2


def test_a_header_that_says_nothing_new_costs_nothing(folder: Path, made: list[str]) -> None:
    text(folder)
    write(folder / "include/linux/other.h", "#define OTHER 2\n")
    text(folder)
    assert len(made) == 1


def test_the_same_tree_elsewhere(folder: Path, made: list[str]) -> None:
    first = text(folder)
    folder.rename(folder.parent / "moved")
    assert text(folder.parent / "moved") == first
    assert len(made) == 1


SPOILT = {
    "empty": "",
    "no JSON": "{" * 100_000,
    "a number": "7",
    "cut": None,
    "another text": None,
    "not UTF-8": None,
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_entry_is_none(folder: Path, made: list[str], how: str) -> None:
    first = text(folder)
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    said = SPOILT[how]
    if said is not None:
        entry.write_text(said)
    elif how == "cut":
        entry.write_bytes(whole[: len(whole) // 2])
    elif how == "another text":
        entry.write_bytes(whole.replace(b"v_status", b"v_STATUS"))
    else:
        entry.write_bytes(b"\xff" + whole)
    assert text(folder) == first
    assert len(made) == 2
    json.loads(entries(folder)[0].read_text().rpartition("\n")[0])  # and it is whole again


def test_a_folder_that_others_may_write_to_is_not_used(folder: Path, made: list[str]) -> None:
    text(folder)
    entries(folder)[0].parent.chmod(0o777)
    text(folder)
    assert len(made) == 2


def test_what_changed_just_now_is_looked_at_anew(folder: Path) -> None:
    assert Folder(str(folder)).stamp(["include/linux"]) == ""  # its inode is of this moment


def test_another_configuration_is_another_key(folder: Path, made: list[str]) -> None:
    text(folder)
    tree = SourceTree(Folder(str(folder)), config_of(V61) - {"CONFIG_NUMA"})
    translated(tree)
    assert len(made) == 2


def test_entries_are_few(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    monkeypatch.setattr("linuxmm.cache.IN_USE", -1.0)
    for n in range(5):
        write(folder / "mm/migrate.c", f"{TEXT}\nint x{n};\n")
        text(folder)
    assert len(entries(folder)) == 2


def index(folder: Path) -> dict[str, list[str]]:
    """Where names are looked for: what is kept, and what is made without a cache, are the same."""
    return SourceTree(Folder(str(folder)), config_of(V61))._index


def test_names_are_kept_in_the_order_of_the_headers(folder: Path, tmp_path: Path) -> None:
    for name in ("include/linux/a.h", "arch/x86/include/asm/a.h", "include/linux/empty.h"):
        write(folder / name, "" if "empty" in name else "#define OTHER 2\n#define MORE 3\n")
    for path in folder.rglob("*.h"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    wanted = ["include/linux/a.h", "include/linux/other.h", "arch/x86/include/asm/a.h"]
    names = tmp_path / "cache/linuxmm/translated"
    module_now = 2_000_000_000_000_000_000  # as if the headers were old: else nothing is kept
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("time.time_ns", lambda: module_now)
        made = index(folder)
        assert made["OTHER"] == wanted and made["MORE"] == [wanted[0], wanted[2]]
        (entry,) = names.glob("*.names")
        assert index(folder) == made and "" not in made
        entry.write_text(entry.read_text().replace("OTHER", "OTHERS"))  # nobody's work but ours
        assert index(folder) == made


@pytest.mark.usefixtures("folder")
def test_the_first_digest_of_names_is_that_of_later_ones() -> None:
    stamp, headers = "0" * 24, [("include/linux/other.h", ["OTHER"])]

    def digest() -> str:
        return names_digest(stamp, lambda: index_of(stamp, lambda: headers))

    first = digest()  # makes the index, and keeps it
    assert digest() == first
    other = "1" * 24
    assert names_digest(other, lambda: index_of(other, lambda: [*headers, *headers])) != first
