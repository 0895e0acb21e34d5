# SPDX-License-Identifier: GPL-2.0-or-later
"""A fault that user space is asked to resolve.  Source: fs/userfaultfd.c:handle_userfault.

Each process has one userfaultfd at most, its own; whose area it is VM_UFFD_* say.  An access that
has to wait is given up (VM_FAULT_RETRY) and makes its fault again when it is made again, as a
thread does that a signal has woken.  Not modelled: faults that the kernel makes itself on such an
area (get_user_pages, a device, mlock), some of which sleep and some of which fail.
"""

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP
from linuxmm.core import core
from linuxmm.mm.page import not_modelled
from linuxmm.state.constants import (
    FAULT_FLAG_USER,
    VM_FAULT_RETRY,
    VM_UFFD_WP,
    WHY_UFFD,
)
from linuxmm.state.layout import State


@core
def userfaultfd_pte_wp(m: State, vma: int, pte: int) -> int:
    """Does user space want to know of a write through this entry?

    Source: include/linux/userfaultfd_k.h.
    """
    return 1 if m.vma_flags[vma] & VM_UFFD_WP and pte & PAGE_UFFD_WP else 0


@core
def handle_userfault(m: State, flags: int) -> int:
    """The access waits until user space has done something about it, and then tries again."""
    return VM_FAULT_RETRY if flags & FAULT_FLAG_USER else not_modelled(m, WHY_UFFD)
