linuxmm-scenario 1
name:    hmm-tests-hmm-gup-test-private
intent:  hmm-tests hmm_gup_test: a long-term pin brings a device page back to system memory; a plain
         reference too, for no CPU can reach this memory.

machine:
  node0 512M
  private0 256M

steps:
            P0: a = mmap 4p rw private anon
            P0: write a 0x10 0x11 0x12 0x13
     moved: private0: migrate P0.a
     basic: P0: g = get a[0] FOLL_WRITE
            P0: put g
      fast: P0: h = get_fast a[1] FOLL_WRITE
            P0: put h
   pinfast: P0: p = pin_fast a[2] FOLL_WRITE FOLL_LONGTERM
            P0: unpin p
  longterm: P0: q = pin a[3] FOLL_WRITE FOLL_LONGTERM
            P0: unpin q
      shot: private0: snapshot P0.a
       own: P0: read a

expect v6.1:
  moved    = cpages=4 ...
  basic    = 1
  fast     = 1
  pinfast  = 1
  longterm = 1
  shot     = write*4
  own      = 0x10 0x11 0x12 0x13

never: bad-page-map, bad-rss-counter, bug, warn
