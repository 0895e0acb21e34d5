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

SOME = [(0, 0), (1, 2), (2, 5), (3, 7), (4, 1), (5, 3), (9, 9), (-1, 4), (-5, -7), (12, 20)]
EDGES = [
    (0, 0), (1, -1), (-1, 1), (-(1 << 63), 1), ((1 << 63) - 1, 3), (1 << 31, -(1 << 31)),
    (0xDEADBEEF, 17), (-0x123456789ABCDEF, 0x1F), (1 << 40, 33), (-2, -3), (7, 2), (-7, 2),
]  # fmt: skip


def cases(texts: dict[str, str], pairs: list[tuple[int, int]]) -> list[object]:
    return [pytest.param(text, pairs, id=name) for name, text in texts.items()]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [*cases(FLOW, SOME), *cases(WORDS, [*SOME, *EDGES]), *cases(MEMORY, SOME)],
)
def test_as_the_compiler_has_it(text: str, pairs: list[tuple[int, int]], tmp_path: Path) -> None:
    theirs = compiled(tmp_path, text, "f", 2)
    ours = program(text, "f")
    assert {pair: run(ours, "f", *pair) for pair in pairs} == {p: theirs(*p) for p in pairs}
