linuxmm-scenario 1
name:    filled-beyond-the-file
intent:  To fill a page of shmem that lies behind the end of its file is an address that cannot be;
         7.1 finds no page for it, as if there were no memory.

machine:
  node0 512M

steps:
         P0: f = memfd_create 4p
         P0: a = mmap f rw shared
         P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING
         P0: ftruncate f 2p
  over:  P0: uffdio_copy a[2] 0x5a

# mm/shmem.c:shmem_mfill_atomic_pte; shmem_mfill_folio_alloc (mm/userfaultfd.c:__mfill_atomic_pte)
expect v6.18:
  over = -EFAULT

expect v7.1:
  over = -ENOMEM
