"""KSM: same pages of mergeable areas become one.  Source: mm/ksm.c.

`slots` ksmd's list of mms, `items` the pages it remembers, `rbtree` and `stable`, `unstable` the
two trees, `merge` making two pages one, `breaking` the way back, `madvise` and `sysfs` what user
space calls, `scan` the daemon.
"""

from linuxmm.mm.ksm.slots import ksm_exit, ksm_fork

__all__ = ["ksm_exit", "ksm_fork"]
