linuxmm-scenario 1
name:    areas-merge-by-anon-vma
intent:  Two halves of an area grow together again only if their anon_vmas go together: a half
         that has one does not take in a neighbour that has none, the reverse does; halves that
         differ in their protection only share one from the start.

machine:
  node0 512M

steps:
      P0: a = mmap 2p rw private anon
      P0: mlock a[0]
      P0: munlock a
  s1: P0: smaps a Size
      P0: b = mmap 2p rw private anon
      P0: write b[1] 0x1
      P0: mlock b[0]
      P0: munlock b
  s2: P0: smaps b Size
      P0: c = mmap 2p rw private anon
      P0: mprotect c[0] rwx
      P0: write c[1] 0x1
      P0: write c[0] 0x1
      P0: mprotect c rw
  s3: P0: smaps c Size
      P0: d = mmap 2p rw private anon
      P0: mlock2 d[1] MLOCK_ONFAULT
      P0: write d[0] 0x1
      P0: munlock d
  s4: P0: smaps d Size

expect *:
  s1 = Size=4
  s2 = Size=8
  s3 = Size=8
  s4 = Size=8
