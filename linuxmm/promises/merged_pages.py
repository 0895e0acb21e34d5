# SPDX-License-Identifier: GPL-2.0-or-later
"""Promises about KSM and device pages."""

from typing import Final

from linuxmm.arch.x86.pgtable import pte_present
from linuxmm.mm.page import page_ksm
from linuxmm.promises.census import Census
from linuxmm.promises.kinds import page_kind
from linuxmm.promises.near import is_device, visited
from linuxmm.promises.record import COHERENT, Fault, Promise, WrongRule
from linuxmm.state.constants import RANGE_COHERENT, RANGE_PRIVATE, RANGE_RAM, VM_MERGEABLE
from linuxmm.state.layout import KSM_DEVICE as KSM_DEVICE_TAKEN
from linuxmm.state.layout import SIZE_Q, SIZE_R, State
from linuxmm.state.rules import Rules
from linuxmm.state.sites import SITE_GET_MERGEABLE_PAGE, SITE_SCAN_GET_NEXT_RMAP_ITEM

KSM_SITES: Final = (SITE_GET_MERGEABLE_PAGE, SITE_SCAN_GET_NEXT_RMAP_ITEM)
TAKES_DEVICES: Final = """\
[site."mm/ksm.c:scan_get_next_rmap_item"]
tests = [{ refuse = "not_anon", gives = "skip" }]

[site."mm/ksm.c:get_mergeable_page"]
tests = [{ refuse = "not_anon", gives = "no_page", put = true }]"""


def _near_ksm_device(m: State, census: Census) -> bool:
    """ksmd looked at pages while a device page was mapped in a mergeable VMA."""
    return visited(m, KSM_SITES) and any(
        is_device(m, page) and m.vma_flags[vma] & VM_MERGEABLE and pte_present(pte)
        for vma, _, pte, page in census.present
    )


KSM_DEVICE: Final = Promise(
    "ksm-device",
    says="no ZONE_DEVICE page is put into a tree of ksmd, or merged",
    broken="ksmd takes {pages} into a tree, or merges one",
    marks={KSM_DEVICE_TAKEN: Fault("coherent", "ksmd takes a device page into a tree")},
    danger=_near_ksm_device,
    wrong=WrongRule(
        "v6.1",
        TAKES_DEVICES,
        (*COHERENT, "P0: b = mmap 1p", "P0: write b 0x11", "P0: madvise a MADV_MERGEABLE",
         "P0: madvise b MADV_MERGEABLE", "ksmd: full_scan 2"),
    ),
)  # fmt: skip


def _kept_in_the_tree(m: State, k: Rules, census: Census) -> list[Fault]:
    """No stable node stands for a device page."""
    return [
        Fault(page_kind(m, page), "a stable node is a device page")
        for node in range(1, m.used[SIZE_Q])
        if (page := m.stable_page[node]) and m.range_type[m.page_range[page]] != RANGE_RAM
    ]


def _near_ksm_device_migrated(m: State, census: Census) -> bool:
    """A merged page exists, and a device whose driver takes pages."""
    return any(page_ksm(m, page) for _, _, _, page in census.present) and any(
        m.range_type[r] in (RANGE_PRIVATE, RANGE_COHERENT) for r in range(1, m.used[SIZE_R])
    )


KSM_DEVICE_MIGRATED: Final = Promise(
    "ksm-device-migrated",
    says="no node of KSM's stable tree stands for a ZONE_DEVICE page",
    broken="KSM keeps {pages} in its stable tree",
    state=_kept_in_the_tree,
    danger=_near_ksm_device_migrated,
    wrong=WrongRule(
        "v6.1",
        TAKES_DEVICES,
        (
            "P0: a = mmap 4p",
            "P0: write a 0x11 0x11 0x22 0x22",
            "coherent0: migrate P0.a[2:4]",
            "P0: madvise a MADV_MERGEABLE",
            "ksmd: full_scan 3",
        ),
        also=("ksm-device",),
    ),
)
