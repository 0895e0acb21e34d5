# SPDX-License-Identifier: GPL-2.0-or-later
"""khugepaged and MADV_COLLAPSE: 512 small pages of one table become a huge page.

Source: mm/khugepaged.c.  `slots` whose memory khugepaged looks at, `scan` is a table worth it,
`isolate` every page off the LRU and locked, `collapse` the copy, `daemon` a pass, `advice`
MADV_COLLAPSE; of shmem `file` and `pte_mapped`.  Files need a configuration that Debian has not
(READ_ONLY_THP_FOR_FS).
"""
