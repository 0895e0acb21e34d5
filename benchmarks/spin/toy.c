/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The toy of tests/steps/toy_mm.py written by hand: rules in the code, a state in one word, a table of words.
 * What a search of this model costs when nothing of it is general: the measure of ours.
 *
 * Entry of slot i in bits 4 * i: 0 none, else page << 2 | writable << 1 | 1; of page p, from bit
 * 32 + 6 * p on: four bits of references, then on the LRU, then isolated.
 * Prints states, transitions, processor time of the search in nanoseconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef uint64_t u64;
enum { PLACES = 1 << 20, MOST = 470000, LRU = 16, ISOLATED = 32 };

static u64 *table, *queue;
static unsigned nr;
static u64 transitions, broken;

static inline unsigned entry(u64 s, int slot) { return s >> (4 * slot) & 15; }
static inline unsigned page(u64 s, int p) { return s >> (32 + 6 * p) & 63; }
static inline u64 entry_put(u64 s, int slot, u64 e)
{
    return (s & ~(15ULL << (4 * slot))) | e << (4 * slot);
}
static inline u64 page_put(u64 s, int p, u64 v)
{
    return (s & ~(63ULL << (32 + 6 * p))) | v << (32 + 6 * p);
}

static inline unsigned place(u64 s)
{
    u64 h = (s + 1) * 0x9E3779B97F4A7C15ULL;
    return (unsigned)((h ^ h >> 32) * 0xFF51AFD7ED558CCDULL >> 44);
}

static inline void kept(u64 s)
{
    /* the promises, on every transition */
    unsigned count[4] = {0};
    for (int i = 0; i < 8; i++) {
        unsigned e = entry(s, i);
        count[e >> 2] += e & 1;
    }
    for (int p = 0; p < 4; p++) {
        unsigned v = page(s, p);
        broken += (v & 15) != count[p] || (!(v & 15) && v & 48) || (p == 3 && v & 48);
    }
    transitions++;
    unsigned at = place(s);
    for (; table[at]; at = (at + 1) & (PLACES - 1))
        if (table[at] == s + 1)
            return;
    table[at] = s + 1;
    queue[nr++] = s;
}

static inline u64 faulted(u64 s, int slot, int p)
{
    return page_put(entry_put(s, slot, (u64)p << 2 | 3), p, 1 | LRU);
}

static inline u64 put(u64 s, int p)
{
    unsigned v = page(s, p);
    return page_put(s, p, (v & 15) == 1 ? 0 : v - 1);
}

static inline u64 moved(u64 s, int from, int to)
{
    for (int i = 0; i < 8; i++) {
        unsigned e = entry(s, i);
        if (e & 1 && e >> 2 == from)
            s = entry_put(s, i, (u64)to << 2 | (e & 3));
    }
    s = page_put(s, to, (page(s, from) & 15) | (to < 3 ? LRU : 0));
    return page_put(s, from, 0);
}

static inline void of_slot(u64 s, int i)
{
    unsigned e = entry(s, i);
    if (!e) {
        for (int p = 0; p < 3; p++)
            if (!page(s, p))
                kept(faulted(s, i, p));
        return;
    }
    kept(put(entry_put(s, i, 0), e >> 2));
    if (e & 2)
        return;
    if ((page(s, e >> 2) & 15) == 1) {
        kept(entry_put(s, i, e | 2));
        return;
    }
    for (int p = 0; p < 3; p++)
        if (!page(s, p))
            kept(faulted(put(s, e >> 2), i, p));
}

static inline void of_mm(u64 s, int mm)
{
    unsigned own = s >> (16 * mm) & 0xFFFF, other = s >> (16 * (1 - mm)) & 0xFFFF;
    if (!own)
        return;
    kept(s & ~(0x2222ULL << (16 * mm)));
    if (other)
        return;
    u64 t = s & ~(0x2222ULL << (16 * mm));
    for (int i = 0; i < 4; i++) {
        unsigned e = entry(t, 4 * mm + i);
        if (e)
            t = page_put(entry_put(t, 4 * (1 - mm) + i, e), e >> 2, page(t, e >> 2) + 1);
    }
    kept(t);
}

static inline void of_page(u64 s, int p)
{
    unsigned v = page(s, p);
    if (!v)
        return;
    if (v & ISOLATED)
        kept(page_put(s, p, v ^ ISOLATED ^ LRU));
    else
        kept(p < 3 ? page_put(s, p, v ^ ISOLATED ^ LRU) : s);
    if (p == 3) {
        for (int to = 0; to < 3; to++)
            if (!page(s, to))
                kept(moved(s, 3, to));
        return;
    }
    if (!page(s, 3))
        kept(moved(s, p, 3));
    for (int to = 0; to < 3; to++)
        if (!page(s, to)) {
            kept(moved(s, p, to));
            break;
        }
}

int main(void)
{
    struct timespec from, to;
    table = malloc(PLACES * sizeof *table);
    queue = malloc(MOST * sizeof *queue);
    for (int i = 0; i < PLACES; i++) /* touched before the clock runs */
        table[i] = 0;
    for (int i = 0; i < MOST; i++)
        queue[i] = 1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    table[place(0)] = 1;
    queue[nr++] = 0;
    for (unsigned i = 0; i < nr; i++) {
        u64 s = queue[i];
        for (int slot = 0; slot < 8; slot++)
            of_slot(s, slot);
        of_mm(s, 0);
        of_mm(s, 1);
        for (int p = 0; p < 4; p++)
            of_page(s, p);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("%u %llu %lld\n", nr, (unsigned long long)transitions,
           (long long)(to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
    return broken != 0;
}
