linuxmm-scenario 1
name:    hmm-tests-compound-coherent
intent:  hmm-tests compound: the device sees every page of a huge page of the pool as one of a PMD,
         writable or, once it is so, only readable.

machine:
  node0 512M
  coherent0 256M
  sysctl vm.nr_hugepages = 1

steps:
         P0: a = mmap 512p rw private anon hugetlb
         P0: write a 0x10
  first: coherent0: snapshot P0.a
   prot: P0: mprotect a r
   last: coherent0: snapshot P0.a

expect v6.1:
  first = write,pmd*512
  prot  = 0
  last  = read,pmd*512

never: bad-page-map, bad-rss-counter, bug, warn
