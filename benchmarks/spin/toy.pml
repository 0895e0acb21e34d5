/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The toy of tests/steps/toy_mm.py as a model of Spin: one process, each operation one step.
 * An entry is 0 or (page + 1) * 2 + writable; list: 0 none, 1 LRU, 2 isolated. */
byte pte[8], ref[4], list[4];
hidden byte i, t;
hidden byte count[4];

#define PAGE(slot) (pte[slot] / 2 - 1)
#define WRITABLE(slot) (pte[slot] & 1)
#define EMPTY(mm) (!pte[4*mm] && !pte[4*mm+1] && !pte[4*mm+2] && !pte[4*mm+3])

inline put_page(p) {
    ref[p]--;
    if :: ref[p] == 0 -> list[p] = 0 :: else fi
}

inline fault(slot, p) { pte[slot] = (p + 1) * 2 + 1; ref[p] = 1; list[p] = 1 }

inline moved(from, to) {
    i = 0;
    do
    :: i < 8 -> if :: pte[i] / 2 == from + 1 -> pte[i] = (to + 1) * 2 + (pte[i] & 1) :: else fi; i++
    :: else -> break
    od;
    ref[to] = ref[from];
    if :: to < 3 -> list[to] = 1 :: else -> list[to] = 0 fi;
    ref[from] = 0; list[from] = 0
}

inline forked(mm) {
    i = 0;
    do
    :: i < 4 ->
        if :: pte[4*mm+i] -> pte[4*mm+i] = pte[4*mm+i] & 254; pte[4*(1-mm)+i] = pte[4*mm+i];
              t = PAGE(4*mm+i); ref[t]++
        :: else fi; i++
    :: else -> break
    od
}

inline promises() {
    count[0] = 0; count[1] = 0; count[2] = 0; count[3] = 0;
    i = 0;
    do
    :: i < 8 -> if :: pte[i] -> count[PAGE(i)]++ :: else fi; i++
    :: else -> break
    od;
    assert(count[0] == ref[0] && count[1] == ref[1] && count[2] == ref[2] && count[3] == ref[3]);
    assert((ref[0] || !list[0]) && (ref[1] || !list[1]) && (ref[2] || !list[2]));
    assert(!list[3]);
    i = 0; t = 0; count[0] = 0; count[1] = 0; count[2] = 0; count[3] = 0
}

#define FREE(p) (ref[p] == 0)
#define SHARED(s) (pte[s] && !WRITABLE(s) && ref[PAGE(s)] > 1)
#define FAULT(s,p) :: STEP { pte[s] == 0 && FREE(p) -> fault(s, p); promises() }
#define COW(s,p) :: STEP { SHARED(s) && FREE(p) -> t = PAGE(s); put_page(t); fault(s, p); promises() }
#define SLOT(s) FAULT(s,0) FAULT(s,1) FAULT(s,2) COW(s,0) COW(s,1) COW(s,2) \
    :: STEP { pte[s] -> t = PAGE(s); pte[s] = 0; put_page(t); promises() } \
    :: STEP { pte[s] && !WRITABLE(s) && ref[PAGE(s)] == 1 -> pte[s] = pte[s] | 1; promises() }
#define MM(mm) \
    :: STEP { !EMPTY(mm) && EMPTY((1-mm)) -> forked(mm); promises() } \
    :: STEP { !EMPTY(mm) -> pte[4*mm] = pte[4*mm] & 254; pte[4*mm+1] = pte[4*mm+1] & 254; \
              pte[4*mm+2] = pte[4*mm+2] & 254; pte[4*mm+3] = pte[4*mm+3] & 254; promises() }
#define SYSTEM(p) \
    :: STEP { list[p] == 1 -> list[p] = 2; promises() } \
    :: STEP { list[p] == 2 -> list[p] = 1; promises() } \
    :: STEP { ref[p] && FREE(3) -> moved(p, 3); promises() } \
    :: STEP { ref[3] && FREE(p) -> moved(3, p); promises() } \
    :: STEP { ref[p] && (FREE(0) || FREE(1) || FREE(2)) -> \
              if :: FREE(0) -> moved(p, 0) :: !FREE(0) && FREE(1) -> moved(p, 1) \
              :: else -> moved(p, 2) fi; promises() }

active proctype mm_() {
    do
    SLOT(0) SLOT(1) SLOT(2) SLOT(3) SLOT(4) SLOT(5) SLOT(6) SLOT(7)
    MM(0) MM(1) SYSTEM(0) SYSTEM(1) SYSTEM(2)
    :: STEP { ref[3] -> promises() } /* isolate: refused, the page is a device's */
    od
}
