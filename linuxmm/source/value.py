# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of expressions: Python text with its C type, and how one type becomes another.

The text is always a number as its type holds it: of 64 bits, signed or not, a word from -2^63 on,
of narrower types what C says.  Bounds say where no wrapping is needed.
"""

from dataclasses import dataclass
from typing import Final

from linuxmm.source.ctype import INT, LONG, UNSIGNED_INT, UNSIGNED_LONG, CType, common

SIGN: Final = -(1 << 63)
_MOST_INT: Final = (1 << 31) - 1
_TRUE, _FALSE = "(1 if ", " else 0)"


@dataclass(frozen=True, slots=True)
class Value:
    """`text` may stand anywhere in an expression.

    constant: its value, when it is one; low, high: bounds, where they are narrower than the
    type's; atom: a name or a number, which can be said twice.
    """

    text: str
    ctype: CType
    constant: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def atom(self) -> bool:
        return self.text.isidentifier() or self.constant is not None

    @property
    def bounds(self) -> tuple[int, int]:
        """Between which numbers it lies."""
        if self.constant is not None:
            return self.constant, self.constant
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return range_of(self.ctype)

    @property
    def truth(self) -> bool:
        """Is it 0 or 1?"""
        low, high = self.bounds
        return low >= 0 and high <= 1


def range_of(ctype: CType) -> tuple[int, int]:
    """The least and the largest number that stands for a value of a type."""
    bits = ctype.bits
    if ctype.is_bool:
        return 0, 1
    if ctype.signed or bits == 64:
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1


def number(value: int, ctype: CType = INT) -> Value:
    """A constant, as its type has it."""
    value = fitted(value, ctype)
    return Value(str(value) if value >= 0 else f"({value})", ctype, value)


def fitted(value: int, ctype: CType) -> int:
    """A number as a value of a type."""
    if ctype.is_bool:
        return int(value != 0)
    bits = ctype.bits
    if ctype.signed or bits == 64:
        return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return value % (1 << bits)


def truth_value(condition: str) -> Value:
    """What a condition of Python is as a value of C: 0 or 1."""
    if condition in ("True", "False"):
        return number(int(condition == "True"))
    return Value(f"{_TRUE}{condition}{_FALSE}", INT, None, 0, 1)


def condition_of(value: Value) -> str:
    """A value as a condition of Python."""
    if value.constant is not None:
        return "True" if value.constant else "False"
    text = value.text
    if text.startswith(_TRUE) and text.endswith(_FALSE):
        return f"({text[len(_TRUE) : -len(_FALSE)]})"
    return text


def converted(value: Value, to: CType) -> Value:
    """The value as a variable, parameter or result of a type holds it."""
    if value.constant is not None and not to.is_pointer:
        return number(value.constant, to)
    if to.is_pointer:
        return Value(value.text, to, value.constant)
    if to.is_bool and not value.truth:
        return Value(f"{_TRUE}{value.text}{_FALSE}", to)
    return _wrapped(value.text, *value.bounds, to)


def _wrapped(text: str, low: int, high: int, to: CType) -> Value:
    """A number between two others as a value of a type, which keeps its lower bits."""
    least, most = range_of(to)
    if low >= least and high <= most:
        return Value(text, to, None, low, high)
    if to.bits == 64:
        return Value(f"word({text})", to)
    if not to.signed:
        return Value(f"({text} & {most:#x})", to)
    if to.bits in (8, 16, 32):
        return Value(f"signed{to.bits}({text})", to)
    return Value(f"signed_bits({text}, {to.bits})", to)


def negated(value: Value) -> Value:
    """`-x`"""
    return binary("-", number(0, promoted(value.ctype)), value)


def inverted(value: Value) -> Value:
    """`~x`"""
    value = converted(value, promoted(value.ctype))
    if value.constant is not None:
        return number(~value.constant, value.ctype)
    low, high = value.bounds
    return _wrapped(f"(~{value.text})", ~high, ~low, value.ctype)


def promoted(ctype: CType) -> CType:
    """The type in which one operand is computed."""
    return common(ctype, INT)


def binary(op: str, left: Value, right: Value) -> Value:
    """`left op right` for arithmetic (no pointers); a divisor is not 0 (see `divides`)."""
    shift = op in ("<<", ">>")
    ctype = promoted(left.ctype) if shift else common(left.ctype, right.ctype)
    if left.constant is not None and right.constant is not None:
        folded = _folded(op, left.constant, right.constant, ctype)
        if folded is not None:
            return number(folded, ctype)
    a = converted(left, ctype)
    b = _amount(right, ctype) if shift else converted(right, ctype)
    if op in "+-*":
        return _wrapped(f"({a.text} {op} {b.text})", *_bounds(op, a, b), ctype)
    if op in "&|^":
        low, high = _bit_bounds(op, a, b, ctype)
        return Value(f"({a.text} {op} {b.text})", ctype, None, low, high)
    if op == "<<":
        return _shifted_left(a, b, ctype)
    if op == ">>":
        low, high = a.bounds
        if not ctype.signed and ctype.bits == 64 and low < 0:
            return Value(f"shr({a.text}, {b.text})", ctype)
        return Value(f"({a.text} >> {b.text})", ctype, None, min(low, 0), max(high, 0))
    return _divided(op, a, b, ctype)


def _amount(by: Value, ctype: CType) -> Value:
    """How far a word is shifted: as x86 has it, modulo its width."""
    most = ctype.bits - 1
    low, high = by.bounds
    if low >= 0 and high <= most:
        return by
    if by.constant is not None:
        return number(by.constant & most)
    return Value(f"({by.text} & {most})", INT, None, 0, most)


def _bounds(op: str, a: Value, b: Value) -> tuple[int, int]:
    (x, y), (v, w) = a.bounds, b.bounds
    if op == "+":
        return x + v, y + w
    if op == "-":
        return x - w, y - v
    corners = [x * v, x * w, y * v, y * w]
    return min(corners), max(corners)


def _bit_bounds(op: str, a: Value, b: Value, ctype: CType) -> tuple[int, int]:
    (x, y), (v, w) = a.bounds, b.bounds
    if op == "&" and (x >= 0 or v >= 0):
        return 0, min(high for low, high in ((x, y), (v, w)) if low >= 0)
    if x >= 0 and v >= 0:
        return 0, (1 << max(y, w).bit_length()) - 1
    return range_of(ctype)


def _shifted_left(a: Value, b: Value, ctype: CType) -> Value:
    low, high = a.bounds
    most = b.bounds[1]
    if ctype.bits == 64 and (low << most < SIGN or high << most > ~SIGN):
        return Value(f"shl({a.text}, {b.text})", ctype)
    text = f"({a.text} << {b.text})"
    return _wrapped(text, min(low << most, low), max(high << most, high), ctype)


def _divided(op: str, a: Value, b: Value, ctype: CType) -> Value:
    (low, high), (least, most) = a.bounds, b.bounds
    if low >= 0 and least > 0:
        text = f"({a.text} {'//' if op == '/' else '%'} {b.text})"
        return Value(text, ctype, None, 0, high if op == "/" else min(high, most - 1))
    name = {"/": "quotient", "%": "remainder"}[op]
    if not ctype.signed:
        if ctype.bits == 32:
            return Value(f"({a.text} {'//' if op == '/' else '%'} {b.text})", ctype)
        return Value(f"{name}_u({a.text}, {b.text})", ctype)
    text = f"{name}({a.text}, {b.text})"
    if op == "/" and ctype.bits == 32:
        widest = max(abs(low), abs(high))
        overflows = least <= -1 <= most
        return _wrapped(text, -widest, widest if overflows else min(widest, _MOST_INT), ctype)
    return Value(text, ctype)


def _folded(op: str, a: int, b: int, ctype: CType) -> int | None:
    a, b = fitted(a, ctype), b if op in ("<<", ">>") else fitted(b, ctype)
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    if op in ("<<", ">>"):
        b &= ctype.bits - 1
        if op == "<<":
            return a << b
        return (a if ctype.signed else a % (1 << ctype.bits)) >> b
    if op in ("&", "|", "^"):
        return {"&": a & b, "|": a | b, "^": a ^ b}[op]
    if not b:
        return None
    x, y = (a, b) if ctype.signed else (a % (1 << ctype.bits), b % (1 << ctype.bits))
    q = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
    return q if op == "/" else x - y * q


def compared(op: str, left: Value, right: Value) -> Value:
    """`left op right` as a truth value; words of 64 bits without a sign compare as such."""
    ctype = common(left.ctype, right.ctype)
    if not ctype.is_pointer:
        left, right = converted(left, ctype), converted(right, ctype)
    if left.constant is not None and right.constant is not None:
        return number(int(_holds(op, left.constant, right.constant, ctype)))
    plain = op in ("==", "!=") or ctype.signed or ctype.bits < 64 or ctype.is_pointer
    if plain or (left.bounds[0] >= 0 and right.bounds[0] >= 0):
        return truth_value(f"{left.text} {op} {right.text}")
    return truth_value(f"{_unsigned(left)} {op} {_unsigned(right)}")


def _unsigned(value: Value) -> str:
    if value.constant is not None:
        return f"({value.constant ^ SIGN})"
    return f"({value.text} ^ SIGN)"


def _holds(op: str, a: int, b: int, ctype: CType) -> bool:
    if not ctype.signed:
        a, b = a % (1 << 64), b % (1 << 64)
    return {
        "==": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b
    }[op]  # fmt: skip


def literal(text: str) -> Value | None:
    """A number of C; None when it has a value that no word has."""
    if len(text) > 80:
        return None
    digits = text.rstrip("uUlL")
    suffix = text[len(digits) :].lower()
    try:
        value = int(digits, 8) if digits[:1] == "0" and digits.isdigit() else int(digits, 0)
    except ValueError:
        return None
    if value >= 1 << 64 or "_" in digits:
        return None
    unsigned, long, decimal = "u" in suffix, "l" in suffix, digits[:1] != "0" or digits == "0"
    for ctype in (INT, UNSIGNED_INT, LONG, UNSIGNED_LONG):
        if (unsigned and ctype.signed) or (long and ctype.bits < 64):
            continue
        if decimal and not unsigned and not ctype.signed and ctype.bits < 64:
            continue
        if value < 1 << (ctype.bits - ctype.signed):
            return number(value, ctype)
    return None


CHARACTERS: Final = {"0": 0, "n": 10, "t": 9, "r": 13, "b": 8, "f": 12, "v": 11, "a": 7,
                     "\\": 92, "'": 39, '"': 34, "?": 63, "e": 27}  # fmt: skip


def character(text: str) -> Value | None:
    """What stands between single quotes; None when it is not one character of a byte."""
    if len(text) == 1 and ord(text) < 128:
        return number(ord(text))
    if len(text) == 2 and text[0] == "\\" and text[1] in CHARACTERS:
        return number(CHARACTERS[text[1]])
    return None
