linuxmm-scenario 1
name:    private-page-child-writes
intent:  After fork a write of the child brings a private device page back to RAM for both and
         then copies it for the child.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x1
          private0: migrate P0.a
          P0: P1 = fork
          P1: write a 0x2
   parent: P0: pages a
   child: P1: pages a
   mine:  P0: read a
   own:   P1: read a

# facts/real-kernels.md: private pages through fork
expect *:
  parent = ram:x
  child  = ram:x
  mine   = 0x1
  own    = 0x2

never: bad-page-map, bad-rss-counter, bug, warn
