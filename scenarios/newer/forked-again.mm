linuxmm-scenario 1
name:    forked-again
intent:  MADV_DOFORK of a driver's area of pages was allowed until 6.18, though not where it is VM_IO.

machine:
  node0 512M

steps:
         P0: a = mmap 1p rw shared mixedmap pages
         P0: madvise a MADV_DONTFORK
  again: P0: madvise a MADV_DOFORK

# mm/madvise.c:madvise_vma_behavior: VM_IO, later VM_SPECIAL
expect v6.18:
  again = 0

expect v7.1:
  again = -EINVAL
