linuxmm-scenario 1
name:    two-lockers
intent:  A page that two processes lock stays locked until both let go.

machine:
  node0 512M

steps:
         P0: a = mmap 1p rw shared anon
         P0: write a 0x5a
         P0: P1 = fork
         P0: mlock a
         P1: mlock a
         drain
         P0: munlock a
         drain
  one:   P0: meminfo Mlocked
         P1: munlock a
         drain
  none:  P0: meminfo Mlocked

# facts/mlock.md: 5.17 looks for another VM_LOCKED mapping, 6.1 counts them in mlock_count
expect *:
  one  = Mlocked=4
  none = Mlocked=0
