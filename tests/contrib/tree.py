# SPDX-License-Identifier: GPL-2.0-or-later
"""Git trees for the scripts of contrib: a made-up one of one file, and a part of Debian's 6.1."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

KSM: Final = """\
static struct page *get_mergeable_page(struct ksm_rmap_item *rmap_item)
{
\tstruct page *page;

\tpage = follow_page(vma, addr, FOLL_GET);
\tif (IS_ERR_OR_NULL(page))
\t\tgoto out;
\tif (is_zone_device_page(page))
\t\tgoto out_putpage;
\tif (PageAnon(page)) {
\t\tflush(page); /* before it is read */
\t} else {
out_putpage:
\t\tput_page(page);
out:
\t\tpage = NULL;
\t}
\treturn page;
}
"""
GUP: Final = """\
static int get_gate_page(struct mm_struct *mm, unsigned long addr)
{
\tpage = vm_normal_page(vma, addr, pte);
\tif (!page)
\t\treturn -EFAULT;
\treturn 0;
}
"""
FILTER: Final = "\tif (is_zone_device_page(page))\n\t\tgoto out_putpage;\n"
HERE: Final = f'#!/bin/sh\nexec "{sys.executable}" -P -m linuxmm "$@"\n'  # this tree's command
TCP: Final = "int tcp_one(void)\n{\n\tint a;\n\n\ta = 1;\n\treturn a;\n}\n"
FOLDERS: Final = ("mm", "fs/proc", "include", "arch/x86/include")


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


def commit(folder: Path, title: str) -> None:
    """Everything as it stands."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", title)


def edit(folder: Path, path: str, before: str, after: str) -> None:
    """One place of a file changed, and a commit of it."""
    text = (folder / path).read_text()
    assert text.count(before) >= 1, (path, before)
    (folder / path).write_text(text.replace(before, after, 1))
    commit(folder, f"{path}: a change")


def made_up(folder: Path) -> Path:
    """A repository of two files, on the branch ``main``."""
    for path, text in (("mm/ksm.c", KSM), ("net/ipv4/tcp.c", TCP)):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "begin")
    git(folder, "branch", "base")
    return folder


def debian_6_1(folder: Path) -> Path:
    """A repository of those folders of Debian's 6.1 that a review looks into."""
    source = Path(os.environ.get("LINUXMM_TREE_6_1", "/usr/src/linux-source-6.1"))
    if not (source / "mm" / "memory.c").is_file():
        pytest.skip("linux-source-6.1 is not unpacked in /usr/src, and LINUXMM_TREE_6_1 not set")
    for name in FOLDERS:
        shutil.copytree(source / name, folder / name, symlinks=True)
    shutil.copy(source / "Makefile", folder)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "begin")
    git(folder, "branch", "base")
    return folder
