# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits that change what no file, fault or program can show."""

from typing import Final

from linuxmm.explore.reasons.record import Reason, lines

UNSEEN: Final[tuple[Reason, ...]] = (
    *lines("mm/gup.c:follow_pfn_pte",
           "the accessed bit of an entry without a page: no file shows it",
           "fs/proc/task_mmu.c:smaps_account", "*pte_mkyoung*"),
    Reason(("mm/gup.c:follow_page_pte",),
           "the reference on a dev_pagemap: only a device that is removed waits for it",
           "mm/memremap.c:memunmap_pages", text="*get_dev_pagemap*"),
    *lines("mm/gup.c:gup_pte_range",
           "the reference on a dev_pagemap: only a device that is removed waits for it",
           "mm/memremap.c:memunmap_pages", "if (pgmap)", "pgmap = get_dev_pagemap(*"),
    Reason(("mm/ksm.c:break_cow",), "an anon_vma that is never freed: no counter shows it",
           "mm/rmap.c:__put_anon_vma", text="put_anon_vma(*"),
    *lines("mm/ksm.c:try_to_merge_with_ksm_page",
           "an anon_vma that is freed too soon, or never: no counter shows it",
           "mm/rmap.c:__put_anon_vma", "get_anon_vma(*"),
    Reason(("mm/memory.c:do_numa_page", "mm/memory.c:numa_migrate_prep"),
           "for the statistics by which the scheduler moves tasks, which is not modelled",
           "kernel/sched/fair.c:task_numa_fault", text="*TNF_*"),
    Reason(("mm/migrate_device.c:migrate_vma_collect_*",),
           "the driver writes dst for every page that migrates, before anybody reads it",
           "lib/test_hmm.c:dmirror_migrate_alloc_and_copy", text="migrate->dst*"),
    Reason(("*",), "force_flush: when the TLB is flushed shows on a second CPU alone",
           "mm/memory.c:zap_pte_range", text="*force_flush*"),
    *(Reason(("mm/ksm.c:write_protect_page",),
             "a page that stays is made dirty when it becomes one of KSM's, the other one goes",
             "mm/ksm.c:try_to_merge_one_page", text=text, kind=kind)
      for text, kind in (("if (pte_dirty(entry))", "*"),
                         ("set_page_dirty(page);", "statement removed"),
                         ("*pte_mkclean(pte_clear_savedwrite(*", "call changed"))),
)  # fmt: skip
