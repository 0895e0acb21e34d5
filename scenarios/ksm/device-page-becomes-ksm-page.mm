linuxmm-scenario 1
name:    device-page-becomes-ksm-page
intent:  The page that ksmd scans becomes the KSM page; when it is a device page, memory of a
         device then stands in the stable tree, and split-v1 cannot even take it apart again.
requires: ksm

machine:
  node0 512M
  coherent0 256M
  ksm run = 1

steps:
          P0: a = mmap 2p rw private anon
          P0: write a 0x5a
          P0: madvise a MADV_MERGEABLE
          coherent0: migrate P0.a[1]
          ksmd: full_scan 3
  merged: P0: pages a
  undo:   P0: madvise a MADV_UNMERGEABLE
  apart:  P0: pages a

expect v5.17-coherent:
  merged = dev dev@0
  undo   = 0
  apart  = ram:x*2
expect split-v1:
  merged = dev dev@0
  undo   = 0
  apart  = dev dev@0
expect v6.1:
  merged = ram:x dev:x
  undo   = 0
  apart  = ram:x dev:x

never: bad-page-map
