linuxmm-scenario 1
name:    hmm-tests-open-close-coherent
intent:  hmm-tests open_close: opening the device and closing it changes nothing.

machine:
  node0 512M
  coherent0 256M

steps:
       P0: a = mmap 1p rw private anon
       P0: write a 0x5
  all: coherent0: release
  own: P0: read a

expect v6.1:
  all = ok
  own = 0x5

never: bad-page-map, bad-rss-counter, bug, warn
