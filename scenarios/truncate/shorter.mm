linuxmm-scenario 1
name:    truncate-shorter
intent:  A file that becomes shorter loses its pages everywhere, private copies too; behind its end is SIGBUS.

machine:
  node0 512M

steps:
        P0: f = file 4p
        P0: a = mmap f rw shared
        P0: b = mmap f rw private
        P0: write a 0x1 0x2 0x3 0x4
        P0: write b[1:4] 0x5
        P0: P1 = fork
  cut:  P0: ftruncate f 2p
  sha:  P0: pages a
  prv:  P0: pages b
  kid:  P1: pages b
  in:   P0: mincore a
  left: P0: pread f[0:2]
  rss:  P0: status RssAnon RssFile
        P0: ftruncate f 4p
  zero: P0: read a
  new:  P0: read b
  cut2: P0: ftruncate f 1p
  end:  P1: read a[0:3]

# Debian 6.1 in the virtual machine
expect v6.1:
  cut  = 0
  sha  = ram:xf*2 none*2
  prv  = none ram none*2
  kid  = none ram none*2
  in   = 1*2 0*2
  left = 0x1 0x2
  rss  = RssAnon=4 RssFile=8
  zero = 0x1 0x2 0x0*2
  new  = 0x1 0x5 0x0*2
  cut2 = 0
  end  = SIGBUS@1

never: bad-page-map, bad-rss-counter, bug, warn
