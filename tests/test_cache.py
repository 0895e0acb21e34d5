# SPDX-License-Identifier: GPL-2.0-or-later
"""The cache folder: for its owner alone, not used when somebody else may have written there."""

import os
import re
import stat
import time
from pathlib import Path

import pytest

from linuxmm.cache import cache_folder, cache_path, prune
from linuxmm.errors import Skipped


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "base"))
    return tmp_path / "base"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_is_made_for_its_owner_alone(base: Path) -> None:
    old = os.umask(0)
    try:
        folder = cache_folder("compiled", "abc")
    finally:
        os.umask(old)
    assert folder == base / "linuxmm" / "compiled" / "abc" == cache_path("compiled", "abc")
    assert [mode(p) for p in (folder, folder.parent, folder.parents[1], base)] == [0o700] * 4


def test_one_that_others_could_only_read_is_closed(base: Path) -> None:
    (base / "linuxmm" / "validate").mkdir(parents=True)
    (base / "linuxmm" / "validate").chmod(0o755)
    assert mode(cache_folder("validate")) == 0o700


@pytest.mark.parametrize("bits", [0o777, 0o770, 0o707, 0o1777])
@pytest.mark.parametrize("which", ["linuxmm", "linuxmm/validate"])
def test_where_others_may_write_is_refused(base: Path, bits: int, which: str) -> None:
    (base / "linuxmm" / "validate").mkdir(parents=True)
    (base / which).chmod(bits)
    with pytest.raises(Skipped, match="others may write there; remove it, or set XDG_CACHE_HOME"):
        cache_folder("validate")
    assert mode(base / which) == bits


def test_a_link_is_refused_and_nothing_is_made_behind_it(base: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    base.mkdir()
    (base / "linuxmm").symlink_to(theirs)
    with pytest.raises(Skipped, match="no folder, or a link to one"):
        cache_folder("validate")
    assert not list(theirs.iterdir())


def test_a_file_in_its_place_is_refused(base: Path) -> None:
    base.mkdir()
    (base / "linuxmm").write_text("")
    with pytest.raises(Skipped, match="no folder"):
        cache_folder("validate")


def test_a_parent_in_which_anybody_may_rename_is_refused(base: Path) -> None:
    base.mkdir()
    base.chmod(0o777)
    with pytest.raises(Skipped, match="anybody may write there"):
        cache_folder("validate")
    base.chmod(0o1777)  # as /tmp: only the owner may rename
    assert cache_folder("validate").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("which", ["", "linuxmm", "linuxmm/validate"])
def test_a_folder_of_somebody_else_is_refused(base: Path, which: str) -> None:
    folder = cache_folder("validate")
    os.chown(base / which, 65534, -1)
    with pytest.raises(Skipped, match="it belongs to user 65534"):
        cache_folder("validate")
    assert not list(folder.iterdir())


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/no")
    with pytest.raises(OSError, match="/proc/no"):
        cache_folder("validate")


def test_what_is_old_goes_and_what_is_new_or_not_ours_stays(tmp_path: Path) -> None:
    days = 86400.0
    ages = {"agent-a": 9, "agent-b": 8, "agent-c": 7, "agent-d": 0.5, "agent-e": 0, "other": 99}
    for name, age in ages.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")
        os.utime(tmp_path / name, (time.time() - age * days,) * 2)
    elsewhere = tmp_path / "other" / "file"
    (tmp_path / "agent-0").symlink_to(tmp_path / "other")
    os.utime(tmp_path / "agent-0", (1, 1), follow_symlinks=False)
    prune(tmp_path, re.compile(r"agent-\w"), 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["agent-d", "agent-e", "other"]
    assert elsewhere.exists()  # the link went, not what it named
