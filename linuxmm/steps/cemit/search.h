/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every state that actions reach, breadth first, each once: exact, states are compared whole.
 * steps/search.py says what each field is.
 *
 * A state is kept as what it has otherwise than the first one, in words: how many differ in the
 * state, how many in the counters, and their places (these are four in a word), then the values.
 * What is looked for is not packed: its words are held against those of the kept one.
 *
 * An action changes few words of the state that it is made on.  Where they are is found by holding
 * the block against that state; hash and number of words follow from them, and putting them back is
 * how the next action gets the same state.  What is come to is looked for some states later: by then
 * the places of the table that it asks are on their way from memory. */
enum {
    OP_WORDS = 10, /* what STEP takes, and how it may end */
    MAY_FIND_NONE = 1,
    MAY_SLEEP = 2,
    ACTION_WORDS = 2,
    OF_STATES = 64, /* rows of `broken`: one for each event, promise about states, mark */
    OF_MARKS = 128,
    AT_ONCE = 8, /* words that are compared in one go */
    KEPT_HEAD = 2, /* numbers before the places of a kept state */
    FEW = 16, /* words that are sooner moved than a function is called */
    TAG_SHIFT = 40, /* of a place of the table: above it bits of the hash, below where it begins */
};

struct search {
    /* the machine: one block of bytes, [0, hashed) state, [hashed, kept) counters, then scratch */
    word *block;
    word hashed, kept; /* in words */
    const word *cleared; /* words of scratch that an operation finds empty: from, how many */
    word nr_cleared;
    word *results; /* the column `out`, cleared as far as it is written */
    word *results_end; /* the one of prelude.h: to name a thread's own takes a call */
    const word *watched; /* words of scratch of which each operation's are noted */
    word *noted, nr_watched;
    /* what is done: operations, and the actions that are made of them */
    const word *ops, *actions; /* of an action: its first operation, how many */
    /* facts four by four: of those that actions ask for which four, and for 64 actions and each
     * four those that they bar, by what is true of them */
    const word *fours;
    const uword *barred;
    word nr_fours;
    word nr_actions, depth;
    uword promised, marks; /* bits of events, and of cells of scratch, that break a promise */
    word audited; /* are states asked for the promises that they break? */
    word settled; /* are states made one that differ in nothing a program can tell? */
    /* what was found: states one behind the other, and where each begins */
    word *states;
    word *begins; /* one more than there are states */
    word room; /* words of states */
    word *root; /* the first state, whole */
    word *parent, *made; /* of each state: from which, by which action */
    unsigned char *ends; /* of each state: it breaks a promise, nothing is tried from it */
    word most, nr;
    uword *table; /* a power of two of places: where a state begins + 1, bits of its hash above */
    word places;
    word *broken; /* how often, and the first: from which state, by which action */
    /* how it went */
    word transitions, levels, complete, no_row, not_modelled, other_traps, expanded, ended;
    word *taken; /* how often each action was made */
    word level_end, slice; /* where the level ends; states to expand in this call */
    const uword *weights; /* an odd number by chance for each word of a state */
    word *bases; /* the states that were expanded last, whole (struct base) */
    word base, nr_bases; /* which of them is the one that is expanded */
    word *answers; /* if there is room for it: of each state, a digest of what its actions answered */
    unsigned short *changed; /* places of the block that an action has changed */
    word *coming; /* states that were come to from there, and not looked for yet */
    word coming_end, coming_room;
};

typedef word two_words __attribute__((vector_size(16), aligned(8), may_alias));

static inline void copied(word *to, const word *from, word words)
{
    if (words > FEW) {
        __builtin_memcpy(to, from, (unsigned long)words * sizeof *to);
        return;
    }
    for (word i = 0; i < words; i++) {
        to[i] = from[i];
        __asm__("" : "+r"(i)); /* not made a call again */
    }
}

static inline void zeroed(word *to, word words)
{
    if (words > FEW) {
        __builtin_memset(to, 0, (unsigned long)words * sizeof *to);
        return;
    }
    word i = 0;
    for (; i + 2 <= words; i += 2) {
        *(two_words *)(to + i) = (two_words){0};
        __asm__("" : "+r"(i));
    }
    if (i < words)
        to[i] = 0;
}

