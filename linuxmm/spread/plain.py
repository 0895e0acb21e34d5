# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of ours as plain JSON and back: dataclasses, tuples, sets, numbers, texts.

    Plain().text((1, frozenset({"a"})))     # '{"t":[1,{"s":["a"]}]}'

Reading makes dataclasses of this package and nothing else: what lies in a file cannot run anything.
The same value gives the same text, whatever the order of its sets.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any, Final, NamedTuple

from linuxmm.errors import InputError

ROOT: Final = "linuxmm."
_SCALARS: Final = (str, int, float, bool, type(None))


class Known(NamedTuple):
    """How a class that is not written field by field is: as plain values, and made of them."""

    plain: Callable[[Any], object]  # Any: of the class it stands beside
    made: Callable[[Any], object]


class Plain:
    """Writes and reads values; `known`: classes that have a shorter form, or cannot be copied."""

    def __init__(self, known: Mapping[type, Known] = {}) -> None:
        self.known = {_name(kind): how for kind, how in known.items()}

    def text(self, value: object) -> str:
        """The value as JSON.  Raises: TypeError for what has no plain form."""
        return json.dumps(self._plain(value), separators=(",", ":"))

    def value(self, text: str) -> Any:  # Any: what it is, its reader knows
        """The value of such a JSON.  Raises: InputError for any other."""
        try:
            return self._value(json.loads(text))
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            ImportError,
            RecursionError,
        ) as why:
            raise InputError(f"is not what linuxmm wrote: {type(why).__name__}: {why}") from None

    # --- writing ---
    def _plain(self, value: object) -> object:
        if type(value) in _SCALARS:
            return value
        how = self.known.get(_name(type(value)))
        if how is not None:
            return {"k": _name(type(value)), "v": self._plain(how.plain(value))}
        if not isinstance(value, type) and _names_of(type(value)):
            held = [self._plain(getattr(value, name)) for name in _names_of(type(value))]
            return {"c": _name(type(value)), "v": held}
        if isinstance(value, dict):
            tag = "n" if type(value) is Counter else "d"
            return {tag: [[self._plain(k), self._plain(v)] for k, v in value.items()]}
        if isinstance(value, frozenset | set):
            tag = "s" if isinstance(value, frozenset) else "m"
            return {tag: sorted(map(self._plain, value), key=json.dumps)}
        if type(value) in (tuple, list):
            tag = "t" if type(value) is tuple else "l"
            return {tag: [self._plain(each) for each in value]}  # type: ignore[attr-defined]
        raise TypeError(f"{type(value).__qualname__} has no plain form")

    # --- reading ---
    def _value(self, plain: Any) -> Any:
        if not isinstance(plain, dict):
            if type(plain) in _SCALARS:
                return plain
            raise TypeError("a bare list")
        tag = next(iter(plain), "")
        if tag == "k":
            return self.known[plain["k"]].made(self._value(plain["v"]))
        if tag == "c":
            return self._object(plain["c"], plain["v"])
        held = plain[tag]
        if tag in "dn":
            pairs = {self._value(k): self._value(v) for k, v in held}
            return Counter(pairs) if tag == "n" else pairs
        return {"s": frozenset, "m": set, "t": tuple, "l": list}[tag](map(self._value, held))

    def _object(self, name: str, held: list[Any]) -> object:
        module, _, qualified = name.partition(":")
        if not module.startswith(ROOT) or "." in qualified:
            raise TypeError(f"{name} is none of ours")
        kind = getattr(import_module(module), qualified)
        names = _names_of(kind) if isinstance(kind, type) else ()
        if not names:
            raise TypeError(f"{name} holds no values")
        values = dict(zip(names, map(self._value, held), strict=True))
        if not is_dataclass(kind):
            return kind(**values)
        made: Any = kind
        new: object = object.__new__(made)
        for field, each in values.items():
            object.__setattr__(new, field, each)
        return new


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _names_of(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass or a named tuple of this package; of anything else none."""
    if not kind.__module__.startswith(ROOT):
        return ()
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    named: tuple[str, ...] = getattr(kind, "_fields", ()) if issubclass(kind, tuple) else ()
    return named
