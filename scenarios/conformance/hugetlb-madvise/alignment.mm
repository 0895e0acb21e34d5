linuxmm-scenario 1
name:    hugetlb-madvise-alignment
intent:  hugetlb-madvise alignment: MADV_DONTNEED has to begin on a huge page, and takes whole
         ones: the kernel's text rounds the end down, where its selftest still expects it up.

machine:
  node0 512M
  sysctl vm.nr_hugepages = 4

steps:
           P0: a = mmap 1024p hugetlb
           P0: write a[0] 0x11
           P0: write a[512] 0x12
    taken: P0: meminfo HugePages_Free
  aligned: P0: madvise a[1:1024] MADV_DONTNEED
      end: P0: madvise a[0:513] MADV_DONTNEED
     free: P0: meminfo HugePages_Free

expect v6.1:
  taken   = HugePages_Free=-2
  aligned = -EINVAL
  end     = 0
  free    = HugePages_Free=-1

never: bad-page-map, bad-rss-counter, bug, warn
