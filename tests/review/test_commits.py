# SPDX-License-Identifier: GPL-2.0-or-later
"""Ranges of commits: what git makes of them is read, and git runs nothing of the repository's."""

import json
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

from linuxmm.cli.main import main
from linuxmm.errors import PatchError
from linuxmm.review import commits
from linuxmm.review.commits import CommitTree, of_range
from linuxmm.review.patch import read_diff
from linuxmm.review.tree import Tree

pytestmark = pytest.mark.skipif(which("git") is None, reason="git is not on this machine")
SOURCE = """\
static int get_gate_page(struct mm_struct *mm)
{
\tint one;

\tpage = vm_normal_page(vma, addr, pte);
\tif (!page)
\t\treturn -EFAULT;
\tone = 1;
\treturn 0;
}
"""


def git(folder: Path, *words: str) -> str:
    """What a git command of a person says."""
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Zoë", "GIT_AUTHOR_EMAIL": "z@example.org",
        "GIT_COMMITTER_NAME": "Zoë", "GIT_COMMITTER_EMAIL": "z@example.org",
    }  # fmt: skip
    done = subprocess.run(
        ["git", "-C", str(folder), *words], env=environment, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits of one file; the last two are changes of its code."""
    folder = tmp_path / "it's a tree"
    (folder / "mm").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for title, text in (
        ("mm: begin", SOURCE),
        ("mm/gup: füge an", SOURCE.replace("vm_normal_page(", "vm_normal_page_pmd(")),
        ("mm/gup: no constant", SOURCE.replace("vm_normal_page(", "vm_normal_page_pmd(")
                                      .replace("\tone = 1;\n", "")),
    ):  # fmt: skip
        (folder / "mm" / "gup.c").write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", title)
    return folder


def test_a_range_is_the_commits_in_their_order(repository: Path) -> None:
    found = of_range("HEAD~2..HEAD", str(repository)).patches
    assert [patch.title for patch in found] == ["mm/gup: füge an", "mm/gup: no constant"]
    assert [patch.number for patch in found] == [(1, 2), (2, 2)]
    assert found[0].author == "Zoë <z@example.org>"
    assert found[1].commit == git(repository, "rev-parse", "HEAD").strip()
    assert of_range("main~1..", str(repository)).patches[0].title == "mm/gup: no constant"


def test_each_patch_has_the_tree_of_its_parent(repository: Path) -> None:
    """What is checked out is the end of the range, which no patch of it fits."""
    first, second = of_range("HEAD~2..HEAD", str(repository)).patches
    source = CommitTree(str(repository))
    for patch in (first, second):
        [file] = read_diff(patch)
        assert source.of(patch).shift(file.path, file.hunks[0]) == 0
        assert Tree(str(repository)).of(patch).shift(file.path, file.hunks[0]) is None
    assert source.of(first).text("mm/gup.c") == SOURCE
    assert source.of(first).text("mm/none.c") is None


def test_the_command_reviews_them(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert main(["review", "HEAD~2..HEAD", "--tree", ".", "--format", "json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert [entry["patch"]["subject"] for entry in found] == [
        "[PATCH 1/2] mm/gup: füge an", "[PATCH 2/2] mm/gup: no constant",
    ]  # fmt: skip
    (hunk,) = found[0]["not_modelled"]
    assert hunk["function"] == "get_gate_page" and "lookup pmd is not modelled" in hunk["why"]
    assert git(repository, "status", "--porcelain") == ""


def test_a_kernel_that_is_a_folder_of_a_repository(tmp_path: Path) -> None:
    """Paths of its commits and files are the kernel's own; a folder inside of it means the top."""
    folder = tmp_path / "all"
    kernel = folder / "kernel" / "linux"
    for name in ("mm", "include/linux"):
        (kernel / name).mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for text in (SOURCE, SOURCE.replace("\tone = 1;\n", "")):
        (kernel / "mm" / "gup.c").write_text(text)
        (kernel / "include" / "linux" / "mm.h").write_text("int a;\n")
        (folder / "readme").write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "mm: part")
    [patch] = of_range("HEAD~1..HEAD", str(kernel)).patches
    assert [file.path for file in read_diff(patch)] == ["mm/gup.c"]
    source = CommitTree(str(kernel)).of(patch)
    assert source.text("mm/gup.c") == SOURCE
    assert source.headers("include/linux") == ["include/linux/mm.h"]
    [whole] = of_range("HEAD~1..HEAD", str(kernel / "mm")).patches
    assert {file.path for file in read_diff(whole)} == {"kernel/linux/mm/gup.c", "readme"}


