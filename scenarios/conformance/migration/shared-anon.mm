linuxmm-scenario 1
name:    migration-shared-anon
intent:  migration shared_anon: the same with shared memory that a child process reads.

machine:
  node0 512M
  node1 512M

steps:
         P0: a = mmap 4p rw shared anon
         P0: write a 0xde
         P0: P1 = fork
  move0: P0: move_pages a[0] MPOL_MF_MOVE_ALL node1
  read0: P1: read a
  move1: P0: move_pages a[0] MPOL_MF_MOVE_ALL node0
  read1: P1: read a
  move2: P0: move_pages a[0] MPOL_MF_MOVE_ALL node1
  read2: P1: read a
  move3: P0: move_pages a[0] MPOL_MF_MOVE_ALL node0
  read3: P1: read a

expect v6.1:
  move0 = node1
  move1 = node0
  move2 = node1
  move3 = node0
  read0 = 0xde*4
  read1 = 0xde*4
  read2 = 0xde*4
  read3 = 0xde*4

never: bad-page-map, bad-rss-counter, bug, warn
