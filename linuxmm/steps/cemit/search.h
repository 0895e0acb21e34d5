/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every state that operations reach, breadth first, each once: exact, states are compared whole.
 * steps/search.py says what each field is. */
struct search {
    /* the machine: one block of bytes, [0, hashed) state, [hashed, kept) counters, then scratch */
    word *block;
    word hashed, kept, bytes;
    /* what is done */
    const word *ops; /* 9 words each */
    word nr_ops, depth;
    uword promised; /* bits of events that break a promise */
    /* what was found: states of `kept` bytes one behind the other */
    word *states;
    word *parent, *made; /* of each state: from which, by which operation */
    word most, nr;
    unsigned int *table; /* a power of two of places: a state's number + 1 */
    word places;
    word *broken; /* for each event: how often, and the first: from which state, by which one */
    /* how it went */
    word transitions, levels, complete, no_row, not_modelled, other_traps, expanded;
};

static inline void copied(word *to, const word *from, word bytes)
{
    __builtin_memcpy(to, from, (unsigned long)bytes);
}

static inline uword hash_of(const word *words, word bytes)
{
    uword h[4] = {0x9E3779B97F4A7C15ULL, 1, 2, 3}; /* four side by side */
    for (word i = 0; i < bytes / 8; i++) {
        uword mixed = (h[i & 3] ^ (uword)words[i]) * 0xFF51AFD7ED558CCDULL;
        h[i & 3] = mixed ^ mixed >> 32;
    }
    uword all = h[0] + 3 * h[1] + 5 * h[2] + 7 * h[3];
    all = (all ^ all >> 33) * 0xC4CEB9FE1A85EC53ULL;
    return all ^ all >> 29;
}

/* Is the state of the block a new one?  1: it was put behind the others; -1: there is no room. */
static int put(struct search *s, word parent, word made)
{
    word at = (word)(hash_of(s->block, s->hashed) & (uword)(s->places - 1));
    for (; s->table[at]; at = (at + 1) & (s->places - 1)) {
        const word *other = s->states + (word)(s->table[at] - 1) * (s->kept / 8);
        if (!__builtin_memcmp(other, s->block, (unsigned long)s->hashed))
            return 0;
    }
    if (s->nr == s->most)
        return -1;
    copied(s->states + s->nr * (s->kept / 8), s->block, s->kept);
    s->parent[s->nr] = parent;
    s->made[s->nr] = made;
    s->table[at] = (unsigned int)++s->nr;
    return 1;
}

static void logged(struct search *s, const struct state *m, word from, word op)
{
    for (word i = 0; i < m->scratch[NR_EVENTS]; i++) {
        word code = m->event_code[i];
        if (code < 0 || code > 63 || !(s->promised >> code & 1))
            continue;
        if (!s->broken[3 * code]++) {
            s->broken[3 * code + 1] = from;
            s->broken[3 * code + 2] = op;
        }
    }
}

/* One operation on one state; 0 when no more fit. */
static int transition(struct search *s, const struct state *m, const struct rules *rules,
                      word from, word op)
{
    const word *o = s->ops + 9 * op;
    copied(s->block, s->states + from * (s->kept / 8), s->kept);
    if (o[1] && !m->task_mm[o[1]])
        return 1; /* nobody is there to make it */
    __builtin_memset((char *)s->block + s->kept, 0, (unsigned long)(s->bytes - s->kept));
    STEP(m, rules, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8]);
    switch (m->scratch[TRAP_CODE]) {
    case TRAP_NONE:
        break;
    case TRAP_NO_ROW:
        s->no_row++;
        return 1;
    case TRAP_NOT_MODELLED:
        s->not_modelled++;
        return 1;
    default:
        s->other_traps++;
        return 1;
    }
    s->transitions++;
    logged(s, m, from, op);
    return put(s, from, op) >= 0;
}

__attribute__((noinline)) static void searched(struct search *s, const struct state *m,
                                               const struct rules *rules)
{
    word end = s->nr;
    while (s->expanded < end && s->levels < s->depth) {
        for (; s->expanded < end; s->expanded++)
            for (word op = 0; op < s->nr_ops; op++)
                if (!transition(s, m, rules, s->expanded, op))
                    return;
        s->levels++;
        end = s->nr;
    }
    s->complete = s->expanded == s->nr;
}

/* From the state in the block, or on from where it stopped.  Below 0: the failure. */
__attribute__((visibility("default"))) word linuxmm_search(struct search *s,
                                                           const struct state *m,
                                                           const struct rules *rules)
{
    k = rules;
    if (__builtin_setjmp(failed_to))
        return -failed_how;
    if (!s->nr)
        put(s, -1, -1);
    searched(s, m, rules);
    return 0;
}
