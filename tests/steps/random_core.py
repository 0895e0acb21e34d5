# SPDX-License-Identifier: GPL-2.0-or-later
"""Random functions in the manner of the core: calls that change what others read, loops, tables."""

from random import Random

# note() leaves a trace and says what it was given, so that the order of calls shows
HEAD = """
def note(m, x):
    m.stack[1] = (m.stack[1] * 3 + x) & 0xFFFFFF
    return x

def three(m, x, y, z):
    return (x & 0xFFFF) * 31 + (y & 0xFF) * 7 - (z & 0xF)

PAIR = (3, 64)
WIDE = -0x123456789ABCDEF
"""
READS = ("m.stack[{} & 15]", "m.page_range[{} & 31]", "m.page_refcount[{} & 31]")
OPERATORS = ("+", "-", "*", "&", "|", "^", "//", "%", "<<", ">>")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Writer:
    """Writes functions of two words over m."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = ["a", "b", "c", "d"]

    def expression(self, depth: int) -> str:
        r = self.random
        if depth <= 0:
            return r.choice([*self.names, "WIDE", str(r.randrange(-9, 70)), "1", "0"])

        def part() -> str:
            return self.expression(depth - r.choice((1, 1, 2)))

        kind = r.randrange(10)
        if kind < 3:
            op = r.choice(OPERATORS)
            if op in ("<<", ">>"):
                most = 7 if op == "<<" else 63  # what leaves the word is cut in C alone
                return f"(({part()}) & 0xFFFFFF) {op} (({part()}) & {most})"
            if op in ("//", "%"):
                return f"({part()}) {op} (({part()}) ^ c)"
            small = ("(({}) & 0xFFFFFFF)" if op == "*" else "({})").format
            return f"{small(part())} {op} {small(part())}"
        if kind == 3:
            return r.choice(READS).format(f"({part()})")
        if kind == 4:
            return f"note(m, ({part()}) & 0xFF)"
        if kind == 5:
            return f"three(m, {part()}, {part()}, {part()})"
        if kind == 6:
            return f"(({part()}) if {part()} else ({part()}))"
        if kind == 7:
            return f"(({part()}) {r.choice(('and', 'or'))} ({part()}))"
        if kind == 8:
            chain = f"({part()}) {r.choice(COMPARISONS)} ({part()})"
            if r.random() < 0.3:
                chain += f" {r.choice(COMPARISONS)} ({part()})"
            return f"({chain})"
        return r.choice(
            (
                f"(not ({part()}))", f"(~({part()}))", f"(-({part()}))",
                f"(({part()}) in PAIR)", f"(({part()}) not in (0, ({part()}), 7))",
                f"min(({part()}), ({part()}))", f"max(({part()}), ({part()}), 5)",
                f"abs({part()})",
            )
        )  # fmt: skip

    def statements(self, depth: int, indent: str, loop: bool) -> list[str]:
        lines = []
        for _ in range(self.random.randrange(1, 4)):
            lines += self.statement(depth, indent, loop)
        return lines

    def statement(self, depth: int, indent: str, loop: bool) -> list[str]:
        r, inner = self.random, indent + "    "
        kind = r.randrange(9) if depth > 0 else r.randrange(4)
        if kind == 0:
            return [f"{indent}m.stack[({self.expression(1)}) & 15] = {self.word()}"]
        if kind == 1:
            return [f"{indent}{r.choice('cd')} {r.choice(('+=', '|=', '^='))} {self.word()}"]
        if kind == 2 and loop:
            return [
                f"{indent}if {self.expression(2)}:",
                f"{inner}{r.choice(('break', 'continue'))}",
            ]
        if kind == 3:
            return [f"{indent}c, d = {self.word()}, {self.word()}"]
        if kind in (4, 5):
            lines = [f"{indent}if {self.expression(2)}:"]
            lines += self.statements(depth - 1, inner, loop)
            if r.random() < 0.5:
                lines += [f"{indent}else:", *self.statements(depth - 1, inner, loop)]
            return lines
        if kind == 6:
            lines = [f"{indent}for i in range(({self.expression(1)}) & 3, 5):"]
            return [*lines, f"{inner}e = i", *self.statements(depth - 1, inner, True)]
        if kind == 7:
            return [f"{indent}note(m, ({self.expression(2)}) & 0xF)"]
        return [f"{indent}{r.choice('cd')} = {self.word()}"]

    def word(self) -> str:
        """An expression cut to what any column of words takes."""
        return f"({self.expression(3)}) & 0xFFFFFFFFFFFF"

    def function(self, name: str) -> str:
        lines = [f"def {name}(m, a, b):", "    c = a ^ 5"]
        lines.append("    if b != 3:\n        d = 1")  # d may be unset, e as well
        lines.append("    if a == 64:\n        e = 3")
        lines += self.statements(3, "    ", False)
        if self.random.random() < 0.3:
            lines.append("    c += e")
        return "\n".join([*lines, f"    return ({self.expression(3)}) + c"])
