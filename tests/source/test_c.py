# SPDX-License-Identifier: GPL-2.0-or-later
"""Translated C does what compiled C does: control flow, words, memory of a function's own."""

from pathlib import Path

import pytest

from tests.source.plain import compiled, program, run

FLOW = {
    "goto_out": """
long f(long a, long b) {
    long err = -22;
    if (a < 0)
        goto out;
    err = 0;
    while (b > 0) {
        if (b == 7)
            goto seven;
        err += b--;
        if (err > 1000)
            goto out;
    }
    return err;
seven:
    err = -7;
out:
    return err + 1;
}
""",
    "goto_back": """
long f(long a, long b) {
    long tries = 0;
again:
    tries++;
    if (a % 3 && tries < b) {
        a++;
        goto again;
    }
    return a * 100 + tries;
}
""",
    "goto_into_a_block": """
long f(long a, long b) {
    long sum = 0;
    if (a > 3) {
        sum = 10;
        if (b > 2)
            goto inside;
        sum += 1;
    } else {
        sum = 20;
inside:
        sum += 100;
    }
    return sum;
}
""",
    "goto_into_a_loop": """
long f(long a, long b) {
    long i = 0, sum = 0;
    if (a & 1)
        goto middle;
    for (i = 0; i < 5; i++) {
        sum += 1;
        if (i == b)
            break;
        if (i == 3)
            continue;
middle:
        sum += 10;
    }
    return sum * 10 + i;
}
""",
    "loops_in_loops": """
long f(long a, long b) {
    long n = 0;
    for (long i = 0; i < a; i++) {
        for (long j = 0; ; j++) {
            if (j == b)
                break;
            if ((i + j) % 4 == 1)
                continue;
            if (n > 50)
                goto done;
            n += i * j;
        }
        do {
            n++;
            if (n % 5 == 0)
                continue;
            n += 2;
        } while (n % 7);
    }
done:
    return n;
}
""",
    "switches": """
long f(long a, long b) {
    long r = 0;
    for (; a < 12; a++) {
        switch (a) {
        case 1:
            r += 1;
            break;
        case 2:
        case 3:
            r += 10;
            /* fall through */
        case 4:
            r += 100;
            if (b > a)
                continue;
            break;
        case 9:
            goto out;
        default:
            r += 1000;
        }
        r++;
    }
out:
    return r;
}
""",
    "shadowed_names": """
long f(long a, long b) {
    long x = a;
    {
        long x = b;
        x++;
        a += x;
    }
    for (int x = 0; x < 3; x++)
        a += x;
    return a * 10 + x;
}
""",
    "effects_in_conditions": """
long f(long a, long b) {
    long n = 0, t;
    while ((t = a - n) > 0 && n++ < b)
        n += t & 1 ? 0 : ++t > 3;
    return n * 100 + t, n * 1000 + t;
}
""",
    "do_while_zero": """
long f(long a, long b) {
    do {
        if (a > b)
            break;
        a = b;
    } while (0);
    return a;
}
""",
}

WORDS = {
    "steps_of_narrow_words": """
long f(long a, long b) {
    unsigned int n = a, rounds = 0;
    unsigned char c = b;
    unsigned short h = b;
    _Bool seen = a;
    n--;
    c++;
    seen++;
    if (n > 5)
        rounds += 100;
    while (h-- && rounds < 110)
        rounds++;
    return rounds * 7 + c + (h > 9) + seen + (n++ > 3) * 1000 + n;
}
""",
    "sides_of_a_choice": """
long f(long a, long b) {
    unsigned int u = b;
    int i = a;
    long one = a > 2 ? i : u, other = a > 2 ? u : -1, third = b > 1 ? 1 : (_Bool)a;
    return one / 2 + other / 3 + third;
}
""",
    "unsigned_compare": "long f(long a, long b) { unsigned long x = a, y = b; return x < y; }",
    "unsigned_32": "long f(long a, long b) { unsigned int x = a; x -= b; return x >> 3; }",
    "narrow": "long f(long a, long b) { int x = a; short s = b; char c = b; return x + s * c; }",
    "to_unsigned": "long f(long a, long b) { return (u8)a + (u16)b + (u32)(a ^ b); }",
    "shifts": "long f(long a, long b) { return ((unsigned long)a >> (b & 31)) ^ (a >> (b & 15)); }",
    "left": "long f(long a, long b) { return ((unsigned long)a << (b & 63)) >> 1; }",
    "divide": "long f(long a, long b) { return b ? a / (b | 1) + a % (b | 1) : -1; }",
    "divide_unsigned": """
long f(long a, long b) {
    unsigned long x = a, y = b | 1;
    return (x / y) ^ (x % y);
}
""",
    "truth": "long f(long a, long b) { bool x = a; bool y = !b; return x * 2 + y + !!(a & b); }",
    "bits": "long f(long a, long b) { return (a & ~b) | (~a & 0xff00ff00ff00ff00UL); }",
    "constants": "long f(long a, long b) { return (1UL << 63 | 0x10) + -1 + (~0UL == -1); }",
    "compound": """
long f(long a, long b) { u32 x = 1; x <<= b & 31; x |= a; x ^= 5; x /= 3; return x; }
""",
    "ternary": "long f(long a, long b) { return a > b ? a & 0xf : b < 0 ? -1 : b & 0xff; }",
    "extremes": """
long f(long a, long b) {
    unsigned long x = a & 0xffff, y = b & 0xffff;
    return min(x, y) * 100 + max(a & 7, b & 7);
}
""",
}

