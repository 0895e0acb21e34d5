linuxmm-scenario 1
name:    skipped-page
intent:  Where a pin skips a page without struct page (before 6.1 -EEXIST meant "go on"), the pages
         behind it keep their places under the name.

machine:
  node0 512M

steps:
        P0: a = mmap 3p rw private mixedmap pfns
        P0: write a[1:3] 0x11 0x22
        P0: read a[0]
  got:  P0: h = pin a
  none: P0: read h[0]
  held: P0: read h[1:3]
  all:  P0: write h 0x7
        P0: write h[1] 0x33
  now:  P0: read a[1:3]

# mm/gup.c: follow_pfn_pte gives -EEXIST to a pin; __get_user_pages of v5.17 proceeds, and counts
# the page without storing one; that of 6.1 proceeds only where no pages are asked for
expect v5.17-coherent:
  got  = 3
  none = -EINVAL
  held = 0x11 0x22
  all  = -EINVAL
  now  = 0x33 0x22
expect split-v1:
  got  = 3
  now  = 0x33 0x22
expect v6.1:
  got  = -EEXIST
  held = -EINVAL
  now  = 0x11 0x22
