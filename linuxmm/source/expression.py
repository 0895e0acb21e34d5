"""Expressions of C as expressions of Python over integers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.border import Border, Callee
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
from linuxmm.source.layout import Layouts
from linuxmm.source.parser import child, parts, text_of
from linuxmm.source.scope import Scopes, Variable
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, binary, compared, converted, literal, number

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH: Final = 40  # expressions in each other
COMPARISONS: Final = ("==", "!=", "<", ">", "<=", ">=")
# Callees whose argument is a name or a type, or that are said in another way than a call.
_SAME: Final = (
    "likely",
    "unlikely",
    "READ_ONCE",
    "data_race",
    "smp_load_acquire",
    "lockless_dereference",
)
_EXTREMES: Final = {"min": "<", "max": ">", "min_t": "<", "max_t": ">", "umin": "<", "umax": ">"}
_MEMBER_OF: Final = ("container_of", "list_entry", "rb_entry", "hlist_entry", "lru_to_page")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value can be put: `text` reads it, `text = value` stores unless it is read-only.

    ignored: a store is of no account here.
    """

    text: str
    ctype: CType
    read_only: bool = False
    ignored: bool = False


class Around(Protocol):
    """What an expression needs of the function and the program around it."""

    path: str
    border: Border
    layouts: Layouts
    scopes: Scopes

    def constant(self, name: str) -> int | None: ...
    def executed(self, name: str) -> "tuple[str, CType, list[CType]] | None": ...
    def callee(self, name: str) -> Callee | None: ...
    def trap(self, node: "Node", why: str, kind: str = "missing") -> int: ...
    def config_has(self, name: str) -> bool: ...
    def function_number(self, name: str) -> int | None: ...


