linuxmm-scenario 1
name:    user-mode
intent:  With UFFD_USER_MODE_ONLY faults of the kernel are told to nobody: they fail, also those that
         would sleep. Who has no rights gets such a userfaultfd, and no other.

machine:
  node0 512M
  unprivileged

steps:
        P0: a = mmap 6p rw private anon
        P0: write a[0:3] 0x11
  any:  P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
  none: P0: userfaultfd a UFFD_USER_MODE_ONLY
  own:  P0: userfaultfd a UFFDIO_REGISTER_MODE_MISSING UFFDIO_REGISTER_MODE_WP UFFD_USER_MODE_ONLY
        P0: uffdio_writeprotect a[1:3] UFFDIO_WRITEPROTECT_MODE_WP
  w:    P0: write a[1] 0x22
  r:    P0: read a[4]
  pop:  P0: madvise a[0:2] MADV_POPULATE_WRITE
  popr: P0: madvise a[3:5] MADV_POPULATE_READ
  popd: P0: madvise a[0:3] MADV_POPULATE_READ
  lock: P0: mlock a[2:4]
  lock2: P0: mlock a[0]
  node: P0: get_mempolicy a[0] MPOL_F_NODE MPOL_F_ADDR
  node2: P0: get_mempolicy a[4] MPOL_F_NODE MPOL_F_ADDR
        P0: uffdio_copy a[4:6] 0x5a
  node3: P0: get_mempolicy a[4] MPOL_F_NODE MPOL_F_ADDR
        P0: f = memfd_create 4p
        P0: b = mmap f rw shared
        P0: pwrite f[0:2] 0x33
        P0: userfaultfd b UFFDIO_REGISTER_MODE_MINOR UFFDIO_REGISTER_MODE_MISSING
  bp:   P0: madvise b[0] MADV_POPULATE_READ
  bp2:  P0: madvise b[3] MADV_POPULATE_WRITE
  blk:  P0: mlock b
  map:  P0: pagemap a

expect *:
  any = -EPERM
  none = -EINVAL
  own = 0
  w = blocked
  r = blocked
  pop = -EFAULT
  popr = -EFAULT
  popd = 0
  lock = -ENOMEM
  lock2 = 0
  node = node=node0 nodes=none
  node2 = -EFAULT
  node3 = node=node0 nodes=none
  bp = -EFAULT
  bp2 = -EFAULT
  blk = -ENOMEM
  map = PXD PXDW*2 D PXD*2
