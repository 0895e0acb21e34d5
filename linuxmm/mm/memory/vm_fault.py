# SPDX-License-Identifier: GPL-2.0-or-later
"""struct vm_fault: one fault that is being handled.  Source: include/linux/mm.h.

`vmf` is the kernel's pointer to it: m.stack[vmf + VMF_*] (mm/stack.py).
"""

from typing import Final

VMF_VMA: Final = 0
VMF_ADDRESS: Final = 1
VMF_FLAGS: Final = 2  # FAULT_FLAG_*
VMF_PMD: Final = 3
VMF_PTE: Final = 4  # the entry's slot
VMF_ORIG_PTE: Final = 5  # the entry when the fault began, or as the fault has left it
VMF_PAGE: Final = 6  # what was met behind it
NR_VMF: Final = 7
