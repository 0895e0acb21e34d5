linuxmm-scenario 1
name:    mremap-grows-huge
intent:  An area that grows over a whole 2 MiB gets huge pages there, unless a table is there already.

machine:
  node0 512M
  thp always

steps:
        P0: a = mmap 300p rw private anon
        P0: write a[0] 0x1
        P0: b = mremap a 700p
        P0: write b[400] 0x2
  tab:  P0: smaps b Rss AnonHugePages
        P0: write b[600] 0x3
        P0: c = mremap b 1024p
        P0: write c[700] 0x4
  two:  P0: smaps c Rss AnonHugePages
        P0: d = mremap c 1536p
        P0: write d[1100] 0x5
  huge: P0: smaps d Rss AnonHugePages

# Debian 6.1 in the virtual machine
expect v6.1:
  tab  = Rss=8 AnonHugePages=0
  two  = Rss=16 AnonHugePages=0
  huge = Rss=2064 AnonHugePages=2048

never: bad-page-map, bad-rss-counter, bug, warn
