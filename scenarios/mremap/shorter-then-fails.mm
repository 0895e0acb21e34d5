linuxmm-scenario 1
name:    mremap-shorter-then-fails
intent:  mremap to a fixed place unmaps the end of the old area first: that stays so when it fails.

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x11
        P0: mprotect a[0] r
  to:   P0: b = mremap a 3p MREMAP_MAYMOVE MREMAP_FIXED
  end:  P0: read a[3]

# mm/mremap.c:mremap_to
expect v6.1:
  to  = -EFAULT
  end = SIGSEGV@0
