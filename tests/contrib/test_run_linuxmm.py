# SPDX-License-Identifier: GPL-2.0-or-later
"""``contrib/mm-ci/run-linuxmm.sh``: what the CI of the mm list sees of a pull request."""

import os
import subprocess
from pathlib import Path
from shutil import which
from typing import Final

import pytest

from linuxmm.scenario.parse import parse
from tests.contrib.tree import FILTER, GUP, HERE, commit, debian_6_1, edit, git, made_up

ROOT: Final = Path(__file__).parents[2]
SCRIPT: Final = ROOT / "contrib" / "mm-ci" / "run-linuxmm.sh"

pytestmark = pytest.mark.skipif(
    which("git") is None or which("bash") is None, reason="git or bash is not on this machine"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return made_up(tmp_path / "a tree")


def children() -> float:
    """Seconds of processor time of all commands so far: others use this machine as well."""
    used = os.times()
    return used.children_user + used.children_system


def ci(tree: Path, *words: str, **variables: str) -> tuple[int, str]:
    """Exit code and output of the script over a work tree; nothing on standard error."""
    command = tree.parent / "linuxmm"
    command.write_text(HERE)
    command.chmod(0o755)
    environment = os.environ | {
        "LINUX_DIR": str(tree), "LINUXMM": str(command), "PYTHONPATH": str(ROOT), "TIMEOUT": "280",
        **variables,
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(SCRIPT), *words], env=environment, cwd=tree, capture_output=True, timeout=300
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def test_nothing_modelled_is_touched(tree: Path) -> None:
    assert ci(tree, "base") == (0, "")  # an empty pull request
    edit(tree, "net/ipv4/tcp.c", "a = 1", "a = 2")
    assert ci(tree, "base") == (0, "")


def test_modelled_and_nothing_is_found(tree: Path) -> None:
    edit(tree, "mm/ksm.c", "before it is read", "caches that alias")
    assert ci(tree, "base") == (0, "✓ linuxmm: no promise broken\n")


def test_partly_read(tree: Path) -> None:
    """A condition that nobody knows, in a site that has no pair: no text of it is executed."""
    text = GUP.replace("get_gate_page", "munlock_vma_pages_range")
    (tree / "mm" / "mlock.c").write_text(text)
    commit(tree, "mm/mlock: begin")
    git(tree, "branch", "-f", "base")
    edit(tree, "mm/mlock.c", "if (!page)", "if (odd(page) || !page)")
    code, said = ci(tree, "base")
    assert code == 0 and said.startswith("? linuxmm: no promise broken; partly read: 1 hunk")
    assert "as in mm/mlock.c:munlock_vma_pages_range" in said and said.count("\n") == 1


def test_executed_but_not_to_its_end(tree: Path) -> None:
    """The made-up function uses a variable that it does not have."""
    edit(tree, "mm/ksm.c", "if (IS_ERR", "if (odd(page) || IS_ERR")
    code, said = ci(tree, "base")
    assert code == 0 and said.startswith("? linuxmm: no promise broken; 1 function not executed")
    assert "vma is not known" in said and said.count("\n") == 1


def test_a_broken_promise(tree: Path) -> None:
    """6.1 refuses device pages here because they cannot go on KSM's lists (mm/ksm.c)."""
    edit(tree, "mm/ksm.c", FILTER, "")
    before = children()
    code, said = ci(tree, "base")
    assert children() - before < 60
    assert code == 1 and said.endswith("✗ linuxmm: 1 broken promise\n")
    assert said.startswith("ksm-device: ") and "rests on: executed, read\n" in said
    witness = said[said.index("linuxmm-scenario 1") : said.index("each patch of it:")]
    assert parse(witness, "witness").steps
    assert git(tree, "status", "--porcelain") == ""


def test_the_base_of_what_github_checks_out_is_the_first_parent(tree: Path) -> None:
    git(tree, "checkout", "-q", "-b", "topic")
    edit(tree, "mm/ksm.c", "before it is read", "caches that alias")
    git(tree, "checkout", "-q", "main")
    edit(tree, "mm/ksm.c", "return page;", "return odd(page);")  # theirs, not to be judged
    git(tree, "merge", "-q", "-m", "merge", "topic")
    assert ci(tree) == (0, "✓ linuxmm: no promise broken\n")


def test_the_base_may_have_moved_on(tree: Path) -> None:
    git(tree, "checkout", "-q", "-b", "topic")
    edit(tree, "mm/ksm.c", "before it is read", "caches that alias")
    git(tree, "checkout", "-q", "main")
    edit(tree, "mm/ksm.c", FILTER, "")
    git(tree, "checkout", "-q", "topic")
    assert ci(tree, LINUXMM_BASE="main") == (0, "✓ linuxmm: no promise broken\n")
    git(tree, "branch", "--set-upstream-to=main")
    assert ci(tree) == (0, "✓ linuxmm: no promise broken\n")


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        ((), {}, "? linuxmm: the merge base is not known"),
        (("nowhere",), {}, "? linuxmm: BASE is no commit of"),
        (("base",), {"LINUXMM": "no-such-command"}, "? linuxmm: no-such-command is not installed"),
        (("base",), {"LINUX_DIR": "/"}, "? linuxmm: / is no git work tree"),
    ],
)
def test_what_is_missing_is_one_line(
    tree: Path, words: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    code, found = ci(tree, *words, **variables)
    assert code == 4 and found.startswith(said) and found.count("\n") == 1


def test_a_review_that_takes_too_long_is_no_verdict(tree: Path) -> None:
    edit(tree, "mm/ksm.c", FILTER, "")
    assert ci(tree, "base", TIMEOUT="1") == (0, "? linuxmm: no verdict: not done within 1 s\n")


def test_what_cannot_be_read_is_no_verdict(tree: Path) -> None:
    command = tree.parent / "odd"
    command.write_text("#!/bin/sh\necho 'linuxmm: a\x1b[31m:1: is odd' >&2\nexit 2\n")
    command.chmod(0o755)
    edit(tree, "mm/ksm.c", FILTER, "")
    found = ci(tree, "base", LINUXMM=str(command))
    assert found == (0, "? linuxmm: no verdict: linuxmm: a?[31m:1: is odd\n")


def test_nothing_of_a_pull_request_is_run(tree: Path) -> None:
    """A diff driver of its .gitattributes, a module with the name of one of Python's."""
    git(tree, "config", "diff.evil.textconv", "touch ran; cat")
    git(tree, "config", "diff.external", "touch ran")
    (tree / ".gitattributes").write_text("*.c diff=evil\n")
    for name in ("json.py", "linuxmm.py", "argparse.py"):
        (tree / name).write_text("open('ran', 'w')\n")
    commit(tree, "evil")
    git(tree, "branch", "-f", "base")
    edit(tree, "mm/ksm.c", "before it is read", "caches that alias")
    assert ci(tree, "base") == (0, "✓ linuxmm: no promise broken\n")
    assert not (tree / "ran").exists()


# --- Debian's 6.1, executed -----------------------------------------------------------------------
CASES: Final = {
    "untouched": ("mm/slab.c", "int node", "int  node", 0, ""),
    "clean": (
        "mm/mprotect.c", "\tif (!(vma->vm_flags & VM_SHARED)) {\n",
        "\tif (vma->vm_flags & VM_SHARED)\n\t\treturn true;\n\tif (1) {\n", 0, "✓ linuxmm: no",
    ),
    "partly": (
        "mm/mprotect.c", "long pages = 0;", "long pages = odd(vma);", 0, "? linuxmm: no",
    ),
    "broken": (
        "mm/memory.c", "\t\t\tpage_remove_rmap(page, vma, false);\n", "", 1, "mapcount: ",
    ),
}  # fmt: skip


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_debians_6_1(tmp_path: Path, case: str) -> None:
    """A clean edit is another way to write the same C; the broken one forgets to unmap a page."""
    tree = debian_6_1(tmp_path / "tree")
    path, before, after, code, begins = CASES[case]
    edit(tree, path, before, after)
    spent = children()
    found, said = ci(tree, "base")
    assert children() - spent < 60
    assert (found, said[: len(begins)]) == (code, begins)
    assert (said == "") == (case == "untouched") and (case == "broken" or said.count("\n") <= 1)
    assert ("rests on: executed" in said) == (case == "broken")
