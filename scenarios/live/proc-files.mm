linuxmm-scenario 1
name:    proc-files
intent:  What pagemap, smaps, numa_maps and clear_refs say of anonymous, shared and cached pages,
         before and after they are touched again.

machine:
  node0 512M

steps:
  P0: f = file 4p
  P0: c = mmap f rw private
  P0: d = mmap f[1:3] rw shared
  P0: m = memfd_create 3p
  P0: s = mmap m rw shared
  P0: a = mmap 3p rw private anon
  P0: read c
  P0: write c[1] 0x1
  P0: write d[1] 0x2
  P0: write s[0:2] 0x3
  P0: write a[0:2] 0x4
  P0: clear_refs 1
  P0: smaps a
  P0: read a[0]
  P0: write s[0] 0x5
  P0: read c[2]
  P0: clear_refs 3
  P0: P1 = fork
  P1: read s
  P1: read d
  P1: write c[0] 0x6
  P0: pages c
  P1: pages c
  P0: madvise d MADV_DONTNEED
  P0: read d
  P0: madvise c MADV_DONTNEED
  P0: read c

never: bad-page-map, bad-rss-counter, bug, warn
