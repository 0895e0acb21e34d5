linuxmm-scenario 1
name:    mremap
intent:  Pages that move to another address are watched no more, and their marks are gone; what
         MREMAP_DONTUNMAP leaves behind is watched as before.

machine:
  node0 512M
  swap 64M zram

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x11
        P0: userfaultfd a UFFDIO_REGISTER_MODE_WP UFFDIO_REGISTER_MODE_MISSING
        P0: uffdio_writeprotect a UFFDIO_WRITEPROTECT_MODE_WP
        P0: madvise a[3] MADV_PAGEOUT
        P0: b = mremap a[2:4] 2p MREMAP_MAYMOVE MREMAP_DONTUNMAP
  bfl:  P0: smaps b VmFlags
  bmap: P0: pagemap b
  bw:   P0: write b 0x22
  afl:  P0: smaps a[2] VmFlags
  aw:   P0: write a[2] 0x22
  aw0:  P0: write a[0] 0x22
        P0: c = mremap a[0:2] 2p MREMAP_MAYMOVE MREMAP_FIXED
  cmap: P0: pagemap c
  cw:   P0: write c 0x33
  cfl:  P0: smaps c VmFlags

expect v6.1:
  bmap = PXD SD
  bw = ok
  aw = blocked
  aw0 = blocked
  cmap = PXD*2
  cw = ok
