linuxmm-scenario 1
name:    one-anon-vma-is-enough
intent:  Two areas that are alike again merge when only one has an anon_vma: which of them has it
         mattered until 6.15.

machine:
  node0 512M

steps:
        P0: a = mmap 2p rw private anon
        P0: mprotect a[0] rwx
        P0: write a[0] 0x11
        P0: mprotect a rw
  one:  P0: smaps a Size
        P0: b = mmap 2p rw private anon
        P0: write b[1] 0x11
        P0: mlock b[0]
        P0: munlock b[0]
  two:  P0: smaps b[0] Size

# mm/vma.c:is_mergeable_anon_vma
expect v6.18:
  one = Size=8
