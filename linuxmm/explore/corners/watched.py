# SPDX-License-Identifier: GPL-2.0-or-later
"""Stories of areas that userfaultfd watches: what a text asks of an area or an entry about it.

Where its mark goes, and whether an access waits, shows at once: each story touches what it marked.
"""

from typing import Final

from linuxmm.explore.catalogue import Setup
from linuxmm.explore.setup_lines import ANON, COHERENT, FORK, PRIVATE, SOFT, SWAP, THREE
from linuxmm.explore.setups import setup

REGISTER: Final = "userfaultfd a UFFDIO_REGISTER_MODE_WP"
PROTECT: Final = "UFFDIO_WRITEPROTECT_MODE_WP"
MISSING: Final = "userfaultfd a UFFDIO_REGISTER_MODE_MISSING"
MARKED: Final = (*ANON, REGISTER, f"uffdio_writeprotect a[0] {PROTECT}")
TOUCH: Final = ("pagemap a", "write a[0] 0x22", "write a[1] 0x22", "pagemap a")
LIFT: Final = ("uffdio_writeprotect a", "write a[0] 0x33", "pagemap a", "smaps a")


def _story(name: str, *lines: str, machine: tuple[str, ...] = ()) -> Setup:
    return setup(f"watched-{name}", "anon", *lines, machine=machine, modifiers=-1)


WATCHED: Final[tuple[Setup, ...]] = (
    _story("write", *MARKED, *TOUCH, *LIFT, "uffdio_unregister a", *TOUCH),
    _story("zero", "a = mmap 2p", "read a", REGISTER, f"uffdio_writeprotect a[0] {PROTECT}",
           *TOUCH, *LIFT),
    _story("other-mode", *MARKED, MISSING, *TOUCH, "madvise a[1] MADV_DONTNEED", "read a[1]"),
    _story("missing", "a = mmap 3p", MISSING, "read a[0]", "write a[1] 0x11",
           "uffdio_copy a[0] 0x5a", "uffdio_zeropage a[1]", "write a[0:2] 0x22", "write a[2] 0x22",
           "vmstat pgfault", "smaps a", "meminfo AnonPages"),
    _story("swapped", *MARKED, "madvise a MADV_PAGEOUT", "pagemap a", "write a[0] 0x22",
           "read a", *TOUCH, *LIFT, machine=SWAP),
    _story("marked-in-swap", *ANON, "madvise a MADV_PAGEOUT", REGISTER,
           f"uffdio_writeprotect a {PROTECT}", "uffdio_writeprotect a[1]", *TOUCH, machine=SWAP),
    _story("swapped-fork", *MARKED, "madvise a MADV_PAGEOUT", FORK, "P9: pagemap a",
           "P9: write a 0x44", *TOUCH, machine=SWAP),
    _story("fork", *MARKED, FORK, "P9: pagemap a", "P9: smaps a", "P9: write a 0x44", *TOUCH,
           *LIFT),
    _story("fork-pinned", *ANON, "k = pin a FOLL_WRITE", REGISTER,
           f"uffdio_writeprotect a {PROTECT}", FORK, "P9: pagemap a", "P9: write a 0x44",
           "write a 0x22", "unpin k"),
    _story("unshared", *MARKED, FORK, "k = pin a", "pagemap a", "write a[0] 0x22", "P9: read a",
           "unpin k"),
    _story("moved", *MARKED, "move_pages a node1", *TOUCH, *LIFT),
    _story("migrating", *MARKED, "coherent0: setup P0.a", "uffdio_writeprotect a[0]",
           f"uffdio_writeprotect a[1] {PROTECT}", "pagemap a", "coherent0: pages",
           "coherent0: finalize", "pagemap a", "write a[1] 0x22", "write a[0] 0x22",
           machine=COHERENT),
    _story("migrating-protected", *MARKED, "coherent0: setup P0.a", "mprotect a r", FORK,
           "pagemap a", "coherent0: pages", "coherent0: finalize", "mprotect a rw", *TOUCH,
           "P9: pagemap a", machine=COHERENT),
    _story("private", *MARKED, "private0: migrate P0.a", "pagemap a", "mprotect a r", FORK,
           "P9: pagemap a", "private0: migrate_to_sys P0.a", "mprotect a rw", *TOUCH,
           machine=PRIVATE),
    _story("exclusive", *ANON, REGISTER, "coherent0: exclusive P0.a",
           f"uffdio_writeprotect a[0] {PROTECT}", "pagemap a", "read a", *TOUCH,
           machine=COHERENT),
    _story("protected", *MARKED, "mprotect a r", "mprotect a rw", *TOUCH, "mprotect a none",
           "write a[1] 0x11"),
    _story("soft", *ANON, *SOFT, REGISTER, f"uffdio_writeprotect a[0] {PROTECT}", "clear_refs 4",
           *TOUCH, *LIFT),
    _story("hinted", *MARKED, "numa: scan P0.a", *TOUCH, *LIFT),
    _story("forced", *MARKED, "mprotect a r", "follow_page a FOLL_WRITE FOLL_FORCE"),
    _story("merged", *THREE, "madvise a MADV_MERGEABLE", REGISTER,
           f"uffdio_writeprotect a {PROTECT}", "ksmd: full_scan 3", *TOUCH, "write a[2] 0x22"),
    _story("mremap", *MARKED, "b = mremap a 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP", "pagemap b",
           "write b 0x22", "smaps b", "smaps a"),
    _story("mremap-swapped", *MARKED, "madvise a MADV_PAGEOUT",
           "b = mremap a 2p MREMAP_MAYMOVE MREMAP_FIXED", "pagemap b", "write b 0x22", "pagemap b",
           machine=SWAP),
    _story("private-of-two", *MARKED, "private0: migrate P0.a", FORK,
           "private0: migrate_to_sys P9.a", *TOUCH, machine=PRIVATE),
    _story("huge", "a = mmap 512p", "madvise a MADV_HUGEPAGE", "write a[0] 0x11", REGISTER,
           f"uffdio_writeprotect a {PROTECT}", "pagemap a[0:2]", "write a[1] 0x22",
           machine=("thp madvise",)),
    *(_story(f"collapse-{name}", "a = mmap 512p", "write a 0x11", "drain",
             "madvise a MADV_HUGEPAGE", REGISTER, f"uffdio_writeprotect a[1] {PROTECT}", *lines,
             "khugepaged: scan",
             "meminfo AnonHugePages", "uffdio_writeprotect a", "khugepaged: scan",
             "meminfo AnonHugePages", machine=(*SWAP, "thp madvise"))
      for name, lines in (("full", ()), ("swapped", ("madvise a[1] MADV_PAGEOUT",)))),
    _story("into-hole", "a = mmap 2p", MISSING, "coherent0: migrate P0.a", "pagemap a",
           machine=COHERENT),
    _story("collapse", "a = mmap 512p", "write a[0:2] 0x11", "madvise a MADV_HUGEPAGE", REGISTER,
           f"uffdio_writeprotect a[0] {PROTECT}", "khugepaged: scan", "meminfo AnonHugePages",
           "uffdio_writeprotect a[0]", "khugepaged: scan", "madvise a MADV_COLLAPSE",
           "meminfo AnonHugePages", machine=("thp madvise",)),
)  # fmt: skip
