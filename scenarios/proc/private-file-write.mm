linuxmm-scenario 1
name:    private-file-write
intent:  Writing a private mapping of a file leaves an anonymous page in its place.

machine:
  node0 512M

steps:
          P0: f = file 2p
          P0: a = mmap f rw private
          P0: read a
          P0: write a[0] 0x1
   seen:  P0: pages a
   flags: P0: kpageflags a[0]
   rss:   P0: smaps a Rss Anonymous
   nodes: P0: numa_maps a

# facts/real-kernels.md, "private file, written": P X; as anon; Anonymous 4
expect *:
  seen  = ram:x ram:xf
  flags = ANON,MMAP,SWAPBACKED,...
  rss   = Rss=8 Anonymous=4
  nodes = anon=1 dirty=1 mapped=2 N0=2 ...

never: bad-page-map, bad-rss-counter, bug, warn
