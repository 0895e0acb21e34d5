linuxmm-scenario 1
name:    pinned-page
intent:  A pinned page is isolated, found busy ten times and put back; the others moved.

machine:
  node0 512M
  node1 512M

steps:
          P0: a = mmap 3p rw private anon
          P0: write a 0x7
          P0: h = pin a[1] FOLL_WRITE
          P0: move_pages a node1
   where: P0: move_pages a
          P0: unpin h
   then:  P0: move_pages a node1

# facts/move-pages.md: copied if every reference is known, else -EAGAIN (a pin, a batch)
expect *:
  where = node1 node0 node1
  then  = node1*3

never: bad-rss-counter, bug, warn, isolated, pin
