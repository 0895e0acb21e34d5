/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every state that actions reach, breadth first, each once: exact, states are compared whole.
 * steps/search.py says what each field is.
 *
 * A state is kept as what it has otherwise than the first one, in words: how many differ in the
 * state and how many in the counters, then for each of both the places (four in a word) and the
 * values.  Equal states have equal words, those of the counters apart. */
enum {
    OP_WORDS = 10, /* what STEP takes, and how it may end */
    MAY_FIND_NONE = 1,
    MAY_SLEEP = 2,
    ACTION_WORDS = 6,
    OF_STATES = 64, /* rows of `broken`: one for each event, promise about states, mark */
    OF_MARKS = 128,
};

struct search {
    /* the machine: one block of bytes, [0, hashed) state, [hashed, kept) counters, then scratch */
    word *block;
    word hashed, kept, bytes;
    /* what is done: operations, and the actions that are made of them */
    const word *ops, *actions;
    word nr_actions, depth;
    uword promised, marks; /* bits of events, and of cells of scratch, that break a promise */
    word audited; /* are states asked for the promises that they break? */
    word settled; /* are states made one that differ in nothing a program can tell? */
    /* what was found: states one behind the other, and where each begins */
    word *states;
    word *begins; /* one more than there are states */
    word room; /* words of states */
    const word *root; /* the first state, whole */
    word *parent, *made; /* of each state: from which, by which action */
    unsigned char *ends; /* of each state: it breaks a promise, nothing is tried from it */
    word most, nr;
    unsigned int *table; /* a power of two of places: a state's number + 1 */
    word places;
    word *broken; /* how often, and the first: from which state, by which action */
    /* how it went */
    word transitions, levels, complete, no_row, not_modelled, other_traps, expanded, ended;
    word *taken; /* how often each action was made */
    word level_end, slice; /* where the level ends; states to expand in this call */
};

static inline void copied(word *to, const word *from, word bytes)
{
    __builtin_memcpy(to, from, (unsigned long)bytes);
}

/* What the block has otherwise than the root in words [first, end): gives where it stopped. */
static inline word *differing(const struct search *s, word first, word end, word *to, word *nr)
{
    unsigned short places[65536]; /* of which only as many are touched as differ */
    word n = 0;
    for (word i = first; i < end; i++)
        if (s->block[i] != s->root[i])
            places[n++] = (unsigned short)i;
    word padded = (n + 3) / 4;
    if (padded)
        to[padded - 1] = 0;
    __builtin_memcpy(to, places, (unsigned long)n * sizeof *places);
    for (word i = 0; i < n; i++)
        to[padded + i] = s->block[places[i]];
    *nr = n;
    return to + padded + n;
}

/* Put the block behind the states, not yet as one of them: how many words it takes. */
static word packed(const struct search *s)
{
    word *to = s->states + s->begins[s->nr];
    word *end = differing(s, 0, s->hashed / 8, to + 2, to);
    end = differing(s, s->hashed / 8, s->kept / 8, end, to + 1);
    return end - to;
}

/* The words that equal states have alike: how many, then places and values. */
static inline word alike(const word *state)
{
    return (state[0] + 3) / 4 + state[0];
}

static void unpacked(const struct search *s, word number)
{
    const word *from = s->states + s->begins[number];
    word nr[2] = {from[0], from[1]};
    copied(s->block, s->root, s->kept);
    from += 2;
    for (int part = 0; part < 2; part++) {
        const unsigned short *places = (const unsigned short *)from;
        from += (nr[part] + 3) / 4;
        for (word i = 0; i < nr[part]; i++)
            s->block[places[i]] = *from++;
    }
}

static inline uword hash_of(const word *words, word nr)
{
    uword h = 0x9E3779B97F4A7C15ULL;
    for (word i = 0; i < nr; i++) {
        h = (h ^ (uword)words[i]) * 0xFF51AFD7ED558CCDULL;
        h ^= h >> 32;
    }
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53ULL;
    return h ^ h >> 29;
}

/* Is the state of the block a new one?  1: it was put behind the others; -1: there is no room. */
static int put(struct search *s, word parent, word made)
{
    if (s->begins[s->nr] + s->kept / 8 * 2 > s->room)
        return -1;
    word words = packed(s);
    const word *new = s->states + s->begins[s->nr];
    word at = (word)(hash_of(new + 2, alike(new)) & (uword)(s->places - 1));
    for (; s->table[at]; at = (at + 1) & (s->places - 1)) {
        const word *other = s->states + s->begins[s->table[at] - 1];
        if (other[0] == new[0] &&
            !__builtin_memcmp(other + 2, new + 2, (unsigned long)alike(new) * sizeof *new))
            return 0;
    }
    if (s->nr == s->most)
        return -1;
    s->parent[s->nr] = parent;
    s->made[s->nr] = made;
    s->begins[s->nr + 1] = s->begins[s->nr] + words;
    s->table[at] = (unsigned int)++s->nr;
    return 1;
}

static void note(struct search *s, word what, word from, word action)
{
    if (!s->broken[3 * what]++) {
        s->broken[3 * what + 1] = from;
        s->broken[3 * what + 2] = action;
    }
}

