linuxmm-scenario 1
name:    mincore-rights
intent:  Who could not write a file is told that all of it is in core, and nothing of its cache.

machine:
  node0 512M
  dax0 64M
  devdax0 64M
  unprivileged

steps:
        P0: f = file 3p
        P0: b = mmap f rw shared
  own:  P0: mincore b
        P0: d = mmap 2p rw shared dax0
  dax:  P0: mincore d
        P0: g = mmap 2p rw shared devdax0
  root: P0: mincore g
        P0: s = mmap 2p rw shared anon
  anon: P0: mincore s

# Debian 6.1 in the virtual machine
expect *:
  own  = 0*3
  dax  = 0*2
  root = 1*2
  anon = 0*2

never: bad-page-map, bad-rss-counter, bug, warn
