linuxmm-scenario 1
name:    protection-lost-by-merging
intent:  ksmd merges pages that userfaultfd protects, and the new entries are not protected any more:
         a write that should wait goes through. The page that becomes the KSM page itself keeps its
         entry and its mark.

machine:
  ksm run = 1

# replace_page makes the entry of the merged page from vm_page_prot alone (mm/ksm.c); a real 6.1 and
# a real 6.12 do so.
steps:
        P0: a = mmap 3p rw private anon
        P0: write a 0x5a
        P0: madvise a MADV_MERGEABLE
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP
        P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
  map:  P0: pagemap a
        ksmd: full_scan 3
  map2: P0: pagemap a
  w0:   P0: write a[0] 0x11
  w1:   P0: write a[1] 0x11
  w2:   P0: write a[2] 0x11
        P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
  w3:   P0: write a 0x22

expect v6.1:
  map = PXDW*3
  map2 = PD PDW PD
  w0 = ok
  w1 = blocked
  w2 = ok
  w3 = blocked
