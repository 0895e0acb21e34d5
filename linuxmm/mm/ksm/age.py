# SPDX-License-Identifier: GPL-2.0-or-later
"""Smart scan: pages that never merge are looked at in fewer and fewer passes.

Source: mm/ksm.c:should_skip_rmap_item, skip_age.  /sys/kernel/mm/ksm/smart_scan is on, as it is
after boot; its counter pages_skipped is not modelled.
"""

from typing import Final

from linuxmm.core import core
from linuxmm.mm.ksm.items import remove_rmap_item_from_tree
from linuxmm.mm.page import page_ksm
from linuxmm.mm.sites import behaviour
from linuxmm.state.behaviours import B_KSM_SMART_SCAN
from linuxmm.state.layout import State
from linuxmm.state.rules import Rules

U8_MAX: Final = 255
YOUNG: Final = 3  # passes in which a page is never passed over


@core
def skip_age(age: int) -> int:
    """How many passes a page of this age is passed over."""
    if age <= 3:
        return 1
    if age <= 5:
        return 2
    return 4 if age <= 8 else 8


@core
def should_skip_rmap_item(m: State, k: Rules, item: int, page: int) -> int:
    """Is the page passed over in this pass?  Its item leaves its tree then; merged pages never."""
    if behaviour(m, k, B_KSM_SMART_SCAN) == 0 or page_ksm(m, page):
        return 0
    age = m.item_age[item]
    if age != U8_MAX:
        m.item_age[item] = age + 1
    if age < YOUNG:
        return 0
    if m.item_skips[item] == 0:
        m.item_skips[item] = skip_age(age)
        return 0
    m.item_skips[item] = m.item_skips[item] - 1
    remove_rmap_item_from_tree(m, k, item)
    return 1
