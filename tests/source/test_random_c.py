"""Random C, translated and compiled: the same results for words at the edges."""

import random
from pathlib import Path

import pytest

from tests.source.plain import compiled_all, functions, program, run_in

TYPES = ("long", "unsigned long", "int", "unsigned int", "short", "u8", "s8", "u16", "bool")
EDGES = (
    0,
    1,
    -1,
    2,
    7,
    255,
    1 << 15,
    (1 << 31) - 1,
    1 << 31,
    -(1 << 31),
    (1 << 63) - 1,
    -(1 << 63),
)
FUNCTIONS = 60


class Writer:
    """Writes one function `long f(long a, long b)`: declarations, loops, jumps, expressions."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.names = ["a", "b"]
        self.labels = 0

    def expression(self, depth: int = 0) -> str:
        """Small enough that no sum of signed words overflows, which C does not define."""
        pick = self.dice.random()
        if depth > 3 or pick < 0.25:
            return self.dice.choice(self.names)
        if pick < 0.4:
            return self.dice.choice(["0", "1", "3", "0x10", "255U", "7UL", "100L", "'x'"])
        inner = self.expression(depth + 1)
        if pick < 0.55:
            return self.dice.choice(
                [
                    f"(-({inner} & 0xffff))",
                    f"(~{inner})",
                    f"(!{inner})",
                    f"({self._type()})({inner})",
                ]
            )
        other = self.expression(depth + 1)
        if pick < 0.7:
            return f"({inner} {self.dice.choice(['<', '>', '<=', '>=', '==', '!='])} {other})"
        if pick < 0.8:
            return f"({inner} {self.dice.choice(['&&', '||'])} {other})"
        if pick < 0.86:
            return f"({inner} ? {other} : {self.expression(depth + 1)})"
        if pick < 0.92:
            sign = self.dice.choice(["", "(unsigned long)", "(unsigned int)"])
            return f"({sign}{inner} {self.dice.choice(['/', '%'])} (({other} & 0xfff) | 1))"
        if pick < 0.96:
            shift = self.dice.choice([">> (", "<< ("])
            return f"((unsigned long)({inner}) {shift}{other} & 31))"
        return f"(({inner} & 0x7fff) {self.dice.choice('+-*')} ({other} & 0x7fff))"

    def _type(self) -> str:
        return self.dice.choice(TYPES)

    def statement(self, depth: int, loop: bool) -> list[str]:
        pick = self.dice.random()
        if pick < 0.35 or depth > 3:
            name = self.dice.choice(self.names)
            op = self.dice.choice(["=", "=", "|=", "^=", "&="])
            return [f"{name} {op} {self.expression()};"]
        if pick < 0.5:
            name = f"v{len(self.names)}"
            line = f"{self._type()} {name} = {self.expression()};"
            self.names.append(name)
            return [line]
        kept = list(self.names)
        if pick < 0.7:
            lines = [f"if ({self.expression()}) {{", *self.block(depth + 1, loop)]
            self.names = kept[:]
            if self.dice.random() < 0.5:
                lines += ["} else {", *self.block(depth + 1, loop)]
            lines.append("}")
        elif pick < 0.85:
            n = f"n{self.labels}"
            self.labels += 1
            head, tail = self.dice.choice(
                [
                    (f"for (int {n} = 0; {n} < 4; {n}++) {{", "}"),
                    (f"do {{ {n}--;", f"}} while ({n} > 0);"),
                ]
            )
            first = [] if head.startswith("for") else [f"long {n} = {self.dice.randrange(4)};"]
            lines = [*first, head, *self.block(depth + 1, True), tail]
        elif pick < 0.93 or not loop:
            lines = [f"switch ({self.expression()} & 3) {{"]
            for case in range(3):
                lines += [f"case {case}:", *self.block(depth + 2, loop)]
                lines += self.dice.choice([["break;"], []])
                self.names = kept[:]
            lines += ["default:", f"a ^= {case};", "}"]
        else:
            lines = [
                f"if ({self.expression()})",
                self.dice.choice(["break;", "continue;", "goto out;"]),
            ]
        self.names = kept
        return lines

    def block(self, depth: int, loop: bool) -> list[str]:
        kept = list(self.names)
        lines = [
            line for _ in range(self.dice.randint(1, 3)) for line in self.statement(depth, loop)
        ]
        self.names = kept
        return ["{", *lines, "}"]

    def function(self, name: str) -> str:
        lines = [line for _ in range(5) for line in self.statement(0, False)]
        result = " ^ ".join(f"(long){each}" for each in self.names)
        body = "\n".join(["{", *lines, f"a ^= {result};", "}"])
        return f"long {name}(long a, long b)\n{{\n{body}\nout:\nreturn a;\n}}\n"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_functions(seed: int, tmp_path: Path) -> None:
    names = [f"f{n}" for n in range(FUNCTIONS)]
    text = "\n".join(Writer(seed * 1000 + n).function(name) for n, name in enumerate(names))
    theirs = compiled_all(tmp_path, text, names, 2)
    found = program(text, *names)
    ours = functions(found)
    for name in names:
        for a in EDGES:
            for b in EDGES[::3]:
                assert run_in(found, ours[name], a, b) == theirs[name](a, b), (name, a, b)
