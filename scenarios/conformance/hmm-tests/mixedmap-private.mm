linuxmm-scenario 1
name:    hmm-tests-mixedmap-private
intent:  hmm-tests mixedmap: a driver's own page in a private mapping is there for a snapshot, for
         reading.

machine:
  node0 512M
  private0 256M

steps:
        P0: a = mmap 1p rw private mixedmap pages
  shot: private0: snapshot P0.a

expect v6.1:
  shot = read

never: bad-page-map, bad-rss-counter, bug, warn
