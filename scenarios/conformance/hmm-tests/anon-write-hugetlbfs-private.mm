linuxmm-scenario 1
name:    hmm-tests-anon-write-hugetlbfs-private
intent:  hmm-tests anon_write_hugetlbfs: the device writes to a huge page of the pool that nobody
         touched before.

machine:
  node0 512M
  private0 256M
  sysctl vm.nr_hugepages = 1

steps:
          P0: a = mmap 512p rw private anon hugetlb
  device: private0: write P0.a[0:4] 0x10 0x11 0x12 0x13
    last: private0: write P0.a[511] 0x14
     own: P0: read a[0:5]
     end: P0: read a[511]

expect v6.1:
  device = ok
  last   = ok
  own    = 0x10 0x11 0x12 0x13 0x0
  end    = 0x14

never: bad-page-map, bad-rss-counter, bug, warn
