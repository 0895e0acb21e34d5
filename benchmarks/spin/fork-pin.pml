/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scope fork-pin on v6.1, by hand: what fork, faults, zap and pins do to anonymous pages.
 *
 * Three processes, two addresses; slot 2 * process + address.  An entry is 0 none, 1 the zero page,
 * 2 + n page n of its address; above that, bits.  A page: tag (written), exclusive, whose anon_vma
 * it is in.  Pages of an address are numbered as the slots, then the pin, name them first: what our
 * search does with all pages, so that both count the same states.  No LRU, no rmap, no rss here:
 * those follow from what is kept, in this scope. */
#define NAME 7
#define RW 8
#define OLD 16
#define TAG 1
#define EXCLUSIVE 2
#define OWNER(who) (((who) + 1) << 2)
#define PIN 16 /* in a count of references: 1024 of the kernel's */
#define NONE 255

byte entry[6], page[8], ref[8], pinned; /* page and ref: 4 * address + n; pinned: 1 + n */
bool lives[3], has_pinned;
hidden byte i, n, old, to, at, next, map[4], was[4], count[4];

#define NAMED(s) ((entry[s] & NAME) - 2 + 4 * ((s) & 1))
#define IS_PAGE(s) ((entry[s] & NAME) > 1)

/* to: a page nobody has */
inline new_page(s, who, tag) {
    to = 0;
    do :: ref[4 * ((s) & 1) + to] -> to++ :: else -> break od;
    page[4 * ((s) & 1) + to] = (tag) | EXCLUSIVE | OWNER(who);
    ref[4 * ((s) & 1) + to] = 1;
    entry[s] = 2 + to | RW
}

inline put_page(p) {
    ref[p]--;
    if :: ref[p] == 0 -> page[p] = 0 :: else fi
}

/* do_anonymous_page, do_wp_page: the entry may be written then */
inline write_fault(s, who) {
    if
    :: !IS_PAGE(s) -> new_page(s, who, 0)
    :: IS_PAGE(s) && !(entry[s] & RW) ->
        old = NAMED(s);
        if
        :: page[old] & EXCLUSIVE -> entry[s] = (entry[s] & NAME) | RW
        :: !(page[old] & EXCLUSIVE) && ref[old] == 1 ->
            page[old] = (page[old] & TAG) | EXCLUSIVE | OWNER(who);
            entry[s] = (entry[s] & NAME) | RW
        :: else -> new_page(s, who, page[old] & TAG); put_page(old)
        fi
    :: else
    fi
}

inline zap(s) {
    if :: IS_PAGE(s) -> old = NAMED(s); put_page(old) :: else fi;
    entry[s] = 0
}

/* copy_present_pte, copy_present_page */
inline copied(s, child) {
    if
    :: !IS_PAGE(s) -> entry[2 * child + s] = (entry[s] -> entry[s] | OLD : 0)
    :: else ->
        old = NAMED(s);
        if
        :: page[old] & EXCLUSIVE && has_pinned && ref[old] >= PIN ->
            new_page(2 * child + s, child, page[old] & TAG)
        :: else ->
            page[old] = page[old] & ~EXCLUSIVE;
            ref[old]++;
            entry[s] = entry[s] & ~RW;
            entry[2 * child + s] = entry[s] | OLD
        fi
    fi
}

inline numbered(a) {
    next = 0;
    map[0] = NONE; map[1] = NONE; map[2] = NONE; map[3] = NONE;
    i = 0;
    do
    :: i < 3 ->
        if
        :: IS_PAGE(2 * i + a) ->
            n = (entry[2 * i + a] & NAME) - 2;
            if :: map[n] == NONE -> map[n] = next; next++ :: else fi;
            entry[2 * i + a] = (entry[2 * i + a] & ~NAME) | (2 + map[n])
        :: else
        fi;
        i++
    :: else -> break
    od;
    if
    :: a == 0 && pinned ->
        if :: map[pinned - 1] == NONE -> map[pinned - 1] = next; next++ :: else fi;
        pinned = 1 + map[pinned - 1]
    :: else
    fi;
    i = 0;
    do
    :: i < 4 -> was[i] = page[4 * a + i]; count[i] = ref[4 * a + i];
                page[4 * a + i] = 0; ref[4 * a + i] = 0; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < 4 ->
        if :: map[i] != NONE -> page[4 * a + map[i]] = was[i]; ref[4 * a + map[i]] = count[i]
           :: else -> assert(count[i] == 0) fi; /* nobody names it: nobody holds it */
        i++
    :: else -> break
    od
}

/* references are entries and pins; who may write owns the page, alone */
inline promises(a) {
    count[0] = 0; count[1] = 0; count[2] = 0; count[3] = 0;
    i = 0;
    do
    :: i < 3 ->
        if
        :: IS_PAGE(2 * i + a) ->
            n = (entry[2 * i + a] & NAME) - 2;
            count[n]++;
            assert(!(entry[2 * i + a] & RW) || page[4 * a + n] & EXCLUSIVE)
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < 4 ->
        assert(ref[4 * a + i] == count[i] + (a == 0 && pinned == i + 1 -> PIN : 0));
        assert(count[i] < 2 || !(page[4 * a + i] & EXCLUSIVE));
        i++
    :: else -> break
    od
}

inline done() {
    numbered(0); numbered(1); promises(0); promises(1);
    i = 0; n = 0; old = 0; to = 0; next = 0;
    map[0] = 0; map[1] = 0; map[2] = 0; map[3] = 0;
    was[0] = 0; was[1] = 0; was[2] = 0; was[3] = 0;
    count[0] = 0; count[1] = 0; count[2] = 0; count[3] = 0
}

#define FORK(child) lives[child] = true; copied(0, child); copied(1, child); done()
#define EXIT(who) :: STEP { lives[who] -> zap(2 * who); zap(2 * who + 1); lives[who] = false; done() }
#define ACCESS(s, who) \
    :: STEP { lives[who] -> write_fault(s, who); at = NAMED(s); page[at] = page[at] | TAG; at = 0; \
              done() } \
    :: STEP { lives[who] -> \
              if :: entry[s] == 0 -> entry[s] = 1 :: else -> entry[s] = entry[s] & ~OLD fi; done() } \
    :: STEP { lives[who] -> zap(s); done() }

init {
    d_step {
        lives[0] = true;
        new_page(0, 0, TAG);
        new_page(1, 0, TAG);
        done()
    };
    do
    :: STEP { !lives[1] -> FORK(1) }
    :: STEP { lives[1] && !lives[2] -> FORK(2) }
    EXIT(1) EXIT(2)
    ACCESS(0, 0) ACCESS(1, 0) ACCESS(2, 1) ACCESS(3, 1) ACCESS(4, 2) ACCESS(5, 2)
    :: STEP { !pinned -> write_fault(0, 0); pinned = (entry[0] & NAME) - 1;
              ref[NAMED(0)] = ref[NAMED(0)] + PIN; has_pinned = true; done() }
    :: STEP { pinned -> old = pinned - 1; pinned = 0; ref[old] = ref[old] - PIN;
              if :: ref[old] == 0 -> page[old] = 0 :: else fi; done() }
    od
}
