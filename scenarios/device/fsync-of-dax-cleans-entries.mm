linuxmm-scenario 1
name:    fsync-of-dax-cleans-entries
intent:  fsync of a DAX file makes its shared entries clean and read-only, like those of pages in
         the page cache; the next write comes back through pfn_mkwrite.

machine:
  node0 512M
  dax0 64M

steps:
      P0: f = file 2p dax0
      P0: a = mmap f rw shared
      P0: write a 0x5
      P0: clear_refs 4
      P0: fsync f
  d0: P0: pagemap a
      P0: write a[1] 0x6
  d1: P0: pagemap a
  r:  P0: pread f

expect v5.17-coherent:
  d0 = P P
  d1 = P PD
  r  = 0x5 0x6

expect v6.1:
  d0 = P P
  d1 = P PD
  r  = 0x5 0x6

expect v6.12:
  d0 = P P
  d1 = P PD
  r  = 0x5 0x6

# since 6.15 DAX pages are known to pagemap, and vmf_insert_page_mkwrite leaves soft-dirty as it is
expect v6.18:
  d0 = PFX PFX
  d1 = PFX PFX
  r  = 0x5 0x6
