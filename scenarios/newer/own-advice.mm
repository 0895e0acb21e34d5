linuxmm-scenario 1
name:    own-advice
intent:  process_madvise(2) of oneself takes any advice since 6.13, and since 6.12 needs no
         CAP_SYS_NICE for a hint; to another process only hints may be given, by whom may.

machine:
  node0 512M

steps:
         P0: a = mmap 2p rw private anon
         P0: write a 0x11
         P0: P1 = fork
  other: P0: process_madvise P1.a MADV_DONTNEED
  own:   P0: process_madvise a[0] MADV_DONTNEED
  left:  P0: smaps a Rss

expect v6.12:
  other = -EINVAL
  own   = -EINVAL
  left  = Rss=8

expect v6.18:
  other = -EINVAL
  own   = 4096
  left  = Rss=4
