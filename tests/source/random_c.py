# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes random C whose meaning the standard fixes (with -fwrapv): `long f(long a, long b)`.

An effect inside an expression uses a variable that nothing else in the expression names, so that
no order of evaluation matters.
"""

import random
from typing import Final

TYPES: Final = (
    "long", "unsigned long", "int", "unsigned int", "short", "u8", "s8", "u16", "bool",
)  # fmt: skip
HEAD: Final = """
enum e { RED, GREEN = 5, BLUE };
enum signs { MINUS = -2, NIL, PLUS };
struct in { s8 c; u16 v[3]; long l; };
struct s { u8 a; int b; struct in in; unsigned int x : 5; int y : 7; bool t : 1; struct in *p; };
union u { long one; long two; };
static const int table[4] = { 3, -1, 70000, 9 };
#define TWICE(x) ((x) * 2)
#define BIGGER(x, y) ({ long _x = (x); typeof(_x) _y = (y); _x > _y ? _x : _y; })
#define STEP(x, by) do { if (by) (x) += (by); else (x)--; } while (0)
#define each_of(i, n) for (i = 0; i < (n); i++)
#define PASTE(x, y) x##y
static void bump(struct s *s, int by) { s->b += by; s->in.v[by & 1]++; s->a--; s->y = by; }
static long whole(struct s s, long by) { s.in.l ^= by; s.a += 7; return s.in.l + s.a + s.in.v[1]; }
static struct in made(long a) { struct in i = { .l = a, .v = { 1, [2] = a } }; i.c = a; return i; }
static u8 narrow(short s, bool t) { return s + t; }
static void swap_longs(long *x, long *y) { long z = *x; *x = *y; *y = z; }
static int *at(int *v, unsigned int n) { return v + (n & 3); }
"""
EFFECTS: Final = ("e0", "e1", "e2", "e3")


class Writer:
    """Writes one function: declarations, loops, jumps, memory, expressions."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.names = ["a", "b"]
        self.labels = 0
        self.free = list(EFFECTS)  # effect variables that this expression does not name yet

    # --- expressions ---
    def full(self) -> str:
        """An expression of its own."""
        self.free = list(EFFECTS)
        return self.expression()

    def expression(self, depth: int = 0) -> str:
        dice = self.dice
        pick = dice.random()
        if depth > 3 or pick < 0.2:
            return dice.choice([*self.names, "s.b", "s.a", "s.x", "s.y", "s.in.v[1]", "v[2]"])
        if pick < 0.3:
            return dice.choice(
                ["0", "1", "3", "0x10", "255U", "7UL", "100L", "'x'", "-1", "BLUE", "MINUS",
                 "0xffffffff", "~0UL", "sizeof(int)", "table[2]", "(1UL << 63)", "(int)sizeof(s.a)"]
            )  # fmt: skip
        inner = self.expression(depth + 1)
        if pick < 0.42:
            return dice.choice([f"(- {inner})", f"(~{inner})", f"(!{inner})",
                                f"({self.type()})({inner})"])  # fmt: skip
        if pick < 0.5:
            return self.effect(inner)
        other = self.expression(depth + 1)
        if pick < 0.6:
            return f"({inner} {dice.choice(['<', '>', '<=', '>=', '==', '!='])} {other})"
        if pick < 0.67:
            return f"({inner} {dice.choice(['&&', '||'])} {other})"
        if pick < 0.73:
            middle = dice.choice([self.expression(depth + 1), ""])
            return f"({inner} ?{middle}: {other})"
        if pick < 0.79:
            sign = dice.choice(["", "(unsigned long)", "(unsigned int)", "(int)"])
            by = dice.choice([f"(({other} & 0xfff) | 1)", "-3", "7U", "1000000007L"])
            return f"({sign}{inner} {dice.choice(['/', '%'])} {by})"
        if pick < 0.85:
            sign = dice.choice(["(unsigned long)", "", "(int)", "(u16)"])
            return f"({sign}({inner}) {dice.choice(['>>', '<<'])} ({other} & 31))"
        if pick < 0.9:
            return dice.choice(
                [f"TWICE({inner})", f"narrow({inner}, {other})", f"BIGGER({inner}, {other})",
                 f"min((long)({inner}), (long)({other}))", f"v[({inner}) & 3]",
                 f"*at(v, {inner})", f"(({inner}), ({other}))", f"whole(s, {inner})",
                 f"made({inner}).l", f"((struct in) {{ .l = {inner} }}).l"]
            )  # fmt: skip
        return f"({inner} {dice.choice('+-*&|^')} {other})"

    def effect(self, inner: str) -> str:
        if not self.free:
            return inner
        name = self.free.pop(self.dice.randrange(len(self.free)))
        return self.dice.choice(
            [f"{name}++", f"--{name}", f"({name} = {inner})", f"({name} ^= {inner})",
             f"({name} -= {inner})", f"({{ long q = {inner}; {name} += q; q; }})",
             f"({name}++ && ({inner}))"]
        )  # fmt: skip

    def type(self) -> str:
        return self.dice.choice(TYPES)

    # --- statements ---
    def statement(self, depth: int, loop: bool) -> list[str]:
        pick = self.dice.random()
        if pick < 0.3 or depth > 3:
            return [self._store()]
        if pick < 0.4:
            name = f"v{len(self.names)}"
            line = f"{self.type()} {name} = {self.full()};"
            self.names.append(name)
            return [line]
        if pick < 0.46:
            return [self._memory()]
        kept = list(self.names)
        if pick < 0.62:
            lines = self._if(depth, loop)
        elif pick < 0.75:
            lines = self._loop(depth)
        elif pick < 0.83:
            lines = self._switch(depth, loop)
        elif pick < 0.92:
            lines = self._jump(depth, loop)
        elif loop:
            lines = [
                f"if ({self.full()})",
                self.dice.choice(["break;", "continue;", "goto out;"]),
            ]
        else:
            lines = [f"if ({self.full()} > 5) return {self.full()};"]
        self.names = kept
        return lines

    def _store(self) -> str:
        dice = self.dice
        place = dice.choice([*self.names, *self.names, "s.a", "s.b", "s.x", "s.y", "s.t", "v[1]",
                             "s.in.v[2]", "s.p->l", "(*p)", "p[0]", "u.one"])  # fmt: skip
        if dice.random() < 0.3:
            return dice.choice([f"{place}++;", f"--{place};", f"{place}--;", f"++{place};"])
        op = dice.choice(["=", "=", "|=", "^=", "&=", "+=", "-=", "*=", "<<=", ">>=", "/=", "%="])
        value = self.full()
        if op in ("<<=", ">>="):
            value = f"{value} & 31" if dice.random() < 0.5 else "3"
            value = f"({value}) & 15"
        if op in ("/=", "%="):
            value = f"(({value}) & 0xff) | 1"
        return f"{place} {op} {value};"

    def _memory(self) -> str:
        e = self.full
        return self.dice.choice(
            [f"bump(&s, {e()});", f"bump(s.p == &s.in ? &s : &t, {e()});", "t = s;", "s = t;",
             f"s.in = made({e()});", "s.p = &t.in;", "s.p = &s.in;", f"p = at(v, {e()});",
             f"p = &v[({e()}) & 3];", f"v[({e()}) & 3] ^= {self.expression()};",
             f"STEP(s.b, {e()});",
             "*p++ = 7; p = v;", f"t = (struct s) {{ .b = {e()}, .in = s.in, .p = &s.in }};",
             "swap_longs(&a, &b);", "memset(&t.in, 0, sizeof(t.in));", f"u.two += {e()};",
             "a += PASTE(e, 0);", "p = v + 1; a += p - v + p[1] + *(p - 1);"]
        )  # fmt: skip

    def _if(self, depth: int, loop: bool) -> list[str]:
        kept = list(self.names)
        lines = [f"if ({self.full()}) {{", *self.block(depth + 1, loop)]
        self.names = kept[:]
        if self.dice.random() < 0.5:
            lines += ["} else {", *self.block(depth + 1, loop)]
        return [*lines, "}"]

    def _loop(self, depth: int) -> list[str]:
        n = f"n{self.labels}"
        self.labels += 1
        first, head, tail = self.dice.choice(
            [
                ("", f"for (int {n} = 0; {n} < 4; {n}++) {{", "}"),
                ("0", f"do {{ {n}++;", f"}} while ({n} < 3 && ({self.full()}, 1));"),
                ("3", f"while ({n}-- > 0) {{", "}"),
                ("0", f"each_of({n}, 3) {{", "}"),
                ("5", f"for (; ({n} -= 2) > 0; a ^= {n}) {{", "}"),
            ]
        )
        lines = [f"long {n} = {first};"] if first else []
        return [*lines, head, *self.block(depth + 1, True), tail]

    def _switch(self, depth: int, loop: bool) -> list[str]:
        kept = list(self.names)
        sign = self.dice.choice(["", "(unsigned int)", "(u8)"])
        lines = [f"switch ({sign}({self.full()} & 7)) {{"]
        for case in ("0", "1: case RED + 2", "3", "BLUE"):
            lines += [f"case {case}:", *self.block(depth + 2, loop)]
            lines += self.dice.choice([["break;"], [], ["continue;"] if loop else ["break;"]])
            self.names = kept[:]
        if self.dice.random() < 0.7:
            lines += ["default:", "a ^= 77;"]
        else:
            lines += ["break;"]
        lines += ["}"]
        return lines

    def _jump(self, depth: int, loop: bool) -> list[str]:
        """A goto backwards, forwards, or into a block, a loop or a switch."""
        n = self.labels
        self.labels += 1
        inside = self.block(depth + 2, False)
        if self.dice.random() < 0.3:
            again = f"if (r{n}++ < 2 && {self.full()}) goto back{n};"
            return ["{", f"int r{n} = 0;", f"back{n}:", *inside, again, "}"]
        into = self.dice.choice(
            [
                [f"if ({self.full()}) {{", *inside, f"in{n}: a++;", "} else {", "b--;", "}"],
                ["{", "{", *inside, f"in{n}:;", "a ^= 5;", "}", "}"],
                [f"i{n} = 0;", f"for (; i{n} < 2; i{n}++) {{", *inside, f"in{n}: a += i{n};",
                 "if (a & 1) continue; if (a & 2) break; b++;", "}"],
                [f"i{n} = 2;", "do {", *inside, f"in{n}: b += 3;", f"}} while (--i{n} > 0);"],
                [f"switch ({self.full()} & 3) {{", "case 0:", *inside, f"case 1: in{n}: b ^= 1;",
                 "break;", "default: a--;", "}"],
            ]
        )  # fmt: skip
        return ["{", f"int i{n} = 1;", f"if ({self.full()}) goto in{n};", *into, "}"]

    def block(self, depth: int, loop: bool) -> list[str]:
        kept = list(self.names)
        lines = [
            line for _ in range(self.dice.randint(1, 3)) for line in self.statement(depth, loop)
        ]
        self.names = kept
        return ["{", *lines, "}"]

    def function(self, name: str) -> str:
        types = [self.type() for _ in EFFECTS]
        lines = [f"{t} {e} = {v};" for t, e, v in zip(types, EFFECTS, "ab07", strict=True)]
        lines += ["struct s s = { .a = a, .b = b, .in = { .l = 3 }, .x = a, .y = b }, t = s;",
                  "s.p = &t.in; t.p = &s.in;", "int v[4] = { 1, a, 3 }, *p = v;",
                  "union u u = { a };"]  # fmt: skip
        lines += [line for _ in range(5) for line in self.statement(0, False)]
        result = " ^ ".join(f"(long){each}" for each in self.names)
        lines.append(f"a ^= {result};")
        body = "\n".join(["{", *lines, "out:",
                          "a = a * 3 + e0 * 5 + e1 * 7 + e2 * 11 + e3;",
                          "a += s.a + s.b + s.in.l + s.x + s.y + s.t + t.in.v[1] + t.b + u.one;",
                          "return a * 31 + v[0] + v[1] + v[2] + v[3] + s.in.v[2];",
                          "}"])  # fmt: skip
        return f"long {name}(long a, long b)\n{body}\n"
