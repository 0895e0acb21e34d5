linuxmm-scenario 1
name:    thp-pin-shared-fast
intent:  Fast GUP pins all parts of a shared leaf before it sees that they are not exclusive.

machine:
  node0 512M
  thp always

steps:
      P0: a = mmap 512p
      P0: write a 0x11
      P0: P1 = fork
      P0: h = pin_fast a[8:16]
  r1: P0: vmstat nr_foll_pin_acquired nr_foll_pin_released thp_split_pmd
  r2: P0: kpagecount a[7:17]
      P0: unpin h
  r3: P0: vmstat nr_foll_pin_acquired nr_foll_pin_released
      P1: h = pin_fast P1.a FOLL_WRITE
  r4: P0: vmstat nr_foll_pin_acquired nr_foll_pin_released

expect v6.1:
  r1 = nr_foll_pin_acquired=16 nr_foll_pin_released=8 thp_split_pmd=1
  r3 = nr_foll_pin_acquired=16 nr_foll_pin_released=16
