linuxmm-scenario 1
name:    private-page-back-for-a-pin
intent:  A short pin leaves a coherent page on the device and pulls a private one back; a
         long-term pin moves the coherent page to system memory first.

machine:
  node0 512M
  coherent0 256M
  private0 256M

steps:
           P0: a = mmap 1p rw private anon
           P0: b = mmap 1p rw private anon
           P0: write a 0x1
           P0: write b 0x2
           coherent0: migrate P0.a
           private0: migrate P0.b
           P0: h = pin a FOLL_WRITE
           P0: g = pin b FOLL_WRITE
   short:  P0: pages a
   back:   P0: pages b
           P0: unpin h
           P0: unpin g
           P0: l = pin a FOLL_WRITE FOLL_LONGTERM
   long:   P0: pages a
   data:   P0: read a

# facts/real-kernels.md: a long-term pin moves a coherent or private page to RAM first; a
# short one leaves a coherent page and brings a private one back by a fault
expect *:
  short = dev:x
  back  = ram:x
  long  = ram:x
  data  = 0x1

never: bad-rss-counter, bug, warn, pin