MEMORY = {
    "address_taken": """
static void add(long *to, long by) { *to += by; }
long f(long a, long b) {
    long x = a;
    add(&x, b);
    add(&x, 1);
    return x;
}
""",
    "arrays": """
long f(long a, long b) {
    long v[4] = {1, 2}, *p = v;
    v[2] = a;
    *(p + 3) = b;
    p++;
    return *p + p[1] * 10 + v[3] * 100 + (p - v);
}
""",
    "structs": """
struct in { int x; long y[2]; };
struct s { long a; struct in in; struct in *p; };
static long sum(struct s *s) { return s->a + s->in.x + s->in.y[1] + s->p->x; }
long f(long a, long b) {
    struct in other = { .x = 5, .y = { 1, 2 } };
    struct s s = { .a = a, .in.x = 0, .p = &other }, t;
    s.in = other;
    s.in.y[1] = b;
    t = s;
    t.p = &t.in;
    return sum(&s) * 1000 + sum(&t);
}
""",
    "unions": """
struct s { union { long one; long two; }; long three; };
long f(long a, long b) {
    struct s s = {};
    s.one = a;
    s.three = b;
    return s.two * 3 + s.three;
}
""",
    "out_parameters": """
static int take(long **pp, long *limit) {
    if (*limit <= 0)
        return -34;
    (*limit)--;
    *pp = limit;
    return 0;
}
long f(long a, long b) {
    long left = b & 7, *where = &a, n = 0;
    while (!take(&where, &left))
        n += *where;
    return n * 10 + *where;
}
""",
}

FORMS = {
    "statements_in_an_expression": """
long f(long a, long b) {
    long x = ({ long y = a; if (b > 2) y += b; y; }) * 2;
    while (({ x -= 3; x > b; }) && x != 5)
        a++;
    return x * 100 + a;
}
""",
    "macros": """
#define add(x, y) ((x) + (y))
#define each(i, from, to) for (i = (from); i < (to); i++)
#define twice(statement) do { statement; statement; } while (0)
#define join(x, y) x ## y
#define all(first, ...) add(first, add(__VA_ARGS__))
#define LIMIT add(a, 3)
long f(long a, long b) {
    long i, ab = 0;
    each(i, 0, LIMIT)
        twice(join(a, b) += i);
    return all(ab, a, add(b,
                          i));
}
""",
    "structs_passed_whole": """
struct in { long x; short y[2]; };
struct s { long a; struct in in; };
static struct s grown(struct s s, struct in in) {
    s.a++;
    s.in = in;
    in.x = 9;
    return s;
}
long f(long a, long b) {
    struct s s = { a, { b, { 1, 2 } } };
    struct s t = grown(s, (struct in) { .y = { [1] = a } });
    return grown(t, s.in).in.x * 1000 + t.a * 100 + t.in.y[1] * 10 + s.a + s.in.y[0];
}
""",
    "bitfields": """
struct s { unsigned int u : 3; int i : 4; _Bool b : 1; unsigned char c; };
long f(long a, long b) {
    struct s s = { .u = a, .i = b, .b = a };
    s.u += 5;
    s.i--;
    s.c -= s.u;
    s.b ^= 1;
    return s.u * 1000 + s.i * 100 + s.b * 10 + s.c;
}
""",
    "a_goto_into_a_switch": """
long f(long a, long b) {
    long n = 0;
    if (a > 3)
        goto middle;
    switch (b & 3) {
    case 0:
        n = 1;
        break;
    case 2:
        n = 10;
middle:
        n += 100;
        if (n > 105)
            break;
    default:
        n += 1000;
    }
    return n;
}
""",
    "constants_of_a_file": """
static const unsigned char table[] = { 3, 5, 250 };
static const long one = 1UL << 40;
enum { A = 7, B, C = A * 2 };
long f(long a, long b) { return table[a & 1] + table[2] * B + one / C + sizeof(table); }
""",
    "a_sign_before_a_step": "long f(long a, long b) { while (!b--) a++; return -a++ + ~b--; }",
    "no_middle": "long f(long a, long b) { long c = a ?: b; return c * 10 + (b-- ?: a); }",
    "a_cast_to_typeof": """
#define align(x, a) (((x) + ((typeof(x))(a) - 1)) & ~((typeof(x))(a) - 1))
#define mask(x, y) ((__typeof__(x))((y) - 1))
long f(long a, long b) {
    unsigned char c = b, *p = &c;
    return (typeof(c))-1 + align(a, 16) + mask(c, 300) + (typeof(*p))(a - 5);
}
""",
    "typeof": "long f(long a, long b) { int x = a; typeof(x) y = b, *z = &y; return *z + x; }",
}

SOME = [(0, 0), (1, 2), (2, 5), (3, 7), (4, 1), (5, 3), (9, 9), (-1, 4), (-5, -7), (12, 20)]
EDGES = [
    (0, 0), (1, -1), (-1, 1), (-(1 << 63), 1), ((1 << 63) - 1, 3), (1 << 31, -(1 << 31)),
    (0xDEADBEEF, 17), (-0x123456789ABCDEF, 0x1F), (1 << 40, 33), (-2, -3), (7, 2), (-7, 2),
]  # fmt: skip


def cases(texts: dict[str, str], pairs: list[tuple[int, int]]) -> list[object]:
    return [pytest.param(text, pairs, id=name) for name, text in texts.items()]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [*cases(FLOW, SOME), *cases(WORDS, [*SOME, *EDGES]), *cases(MEMORY, SOME), *cases(FORMS, SOME)],
)
def test_as_the_compiler_has_it(text: str, pairs: list[tuple[int, int]], tmp_path: Path) -> None:
    theirs = compiled(tmp_path, text, "f", 2)
    ours = program(text, "f")
    assert {pair: run(ours, "f", *pair) for pair in pairs} == {p: theirs(*p) for p in pairs}
