linuxmm-scenario 1
name:    leaf-not-asked-for
intent:  A driver that brings its pages home splits no huge page of system memory on the way any
         more, and the huge zero page stays where nothing takes its place.

machine:
  node0 512M
  private0 256M
  thp always

steps:
         P0: a = mmap 512p
         P0: write a 0x11
         P0: b = mmap 512p
         P0: read b
         private0: migrate_to_sys P0.a[0:4]
  whole: P0: smaps a AnonHugePages
         private0: migrate P0.b[1]
  table: P0: pages b[0:3]

# mm/migrate_device.c:migrate_vma_collect_huge_pmd
expect v6.18:
  whole = AnonHugePages=0
  table = ram swap ram@0

expect v7.1:
  whole = AnonHugePages=2048
  table = ram swap ram@0
