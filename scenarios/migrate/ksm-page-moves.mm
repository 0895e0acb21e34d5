linuxmm-scenario 1
name:    ksm-page-moves
intent:  A KSM page moves between nodes like any shared page, and stays shared; the stable node
         goes with it.
requires: ksm

machine:
  node0 512M
  node1 512M
  ksm run = 1

steps:
            P0: a = mmap 2p rw private anon
            P0: write a 0x5a
            P0: madvise a MADV_MERGEABLE
            ksmd: full_scan 3
  one:      P0: move_pages a node1
  all:      P0: move_pages a node1 MPOL_MF_MOVE_ALL
  merged:   P0: pages a
  counters: P0: ksm
            P0: b = mmap 1p rw private anon
            P0: write b 0x5a
            P0: madvise b MADV_MERGEABLE
            ksmd: full_scan 3
  joined:   P0: move_pages b

# facts/move-pages.md: the KSM node goes along; mapped twice, isolation failed (isolated
# elsewhere); facts/ksm.md: found in the stable tree
expect *:
  one      = -EACCES*2
  all      = node1 -EBUSY         # the same page again: isolated already
  merged   = ram ram@0
  counters = pages_shared=1 pages_sharing=1 ...
  joined   = node1

never: bad-page-map, bad-rss-counter, bug, warn, ksm-device
