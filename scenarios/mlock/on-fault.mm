linuxmm-scenario 1
name:    on-fault
intent:  mlock2(MLOCK_ONFAULT) locks what is there and waits for the rest.

machine:
  node0 512M

steps:
        P0: a = mmap 3p rw private anon
        P0: write a[0] 0x5a
  lock: P0: mlock2 a MLOCK_ONFAULT
  here: P0: pages a
  now:  P0: meminfo Mlocked
        P0: write a[2] 0x66
  then: P0: meminfo Mlocked
  size: P0: status VmLck

# facts/mlock.md: ONFAULT populates nothing; VmLck counts the size of the mappings
expect *:
  lock = 0
  here = ram:x none*2
  now  = Mlocked=4
  then = Mlocked=8
  size = VmLck=12
