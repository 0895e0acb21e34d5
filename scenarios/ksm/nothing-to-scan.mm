linuxmm-scenario 1
name:    nothing-to-scan
intent:  MADV_MERGEABLE of shared memory is ignored without an error, and ksmd has nothing to scan:
         it goes back to sleep, and counts no pass.

machine:
  node0 512M
  ksm run = 1

steps:
       P0: a = mmap 2p rw shared anon
       P0: write a 0x5a
  adv: P0: madvise a MADV_MERGEABLE
       ksmd: full_scan 3
  now: P0: ksm pages_shared pages_sharing full_scans

# mm/ksm.c:ksm_madvise passes VM_SHARED and others by; ksmd_should_run: no mm is listed
expect *:
  adv = 0
  now = pages_shared=0 pages_sharing=0 full_scans=0
