# SPDX-License-Identifier: GPL-2.0-or-later
"""Huge pages of a pool, of 2 MiB: mm/hugetlb.c.

A page of the pool is a compound page whose head has PG_HUGETLB.  A free one is on the list of its
node: m.range_free_huge is the pfn of the first, HUGETLB_NEXT of a page that of the next.  The last
one that was freed is the first that is handed out, and keeps some of its flags, as in the kernel.
Where VM_HUGETLB is set, each 2 MiB of a VMA is a leaf or nothing (`mm/pgtable.py`).

Not modelled: pages of 1 GiB, tables that processes share, surplus pages (vm.nr_overcommit_hugepages
is 0), subpools of mounts and seals of files, shared memory of System V, control groups,
userfaultfd, poisoned pages; kernels with large folios, of which nothing was read yet.
"""
