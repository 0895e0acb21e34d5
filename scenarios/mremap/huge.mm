linuxmm-scenario 1
name:    mremap-huge
intent:  Whole tables move as they are, whole leaves move soft-dirty; what goes in parts is split.

machine:
  node0 512M
  thp madvise

steps:
        P0: a = mmap 1024p rw private anon
        P0: madvise a[0:512] MADV_HUGEPAGE
        P0: write a[0] 0x1
        P0: write a[512:516] 0x2
        P0: clear_refs 4
        P0: b = mremap a[0:512] 512p MREMAP_MAYMOVE MREMAP_FIXED
        P0: c = mremap a[512:1024] 512p MREMAP_MAYMOVE MREMAP_FIXED
  leaf: P0: smaps b AnonHugePages
  soft: P0: pagemap b[0]
  tab:  P0: pagemap c[0:5]
        P0: d = mremap b[100:512] 412p MREMAP_MAYMOVE MREMAP_FIXED
  part: P0: smaps b Rss AnonHugePages
  rest: P0: smaps d Rss AnonHugePages
  ps:   P0: pagemap d[0:2]
  old:  P0: pagemap b[0:2]
        P0: e = mremap c[0:4] 600p MREMAP_MAYMOVE
  up:   P0: pagemap e[0:5]

# Debian 6.1 in the virtual machine
expect v6.1:
  leaf = AnonHugePages=2048
  soft = PXD
  tab  = PX*4 none
  part = Rss=400 AnonHugePages=0
  rest = Rss=1648 AnonHugePages=0
  ps   = PXD*2
  old  = PXD*2
  up   = PXD*4 none

never: bad-page-map, bad-rss-counter, bug, warn
