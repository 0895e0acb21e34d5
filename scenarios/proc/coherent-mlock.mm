linuxmm-scenario 1
name:    coherent-mlock
intent:  Locking a mapping locks the share of its device pages in smaps, although no device page
         is ever marked mlocked.

machine:
  node0 512M
  coherent0 256M

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x1
          coherent0: migrate P0.a
   lock:  P0: mlock a
   seen:  P0: pages a
   flags: P0: kpageflags a
   rss:   P0: smaps a Rss Locked VmFlags
   lines: P0: status VmLck
   marks: P0: meminfo Mlocked Unevictable

# facts/real-kernels.md: mlock on a coherent page succeeds and smaps shows Locked, the page
# has no mark; facts/page-lookup.md: v5.17 marks it, split-v1 and v6.1 do not
expect *:
  lock  = 0
  seen  = dev:x*2
  flags = NOPAGE*2
  rss   = Rss=8 Locked=8 VmFlags=lo,...
  lines = VmLck=8
expect v6.1:
  marks = Mlocked=0 Unevictable=0
expect split-v1:
  marks = Mlocked=0 Unevictable=0
expect v5.17-coherent:
  marks = Mlocked=8 Unevictable=0

never: bad-page-map, bad-rss-counter, bug
