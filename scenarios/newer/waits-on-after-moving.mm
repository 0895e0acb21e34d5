linuxmm-scenario 1
name:    waits-on-after-moving
intent:  A huge page that waits for its split, for it is zero for the most part, was forgotten by
         6.18 when it moved to another node; 6.12 and 7.1 remember the new one.

machine:
  node0 512M
  node1 512M
  thp always
  khugepaged max_ptes_none = 100

steps:
         P0: a = mmap 512p
         P0: write a[0:4] 0x11
         drain
         P0: move_pages a[0] node1
         P0: drop_caches 2
  after: P0: smaps a Rss AnonHugePages

# mm/migrate.c:migrate_folio_move
expect v6.12:
  after = Rss=16 AnonHugePages=0

expect v6.18:
  after = Rss=2048 AnonHugePages=2048

expect v7.1:
  after = Rss=16 AnonHugePages=0
