linuxmm-scenario 1
name:    prot-none
intent:  Pages without access stay mapped and counted; an access ends in a signal, and with it
         the process.

machine:
  node0 512M

steps:
  P0: a = mmap 4p rw private anon
  P0: write a 0x7
  P0: mprotect a[1:3] none
  P0: pages a
  P0: pagemap a
  P0: smaps a[1]
  P0: mlock a[1]
  P0: madvise a MADV_COLD
  P0: P1 = fork
  P1: mprotect a r
  P1: read a
  P1: write a[2] 0x8
  P0: mprotect a rw
  P0: read a
  P0: write a 0x9
  P0: mprotect a[3] none
  P0: read a
  P0: pages a

never: bad-page-map, bad-rss-counter, bug, warn
