linuxmm-scenario 1
name:    page-of-another-device
intent:  A device that reads what another device holds in private memory faults it home in 6.1
         (8a295dbbaf72, "mm/hmm: fault non-owner device private entries"); before that
         hmm_vma_handle_pte knew no such entry, and the device got -EFAULT.

machine:
  node0 512M
  private0 256M
  private1 256M
  coherent0 256M

steps:
         P0: a = mmap 4p rw private anon
         P0: write a 0x11 0x22 0x33 0x44
  there: private0: migrate P0.a[0:3]
  seen:  private1: snapshot P0.a
  r:     private1: read P0.a[0]
  w:     private1: write P0.a[1] 0x7
  c:     coherent0: read P0.a[2:4]
  where: P0: pages a
  home:  P0: read a

# lib/test_hmm.c: the owner of a device's memory is the device itself; what a snapshot asks for
# is nothing, so that it faults nothing
expect v6.1:
  there = cpages=3 ...
  seen  = none*3 write
  r     = 0x11
  w     = ok
  c     = 0x33 0x44
  where = ram:x*4
  home  = 0x11 0x7 0x33 0x44
expect v5.17-coherent:
  there = cpages=3 ...
  seen  = none*3 write
  r     = -EFAULT
  w     = -EFAULT
  c     = -EFAULT
  where = swap:x*3 ram:x       # pagemap shows a private page as a swapped one
  home  = 0x11 0x22 0x33 0x44
expect split-v1:
  r     = -EFAULT
  w     = -EFAULT
  c     = -EFAULT
  home  = 0x11 0x22 0x33 0x44

never: bad-page-map, bad-rss-counter, bug, warn
