linuxmm-scenario 1
name:    coherent-page-with-two-mappings
intent:  The order of move_pages' tests shows which one stops a device page that is shared.

machine:
  node0 512M
  node1 512M
  coherent0 256M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x7
          coherent0: migrate P0.a
   one:   P0: move_pages a node1
          P0: P1 = fork
   two:   P0: move_pages a node1
   all:   P0: move_pages a node1 MPOL_MF_MOVE_ALL

# facts/page-lookup.md: move_pages elsewhere, mapped once, mapped twice without MOVE_ALL; with it
# 5.17 gets as far as the isolation (order of tests: facts/move-pages.md)
expect v5.17-coherent:
  one = -EBUSY
  two = -EACCES
  all = -EBUSY
expect split-v1:
  one = -EFAULT
  two = -EFAULT
  all = -EFAULT
expect v6.1:
  one = -ENOENT
  two = -ENOENT
  all = -ENOENT

never: bad-page-map, lru-device
