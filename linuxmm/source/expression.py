"""Expressions of C as expressions of Python over integers."""

from typing import TYPE_CHECKING, Final

from linuxmm.source.around import Around
from linuxmm.source.call import SAME, Calls
from linuxmm.source.ctype import (
    INT,
    POINTER,
    UNSIGNED_LONG,
    VOID,
    WORDS,
    CType,
    base_type,
    common,
    declared,
    is_type_name,
)
from linuxmm.source.parser import bare, child, operator, parts, text_of
from linuxmm.source.place import Place, Places, put_inside
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, binary, compared, converted, literal, number

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 40  # expressions in each other
COMPARISONS: Final = ("==", "!=", "<", ">", "<=", ">=")


class Expressions:
    """Translates the expressions of one function."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.border = around.border
        self.places = Places(self)
        self.calls = Calls(self, self.places)
        self._depth = 0

    # --- values ---
    def value(self, node: "Node") -> Value:
        """The value of an expression.  Raises: Untranslatable."""
        kind = node.type
        method = _VALUES.get(kind)
        if method is None:
            raise Untranslatable(f"{kind.replace('_', ' ').lower()} is not read")
        if self._depth == MAX_DEPTH:
            raise Untranslatable("more expressions in each other than are read")
        self._depth += 1
        try:
            found: Value = method(self, node)
        finally:
            self._depth -= 1
        return found

    def truth(self, node: "Node") -> str:
        """A condition, as Python's `if` takes it."""
        if self._depth == MAX_DEPTH:
            raise Untranslatable("more conditions in each other than are read")
        self._depth += 1
        try:
            return self._truth(bare(node))
        finally:
            self._depth -= 1

    def _truth(self, node: "Node") -> str:
        if node.type == "binary_expression":
            op = operator(node)
            if op in ("&&", "||"):
                left = self.truth(child(node, "left"))
                if left in ("False", "True") and (left == "True") == (op == "||"):
                    return left
                right = self.truth(child(node, "right"))
                if left in ("False", "True"):
                    return right
                return f"({left} {'and' if op == '&&' else 'or'} {right})"
        if node.type == "unary_expression" and operator(node) == "!":
            inner = self.truth(child(node, "argument"))
            opposite = {"True": "False", "False": "True"}.get(inner)
            return opposite or f"(not {inner})"
        if node.type == "call_expression" and text_of(child(node, "function")) in SAME:
            return self.truth(parts(child(node, "arguments"))[0])
        value = self.value(node)
        if value.constant is not None:
            return "True" if value.constant else "False"
        text = value.text
        if text.startswith("(1 if ") and text.endswith(" else 0)"):
            return f"({text[6:-8]})"
        return text

    def _truth_value(self, node: "Node") -> Value:
        text = self.truth(node)
        if text in ("True", "False"):
            return number(int(text == "True"))
        return Value(f"(1 if {text} else 0)", INT, truth=True)

    def _literal(self, node: "Node") -> Value:
        found = literal(text_of(node))
        if found is None:
            raise Untranslatable(f"the number {text_of(node)}")
        return found

    def _character(self, node: "Node") -> Value:
        text = text_of(node)[1:-1]
        if len(text) != 1:
            raise Untranslatable(f"the character {text_of(node)}")
        return number(ord(text))

    def _string(self, node: "Node") -> Value:
        return Value("0", CType("char", 1))

    def _zero(self, node: "Node") -> Value:
        return number(0) if node.type == "false" else Value("0", POINTER, 0)

    def _one(self, node: "Node") -> Value:
        return number(1)

    def _parenthesized(self, node: "Node") -> Value:
        inner = parts(node)
        if len(inner) != 1:
            raise Untranslatable("a statement as an expression")
        return self.value(inner[0])

    def _identifier(self, node: "Node") -> Value:
        name = text_of(node)
        if node.start_byte in self.around.scopes.at or name in self.border.globals:
            place = self.places.place(node)
            return Value(place.text, place.ctype)
        if name == "NULL":
            return Value("0", POINTER, 0)
        if name in ("true", "false"):
            return number(int(name == "true"))
        constant = self.around.constant(name)
        if constant is not None:
            return number(constant, INT if -(1 << 31) <= constant < 1 << 31 else UNSIGNED_LONG)
        function = self.around.function_number(name)
        if function is not None:
            return Value(str(function), CType("function", 1), function)
        raise Untranslatable(f"{name} is not known")

    def _read(self, node: "Node") -> Value:
        place = self.places.place(node)
        return Value(place.text, place.ctype)

    def _pointer(self, node: "Node") -> Value:
        if text_of(node)[0] == "*":
            return self._read(node)
        return self.places.address(child(node, "argument"))

    def _cast(self, node: "Node") -> Value:
        described = child(node, "type")
        _, ctype = declared(base_type(described), described.child_by_field_name("declarator"))
        value = self.value(child(node, "value"))
        if ctype == VOID:
            return value
        if ctype.is_struct and ctype.base not in WORDS:
            raise Untranslatable(f"a cast to {ctype}")
        return converted(value, ctype)

    def _conditional(self, node: "Node") -> Value:
        condition = self.truth(child(node, "condition"))
        chosen = node.child_by_field_name("consequence")
        if chosen is None:
            raise Untranslatable("a ?: without a middle")
        if condition in ("True", "False"):
            return self.value(chosen if condition == "True" else child(node, "alternative"))
        then, other = self.value(chosen), self.value(child(node, "alternative"))
        ctype = then.ctype if then.ctype.is_pointer and then.constant != 0 else other.ctype
        if then.ctype != other.ctype and not _whole(then.ctype) and not _whole(other.ctype):
            ctype = common(then.ctype, other.ctype)
            then, other = converted(then, ctype), converted(other, ctype)
        text = f"({then.text} if {condition} else {other.text})"
        return Value(text, ctype, truth=then.truth and other.truth)

    def _unary(self, node: "Node") -> Value:
        op = operator(node)
        if op == "!":
            return self._truth_value(node)
        value = self.value(child(node, "argument"))
        ctype = value.ctype if value.ctype.bits >= 32 else INT
        if value.constant is not None:
            result = {"-": -value.constant, "~": ~value.constant, "+": value.constant}[op]
            return number(result, ctype)
        if op == "+":
            return value
        text = f"({op}{value.text})"
        if not ctype.signed and ctype.bits == 32:
            text = f"({text} & 0xffffffff)"
        return Value(text, ctype)

    def _binary(self, node: "Node") -> Value:
        op = operator(node)
        if op in ("&&", "||"):
            return self._truth_value(node)
        cast = self.bracketed_type(child(node, "left"))
        if cast is not None:
            return self._cast_of_unary(op, cast, self.value(child(node, "right")))
        left, right = self.value(child(node, "left")), self.value(child(node, "right"))
        if op in COMPARISONS:
            return compared(op, left, right)
        if op in "+-" and (left.ctype.is_pointer or right.ctype.is_pointer):
            return self.places.moved(op, left, right)
        return binary(op, left, right)

    def _cast_of_unary(self, op: str, ctype: CType, value: Value) -> Value:
        """`(u32)-x`, which the parser took for a difference."""
        if op not in "+-":
            raise Untranslatable(f"a cast in front of {op}")
        negated = binary("-", number(0, value.ctype), value) if op == "-" else value
        return converted(negated, ctype)

    def bracketed_type(self, node: "Node") -> CType | None:
        """`(u32)` that the parser took for a value: the type, when it is one."""
        if node.type != "parenthesized_expression" or len(parts(node)) != 1:
            return None
        inner = parts(node)[0]
        if inner.type != "identifier" or inner.start_byte in self.around.scopes.at:
            return None
        return CType(text_of(inner)) if is_type_name(text_of(inner)) else None

    def _assigned(self, node: "Node") -> Value:
        place = self.places.place(child(node, "left"))
        value = self.new_value(node, place)
        return put_inside(place, value.text)

    def new_value(self, node: "Node", place: Place) -> Value:
        """What `x = y` or `x += y` puts in its place."""
        op = operator(node)
        right = self.value(child(node, "right"))
        if op == "=":
            return converted(right, place.ctype)
        have = Value(place.text, place.ctype)
        if place.ctype.is_pointer:
            return self.places.moved(op[:-1], have, right)
        return converted(binary(op[:-1], have, right), place.ctype)

    def updated(self, node: "Node") -> tuple[Place, Value]:
        """Where `x++` or `--x` puts its new value, and that value."""
        place = self.places.place(child(node, "argument"))
        return place, self._by_one(_step_of(node), Value(place.text, place.ctype))

    def _by_one(self, op: str, value: Value) -> Value:
        if value.ctype.is_pointer:
            return self.places.moved(op, value, number(1))
        return converted(binary(op, value, number(1)), value.ctype)

    def _updated(self, node: "Node") -> Value:
        place, new = self.updated(node)
        put = put_inside(place, new.text)
        if node.children[0].type in ("++", "--"):
            return put
        if place.ctype.is_bool:
            raise Untranslatable("the value that a truth value had before")
        return self._by_one("-" if _step_of(node) == "+" else "+", put)

    def _compound(self, node: "Node") -> Value:
        """`(swp_entry_t) { x }`: a struct of one word."""
        described = child(node, "type")
        ctype = CType(base_type(described))
        given = parts(child(node, "value"))
        if ctype.base not in WORDS or len(given) != 1:
            raise Untranslatable(f"a literal of {ctype}")
        inner = given[0]
        if inner.type == "initializer_pair":
            inner = child(inner, "value")
        return converted(self.value(inner), ctype)

    def _comma(self, node: "Node") -> Value:
        left, right = self.value(child(node, "left")), self.value(child(node, "right"))
        return Value(f"after({left.text}, {right.text})", right.ctype)

    def _sizeof(self, node: "Node") -> Value:
        described = node.child_by_field_name("type")
        if described is not None:
            _, ctype = declared(base_type(described), described.child_by_field_name("declarator"))
        else:
            ctype = self.value(bare(child(node, "value"))).ctype
        if ctype.names_struct and not ctype.is_pointer:
            raise Untranslatable("the size of a struct")
        return number(max(1, ctype.bits // 8), UNSIGNED_LONG)

    def _call(self, node: "Node") -> Value:
        return self.calls.call(node)


def _whole(ctype: CType) -> bool:
    """Pointers and structs keep their type in a `?:`, numbers get a common one."""
    return ctype.is_pointer or ctype.is_struct


def _step_of(node: "Node") -> str:
    """`x++` goes up and `--x` down."""
    return "+" if "++" in (node.children[0].type, node.children[-1].type) else "-"


_VALUES: Final = {
    "parenthesized_expression": Expressions._parenthesized,
    "number_literal": Expressions._literal,
    "char_literal": Expressions._character,
    "string_literal": Expressions._string,
    "concatenated_string": Expressions._string,
    "null": Expressions._zero,
    "false": Expressions._zero,
    "true": Expressions._one,
    "identifier": Expressions._identifier,
    "field_expression": Expressions._read,
    "subscript_expression": Expressions._read,
    "pointer_expression": Expressions._pointer,
    "call_expression": Expressions._call,
    "cast_expression": Expressions._cast,
    "conditional_expression": Expressions._conditional,
    "unary_expression": Expressions._unary,
    "binary_expression": Expressions._binary,
    "assignment_expression": Expressions._assigned,
    "update_expression": Expressions._updated,
    "comma_expression": Expressions._comma,
    "compound_literal_expression": Expressions._compound,
    "sizeof_expression": Expressions._sizeof,
}