/* What an operation logged, and what the core noted of it. */
static void logged(struct search *s, const struct state *m, word from, word action)
{
    for (word i = 0; i < m->scratch[NR_EVENTS]; i++) {
        word code = m->event_code[i];
        if (code >= 0 && code < OF_STATES && s->promised >> code & 1)
            note(s, code, from, action);
    }
    for (word i = 0; s->marks >> i; i++)
        if (s->marks >> i & 1 && m->scratch[i])
            note(s, OF_MARKS + i, from, action);
}

/* One operation.  1: made; 0: it does not lead on. */
static int operation(struct search *s, const struct state *m, const struct rules *rules,
                     const word *o, word *result)
{
    __builtin_memset((char *)s->block + s->kept, 0, (unsigned long)(s->bytes - s->kept));
    *result = STEP(m, rules, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8]);
    switch (m->scratch[TRAP_CODE]) {
    case TRAP_NONE:
        return 1;
    case TRAP_NO_ROW:
        s->no_row++;
        return 0;
    case TRAP_NOT_MODELLED:
        s->not_modelled++;
        return 0;
    default:
        s->other_traps++;
        return 0;
    }
}

/* May the action be made: are the tasks there that it names, is held what it gives back? */
static int possible(const struct state *m, const word *action)
{
    uword lives = 0, held = 0;
    for (word i = 1; i < m->used[SIZE_C] && i < 64; i++)
        lives |= (uword)(m->task_mm[i] != 0) << i;
    for (word i = 1; i < m->used[SIZE_H]; i++)
        if (m->held_page[i])
            held |= 1ULL << (m->held_owner[i] & 63);
    return !((uword)action[2] & ~lives) && !((uword)action[3] & lives) &&
           !((uword)action[4] & ~held) && !((uword)action[5] & held);
}

/* All operations of an action, up to one that fails as a whole; who is killed exits. */
static int made(struct search *s, const struct state *m, const struct rules *rules, word from,
                word number)
{
    const word *action = s->actions + ACTION_WORDS * number;
    const word *o = s->ops + OP_WORDS * action[0];
    for (word i = 0; i < action[1]; i++, o += OP_WORDS) {
        word result, none;
        if (!operation(s, m, rules, o, &result))
            return 0;
        logged(s, m, from, number);
        if (o[1] && (result == KILLED_SIGSEGV || result == KILLED_SIGBUS || result == KILLED_OOM)) {
            word end[OP_WORDS] = {OP_EXIT, o[1]};
            if (!operation(s, m, rules, end, &none))
                return 0;
            logged(s, m, from, number);
            return 1;
        }
        if ((result < 0 && !(o[9] & MAY_FIND_NONE)) || (result == VM_FAULT_RETRY && o[9] & MAY_SLEEP))
            return 1;
    }
    return 1;
}

/* The promises that the state of the block breaks; it is spoilt. */
static void looked_at(struct search *s, const struct state *m, const struct rules *rules,
                      word from, word action)
{
    if (!s->audited)
        return;
    __builtin_memset((char *)s->block + s->kept, 0, (unsigned long)(s->bytes - s->kept));
    word bits = AUDIT(m, rules);
    for (word i = 0; bits >> i; i++)
        if (bits >> i & 1)
            note(s, OF_STATES + i, from, action);
    s->ends[s->nr - 1] = bits != 0;
    s->ended += bits != 0;
}

/* One action on one state; 0 when no more fit. */
static int transition(struct search *s, const struct state *m, const struct rules *rules,
                      word from, word action)
{
    unpacked(s, from);
    if (!possible(m, s->actions + ACTION_WORDS * action) || !made(s, m, rules, from, action))
        return 1;
    s->transitions++;
    s->taken[action]++;
    if (s->settled) {
        __builtin_memset((char *)s->block + s->kept, 0, (unsigned long)(s->bytes - s->kept));
        SETTLE(m, rules);
    }
    int is_new = put(s, from, action);
    if (is_new > 0)
        looked_at(s, m, rules, from, action);
    return is_new >= 0;
}

/* 1: there is more to do, the slice is used up; 0: all is done, or no more fit. */
__attribute__((noinline)) static int searched(struct search *s, const struct state *m,
                                              const struct rules *rules)
{
    word stop = s->expanded + s->slice;
    for (;;) {
        for (; s->expanded < s->level_end; s->expanded++) {
            if (s->expanded == stop)
                return 1;
            for (word i = 0; i < s->nr_actions && !s->ends[s->expanded]; i++)
                if (!transition(s, m, rules, s->expanded, i))
                    return 0;
        }
        s->levels++;
        s->complete = s->expanded == s->nr;
        if (s->complete || s->levels == s->depth)
            return 0;
        s->level_end = s->nr;
    }
}

/* From the state in the block, or on from where it stopped.  1: call again; below 0: the failure. */
__attribute__((visibility("default"))) word linuxmm_search(struct search *s,
                                                           const struct state *m,
                                                           const struct rules *rules)
{
    k = rules;
    if (__builtin_setjmp(failed_to))
        return -failed_how;
    if (!s->nr) {
        put(s, -1, -1);
        looked_at(s, m, rules, -1, -1);
        s->level_end = 1;
    }
    return s->levels < s->depth && searched(s, m, rules);
}
