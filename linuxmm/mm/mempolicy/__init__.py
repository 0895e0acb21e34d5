# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory policies: from which nodes pages come, and what moves to them.  Source: mm/mempolicy.c.

`policy` makes and compares them, `alloc` takes pages by them, `queue` finds the pages that lie
elsewhere, `mbind` and `task` are the system calls.
"""
