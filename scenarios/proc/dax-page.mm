linuxmm-scenario 1
name:    dax-page
intent:  A page of a DAX file has a frame in pagemap and is counted nowhere; a lookup without the
         devmap row takes its entry for a broken one.

machine:
  node0 512M
  dax0 64M

steps:
          P0: a = mmap 1p shared dax0
          P0: write a 0x1
   seen:  P0: pages a
   flags: P0: kpageflags a
   count: P0: kpagecount a
   rss:   P0: smaps a Rss Private_Dirty Private_Clean
   query: P0: move_pages a
   move:  P0: move_pages a node0

# facts/real-kernels.md, "FS_DAX": P; NOPAGE; 0; Rss 0, absent; -ENOENT, -EFAULT
expect *:
  count = 0
  rss   = Rss=0 Private_Dirty=0 Private_Clean=0
expect v6.1:
  seen  = dev !none
  flags = NOPAGE !none
  query = -ENOENT
  move  = -EFAULT
# facts/page-lookup.md, row 6: an any-page lookup reports a devmap entry outside VM_MIXEDMAP
expect split-v1:
  seen  = dev !bad-page-map
  rss   = ? !bad-page-map
