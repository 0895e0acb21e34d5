linuxmm-scenario 1
name:    ksm-device-migrated
intent:  Pages are merged while their neighbours are in device memory; the stable tree stays in
         system memory when those come back and are merged too.

machine:
  node0 512M
  node1 512M
  coherent0 256M
  ksm run = 1

steps:
  P0: a = mmap 4p
  P0: write a 0x11
  coherent0: migrate P0.a[2:4]
  P0: madvise a MADV_MERGEABLE
  ksmd: full_scan 3
  coherent0: migrate_to_sys P0.a[2:4]
  ksmd: full_scan 3

never: ksm-device-migrated
