"""Values of expressions: Python text with its C type, and how one type becomes another."""

from dataclasses import dataclass
from typing import Final

from linuxmm.source.ctype import BOOL, INT, LONG, UNSIGNED_LONG, CType, common

SIGN: Final = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Value:
    """`text` may stand anywhere in an expression.

    constant: its value, when it is one; truth: it is 0 or 1; atom: a name or a number, which
    can be said twice.
    """

    text: str
    ctype: CType
    constant: int | None = None
    truth: bool = False

    @property
    def atom(self) -> bool:
        return self.text.isidentifier() or self.constant is not None


def number(value: int, ctype: CType = INT) -> Value:
    """A constant, as its type has it."""
    value = fitted(value, ctype)
    return Value(str(value) if value >= 0 else f"({value})", ctype, value, value in (0, 1))


def fitted(value: int, ctype: CType) -> int:
    """A number as a value of a type."""
    if ctype.is_bool:
        return int(value != 0)
    bits = ctype.bits
    if ctype.signed or bits == 64:
        return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return value % (1 << bits)


def converted(value: Value, to: CType) -> Value:
    """The value as a variable, parameter or result of a type holds it."""
    if value.constant is not None and not to.is_pointer:
        return number(value.constant, to)
    if to.is_bool:
        return value if value.truth else Value(f"(1 if {value.text} else 0)", to, truth=True)
    if to.is_pointer or to.bits == 64 or value.truth:
        return Value(value.text, to, value.constant, value.truth)
    have = value.ctype
    fits = have.bits < to.bits if have.signed == to.signed or have.signed is False else False
    if fits or (have.bits == to.bits and have.signed == to.signed):
        return Value(value.text, to)
    if to.signed:
        return Value(f"signed{to.bits}({value.text})", to)
    return Value(f"({value.text} & {(1 << to.bits) - 1:#x})", to)


_PLAIN: Final = {"+", "-", "*", "&", "|", "^"}


def binary(op: str, left: Value, right: Value) -> Value:
    """`left op right` for arithmetic (no pointers)."""
    if op in ("<<", ">>"):
        ctype = common(left.ctype, INT)
    else:
        ctype = common(left.ctype, right.ctype)
    if left.constant is not None and right.constant is not None:
        folded = _folded(op, left.constant, right.constant, ctype)
        if folded is not None:
            return number(folded, ctype)
    a, b = converted(left, ctype), right if op in ("<<", ">>") else converted(right, ctype)
    if op in _PLAIN:
        text = f"({a.text} {op} {b.text})"
        if not ctype.signed and ctype.bits == 32 and op in "+-*":
            text = f"({text} & 0xffffffff)"
        return Value(text, ctype, truth=op == "&" and (a.truth or b.truth))
    if op == "<<":
        return _shifted_left(a, b, ctype)
    if op == ">>":
        unsigned = not ctype.signed and ctype.bits == 64
        text = f"shr({a.text}, {b.text})" if unsigned else f"({a.text} >> {b.text})"
        return Value(text, ctype)
    name = {"/": "quotient", "%": "remainder"}[op]
    if not ctype.signed and ctype.bits == 32:
        return Value(f"({a.text} {'//' if op == '/' else '%'} {b.text})", ctype)
    return Value(f"{name}{'' if ctype.signed else '_u'}({a.text}, {b.text})", ctype)


def _shifted_left(a: Value, b: Value, ctype: CType) -> Value:
    if ctype.bits == 64:
        if b.constant is not None and 0 <= b.constant <= 16:
            return Value(f"({a.text} << {b.text})", ctype)
        return Value(f"shl({a.text}, {b.text})", ctype)
    text = f"({a.text} << {b.text})"
    return Value(f"signed32({text})" if ctype.signed else f"({text} & 0xffffffff)", ctype)


def _folded(op: str, a: int, b: int, ctype: CType) -> int | None:
    a, b = fitted(a, ctype), b if op in ("<<", ">>") else fitted(b, ctype)
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    if op == "*":
        return a * b
    if op in ("<<", ">>"):
        if not 0 <= b < ctype.bits:
            return None
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
    if plain:
        text = f"{left.text} {op} {right.text}"
    else:
        text = f"{_unsigned(left)} {op} {_unsigned(right)}"
    return Value(f"({text})", BOOL, truth=True)


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
    digits = text.rstrip("uUlL")
    suffix = text[len(digits) :].lower()
    try:
        value = int(digits, 8) if digits[:1] == "0" and digits.isdigit() else int(digits, 0)
    except ValueError:
        return None
    unsigned, long = "u" in suffix, "l" in suffix
    if value >= 1 << 64:
        return None
    if long or value >= 1 << 32 or (value >= 1 << 31 and not unsigned and digits[:1] != "0"):
        ctype = UNSIGNED_LONG if unsigned or value >= 1 << 63 else LONG
    elif unsigned or value >= 1 << 31:
        ctype = CType("unsigned int")
    else:
        ctype = INT
    return number(value, ctype)