static inline two_words apart(const word *a, const word *b)
{
    return *(const two_words *)a ^ *(const two_words *)b;
}

/* The places in [first, end) where two states differ, put behind `places`: how many. */
static inline word differing(const word *a, const word *b, word first, word end,
                             unsigned short *places)
{
    word n = 0, i = first;
    for (; i + AT_ONCE <= end; i += AT_ONCE) {
        two_words x = apart(a + i, b + i) | apart(a + i + 2, b + i + 2);
        two_words y = apart(a + i + 4, b + i + 4) | apart(a + i + 6, b + i + 6);
        x |= y;
        if (__builtin_expect(!(x[0] | x[1]), 1))
            continue;
        for (word j = i; j < i + AT_ONCE; j++)
            if (a[j] != b[j])
                places[n++] = (unsigned short)j;
    }
    for (; i < end; i++)
        if (a[i] != b[i])
            places[n++] = (unsigned short)i;
    return n;
}

/* A state that is expanded: the weighed sum of its words and how many differ, both against the
 * root's; which it is. */
struct base {
    uword sum;
    word nr, number, words[];
};

static inline struct base *base_at(const struct search *s, word which)
{
    return (struct base *)(s->bases + which * (word)(sizeof(struct base) / sizeof(word) + s->kept));
}

/* Numbers of a kept state, and the values behind them, of which there are n. */
static inline unsigned short *numbers_of(word *kept)
{
    return (unsigned short *)kept;
}

static inline word *values_of(word *kept, word n)
{
    return kept + (KEPT_HEAD + n + 3) / 4;
}

/* Put a state behind the others: how many words it takes. */
__attribute__((noinline)) static word kept(const struct search *s, const word *state)
{
    word *to = s->states + s->begins[s->nr];
    unsigned short *numbers = numbers_of(to), *places = numbers + KEPT_HEAD;
    word in_state = differing(state, s->root, 0, s->hashed, places);
    word in_counters = differing(state, s->root, s->hashed, s->kept, places + in_state);
    word all = in_state + in_counters, *values = values_of(to, all);
    numbers[0] = (unsigned short)in_state;
    numbers[1] = (unsigned short)in_counters;
    for (word i = all; (i + KEPT_HEAD) & 3; i++)
        places[i] = 0;
    for (word i = 0; i < all; i++)
        values[i] = state[places[i]];
    return values + all - to;
}

/* A kept state as the one that is expanded, and in the block. */
static void unpacked(struct search *s, word number)
{
    word *from = s->states + s->begins[number];
    const word *root = s->root;
    const unsigned short *numbers = numbers_of(from), *places = numbers + KEPT_HEAD;
    word in_state = numbers[0], all = in_state + numbers[1], i = 0;
    const word *values = values_of(from, all);
    struct base *b = base_at(s, s->base);
    word *words = b->words;
    copied(words, root, s->kept);
    uword sum = 0;
    for (; i < in_state; i++) {
        sum += (uword)(values[i] - root[places[i]]) * s->weights[places[i]];
        words[places[i]] = values[i];
    }
    for (; i < all; i++)
        words[places[i]] = values[i];
    b->sum = sum;
    b->nr = in_state;
    b->number = number;
    copied(s->block, words, s->kept);
}

/* Is the state the kept one?  nr: its words that differ from the root's. */
static inline int is_same(const word *state, word *kept, word nr)
{
    const unsigned short *numbers = numbers_of(kept), *places = numbers + KEPT_HEAD;
    if (numbers[0] != nr)
        return 0;
    const word *values = values_of(kept, nr + numbers[1]);
    for (word i = 0; i < nr; i++)
        if (state[places[i]] != values[i])
            return 0;
    return 1;
}

static inline uword hash_of(uword sum)
{
    sum = (sum ^ sum >> 32) * 0xFF51AFD7ED558CCDULL;
    return sum ^ sum >> 29;
}

static inline uword place_of(const struct search *s, uword hash)
{
    return hash & (uword)(s->places - 1);
}

static inline word begin_of(uword there)
{
    return (word)(there & ((1ULL << TAG_SHIFT) - 1)) - 1;
}

/* Is the state a new one?  1: it was put behind the others; -1: there is no room.
 * hash, nr: of its words that differ from the root's. */
