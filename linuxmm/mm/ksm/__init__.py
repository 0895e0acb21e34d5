# SPDX-License-Identifier: GPL-2.0-or-later
"""KSM: same pages of mergeable areas become one.  Source: mm/ksm.c.

`slots` is ksmd's list of mms, `items` the pages it remembers; `rbtree`, `stable_node`, `stable`
and `unstable` are the two trees; `merge` makes two pages one, `breaking` is the way back;
`madvise` and `sysfs` are what user space calls, `scan` is the daemon.
"""

from linuxmm.mm.ksm.slots import ksm_exit, ksm_fork

__all__ = ["ksm_exit", "ksm_fork"]
