linuxmm-scenario 1
name:    faults-by-policy
intent:  Where a page comes from: a fault, a copy on write and a page read from swap ask the policy
         of the area; a child's copy does too, with the area it has from its parent.

machine:
  node0 512M
  node1 512M
  cpus 2
  swap 64M zram

steps:
           P0: a = mmap 4p rw private anon
           P0: mbind a[0] MPOL_BIND node1
           P0: mbind a[1] MPOL_PREFERRED node1
           P0: mbind a[2] MPOL_PREFERRED_MANY node1
           P0: mbind a[3] MPOL_LOCAL
  fault:   P0 on cpu1: write a 0x5a
  where:   P0: move_pages a
           P0: P1 = fork
           P1: write a[1:4] 0x5b
  copied:  P1: move_pages a
           P1: exit
           drain
           P0: madvise a MADV_PAGEOUT
           P0: read a
  back:    P0: move_pages a

expect *:
  where  = node1*4
  copied = node1*3 node0
  back   = node1*3 node0

never: bad-page-map, bug, warn
