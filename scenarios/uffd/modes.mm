linuxmm-scenario 1
name:    modes
intent:  Which areas can be registered, for what, and what comes back from calls on areas that are
         not: minor faults are those of shmem and hugetlb alone, a file of a disk cannot be watched.

steps:
         P0: a = mmap 4p rw private anon
         P0: f = file 2p
         P0: b = mmap f rw shared
  minor: P0: userfaultfd a UFFDIO_REGISTER_MODE_MINOR
  both:  P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING UFFDIO_REGISTER_MODE_MINOR
  disk:  P0: userfaultfd b UFFDIO_REGISTER_MODE_MISSING
  wp0:   P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
  un0:   P0: uffdio_unregister a
  unf:   P0: uffdio_unregister b
  wake:  P0: uffdio_wake a
  reg:   P0: userfaultfd a[1:3] UFFDIO_REGISTER_MODE_MISSING
  wpc:   P0: uffdio_copy a[1] 0x5a UFFDIO_COPY_MODE_WP
  two:   P0: userfaultfd a[2:4] UFFDIO_REGISTER_MODE_WP UFFDIO_REGISTER_MODE_MISSING
  wpc2:  P0: uffdio_copy a[2] 0x5a UFFDIO_COPY_MODE_WP
  w2:    P0: write a[2] 0x22
  wp1:   P0: uffdio_writeprotect a[2:4]
  w2b:   P0: write a[2] 0x22
  first: P0: smaps a[0] Size VmFlags
  areas: P0: smaps a[1] Size VmFlags
  last:  P0: smaps a[3] Size VmFlags
         P0: munmap a[3]
  hole:  P0: userfaultfd a[3] UFFDIO_REGISTER_MODE_WP
  over:  P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
  whole: P0: smaps a Size VmFlags
         P0: uffdio_unregister a
  back:  P0: smaps a Size VmFlags

expect v6.1:
  minor = -EINVAL
  both = -EINVAL
  disk = -EINVAL
  wp0 = -ENOENT
  un0 = 0
  unf = -EINVAL
  wake = 0
  wpc = -EINVAL
  wpc2 = 0
  w2 = blocked
  wp1 = 0
  w2b = ok
  hole = -EINVAL
  over = 0
