# SPDX-License-Identifier: GPL-2.0-or-later
"""madvise(2).  Source: mm/madvise.c.

`advice` numbers and which are valid, `cold` COLD and PAGEOUT, `free` FREE and DONTNEED,
`populate` POPULATE_* and WILLNEED, `flags` what only changes VM_* bits, `syscalls` the walk over
the VMAs.  MADV_COLLAPSE is in `mm/khugepaged`.
"""
