linuxmm-scenario 1
name:    rmap
intent:  A page is found from all its mappings after fork, a copy, a merge and a way to the device.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  ksm run = 1

steps:
  P0: a = mmap 2p
  P0: write a 0x11
  P0: P1 = fork
  P1: P2 = fork
  P0: write a[0] 0x22
  coherent0: migrate P1.a
  coherent0: migrate_to_sys P2.a
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  P2: write a[1] 0x33
  P0: write a[1] 0x22
  ksmd: full_scan 3
  P0: P3 = fork
  P3: write a[0] 0x44

never: rmap
