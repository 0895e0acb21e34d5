# SPDX-License-Identifier: GPL-2.0-or-later
"""The condition of an `#if`: read, never run.

A name that nothing defines is 0, as the preprocessor has it.  Of what cannot be read, and of a name
whose value nobody knows, the value is None, and so is that of what depends on it.
"""

import re
from collections.abc import Callable
from typing import Final, Protocol

MAX_TOKENS: Final = 400
MAX_SHIFT: Final = 63
MAX_DEPTH: Final = 30  # brackets and signs in each other
_TOKEN: Final = re.compile(
    r"\s*((?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*|[A-Za-z_]\w*|'(?:[^'\\]|\\.)'"
    r"|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^!~<>?:(),])"
)

# What has a value for a kernel of x86-64, whatever its record says: of Debian's configuration, and
# of its gcc as the kernel's Makefile calls it (-O2 -std=gnu11).
NUMBERS: Final = {
    "__KERNEL__": 1, "__x86_64__": 1, "__LP64__": 1, "BITS_PER_LONG": 64, "__BITS_PER_LONG": 64,
    "BITS_PER_LONG_LONG": 64, "CONFIG_PGTABLE_LEVELS": 5, "CONFIG_NODES_SHIFT": 10,
    "CONFIG_NR_CPUS": 8192, "CONFIG_SPLIT_PTLOCK_CPUS": 4, "__OPTIMIZE__": 1,
    "__SIZEOF_INT128__": 16, "__STDC_VERSION__": 201112,
    "__GNUC__": 12, "__GNUC_MINOR__": 2,
}  # fmt: skip
_OF_CONFIG: Final = ("IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE", "defined")
_UNARY: Final[dict[str, Callable[[int], int]]] = {
    "!": lambda a: int(not a),
    "~": lambda a: ~a,
    "+": lambda a: a,
    "-": lambda a: -a,
}
_BINARY: Final[tuple[dict[str, Callable[[int, int], int]], ...]] = (
    {"||": lambda a, b: int(bool(a or b))},
    {"&&": lambda a, b: int(bool(a and b))},
    {"|": lambda a, b: a | b},
    {"^": lambda a, b: a ^ b},
    {"&": lambda a, b: a & b},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {
        "<": lambda a, b: int(a < b),
        ">": lambda a, b: int(a > b),
        "<=": lambda a, b: int(a <= b),
        ">=": lambda a, b: int(a >= b),
    },
    {"<<": lambda a, b: a << _amount(b), ">>": lambda a, b: a >> _amount(b)},
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: _divided(a, b), "%": lambda a, b: _rest(a, b)},
)


class NotConstant(Exception):
    """The text is no constant expression."""


class Names(Protocol):
    """What names mean where a condition stands; None: nobody knows."""

    def defined(self, name: str) -> bool | None: ...

    def value(self, name: str) -> int | None: ...


def value_of(text: str, names: Names) -> int | None:
    """The value of a constant expression; None when it cannot be read or nobody knows it."""
    try:
        return _Parser(text, names).whole()
    except NotConstant:
        return None


class _Parser:
    """Precedence climbing over the tokens of one line."""

    def __init__(self, text: str, names: Names) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.names = names

    def whole(self) -> int | None:
        value = self._choice()
        if self.at != len(self.tokens):
            raise NotConstant
        return value

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._next()
        if not token or (wanted and token != wanted):
            raise NotConstant
        self.at += 1
        return token

    def _choice(self) -> int | None:
        value = self._binary(0)
        if self._next() != "?":
            return value
        self._take("?")
        then = self._choice()
        self._take(":")
        otherwise = self._choice()
        if value is None:
            return then if then == otherwise else None
        return then if value else otherwise

    def _binary(self, level: int) -> int | None:
        if level == len(_BINARY):
            return self._unary()
        value = self._binary(level + 1)
        while self._next() in _BINARY[level]:
            sign = self._take()
            value = _joined(sign, _BINARY[level][sign], value, self._binary(level + 1))
        return value

    def _unary(self) -> int | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotConstant
        value = self._operand(self._take())
        self.depth -= 1
        return value

    def _operand(self, token: str) -> int | None:
        if token in ("!", "~", "+", "-"):
            value = self._unary()
            return None if value is None else _UNARY[token](value)
        if token == "(":
            value = self._choice()
            self._take(")")
            return value
        if token[0].isdigit():
            return _number(token)
        if token[0] == "'":
            return ord(token[-2])
        if token[0].isalpha() or token[0] == "_":
            return self._name(token)
        raise NotConstant

    def _name(self, name: str) -> int | None:
        if name in _OF_CONFIG and self._next():
            brackets = self._next() == "("
            if brackets:
                self._take("(")
            asked = self._take()
            if brackets:
                self._take(")")
            known = self.names.defined(asked)
            return None if known is None else int(known)
        if self._next() == "(":
            self._skip_argument()
            return None
        return self.names.value(name)

    def _skip_argument(self) -> None:
        depth = 0
        while True:
            token = self._take()
            depth += (token == "(") - (token == ")")
            if not depth:
                return


def _joined(
    sign: str, operation: Callable[[int, int], int], a: int | None, b: int | None
) -> int | None:
    """Two operands; where one of them is not known, the other may decide."""
    if sign == "&&" and 0 in (a, b):
        return 0
    if sign == "||" and (a or b):
        return 1
    return None if a is None or b is None else operation(a, b)


def _tokens(text: str) -> list[str]:
    text = text.strip()
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) == MAX_TOKENS:
            raise NotConstant
        tokens.append(match[1])
        at = match.end()
        while at < len(text) and text[at].isspace():
            at += 1
    return tokens


def _number(token: str) -> int:
    token = token.rstrip("uUlL")
    if token[:2] in ("0x", "0X"):
        return int(token, 16)
    if token[0] == "0" and len(token) > 1:
        if not set(token) <= set("01234567"):
            raise NotConstant
        return int(token, 8)
    return int(token)


def _amount(shift: int) -> int:
    if not 0 <= shift <= MAX_SHIFT:
        raise NotConstant
    return shift


def _divided(a: int, b: int) -> int:
    if not b:
        raise NotConstant
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _rest(a: int, b: int) -> int:
    return a - b * _divided(a, b)
