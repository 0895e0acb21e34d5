linuxmm-scenario 1
name:    name-without-pages
intent:  A name whose get or pin failed, or got fewer pages than it asked for, stands for nothing
         behind what it got: reading or writing there is -EINVAL, and nothing is written.

machine:
  node0 512M

steps:
          P0: a = mmap 2p rw shared pfnmap
          P0: b = mmap 3p rw private anon
          P0: munmap b[2]
   no:    P0: h = get a FOLL_WRITE
   few:   P0: i = get b FOLL_WRITE
          P0: write b[0:2] 0x11 0x22
   w1:    P0: write h 0x5a
   r1:    P0: read h
   w2:    P0: write i 0x1 0x2 0x3
   r2:    P0: read i
   r3:    P0: read i[0:2]
   w3:    P0: write i[1] 0x7
   b:     P0: read b[0:2]
   put1:  P0: put h
   put2:  P0: put i

# mm/gup.c: an area of PFNs has nothing to hold (VM_PFNMAP: -EFAULT); behind the first pages an
# error is kept back and the number of pages returned
expect *:
  no   = -EFAULT
  few  = 2
  w1   = -EINVAL
  r1   = -EINVAL
  w2   = -EINVAL
  r2   = -EINVAL
  r3   = 0x11 0x22
  w3   = ok
  b    = 0x11 0x7
  put1 = ok
  put2 = ok
