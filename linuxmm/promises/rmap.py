# SPDX-License-Identifier: GPL-2.0-or-later
"""The promise about the reverse map: from a page to everybody who maps it."""

from typing import Final

from linuxmm.mm.compound import compound_head
from linuxmm.mm.page import page_ksm
from linuxmm.mm.page_vma_mapped import page_vma_mapped_walk
from linuxmm.mm.rmap import rmap_address
from linuxmm.promises.census import Census
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import mapped_twice
from linuxmm.promises.record import Fault, Promise, WrongRule
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules


def _not_found(m: State, k: Rules, census: Census) -> list[Fault]:
    """Every counting entry of a page with a mapping can be found from the page."""
    found = []
    for vma, addr, _, page in census.present:
        if m.page_mapping[compound_head(m, page)] and not _is_found(m, page, vma, addr):
            text = "an entry cannot be found from its page"
            found.append(Fault(page_kind(m, page), text))
    return found


def _is_found(m: State, page: int, vma: int, addr: int) -> bool:
    """Does a reverse-map walk come by this address?  A KSM page may have several in one VMA."""
    if page_ksm(m, page):
        return page_vma_mapped_walk(m, page, vma, addr - 1) == addr
    return rmap_address(m, page, vma) == addr


def _near_rmap(m: State, census: Census) -> bool:
    """A page is mapped by several VMAs, or a merged page at all."""
    return mapped_twice(m, census) or any(page_ksm(m, page) for _, _, _, page in census.present)


RMAP: Final = Promise(
    "rmap",
    says="each counting entry of an anon, KSM, page-cache or shmem page can be found from the page",
    broken="mapped {pages} can no longer be found from their struct page",
    state=_not_found,
    danger=_near_rmap,
    wrong=WrongRule(
        "v6.1",
        """\
[site."mm/migrate_device.c:migrate_vma_collect_pmd"]
tests = [
  { refuse = "not_zone_device", unless = "SELECT_SYSTEM", gives = "skip", put = true },
  { refuse = "device_coherent", unless = "SELECT_DEVICE_COHERENT", gives = "skip" },
]""",
        (
            "P0: b = mmap 1p",
            "P0: write b 0x22",
            "P0: P1 = fork",
            "P0: a = mmap 2p",
            "P0: write a 0x11",
            "coherent0: migrate P0.a[1]",
            "coherent0: migrate_to_sys P0.a",
        ),
        also=("refcount",),
    ),
)
