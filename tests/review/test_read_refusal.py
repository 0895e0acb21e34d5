# SPDX-License-Identifier: GPL-2.0-or-later
# The text of patches keeps its tabs and blank context lines.
# ruff: noqa: E101, E501
"""follow_page_pte that refuses device pages to those who ask with a flag: read, and played."""

from dataclasses import replace

import pytest

from linuxmm.explore.replay import run_one
from linuxmm.kernels import Kernel, load, same_rules
from linuxmm.kernels.compile import compile_rules
from linuxmm.scenario.parse import parse
from linuxmm.state.flags import FOLL_DUMP, FOLL_GET, FOLL_LRU, FOLL_MLOCK
from tests.review.patches import diff, hunk, read

DEFINE = diff(
    "include/linux/mm.h", hunk("", " #define FOLL_FAST_ONLY\t0x80000\n+#define FOLL_LRU\t0x100000")
)
ASKS = diff(
    "mm/migrate.c",
    hunk(
        "static int add_page_for_migration(struct mm_struct *mm, unsigned long addr,",
        "-\tpage = follow_page(vma, addr, FOLL_GET | FOLL_DUMP);\n"
        "+\tpage = follow_page(vma, addr, FOLL_GET | FOLL_DUMP | FOLL_LRU);\n \n \terr = PTR_ERR(page);",
    ),
)
GUP = "static struct page *follow_page_pte(struct vm_area_struct *vma,"
CONDITIONS = [
    "(flags & FOLL_LRU) && page && is_zone_device_page(page)",
    "page && (flags & FOLL_LRU) && is_zone_device_page(page)",
    "unlikely(flags & FOLL_LRU) && page && is_zone_device_page(page)",
    "(flags & FOLL_LRU) && page && folio_is_zone_device(page_folio(page))",
]


def refuses(
    condition: str,
    then: str = "page = NULL;",
    braces: bool = False,
    lookup: str = "vm_normal_page",
) -> str:
    """The hunk of follow_page_pte."""
    open_, close = (" {", "+\t}\n") if braces else ("", "")
    body = (
        f" \tpage = {lookup}(vma, address, pte);\n"
        f"+\tif ({condition}){open_}\n+\t\t{then}\n{close}"
        " \tif (!page && pte_devmap(pte) && (flags & (FOLL_GET | FOLL_PIN))) {"
    )
    return diff("mm/gup.c", hunk(GUP, body))


MOVES = """linuxmm-scenario 1
name: x
intent: what move_pages says of a coherent page
machine:
  node0 512M
  node1 512M
  coherent0 256M
steps:
  P0: a = mmap 1p
  P0: write a 0x5a
  coherent0: migrate P0.a
  P0: move_pages a node1
"""


def status(kernel: Kernel) -> str:
    """What move_pages says of a coherent page under a kernel."""
    return run_one(parse(MOVES, "moves"), kernel, compile_rules(kernel))[-1].result.text()


def test_conditions_in_each_other() -> None:
    body = """
 	page = vm_normal_page(vma, address, pte);
+	if (flags & FOLL_LRU) {
+		if (page && is_zone_device_page(page))
+			page = NULL;
+	}
 	if (!page && pte_devmap(pte))"""
    reading = read(DEFINE + diff("mm/gup.c", hunk(GUP, body)) + ASKS)
    assert reading.extent == "read", [h.why for h in reading.unread]
    rule = reading.kernel.site("mm/gup.c:follow_page_pte")
    assert rule.lookup == ((FOLL_LRU, "lru"), (0, "normal"))


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("name", ["v5.17-coherent", "v6.1"])
def test_a_refusal_by_flag_is_a_lookup_by_flag(condition: str, name: str) -> None:
    reading = read(DEFINE + refuses(condition) + ASKS, load(name))
    assert reading.extent == "read", [h.why for h in reading.unread]
    rule = reading.kernel.site("mm/gup.c:follow_page_pte")
    assert rule.lookup == ((FOLL_LRU, "lru"), (0, "normal"))
    assert reading.kernel.lookup("lru").of == "normal"
    caller = reading.kernel.site("mm/migrate.c:add_page_for_migration")
    assert caller.flags == FOLL_GET | FOLL_DUMP | FOLL_LRU


@pytest.mark.parametrize(("name", "before"), [("v5.17-coherent", "-EBUSY"), ("v6.1", "-ENOENT")])
def test_move_pages_of_a_coherent_page_then_says_efault(name: str, before: str) -> None:
    """No page and FOLL_DUMP is -EFAULT in mm/gup.c of both."""
    reading = read(DEFINE + refuses(CONDITIONS[0], braces=True) + ASKS, load(name))
    assert status(load(name)) == before
    assert status(reading.kernel) == "-EFAULT"


def test_a_kernel_that_chooses_by_flag_already() -> None:
    """split-v1 without FOLL_LRU in its condition, then with a refusal for it."""
    base = load("split-v1")
    rule = base.site("mm/gup.c:follow_page_pte")
    by_mlock = replace(rule, lookup=((FOLL_MLOCK, "lru"), (0, "any")))
    text = refuses(CONDITIONS[0], lookup="vm_normal_any_page")
    reading = read(text, base.with_site(by_mlock))
    assert not same_rules(base.with_site(by_mlock), base)
    assert same_rules(reading.kernel, base)
    assert read(text, base).hunks[0].kind == "already"
    wrong = read(refuses(CONDITIONS[0]), base).hunks[0]
    assert wrong.fit.word == "contradicts" and "vm_normal_page" in wrong.why


@pytest.mark.parametrize(
    ("condition", "then"),
    [
        (CONDITIONS[0], "goto no_page;"),
        (CONDITIONS[0], "return ERR_PTR(-EINVAL);"),
        ("(flags & FOLL_LRU) && page && !PageLRU(page)", "page = NULL;"),
        (
            "(flags & FOLL_LRU) && (flags & FOLL_GET) && page && is_zone_device_page(page)",
            "page = NULL;",
        ),
        ("is_zone_device_page(page)", "page = NULL;"),
        ("!(flags & FOLL_LRU) && page && is_zone_device_page(page)", "page = NULL;"),
        ("(flags & FOLL_NEW) && page && is_zone_device_page(page)", "page = NULL;"),
    ],
)
def test_what_is_no_lookup_by_flag_could_undo_what_every_caller_does(
    condition: str, then: str
) -> None:
    reading = read(DEFINE + refuses(condition, then) + ASKS)
    assert reading.partly
    rule = reading.kernel.site("mm/gup.c:follow_page_pte")
    assert rule.lookup == ((0, "normal"),)
    for site in ("mm/migrate.c:add_page_for_migration", "mm/ksm.c:break_ksm"):
        assert [h.function for h in reading.could_undo([site])] == ["follow_page_pte"]


def test_a_refusal_after_the_page_was_used_is_not_read() -> None:
    body = """
 		mark_page_accessed(page);
 	}
+	if ((flags & FOLL_LRU) && page && is_zone_device_page(page))
+		page = NULL;
 out:
 	pte_unmap_unlock(ptep, ptl);"""
    reading = read(DEFINE + diff("mm/gup.c", hunk(GUP, body)) + ASKS)
    assert reading.partly and reading.could_undo(["mm/ksm.c:break_ksm"])
