linuxmm-scenario 1
name:    device-call-adds-none
intent:  Where every process gets huge pages, a device that migrates small pages makes none: what
         judges a real kernel must not count memory of its own.

machine:
  node0 512M
  coherent0 256M
  thp always

steps:
      P0: a = mmap 1024p rw private anon
      P0: madvise a MADV_NOHUGEPAGE
      P0: write a 0x1
      coherent0: migrate P0.a
  r1: P0: vmstat thp_fault_alloc

expect v6.1:
  r1 = thp_fault_alloc=0
