linuxmm-scenario 1
name:    clear-refs-by-kind
intent:  Value 2 ages anonymous mappings, value 3 those of files.

machine:
  node0 512M

steps:
          P0: f = file 1p
          P0: a = mmap 1p rw private anon
          P0: b = mmap f r private
          P0: write a 0x1
          P0: read b
          drain
          P0: clear_refs 3
   anon3: P0: smaps a Referenced
   file3: P0: smaps b Referenced
          P0: clear_refs 2
   anon2: P0: smaps a Referenced
   bad:   P0: clear_refs 6

# facts/proc.md: 2 anonymous VMAs, 3 file VMAs, else EINVAL
expect *:
  anon3 = Referenced=4
  file3 = Referenced=0
  anon2 = Referenced=0
  bad   = -EINVAL

never: bad-page-map, bad-rss-counter, bug, warn
