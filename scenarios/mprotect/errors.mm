linuxmm-scenario 1
name:    errors
intent:  A gap stops mprotect with -ENOMEM, and what lies before it has changed already.

machine:
  node0 512M

steps:
          P0: a = mmap 3p rw private anon
          P0: write a 0x5
          P0: munmap a[1]
   gap:   P0: mprotect a none
   last:  P0: read a[2]

# facts/mprotect-and-numa.md: a hole -ENOMEM
expect *:
  gap  = -ENOMEM
  last = 0x5

never: bad-page-map, bug, warn
