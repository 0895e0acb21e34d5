linuxmm-scenario 1
name:    shared-page-needs-move-all
intent:  A page that two processes map moves only with MPOL_MF_MOVE_ALL, and then for both.

machine:
  node0 512M
  node1 512M

steps:
          P0: a = mmap 1p rw private anon
          P0: write a 0x7
          P0: P1 = fork
   alone: P0: move_pages a node1
   both:  P0: move_pages a node1 MPOL_MF_MOVE_ALL
   child: P1: move_pages a
   same:  P1: read a

# facts/move-pages.md: mapped twice without MOVE_ALL -EACCES in every kernel
expect *:
  alone = -EACCES
  both  = node1
  child = node1
  same  = 0x7

never: bad-page-map, bad-rss-counter, bug, warn
