# SPDX-License-Identifier: GPL-2.0-or-later
"""Quiet where nothing is wrong, plain about what was not looked at; names and exit codes."""

from pathlib import Path

import pytest

from linuxmm.errors import KernelError, PatchError
from linuxmm.review.b4 import as_b4
from linuxmm.review.report import report
from linuxmm.review.run import Review, kernel_pair, of_kernels, reviews
from tests.review.patches import diff, hunk, lookup_diff

COMMENT = diff("mm/ksm.c", hunk("static int f(void)", " \tint a;\n-\t/* one */\n+\t/* two */"))
SIGNATURE = "(struct vm_area_struct *vma, unsigned long addr, pte_t pte)"
RENAME = diff(
    "mm/memory.c",
    hunk(
        "static void f(void)",
        f"-struct page *vm_normal_page{SIGNATURE}\n"
        f"+struct page *vm_normal_cpu_page{SIGNATURE}\n {{",
    ),
) + lookup_diff("mm/madvise.c", "madvise_free_pte_range", "vm_normal_page", "vm_normal_cpu_page")
UNMODELLED = diff("net/ipv4/tcp.c", hunk("int f(void)", " \tint a;\n-\ta = 1;\n+\ta = 2;"))


def of_text(tmp_path: Path, *texts: str) -> list[Review]:
    """The reviews of patches in one file."""
    path = tmp_path / "test.patch"
    path.write_text("".join(texts))
    return list(reviews(str(path)))


@pytest.mark.parametrize(
    ("patch", "code", "words"),
    [
        (COMMENT, 0, "No rule changes: the model behaves as before."),
        (RENAME, 0, "No rule changes: the model behaves as before."),
        (UNMODELLED, 3, "Nothing of this patch is modelled: nothing could be decided about it."),
        (COMMENT + UNMODELLED, 3, "not looked at net/ipv4/tcp.c"),
    ],
    ids=["comment", "rename", "unmodelled", "both"],
)
def test_quiet(tmp_path: Path, patch: str, code: int, words: str) -> None:
    (review,) = of_text(tmp_path, patch)
    assert (review.findings, review.exit_code, review.bounds) == ((), code, None)
    assert words in " ".join(report(review).split())
    if code == 0:
        assert as_b4([review]) == []


def test_the_same_kernel_is_not_searched() -> None:
    review = of_kernels("v6.1", "debian-6.1")
    assert review.bounds is None and review.exit_code == 0
    assert "same rules" in report(review)


def test_pairs_of_kernels() -> None:
    assert kernel_pair("v6.1..split-v1") == ("v6.1", "split-v1")
    assert kernel_pair("a.patch") is None


def test_paths_of_kernels(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('schema = 1\nname = "mine"\nbase = "v6.1"\nsource = "test"\n')
    (review,) = reviews(f"v6.1..{mine}")
    assert review.exit_code == 0 and review.after_name == str(mine)


@pytest.mark.parametrize("what", ["v6.1", "no-such.patch", "v6.1.."])
def test_what_is_neither(what: str) -> None:
    with pytest.raises((PatchError, KernelError)):
        list(reviews(what))


def test_escapes_never_reach_the_terminal(tmp_path: Path) -> None:
    patch = UNMODELLED.replace("tcp.c", "t\x1b[31mcp.c")
    head = "From: a <a@b>\nSubject: [PATCH] \x1b[2J evil\n\n"
    (review,) = of_text(tmp_path, head + patch)
    assert "\x1b" not in report(review)


def test_b4_says_nothing_of_what_touches_nothing_modelled(tmp_path: Path) -> None:
    (review,) = of_text(tmp_path, UNMODELLED)
    assert as_b4([review]) == []


HALF = diff(
    "mm/ksm.c",
    hunk(
        "static struct page *get_mergeable_page(struct rmap_item *rmap_item)",
        " \tpage = follow_page(vma, addr, FOLL_GET);\n-\tif (IS_ERR_OR_NULL(page))\n"
        "+\tif (odd(page) || IS_ERR_OR_NULL(page))\n \t\tgoto out;",
    ),
)


def test_b4_is_never_silent_over_a_hunk_that_was_not_read(tmp_path: Path) -> None:
    (review,) = of_text(tmp_path, HALF)
    (check,) = as_b4([review])
    assert check["status"] == "warn" and check["summary"].startswith("partly read")
    assert "mm/ksm.c:get_mergeable_page: " in check["details"]
    lines = report(review).splitlines()
    assert lines[2].startswith("read          PARTLY; sites: 0 read, 0 partly, 1 not")
