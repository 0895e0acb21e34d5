linuxmm-scenario 1
name:    ends
intent:  A long-term pin of ordinary memory returns, and so does breaking a merged page.

steps:
      P0: a = mmap 2p rw private anon
      P0: write a 0x11
  r1: P0: h = pin a FOLL_LONGTERM FOLL_WRITE
      P0: unpin h
      P0: madvise a MADV_MERGEABLE
      ksmd: full_scan 3
  r2: P0: madvise a MADV_UNMERGEABLE

expect *:
  r1 = 2
  r2 = 0

never: ends
