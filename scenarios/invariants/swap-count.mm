linuxmm-scenario 1
name:    swap-count
intent:  Slots of the swap device that several entries name: of a parent and its child, of a file
         in memory, and of a page that comes back on one side only.
requires: swap

machine:
  node0 512M
  swap 64M zram

steps:
      P0: a = mmap 2p rw private anon
      P0: write a 0x11
      P0: b = mmap 1p shared
      P0: write b 0x22
      drain
  r1: P0: madvise a MADV_PAGEOUT
  r2: P0: madvise b MADV_PAGEOUT
      P0: P1 = fork
  r3: P1: read a
  r4: P1: write a[0] 0x33
  r5: P0: munmap a
  r6: P1: read b

expect *:
  r1 = 0
  r2 = 0
  r3 = 0x11*2
  r4 = ok
  r5 = 0
  r6 = 0x22

never: swap-count
