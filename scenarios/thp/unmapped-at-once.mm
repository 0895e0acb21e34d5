linuxmm-scenario 1
name:    thp-unmapped-at-once
intent:  Whether a huge page that entries map waits for its split while it is unmapped as a whole.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: mprotect a[9] r
      P0: mprotect a[9] rw
  r1: P0: vmstat thp_deferred_split_page
      P0: munmap a
  r2: P0: vmstat thp_deferred_split_page
      P0: b = mmap 512p
      P0: write b 0x11
      P0: mprotect b[9] r
      P0: madvise b MADV_DONTNEED
  r3: P0: vmstat thp_deferred_split_page
      P0: c = mmap 512p
      P0: write c 0x11
      P0: P1 = fork
      P1: write P1.c[0] 0x12
      P1: exit
  r4: P0: vmstat thp_deferred_split_page

expect v6.1:
  r1 = thp_deferred_split_page=0
  r2 = thp_deferred_split_page=1
  r3 = thp_deferred_split_page=2
  r4 = thp_deferred_split_page=2

expect v6.12:
  r1 = thp_deferred_split_page=0
  r2 = thp_deferred_split_page=0
  r3 = thp_deferred_split_page=1
  r4 = thp_deferred_split_page=1
