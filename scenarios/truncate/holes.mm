linuxmm-scenario 1
name:    truncate-holes
intent:  A hole in a file reads as zero, private copies stay; ext4 zeroes a range too, shmem does not.

machine:
  node0 512M

steps:
        P0: f = file 4p
        P0: a = mmap f rw shared
        P0: b = mmap f rw private
        P0: write a 0x1 0x2 0x3 0x4
        P0: write b[1] 0x5
        P0: read b[2]
  hole: P0: fallocate f[1:3] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  sha:  P0: pages a
  prv:  P0: pages b
  dat:  P0: read a
  own:  P0: read b
  zero: P0: fallocate f[3] FALLOC_FL_ZERO_RANGE
  zer:  P0: read a
  not:  P0: fallocate f FALLOC_FL_PUNCH_HOLE
  both: P0: fallocate f FALLOC_FL_PUNCH_HOLE FALLOC_FL_ZERO_RANGE FALLOC_FL_KEEP_SIZE
  room: P0: fallocate f
        P0: s = memfd_create 4p
        P0: c = mmap s rw shared
        P0: d = mmap s rw private
        P0: write c 0x1 0x2 0x3 0x4
        P0: write d[2] 0x6
  no:   P0: fallocate s FALLOC_FL_ZERO_RANGE
  shm:  P0: fallocate s[1:3] FALLOC_FL_PUNCH_HOLE FALLOC_FL_KEEP_SIZE
  left: P0: pages c
  copy: P0: pages d
  see:  P0: read c
  see2: P0: read d

# Debian 6.1 in the virtual machine
expect v6.1:
  hole = 0
  sha  = ram:f none*2 ram:f
  prv  = ram:f ram:x none ram:f
  dat  = 0x1 0x0*2 0x4
  own  = 0x1 0x5 0x0 0x4
  zero = 0
  zer  = 0x1 0x0*3
  not  = -EOPNOTSUPP
  both = -EOPNOTSUPP
  room = 0
  no   = -EOPNOTSUPP
  shm  = 0
  left = ram:xf none*2 ram:xf
  copy = none*2 ram:x none
  see  = 0x1 0x0*2 0x4
  see2 = 0x1 0x0 0x6 0x4

never: bad-page-map, bad-rss-counter, bug, warn
