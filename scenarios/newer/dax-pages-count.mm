linuxmm-scenario 1
name:    dax-pages-count
intent:  Since 6.15 a page of a DAX file is mapped as any page of a file: smaps and rss count it,
         pagemap knows it.  Made writable again after fsync it is no longer soft-dirty.

machine:
  node0 512M
  dax0 64M

steps:
         P0: f = file 2p dax0
         P0: a = mmap f rw shared
         P0: write a[0] 0x11
         P0: read a[1]
   rss:  P0: smaps a Rss Private_Dirty
   own:  P0: status RssFile
   see:  P0: pagemap a
         P0: clear_refs 4
         P0: fsync f
         P0: write a[0] 0x22
   soft: P0: pagemap a
         P0: h = pin a FOLL_WRITE
         P0: unpin h
         P0: munmap a
   none: P0: status RssFile

# fs/dax.c:dax_fault_iter, mm/memory.c:insert_page_into_pte_locked (of an entry that is there it
# sets young and writable, not dirty); before: mm/memory.c:insert_pfn, which counts nothing
expect v6.12:
  rss  = Rss=0 Private_Dirty=0
  own  = RssFile=0
  see  = PD PD
  soft = PD P
  none = RssFile=0

expect v6.18:
  rss  = Rss=8 Private_Dirty=4
  own  = RssFile=8
  see  = PFXD PFXD
  soft = PFX PFX
  none = RssFile=0

never: refcount, mapcount, rss, bad-page-map
