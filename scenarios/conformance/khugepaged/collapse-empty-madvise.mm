linuxmm-scenario 1
name:    khugepaged-collapse-empty-madvise
intent:  khugepaged collapse_empty madvise:anon: where nothing is mapped there is nothing to
         collapse.

machine:
  node0 512M
  thp madvise

steps:
        P0: a = mmap 512p
        P0: madvise a MADV_HUGEPAGE
   ret: P0: madvise a MADV_COLLAPSE
  huge: P0: smaps a AnonHugePages

expect v6.1:
  ret  = -EINVAL
  huge = AnonHugePages=0

never: bad-page-map, bad-rss-counter, bug, warn
