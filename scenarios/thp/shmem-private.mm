linuxmm-scenario 1
name:    thp-shmem-private
intent:  A private mapping maps a file's huge page read-only by a leaf, until it is written to.

machine:
  node0 512M
  coherent0 256M
  shmem_enabled always

steps:
       P0: f = memfd_create 1024p
       P0: pwrite f[0:2] 0x11
  r1:  P0: vmstat thp_file_alloc thp_file_mapped nr_shmem_hugepages
       P0: a = mmap f private
       P0: read a[0]
  r2:  P0: smaps a Rss Anonymous ShmemPmdMapped Private_Clean Private_Dirty
  r3:  P0: pagemap a[0:2]
       P0: P1 = fork
  r4:  P1: smaps a Rss
       P0: write a[1] 0x22
  r5:  P0: smaps a Rss Anonymous ShmemPmdMapped
  r6:  P0: vmstat thp_split_pmd nr_shmem_pmdmapped thp_file_mapped
       P0: read a[0:3]
  r7:  P0: smaps a Rss Anonymous ShmemPmdMapped
  r8:  P0: kpagecount a[0:3]
       P0: read a[600]
       P0: P2 = fork
  r9:  P2: smaps a Rss Anonymous ShmemPmdMapped
       P2: read a[0:3]
       P2: write a[601] 0x33
  r10: P2: smaps a Rss Anonymous ShmemPmdMapped
       coherent0: migrate P0.a[0:3]
  r11: P0: read a[0:3]
  r12: P0: smaps a Rss Anonymous ShmemPmdMapped
       coherent0: migrate P0.a[512:514]
  r13: P0: smaps a Rss Anonymous ShmemPmdMapped
  r14: P0: read a[600:602]
       P0: madvise a MADV_DONTNEED
  r15: P0: smaps a Rss
  r16: P0: pread f[0:3]

expect v6.1:
  r1  = nr_shmem_hugepages=1 thp_file_alloc=1 thp_file_mapped=0
  r2  = Rss=2048 Private_Clean=0 Private_Dirty=2048 Anonymous=0 ShmemPmdMapped=2048
  r3  = PFXD*2
  r4  = Rss=0
  r5  = Rss=4 Anonymous=4 ShmemPmdMapped=0
  r6  = thp_split_pmd=1 nr_shmem_pmdmapped=0 thp_file_mapped=1
  r7  = Rss=64 Anonymous=4 ShmemPmdMapped=0
  r8  = 1*3
  r9  = Rss=64 Anonymous=4 ShmemPmdMapped=0
  r10 = Rss=68 Anonymous=8 ShmemPmdMapped=0
  r11 = 0x11 0x22 0x0
  r12 = Rss=2112 Anonymous=4 ShmemPmdMapped=2048
  r13 = Rss=64 Anonymous=4 ShmemPmdMapped=0
  r14 = 0x0*2
  r15 = Rss=0
  r16 = 0x11*2 0x0
