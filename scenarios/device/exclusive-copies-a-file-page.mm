linuxmm-scenario 1
name:    exclusive-copies-a-file-page
intent:  Exclusive access to a private mapping of a file is access to a private copy: what is
         written to the file later is not seen there, neither while the device has it nor after.

machine:
  node0 512M
  private0 256M

steps:
          P0: f = file 2p
          P0: d = mmap f rw private
          P0: s = mmap f r shared
          P0: pwrite f 0x1 0x2
   took:  private0: exclusive P0.d[0]
          P0: pwrite f 0x7
   held:  private0: check_exclusive P0.d[0]
   data:  P0: read d
   cache: P0: read s
   again: P0: read d

# 6.1, mm/rmap.c:make_device_exclusive_range: get_user_pages_remote with FOLL_WRITE, so that the
# page is copied on write before its entry is replaced (and page_make_device_exclusive takes no
# other than anonymous pages).  Read in the text; not run: Debian has no DEVICE_PRIVATE.
expect *:
  took  = ok
  held  = -EPERM
  data  = 0x1 0x7
  cache = 0x7*2
  again = 0x1 0x7

never: content, refcount, mapcount, rss, bug, warn
