# SPDX-License-Identifier: GPL-2.0-or-later
"""madvise(2).  Source: mm/madvise.c.

`advice` numbers and which are valid, `cold` COLD and PAGEOUT, `free` FREE and DONTNEED,
`populate` POPULATE_* and WILLNEED, `flags` what only changes VM_* bits, `collapse` the answers
of MADV_COLLAPSE that need no huge page, `syscalls` the walk over the VMAs.
"""
