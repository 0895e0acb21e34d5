# SPDX-License-Identifier: GPL-2.0-or-later
"""Transparent huge pages: leaves in page tables, and the compound pages behind them.

Source: mm/huge_memory.c.  By what happens to one: `vma` where they may be, `fault` how one comes
and is written to, `split_pmd` a leaf becomes a table, `range` fork, zap, mprotect and madvise of a
leaf, `split_page` a huge page becomes 512, `follow` the page behind a leaf.

What an operation does to a leaf and is not modelled is never guessed: whoever looks for PTEs
where a leaf stands ends as not modelled (`mm/pgtable.py:pte_offset_map`), and so does a site that
meets a part of a huge page and does not know them (`mm/sites.py:MEETS_COMPOUND`).
"""
