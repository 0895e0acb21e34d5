# SPDX-License-Identifier: GPL-2.0-or-later
"""What a correct kernel keeps after every step: each promise is one record (`record.py`).

A promise is added here, where all stand in the order in which they are looked at, and among the
words of the language (`scenario/words.py:INVARIANTS`), which knows no model.
"""

from typing import Final

from linuxmm.promises.calls import ENDS, ISOLATED, LOCKS, OOPS
from linuxmm.promises.contents import CONTENT
from linuxmm.promises.counts import MAPCOUNT, MEMCG, MLOCK, REFCOUNT, RSS, SWAP_COUNT
from linuxmm.promises.device_pages import DEVICE_RETURN, LRU_DEVICE, THP_DEVICE
from linuxmm.promises.huge_pages import DEFERRED
from linuxmm.promises.lists import LRU_ADD
from linuxmm.promises.lookups import BAD_PAGE_MAP, FOLL_LRU
from linuxmm.promises.merged_pages import KSM_DEVICE, KSM_DEVICE_MIGRATED
from linuxmm.promises.pins import PIN
from linuxmm.promises.pool import POOL
from linuxmm.promises.protected import UFFD_WP
from linuxmm.promises.record import Promise
from linuxmm.promises.reports import REPORT
from linuxmm.promises.rmap import RMAP

PROMISES: Final[dict[str, Promise]] = {
    promise.id: promise
    for promise in (
        BAD_PAGE_MAP,
        LRU_DEVICE,
        KSM_DEVICE,
        KSM_DEVICE_MIGRATED,
        THP_DEVICE,
        DEFERRED,
        FOLL_LRU,
        REFCOUNT,
        MAPCOUNT,
        RSS,
        SWAP_COUNT,
        POOL,
        MEMCG,
        MLOCK,
        CONTENT,
        PIN,
        UFFD_WP,
        DEVICE_RETURN,
        RMAP,
        ISOLATED,
        LRU_ADD,
        REPORT,
        ENDS,
        OOPS,
        LOCKS,
    )
}
