linuxmm-scenario 1
name:    mremap-in-place
intent:  An area grows where it is if nothing is behind it, and moves only if it may.

steps:
        P0: a = mmap 4p rw private anon
        P0: write a 0x1 0x2 0x3 0x4
        P0: clear_refs 4
        P0: b = mremap a 20p
  here: P0: pagemap b[0:5]
  full: P0: c = mremap b 21p
        P0: d = mremap b[0:2] 3p
  size: P0: smaps b Size Rss
        P0: e = mremap b[4:20] 2p
  left: P0: smaps b Size
        P0: f = mremap a[0:2] 3p MREMAP_MAYMOVE
  away: P0: pagemap f
  size2: P0: smaps b[2] Size

# Debian 6.1 in the virtual machine
expect v6.1:
  here  = PX*4 none
  full  = ok
  size  = Size=84 Rss=16
  left  = Size=24
  away  = PXD*2 none
  size2 = Size=16

never: bad-page-map, bad-rss-counter, bug, warn
