"""Calls: of what is executed, of the model, and what only looks like one."""

from typing import TYPE_CHECKING, Final, Protocol

from linuxmm.source.around import Values
from linuxmm.source.border import Callee
from linuxmm.source.ctype import INT, CType, common
from linuxmm.source.parser import child, has, parts, text_of
from linuxmm.source.place import Places, put_inside
from linuxmm.source.untranslatable import Untranslatable
from linuxmm.source.value import Value, compared, converted, number

if TYPE_CHECKING:
    from tree_sitter import Node

# Callees whose argument is a name or a type, or that are said in another way than a call.
SAME: Final = (
    "likely",
    "unlikely",
    "READ_ONCE",
    "data_race",
    "smp_load_acquire",
    "lockless_dereference",
)
_EXTREMES: Final = {"min": "<", "max": ">", "min_t": "<", "max_t": ">", "umin": "<", "umax": ">"}
_MEMBER_OF: Final = ("container_of", "list_entry", "rb_entry", "hlist_entry", "lru_to_page")


class Casts(Values, Protocol):
    """A call may be a cast that the parser took for one."""

    def bracketed_type(self, node: "Node") -> CType | None:
        """`(u32)`: the type, when it is one."""


class Calls:
    """Translates the calls of one function."""

    def __init__(self, values: Casts, places: Places) -> None:
        self.values, self.places = values, places
        self.around = values.around

    def call(self, node: "Node") -> Value:
        """A call as an expression.  Raises: Untranslatable."""
        function = child(node, "function")
        arguments = parts(child(node, "arguments"))
        cast = self.values.bracketed_type(function)
        if cast is not None and len(arguments) == 1:
            return converted(self.values.value(arguments[0]), cast)
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
        return converted(self.values.value(node), ctype).text

    def bordered(self, node: "Node", callee: Callee, arguments: "list[Node]") -> Value:
        """A call of something that the model does."""
        if callee.kind == "never":
            where = self.around.trap(node, f"{callee.name}(): {callee.text} is not modelled")
            return Value(f"missing(m, {where})", callee.result)
        if callee.kind == "nothing":
            effects = [self.values.value(each).text for each in arguments if _assigns(each)]
            text = callee.text if not effects else f"after({', '.join(effects)}, {callee.text})"
            return Value(text, callee.result, 0 if text == "0" else None)
        if len(arguments) != len(callee.arguments):
            raise Untranslatable(f"{callee.name}() with {len(arguments)} arguments")
        text, result, lost = callee.text, callee.result, []
        for argument, given in zip(callee.arguments, arguments, strict=True):
            if not callee.uses(argument.name):
                if not _is_pure(given):
                    lost += [said for said in [self.values.value(given).text] if "(" in said]
                if argument.name == callee.like:
                    result = self.values.value(given).ctype
                continue
            value = self.values.value(given)
            if argument.name == callee.like:
                result = value.ctype
            if (
                argument.ctype.pointers
                and not argument.may_be_null
                and self._is_row(argument.ctype)
            ):
                said = self.places.not_null(given, Value(value.text, argument.ctype))
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
        return (
            ctype.pointers == 1 and ctype.names_struct and ctype.tag in self.around.border.structs
        )

    def _indirect(self, node: "Node", function: "Node", arguments: "list[Node]") -> Value:
        if function.type == "field_expression":
            callee = self.around.border.indirect.get(text_of(child(function, "field")))
            if callee is not None:
                return self.bordered(node, callee, arguments)
        raise Untranslatable(f"a call through {text_of(function)[:60]}")

    def _special(self, name: str, arguments: "list[Node]") -> Value | None:
        """What looks like a call and is a word of the language here."""
        if name in SAME and arguments:
            return self.values.value(arguments[0])
        if name in ("IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE") and arguments:
            return number(int(self.around.config_has(text_of(arguments[0]))))
        if name in _EXTREMES and len(arguments) >= 2:
            return self._extreme(name, arguments[-2:])
        if name in _MEMBER_OF and len(arguments) == 3:
            return self._container(arguments)
        if name == "WRITE_ONCE" and len(arguments) == 2:
            place = self.places.place(arguments[0])
            return put_inside(place, converted(self.values.value(arguments[1]), place.ctype).text)
        return None

    def _extreme(self, name: str, arguments: "list[Node]") -> Value:
        left, right = (self.values.value(each) for each in arguments)
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
        member = self.around.border.embedded.get((tag, text_of(arguments[2])))
        if member is None or member.text != "{}":
            raise Untranslatable(f"what holds {text_of(arguments[2])} of struct {tag}")
        return Value(self.values.value(arguments[0]).text, CType(f"struct {tag}", 1))


def _assigns(node: "Node") -> bool:
    return has(node, "assignment_expression", "update_expression")


def _is_pure(node: "Node") -> bool:
    """Whether nothing is lost when an expression is not evaluated."""
    return not has(node, "call_expression", "assignment_expression", "update_expression")
