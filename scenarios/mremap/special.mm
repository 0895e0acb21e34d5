linuxmm-scenario 1
name:    mremap-special
intent:  A driver's frames move, and stay special; an area of the kind VM_SPECIAL cannot grow where it is.

steps:
        P0: p = mmap 4p rw private pfnmap
        P0: write p[1] 0x5
        P0: b = mremap p[0:2] 2p MREMAP_MAYMOVE MREMAP_FIXED
  now:  P0: pages b
  vma:  P0: smaps p[2] VmFlags
  cow:  P0: read b[1]
        P0: q = mmap 4p rw shared mixedmap pages
        P0: c = mremap q 3p MREMAP_MAYMOVE MREMAP_FIXED
  mix:  P0: pages c
        P0: r = mmap 2p rw shared mixedmap pfns
        P0: read r
  grow: P0: d = mremap r 3p MREMAP_MAYMOVE
        P0: e = mremap r[0] 2p MREMAP_MAYMOVE
  end:  P0: pages e

# Debian 6.1 in the virtual machine
expect v6.1:
  now  = none*2
  vma  = VmFlags=rd,wr,mr,mw,me,pf,io,de,ac,dd,sd
  cow  = 0x5
  mix  = ram:xf*3
  grow = -ENOMEM
  end  = ram none

expect v5.17-coherent:
  grow = ok

never: bad-page-map, bad-rss-counter, bug, warn
