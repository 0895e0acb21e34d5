linuxmm-scenario 1
name:    mremap-moves
intent:  What moves keeps its contents and frames and is soft-dirty; nothing is left where it was.

steps:
        P0: a = mmap 6p rw private anon
        P0: write a[0:4] 0x1 0x2 0x3 0x4
        P0: read a[4]
        P0: clear_refs 4
  old:  P0: pagemap a
        P0: b = mremap a[0:5] 5p MREMAP_MAYMOVE MREMAP_FIXED
  new:  P0: pagemap b
  same: P0: read b
  gone: P0: mincore a[4]
  rest: P0: mincore a[5]
        P0: c = mremap b[1:3] 4p MREMAP_MAYMOVE
  more: P0: read c
  size: P0: smaps b Size Rss Anonymous

# Debian 6.1 in the virtual machine
expect v6.1:
  old  = PX*4 P none
  new  = PXD*4 PD
  same = 0x1 0x2 0x3 0x4 0x0
  gone = -ENOMEM
  rest = 0
  more = 0x2 0x3 0x0*2
  size = Size=4 Rss=4 Anonymous=4

never: bad-page-map, bad-rss-counter, bug, warn