def test_many_files_of_a_commit_are_one_process(repository: Path) -> None:
    [patch] = of_range("HEAD~1..HEAD", str(repository)).patches
    source = CommitTree(str(repository))
    tree = source.of(patch)
    assert source.of(patch) is tree
    process = source._objects._process
    for name, there in (("mm/gup.c", True), ("mm", False), ("none", False), ("a\nb", False)) * 3:
        assert (tree.text(name) is not None) == there
    assert source._objects._process is not None and process in (None, source._objects._process)


def test_git_runs_nothing_that_the_repository_names(repository: Path) -> None:
    ran = repository.parent / "ran"
    program = repository.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat \"$1\"\n")
    program.chmod(0o755)
    for name in (
        "diff.external", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager",
        "pager.format-patch", "core.sshCommand", "gpg.program", "filter.evil.clean",
        "filter.evil.smudge", "alias.format-patch",
    ):  # fmt: skip
        git(repository, "config", name, str(program))
    for name, value in (("log.showSignature", "true"), ("format.attach", "yes"),
                        ("diff.noprefix", "true"), ("format.coverLetter", "true"),
                        ("format.pretty", "oneline"), ("diff.context", "0")):  # fmt: skip
        git(repository, "config", name, value)
    (repository / ".gitattributes").write_text("*.c diff=evil filter=evil\n")
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (repository / ".git" / "hooks" / hook).write_text(program.read_text())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    [patch] = of_range("HEAD~1..HEAD", str(repository)).patches
    [file] = read_diff(patch)
    assert (file.path, len(file.hunks[0].lines)) == ("mm/gup.c", 6)  # one line in its context
    assert CommitTree(str(repository)).of(patch).text("mm/gup.c") is not None
    assert not ran.exists()


REFUSED = {
    "HEAD~1..--output=x": "is no range",
    "--all..HEAD": "is no range",
    "HEAD~1...HEAD": "is no range",
    "HEAD..HEAD~1": "is an empty range",
    "v5.17..HEAD": '"v5.17" is neither a kernel nor a commit',
    "HEAD~1..HEAD:mm/gup.c": "neither a kernel nor a commit",
    "HEAD~1..a\nb": r'"a\\nb" is neither',
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_range_is_one_sentence(repository: Path, what: str) -> None:
    with pytest.raises(PatchError, match=REFUSED[what]) as caught:
        of_range(what, str(repository))
    assert len(str(caught.value).splitlines()) == 1
    assert os.listdir(repository) == [".git", "mm"] or sorted(os.listdir(repository))[-1] == "mm"


def test_a_folder_that_is_no_git_tree_and_a_range_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "HEAD~1..HEAD", "--tree", str(tmp_path)]) == 2
    assert "not a git repository" in capsys.readouterr().err
    assert main(["review", "HEAD~1..HEAD", "--tree", str(tmp_path / "no")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["review", "HEAD~1..HEAD"]) == 2
    assert "a range of commits needs --tree DIR" in capsys.readouterr().err


def test_what_git_writes_is_bounded(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "MAX_PATCHES", 1)
    with pytest.raises(PatchError, match="has 2 commits, 1 are the most"):
        of_range("HEAD~2..HEAD", str(repository))
    _, data, _ = commits.git(str(repository), "cat-file", "blob", "HEAD:mm/gup.c", limit=10)
    assert len(data) == 11
