linuxmm-scenario 1
name:    exclusive-until-touched
intent:  A device that wants a page for itself gets it until the CPU touches the address; the page
         stays in RAM and stays counted.

machine:
  node0 512M
  private0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x4
          private0: exclusive P0.a
   held:  private0: check_exclusive P0.a[0]
   rss:   P0: smaps a Rss
          P0: write a[0] 0x5
   free:  private0: check_exclusive P0.a[0]
   other: private0: check_exclusive P0.a[1]
   data:  P0: read a

# facts/device-migration.md: making an entry exclusive drops the mapcount and keeps reference and
# rss; restoring it adds the mapcount back
expect *:
  held  = -EPERM
  free  = ok
  other = -EPERM
  rss   = Rss=8
  data  = 0x5 0x4

never: bad-page-map, bad-rss-counter, bug, warn, refcount, mapcount
