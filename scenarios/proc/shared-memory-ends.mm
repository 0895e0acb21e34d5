linuxmm-scenario 1
name:    proc-shared-memory-ends
intent:  Shared anonymous memory is there as long as a process maps it; a memfd stays open.

machine:
  node0 512M
  swap 16M zram
  thp madvise
  shmem_enabled advise

steps:
       P0: a = mmap 4p rw shared
       P0: write a 0x11
       P0: h = get a[1]
       P0: P1 = fork
       P0: b = mmap 512p rw shared
       P0: madvise b MADV_HUGEPAGE
       P0: write b 0x22
       P0: f = memfd_create 2p
       P0: c = mmap f rw shared
       P0: write c 0x33
   r1: P0: meminfo Shmem ShmemHugePages ShmemPmdMapped
       P0: munmap a
       P0: munmap c
   r2: P0: meminfo Shmem
   r3: P1: read P1.a
       P1: madvise P1.a[2:4] MADV_PAGEOUT
   r4: P1: meminfo Shmem SwapFree
       P1: munmap P1.a[0:3]
   r5: P0: meminfo Shmem
       P1: exit
   r6: P0: meminfo Shmem SwapFree
       P0: munmap b[0:9]
   r7: P0: meminfo Shmem ShmemHugePages ShmemPmdMapped
       P0: munmap b
   r8: P0: meminfo Shmem ShmemHugePages ShmemPmdMapped
   r9: P0: read h
  r10: P0: pread f

expect v6.1:
  r1  = Shmem=2072 ShmemHugePages=2048 ShmemPmdMapped=2048
  r2  = Shmem=2072
  r3  = 0x11*4
  r4  = Shmem=2064 SwapFree=-8
  r5  = Shmem=2064
  r6  = Shmem=2056 SwapFree=0
  r7  = Shmem=2056 ShmemHugePages=2048 ShmemPmdMapped=0
  r8  = Shmem=8 ShmemHugePages=0 ShmemPmdMapped=0
  r9  = 0x11
  r10 = 0x33*2