class Expressions:
    """Translates the expressions of one function."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.border = around.border
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
            return self._truth(_bare(node))
        finally:
            self._depth -= 1

    def _truth(self, node: "Node") -> str:
        if node.type == "binary_expression":
            op = _operator(node)
            if op in ("&&", "||"):
                left = self.truth(child(node, "left"))
                if left in ("False", "True") and (left == "True") == (op == "||"):
                    return left
                right = self.truth(child(node, "right"))
                if left in ("False", "True"):
                    return right
                return f"({left} {'and' if op == '&&' else 'or'} {right})"
        if node.type == "unary_expression" and _operator(node) == "!":
            inner = self.truth(child(node, "argument"))
            opposite = {"True": "False", "False": "True"}.get(inner)
            return opposite or f"(not {inner})"
        if node.type == "call_expression" and text_of(child(node, "function")) in _SAME:
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
            place = self.place(node)
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
        place = self.place(node)
        return Value(place.text, place.ctype)

    def _pointer(self, node: "Node") -> Value:
        if text_of(node)[0] == "*":
            return self._read(node)
        return self.address(child(node, "argument"))

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
        op = _operator(node)
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
        op = _operator(node)
        if op in ("&&", "||"):
            return self._truth_value(node)
        cast = self._bracketed_type(child(node, "left"))
        if cast is not None:
            return self._cast_of_unary(op, cast, self.value(child(node, "right")))
        left, right = self.value(child(node, "left")), self.value(child(node, "right"))
        if op in COMPARISONS:
            return compared(op, left, right)
        if op in "+-" and (left.ctype.is_pointer or right.ctype.is_pointer):
            return self._moved(op, left, right)
        return binary(op, left, right)

    def _cast_of_unary(self, op: str, ctype: CType, value: Value) -> Value:
        """`(u32)-x`, which the parser took for a difference."""
        if op not in "+-":
            raise Untranslatable(f"a cast in front of {op}")
        negated = binary("-", number(0, value.ctype), value) if op == "-" else value
        return converted(negated, ctype)

    def _bracketed_type(self, node: "Node") -> CType | None:
        """`(u32)` that the parser took for a value: the type, when it is one."""
        if node.type != "parenthesized_expression" or len(parts(node)) != 1:
            return None
        inner = parts(node)[0]
        if inner.type != "identifier" or inner.start_byte in self.around.scopes.at:
            return None
        return CType(text_of(inner)) if is_type_name(text_of(inner)) else None

    def _moved(self, op: str, left: Value, right: Value) -> Value:
        """A pointer plus or minus a number, or the difference of two."""
        if left.ctype.is_pointer and right.ctype.is_pointer:
            size = self._step(left.ctype)
            text = f"({left.text} - {right.text})"
            return Value(text if size == 1 else f"({text} // {size})", CType("long"))
        pointer, by = (left, right) if left.ctype.is_pointer else (right, left)
        size = self._step(pointer.ctype)
        offset = by.text if size == 1 else f"{by.text} * {size}"
        ctype = (
            pointer.ctype.element().pointer() if pointer.ctype.length is not None else pointer.ctype
        )
        return Value(f"({pointer.text} {op} {offset})", ctype)

    def _step(self, ctype: CType) -> int:
        """Cells (or rows, or slots) from one element to the next."""
        element = ctype.element()
        if element.is_struct and element.tag not in self.border.structs:
            return self.around.layouts.cells(element, self.around.path)
        return 1

    def _assigned(self, node: "Node") -> Value:
        place = self.place(child(node, "left"))
        value = self.new_value(node, place)
        return self._put_inside(place, value.text)

    def _put_inside(self, place: Place, text: str) -> Value:
        """A store whose value is used on."""
        if place.text.isidentifier():
            return Value(f"({place.text} := {text})", place.ctype)
        column, inside = _column(place)
        return Value(f"put_{column}(m, {inside}, {text})", place.ctype)

    def new_value(self, node: "Node", place: Place) -> Value:
        """What `x = y` or `x += y` puts in its place."""
        op = _operator(node)
        right = self.value(child(node, "right"))
        if op == "=":
            return converted(right, place.ctype)
        have = Value(place.text, place.ctype)
        if place.ctype.is_pointer:
            return self._moved(op[:-1], have, right)
        return converted(binary(op[:-1], have, right), place.ctype)

    def updated(self, node: "Node") -> tuple[Place, Value]:
        """Where `x++` or `--x` puts its new value, and that value."""
        place = self.place(child(node, "argument"))
        return place, self._by_one(_step_of(node), Value(place.text, place.ctype))

    def _by_one(self, op: str, value: Value) -> Value:
        if value.ctype.is_pointer:
            return self._moved(op, value, number(1))
        return converted(binary(op, value, number(1)), value.ctype)

    def _updated(self, node: "Node") -> Value:
        place, new = self.updated(node)
        put = self._put_inside(place, new.text)
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
            ctype = self.value(_bare(child(node, "value"))).ctype
        if ctype.names_struct and not ctype.is_pointer:
            raise Untranslatable("the size of a struct")
        return number(max(1, ctype.bits // 8), UNSIGNED_LONG)

    # --- places ---
    def place(self, node: "Node") -> Place:
        """Where an expression stands.  Raises: Untranslatable."""
        node = _bare(node)
        if node.type == "identifier":
            return self._named(node)
        if node.type == "field_expression":
            return self._member(node)
        if node.type == "subscript_expression":
            base = self.value(child(node, "argument"))
            index = self.value(child(node, "index"))
            return self._pointed(self._moved("+", base, index))
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            return self._pointed(self.value(child(node, "argument")))
        value = self.value(node)
        return Place(value.text, value.ctype, read_only=True)

    def _named(self, node: "Node") -> Place:
        variable = self.around.scopes.at.get(node.start_byte)
        if variable is not None:
            return _place_of(variable)
        name = text_of(node)
        if name in self.border.globals:
            member = self.border.globals[name]
            return Place(member.text, member.ctype, not _is_stored(member.text))
        raise Untranslatable(f"{name} is not known")

    def _pointed(self, pointer: Value) -> Place:
        """What a pointer points to."""
        element = pointer.ctype.element()
        if element.is_struct:
            return Place(pointer.text, element, read_only=True)
        if element.length is not None:
            return Place(pointer.text, element, read_only=True)
        if element.base in self.border.columns and not element.pointers:
            return Place(f"m.{self.border.columns[element.base]}[{pointer.text}]", element)
        if element.base in ("pmd_t", "pud_t", "p4d_t", "pgd_t") and not element.pointers:
            return Place(pointer.text, element, read_only=True)
        return Place(f"m.stack[{pointer.text}]", element)

    def _member(self, node: "Node") -> Place:
        base = self.value(child(node, "argument"))
        name = text_of(child(node, "field"))
        ctype = base.ctype
        if ctype.base in WORDS:
            return Place(base.text, UNSIGNED_LONG, not _is_stored(base.text))
        if not ctype.names_struct:
            raise Untranslatable(f"{name} of {ctype}")
        if ctype.tag in self.border.structs:
            return self._member_of_model(node, base, name)
        layout = self.around.layouts.of(ctype.tag, self.around.path)
        if name not in layout.members:
            raise Untranslatable(f"struct {ctype.tag} has no {name}")
        cell, inner = layout.members[name]
        at = f"{self.not_null(node, base)} + {cell}" if cell else self.not_null(node, base)
        if inner.is_struct or inner.length is not None:
            return Place(f"({at})", inner, read_only=True)
        return Place(f"m.stack[{at}]", inner)

    def _member_of_model(self, node: "Node", base: Value, name: str) -> Place:
        members = self.border.structs[base.ctype.tag]
        if name not in members:
            embedded = self.border.embedded.get((base.ctype.tag, name))
            if embedded is None:
                raise Untranslatable(f"{name} of struct {base.ctype.tag} is not in the model")
            return Place(embedded.at(base.text), embedded.ctype.element(), read_only=True)
        member = members[name]
        by_value = base.ctype.tag in self.border.by_value
        text = member.at(base.text if by_value else self.not_null(node, base))
        return Place(text, member.ctype, not _is_stored(text), member.ignored)

    def not_null(self, node: "Node", base: Value) -> str:
        """A pointer that is followed: row 0 and error pointers are caught when that happens."""
        if not base.ctype.pointers:
            return base.text
        where = self.around.trap(node, f"follows the pointer {text_of(node)[:60]}", "null")
        if base.atom:
            return f"({base.text} if {base.text} > 0 else null(m, {where}))"
        return f"sound(m, {base.text}, {where})"

    # --- addresses ---
    def address(self, node: "Node") -> Value:
        """`&x`.  Raises: Untranslatable."""
        node = _bare(node)
        if node.type == "field_expression":
            base = self.value(child(node, "argument"))
            key = (base.ctype.tag, text_of(child(node, "field")))
            if base.ctype.names_struct and key in self.border.embedded:
                member = self.border.embedded[key]
                return Value(member.at(self.not_null(node, base)), member.ctype)
        if node.type == "pointer_expression" and text_of(node)[0] == "*":
            return self.value(child(node, "argument"))
        place = self.place(node)
        if place.ctype.is_list:
            return Value(place.text, place.ctype.pointer())
        if place.ctype.is_struct or place.ctype.length is not None:
            return Value(place.text, place.ctype.pointer())
        column, inside = _column(place)
        if column != "stack" and self.border.columns.get(place.ctype.base) != column:
            raise Untranslatable(f"the address of {text_of(node)[:60]}")
        return Value(f"({inside})", place.ctype.pointer())

    # --- calls ---
    def _call(self, node: "Node") -> Value:
        return self.call(node)

    def call(self, node: "Node") -> Value:
        """A call as an expression.  Raises: Untranslatable."""
        function = child(node, "function")
        arguments = parts(child(node, "arguments"))
        cast = self._bracketed_type(function)
        if cast is not None and len(arguments) == 1:
            return converted(self.value(arguments[0]), cast)
        if function.type != "identifier":
            return self._indirect(node, function, arguments)
        name = text_of(function)
        special = self._special(name, arguments)
        if special is not None:
            return special
        executed = self.around.executed(name)
        if executed is not None:
            python, result, types = executed
            values = [
                self._argument(each, kind) for each, kind in zip(arguments, types, strict=False)
            ]
            if len(arguments) != len(types):
                raise Untranslatable(f"{name} takes {len(types)} arguments")
            return Value(f"{python}({', '.join(['m', 'k', 'site', *values])})", result)
        callee = self.around.callee(name)
        if callee is None:
            where = self.around.trap(node, f"{name}() is not in the border and not in the tree")
            return Value(f"missing(m, {where})", INT)
        return self.bordered(node, callee, arguments)

    def _argument(self, node: "Node", ctype: CType) -> str:
        return converted(self.value(node), ctype).text

    def bordered(self, node: "Node", callee: Callee, arguments: "list[Node]") -> Value:
        """A call of something that the model does."""
        if callee.kind == "never":
            where = self.around.trap(node, f"{callee.name}(): {callee.text} is not modelled")
            return Value(f"missing(m, {where})", callee.result)
        if callee.kind == "nothing":
            effects = [self.value(each).text for each in arguments if _assigns(each)]
            text = callee.text if not effects else f"after({', '.join(effects)}, {callee.text})"
            return Value(text, callee.result, 0 if text == "0" else None)
        if len(arguments) != len(callee.arguments):
            raise Untranslatable(f"{callee.name}() with {len(arguments)} arguments")
        text, result, lost = callee.text, callee.result, []
        for argument, given in zip(callee.arguments, arguments, strict=True):
            if not callee.uses(argument.name):
                if not _is_pure(given):
                    lost += [said for said in [self.value(given).text] if "(" in said]
                if argument.name == callee.like:
                    result = self.value(given).ctype
                continue
            value = self.value(given)
            if argument.name == callee.like:
                result = value.ctype
            if (
                argument.ctype.pointers
                and not argument.may_be_null
                and self._is_row(argument.ctype)
            ):
                said = self.not_null(given, Value(value.text, argument.ctype))
            else:
                said = converted(value, argument.ctype).text
            text = text.replace(f"{{{argument.name}}}", said)
        if not lost and text.lstrip("-").isdigit():
            return (
                number(int(text), result)
                if not result.is_pointer
                else Value(text, result, int(text))
            )
        text = f"after({', '.join([*lost, text])})" if lost else text
        return Value(text, result, truth=result.is_bool and text.startswith("(1 if"))

    def _is_row(self, ctype: CType) -> bool:
        return ctype.pointers == 1 and ctype.names_struct and ctype.tag in self.border.structs

    def _indirect(self, node: "Node", function: "Node", arguments: "list[Node]") -> Value:
        if function.type == "field_expression":
            callee = self.border.indirect.get(text_of(child(function, "field")))
            if callee is not None:
                return self.bordered(node, callee, arguments)
        raise Untranslatable(f"a call through {text_of(function)[:60]}")

    def _special(self, name: str, arguments: "list[Node]") -> Value | None:
        """What looks like a call and is a word of the language here."""
        if name in _SAME and arguments:
            return self.value(arguments[0])
        if name in ("IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE") and arguments:
            return number(int(self.around.config_has(text_of(arguments[0]))))
        if name in _EXTREMES and len(arguments) >= 2:
            return self._extreme(name, arguments[-2:])
        if name in _MEMBER_OF and len(arguments) == 3:
            return self._container(arguments)
        if name == "WRITE_ONCE" and len(arguments) == 2:
            place = self.place(arguments[0])
            return self._put_inside(place, converted(self.value(arguments[1]), place.ctype).text)
        return None

    def _extreme(self, name: str, arguments: "list[Node]") -> Value:
        left, right = (self.value(each) for each in arguments)
        op = _EXTREMES[name]
        if left.constant is not None and right.constant is not None:
            chosen = compared(op, left, right).constant
            return left if chosen else right
        ctype = common(left.ctype, right.ctype)
        word = ("least" if op == "<" else "most") + (
            "" if ctype.signed or ctype.bits < 64 else "_u"
        )
        return Value(f"{word}({left.text}, {right.text})", ctype)

    def _container(self, arguments: "list[Node]") -> Value:
        """container_of(pointer, struct x, member) for members that are rows of their struct."""
        tag = text_of(arguments[1]).removeprefix("struct ").strip()
        member = self.border.embedded.get((tag, text_of(arguments[2])))
        if member is None or member.text != "{}":
            raise Untranslatable(f"what holds {text_of(arguments[2])} of struct {tag}")
        return Value(self.value(arguments[0]).text, CType(f"struct {tag}", 1))


def _bare(node: "Node") -> "Node":
    while node.type == "parenthesized_expression" and len(parts(node)) == 1:
        node = parts(node)[0]
    return node


def _operator(node: "Node") -> str:
    return text_of(child(node, "operator"))


def _whole(ctype: CType) -> bool:
    """Pointers and structs keep their type in a `?:`, numbers get a common one."""
    return ctype.is_pointer or ctype.is_struct


def _step_of(node: "Node") -> str:
    """`x++` goes up and `--x` down."""
    return "+" if "++" in (node.children[0].type, node.children[-1].type) else "-"


def _place_of(variable: Variable) -> Place:
    if not variable.in_cells:
        return Place(variable.python, variable.ctype)
    at = f"(fp + {variable.cell})"
    if variable.ctype.is_struct or variable.ctype.length is not None:
        return Place(at, variable.ctype, read_only=True)
    return Place(f"m.stack[fp + {variable.cell}]", variable.ctype)


def _is_stored(text: str) -> bool:
    """Whether a text can stand on the left of an assignment."""
    return text.isidentifier() or (text.startswith("m.") and text.endswith("]"))


def _column(place: Place) -> tuple[str, str]:
    """The column and the row of a place `m.column[row]`."""
    if place.read_only or not place.text.startswith("m."):
        raise Untranslatable(f"{place.text} has no place of its own")
    column, _, rest = place.text[2:].partition("[")
    return column, rest[:-1]


def _has(node: "Node", *kinds: str) -> bool:
    stack = [node]
    while stack:
        each = stack.pop()
        if each.type in kinds:
            return True
        stack += each.named_children
    return False


def _assigns(node: "Node") -> bool:
    return _has(node, "assignment_expression", "update_expression")


def _is_pure(node: "Node") -> bool:
    """Whether nothing is lost when an expression is not evaluated."""
    return not _has(node, "call_expression", "assignment_expression", "update_expression")


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
