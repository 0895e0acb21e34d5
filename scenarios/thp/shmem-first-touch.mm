linuxmm-scenario 1
name:    thp-shmem-first-touch
intent:  A hole of shmem gets a huge page, which a leaf maps; another process maps it too.

machine:
  node0 512M
  shmem_enabled always

steps:
       P0: a = mmap 1024p rw shared anon
       P0: write a[5] 0x11
  r1:  P0: smaps a Rss Pss ShmemPmdMapped AnonHugePages Shared_Dirty Private_Dirty Private_Clean Referenced
  r2:  P0: pagemap a[4:6]
  r3:  P0: kpageflags a[0:2]
  r4:  P0: kpagecount a[0:2]
  r5:  P0: numa_maps a
  r6:  P0: vmstat thp_file_alloc thp_file_mapped thp_file_fallback nr_shmem_hugepages nr_shmem_pmdmapped thp_split_pmd
       P0: P1 = fork
  r7:  P1: smaps a Rss
       P1: read a[600]
  r8:  P1: smaps a Rss Pss ShmemPmdMapped
       P1: read a[5]
  r9:  P1: smaps a Rss Pss ShmemPmdMapped
  r10: P0: vmstat thp_file_alloc thp_file_mapped nr_shmem_hugepages nr_shmem_pmdmapped thp_split_pmd
       P0: mprotect a[0:10] r
  r11: P0: smaps a[11] Rss
  r12: P0: vmstat thp_file_mapped nr_shmem_pmdmapped thp_split_pmd
       P0: read a[5]
       P0: write a[12] 0x22
  r13: P0: smaps a[0] Rss ShmemPmdMapped
  r14: P0: smaps a[12] Rss ShmemPmdMapped
  r15: P1: read a[4:13]
  r16: P0: status RssShmem
  r17: P1: status RssShmem
  r18: P0: kpagecount a[4:6]
  r19: P0: kpageflags a[4:6]
       P0: exit
       P1: munmap a[0:512]
  r20: P1: vmstat thp_file_mapped nr_shmem_hugepages nr_shmem_pmdmapped thp_split_pmd
  r21: P1: meminfo ShmemHugePages ShmemPmdMapped Shmem

expect v6.1:
  r1  = Rss=2048 Pss=2048 Shared_Dirty=0 Private_Clean=0 Private_Dirty=2048 Referenced=2048 AnonHugePages=0 ShmemPmdMapped=2048
  r2  = PFXD*2
  r3  = UPTODATE,DIRTY,LRU,MMAP,SWAPBACKED,COMPOUND_HEAD,THP MMAP,COMPOUND_TAIL,THP
  r4  = 1*2
  r5  = dirty=512 active=0 N0=512
  r6  = thp_split_pmd=0 nr_shmem_hugepages=1 nr_shmem_pmdmapped=1 thp_file_alloc=1 thp_file_fallback=0 thp_file_mapped=1
  r7  = Rss=0
  r8  = Rss=2048 Pss=2048 ShmemPmdMapped=2048
  r9  = Rss=4096 Pss=3072 ShmemPmdMapped=4096
  r10 = thp_split_pmd=0 nr_shmem_hugepages=2 nr_shmem_pmdmapped=2 thp_file_alloc=2 thp_file_mapped=3
  r11 = Rss=0
  r12 = thp_split_pmd=1 nr_shmem_pmdmapped=2 thp_file_mapped=3
  r13 = Rss=40 ShmemPmdMapped=0
  r14 = Rss=4 ShmemPmdMapped=0
  r15 = 0x0 0x11 0x0*6 0x22
  r16 = RssShmem=0
  r17 = RssShmem=4096
  r18 = 2*2
  r19 = MMAP,COMPOUND_TAIL,THP*2
  r20 = thp_split_pmd=1 nr_shmem_hugepages=2 nr_shmem_pmdmapped=1 thp_file_mapped=3
  r21 = Shmem=4096 ShmemHugePages=4096 ShmemPmdMapped=2048