__attribute__((always_inline)) static inline int put(struct search *s, const word *state, uword hash, word nr, word parent,
                      word made)
{
    const uword *table = s->table, most = (uword)(s->places - 1);
    uword tag = hash >> TAG_SHIFT, at = hash & most;
    for (uword there; (there = table[at]); at = (at + 1) & most)
        if (there >> TAG_SHIFT == tag && is_same(state, s->states + begin_of(there), nr))
            return 0;
    if (s->nr == s->most || s->begins[s->nr] + s->kept * 2 + 1 > s->room)
        return -1;
    s->parent[s->nr] = parent;
    s->made[s->nr] = made;
    s->table[at] = tag << TAG_SHIFT | (uword)(s->begins[s->nr] + 1);
    s->begins[s->nr + 1] = s->begins[s->nr] + kept(s, state);
    s->nr++;
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
static inline void logged(struct search *s, const struct state *m, word from, word action)
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

/* Scratch as an operation finds it. */
static inline void cleared(const struct search *s)
{
    for (word i = 0; i < s->nr_cleared; i++)
        zeroed(s->block + s->cleared[2 * i], s->cleared[2 * i + 1]);
    zeroed(s->results, *s->results_end);
    *s->results_end = 0;
}

/* What an operation answered, noted for the state that is expanded. */
static void answered(struct search *s, word result)
{
    uword digest = (uword)s->answers[s->expanded] * 0x9E3779B97F4A7C15ULL + (uword)result;
    for (word i = 0; i < *s->results_end; i++)
        digest = (digest ^ digest >> 29) * 0xFF51AFD7ED558CCDULL + (uword)s->results[i];
    s->answers[s->expanded] = (word)(digest ^ digest >> 32);
}

/* One operation.  1: made; 0: it does not lead on. */
static inline int operation(struct search *s, const struct state *m, const struct rules *rules,
                     const word *o, word *result)
{
    cleared(s);
    *result = STEP(m, rules, o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], o[8]);
    for (word i = 0; i < s->nr_watched; i++)
        s->noted[i] |= s->watched[i];
    switch (m->scratch[TRAP_CODE]) {
    case TRAP_NONE:
        if (s->answers)
            answered(s, *result);
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
    cleared(s);
    word bits = AUDIT(m, rules);
    for (word i = 0; bits >> i; i++)
        if (bits >> i & 1)
            note(s, OF_STATES + i, from, action);
    s->ends[s->nr - 1] = bits != 0;
    s->ended += bits != 0;
}

/* A state that was come to, until it is looked for: how it differs from the one that was expanded.
 * Behind it `all` places and their values; the first `in_state` of them are of the state. */
struct coming {
    uword hash;
    word nr, action, base, all, words[];
};

static inline struct coming *coming_at(const struct search *s, word at)
{
    return (struct coming *)(s->coming + at);
}

static inline word coming_words(const struct coming *c)
{
    return (word)(sizeof *c / sizeof(word)) + 2 * c->all;
}

/* The state that was come to in place of the one that it came from; again: back. */
static inline void swapped(word *state, struct coming *c)
{
    word all = c->all;
    const word *places = c->words;
    word *values = c->words + all;
    for (word i = 0; i < all; i++) {
        word value = state[places[i]];
        state[places[i]] = values[i];
        values[i] = value;
    }
}

/* Look for what was come to, in its order; 0 when no more fit.  By now the table is on its way from
 * memory, and the states that may be the same are sent for before the first is looked at. */
static int looked_for(struct search *s, const struct state *m, const struct rules *rules)
{
    word end = s->coming_end;
    int spoilt = 0;
    for (word at = 0; at < end; at += coming_words(coming_at(s, at))) {
        const struct coming *c = coming_at(s, at);
        uword there = s->table[place_of(s, c->hash)];
        if (there >> TAG_SHIFT == c->hash >> TAG_SHIFT) {
            const word *begin = s->states + begin_of(there);
            __builtin_prefetch(begin);
            if (((unsigned long)begin & 63) > 64 - 8 * 3 || c->nr > 3)
                __builtin_prefetch(begin + 7);
        }
    }
    s->coming_end = 0;
    for (word at = 0; at < end; at += coming_words(coming_at(s, at))) {
        struct coming *c = coming_at(s, at);
        struct base *b = base_at(s, c->base);
        s->transitions++;
        s->taken[c->action]++;
        swapped(b->words, c);
        int is_new = put(s, b->words, c->hash, c->nr, b->number, c->action);
        if (is_new < 0)
            return 0;
        if (is_new && s->audited) {
            copied(s->block, b->words, s->kept);
            looked_at(s, m, rules, b->number, c->action);
            spoilt = 1;
        }
        swapped(b->words, c);
    }
    if (spoilt)
        copied(s->block, base_at(s, s->base)->words, s->kept);
    return 1;
}

/* One action on the state that is expanded, which is in the block before and behind it. */
static inline void transition(struct search *s, const struct state *m, const struct rules *rules,
                              word action)
{
    const struct base *b = base_at(s, s->base);
    word *block = s->block;
    const word *base = b->words;
    if (!made(s, m, rules, s->expanded, action)) {
        copied(block, base, s->kept);
        return;
    }
    if (s->settled) {
        cleared(s);
        SETTLE(m, rules);
    }
    struct coming *c = coming_at(s, s->coming_end);
    unsigned short *changed = s->changed;
    word hashed = s->hashed, in_state = differing(block, base, 0, hashed, changed);
    word all = in_state + differing(block, base, hashed, s->kept, changed + in_state);
    const word *root = s->root;
    const uword *weights = s->weights;
    word *places = c->words, *values = c->words + all;
    uword sum = b->sum;
    word nr = b->nr, i = 0;
    for (; i < in_state; i++) {
        word place = changed[i], value = block[place], was = base[place];
        places[i] = place;
        values[i] = value;
        block[place] = was;
        sum += (uword)(value - was) * weights[place];
        nr += (value != root[place]) - (was != root[place]);
    }
    for (; i < all; i++) {
        word place = changed[i];
        places[i] = place;
        values[i] = block[place];
        block[place] = base[place];
    }
    c->action = action;
    c->base = s->base;
    c->all = all;
    c->hash = hash_of(sum);
    c->nr = nr;
    __builtin_prefetch(s->table + place_of(s, c->hash));
    s->coming_end += coming_words(c);
}

/* Look for all that was come to: what was expanded until now is no longer needed. */
static inline int ended(struct search *s, const struct state *m, const struct rules *rules)
{
    int fit = looked_for(s, m, rules);
    s->base = 0;
    return fit;
}

/* All actions on the next state; 0 when no more fit. */
static inline int expanded(struct search *s, const struct state *m, const struct rules *rules)
{
    if (s->ends[s->expanded])
        return 1;
    if (s->base == s->nr_bases && !ended(s, m, rules))
        return 0;
    unpacked(s, s->expanded);
    uword one = (uword)FACTS(m, rules, 0), two = (uword)FACTS(m, rules, 1);
    word most = sizeof(struct coming) / sizeof(word) + 2 * s->kept;
    for (word first = 0, row = 0; first < s->nr_actions; first += 64, row++) {
        uword possible = ~0ULL;
        const uword *barred = s->barred + 16 * row * s->nr_fours;
        for (word i = 0; i < s->nr_fours; i++, barred += 16)
            possible &= ~barred[(s->fours[i] < 16 ? one : two) >> (4 * s->fours[i] & 63) & 15];
        for (; possible; possible &= possible - 1) {
            word action = first + __builtin_ctzll(possible);
            if (action >= s->nr_actions)
                break;
            if (s->coming_end + most > s->coming_room && !looked_for(s, m, rules))
                return 0;
            transition(s, m, rules, action);
        }
    }
    s->base++;
    return 1;
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
            if (!expanded(s, m, rules))
                return 0;
        }
        if (!ended(s, m, rules))
            return 0;
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
    s->results_end = &results_end;
    if (__builtin_setjmp(failed_to))
        return -failed_how;
    if (!s->nr) {
        if (s->settled) {
            cleared(s);
            SETTLE(m, rules);
        }
        copied(s->root, s->block, s->kept);
        put(s, s->root, 0, 0, -1, -1);
        if (s->audited)
            looked_at(s, m, rules, -1, -1);
        s->level_end = 1;
    }
    return s->levels < s->depth && searched(s, m, rules);
}
