linuxmm-scenario 1
name:    kinds-that-do-not-move
intent:  What move_pages(2) says about each page that has no page of its own or cannot be moved.

machine:
  node0 512M
  node1 512M
  private0 256M

steps:
           P0: zero = mmap 1p rw private anon
           P0: read zero
           P0: hole = mmap 1p rw private anon
           P0: f = file 1p
           P0: far = mmap f[0:1] rw shared
           P0: gone = mmap 1p rw private anon
           P0: write gone 0x1
           private0: migrate P0.gone
           P0: bar = mmap 1p rw shared pfnmap
    zero:  P0: move_pages zero node1
    hole:  P0: move_pages hole node1
    cache: P0: move_pages far node1
    gone:  P0: move_pages gone node1
    bar:   P0: move_pages bar node1

# facts/move-pages.md: zero page and hole of an anonymous VMA -EFAULT, hole of a file, swap and
# private -ENOENT, VMA not migratable -EFAULT; facts/real-kernels.md, column move
expect *:
  zero = -EFAULT
  hole = -EFAULT
  cache = -ENOENT
  gone = -ENOENT
  bar  = -EFAULT

never: bad-page-map, bad-rss-counter, bug, warn
