linuxmm-scenario 1
name:    mremap-files
intent:  Pages of files stay those of their file; an area may reach beyond its end, and nothing is there.

machine:
  node0 512M
  dax0 64M

steps:
        P0: f = file 4p
        P0: a = mmap f rw private
        P0: read a
        P0: write a[1] 0x5
        P0: b = mremap a[1:4] 4p MREMAP_MAYMOVE
  kept: P0: pages b
  data: P0: read b[0:3]
        P0: pwrite f 0x7
  seen: P0: read b[0:3]
        P0: s = mmap 3p rw shared anon
        P0: write s 0x3
        P0: t = mremap s 5p MREMAP_MAYMOVE
  size: P0: smaps t Size Rss
        P0: u = mremap t[0:2] 2p MREMAP_MAYMOVE MREMAP_FIXED
  shm:  P0: read u
        P0: d = mmap 3p rw shared dax0
        P0: write d 0x4
        P0: e = mremap d[1:3] 2p MREMAP_MAYMOVE MREMAP_FIXED
  dax:  P0: pages e
  in:   P0: mincore t[2:5]
  end:  P0: read t[2:4]

# Debian 6.1 in the virtual machine
expect v6.1:
  kept = ram:x ram:xf*2 none
  data = 0x5 0x0*2
  seen = 0x5 0x7*2
  size = Size=20 Rss=12
  shm  = 0x3*2
  dax  = dev*2
  in   = 1 0*2
  end  = SIGBUS@1

never: bad-page-map, bad-rss-counter, bug, warn
