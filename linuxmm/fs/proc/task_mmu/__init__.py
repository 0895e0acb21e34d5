# SPDX-License-Identifier: GPL-2.0-or-later
"""/proc/PID/{smaps,smaps_rollup,pagemap,numa_maps,clear_refs,status} of fs/proc/task_mmu.c.

One module per file.  Each is core functions that write integers to `m.out` in a fixed order;
the names of that order stand beside them, the text as the kernel prints it in fs/proc/text.py.
Sizes are bytes here and kB there.
"""
