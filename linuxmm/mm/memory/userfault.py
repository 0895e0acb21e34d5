# SPDX-License-Identifier: GPL-2.0-or-later
"""A fault that user space is asked to resolve.  Source: fs/userfaultfd.c:handle_userfault.

Each process has one userfaultfd at most, its own; whose area it is VM_UFFD_* say.  An access that
has to wait is given up (VM_FAULT_RETRY) and makes its fault again when it is made again, as a
thread does that a signal has woken.  A fault that the kernel makes itself and may not sleep in
fails; so does every such fault where only user space's are told (UFFD_USER_MODE_ONLY).  Not
modelled: those that sleep, which nothing but a fatal signal ends.
"""

from typing import Final

from linuxmm.arch.x86.pgtable import PAGE_UFFD_WP
from linuxmm.core import core
from linuxmm.mm.memory.vm_fault import VMF_FLAGS, VMF_VMA
from linuxmm.mm.page import not_modelled
from linuxmm.state.constants import (
    FAULT_FLAG_ALLOW_RETRY,
    FAULT_FLAG_USER,
    VM_FAULT_RETRY,
    VM_FAULT_SIGBUS,
    VM_UFFD_WP,
    WHY_UFFD,
)
from linuxmm.state.layout import State

USER_MODE_ONLY: Final = 2  # of mm_uffd


@core
def userfaultfd_pte_wp(m: State, vma: int, pte: int) -> int:
    """Does user space want to know of a write through this entry?

    Source: include/linux/userfaultfd_k.h.
    """
    return 1 if m.vma_flags[vma] & VM_UFFD_WP and pte & PAGE_UFFD_WP else 0


@core
def handle_userfault(m: State, vmf: int) -> int:
    """The access waits until user space has done something about it, and then tries again; a
    fault of the kernel may fail instead."""
    flags = m.stack[vmf + VMF_FLAGS]
    user = flags & FAULT_FLAG_USER
    if user == 0 and m.mm_uffd[m.vma_mm[m.stack[vmf + VMF_VMA]]] == USER_MODE_ONLY:
        return VM_FAULT_SIGBUS
    if flags & FAULT_FLAG_ALLOW_RETRY == 0:
        return VM_FAULT_SIGBUS
    return VM_FAULT_RETRY if user else not_modelled(m, WHY_UFFD)
