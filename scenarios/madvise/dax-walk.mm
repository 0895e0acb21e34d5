linuxmm-scenario 1
name:    dax-walk
intent:  Walking a DAX mapping with MADV_COLD is silent; the split lookups lost the row that
         knows devmap entries and report each one.

machine:
  node0 512M
  dax0 64M

steps:
       P0: a = mmap 2p shared dax0
       P0: read a
  cold: P0: madvise a MADV_COLD

# facts/madvise.md: DAX: no page; split-v1 reports each entry as bad
expect v5.17-coherent:
  cold = 0 !none
expect split-v1:
  cold = 0 !bad-page-map*2
expect v6.1:
  cold = 0 !none
