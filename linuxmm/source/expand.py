# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros of a tree, expanded in the text of a function before it is parsed.

Every line stays where it was.  What a macro means is looked up by who asks; the number of
expansions and the length of what comes out are bounded.
"""

import re
from collections.abc import Callable
from typing import Final

from linuxmm.source.text import Macro
from linuxmm.source.untranslatable import Untranslatable

MAX_DEPTH: Final = 20  # macros in each other
MAX_EXPANSIONS: Final = 2000
MAX_LENGTH: Final = 400_000  # characters
MacroOf = Callable[[str], Macro | None]

_TOKEN: Final = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'|(?:\.|->)\s*[A-Za-z_]\w*"
    r"|(?<!\w)\d\w*|[A-Za-z_]\w*|\s+|##|."
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def expanded(text: str, macro_of: MacroOf) -> str:
    """The text without the macros that `macro_of` knows.  Raises: Untranslatable."""
    return _Expander(macro_of).text(text, frozenset())


class _Expander:
    def __init__(self, macro_of: MacroOf) -> None:
        self.macro_of = macro_of
        self.times = 0
        self.length = 0

    def text(self, text: str, hidden: frozenset[str]) -> str:
        if len(hidden) > MAX_DEPTH:
            raise Untranslatable("more macros in each other than are expanded")
        tokens = _TOKEN.findall(text)
        found: list[str] = []
        at = 0
        while at < len(tokens):
            said, at = self._next(tokens, at, hidden)
            self.length += len(said)
            if self.length > MAX_LENGTH:
                raise Untranslatable("macros that become more text than is read")
            found.append(said)
        return "".join(found)

    def _next(self, tokens: list[str], at: int, hidden: frozenset[str]) -> tuple[str, int]:
        """What stands for the token, and where the next one is."""
        name = tokens[at]
        if _NAME.fullmatch(name) is None or name in hidden:
            return name, at + 1
        macro = self.macro_of(name)
        if macro is None:
            return name, at + 1
        if macro.params is None:
            return self._again(name, macro.text, hidden), at + 1
        arguments, end = _arguments(tokens, at + 1)
        if end == 0:
            return name, at + 1
        lines = sum(each.count("\n") for each in tokens[at:end])
        given = [" ".join(self.text(each, hidden).split()) for each in arguments]
        said = substituted(macro, given, name, [" ".join(each.split()) for each in arguments])
        return self._again(name, said, hidden) + "\n" * lines, end

    def _again(self, name: str, text: str, hidden: frozenset[str]) -> str:
        self.times += 1
        if self.times > MAX_EXPANSIONS:
            raise Untranslatable("more macros than are expanded")
        return self.text(text, hidden | {name})


def _arguments(tokens: list[str], at: int) -> tuple[list[str], int]:
    """The arguments of a call that begins at a token, and where it ends; 0: there is none."""
    while at < len(tokens) and tokens[at].isspace():
        at += 1
    if at == len(tokens) or tokens[at] != "(":
        return [], 0
    depth, found, current = 0, [], ""
    for end in range(at, len(tokens)):
        token = tokens[end]
        depth += (token in "([{") - (token in ")]}")
        if depth == 0:
            found.append(current)
            return found, end + 1
        if depth == 1 and token == ",":
            found.append(current)
            current = ""
        elif end > at:
            current += token
    return [], 0


def substituted(
    macro: Macro, arguments: list[str], name: str, plain: list[str] | None = None
) -> str:
    """The text of a macro with its arguments; `plain`: as they stand, for `#` and `##`.

    Raises: Untranslatable when their number is another.
    """
    params = list(macro.params or ())
    given, raw = list(arguments), list(plain or arguments)
    rest = bool(params) and params[-1].endswith("...")
    if rest:
        params[-1] = params[-1].removesuffix("...").strip() or "__VA_ARGS__"
        n = len(params) - 1
        given = [*given[:n], ", ".join(given[n:])]
        raw = [*raw[:n], ", ".join(raw[n:])]
    if len(params) == 0 and given == [""]:
        given, raw = [], []
    if len(given) != len(params):
        raise Untranslatable(f"{name}() takes {len(params)} arguments")
    values, as_given = dict(zip(params, given, strict=True)), dict(zip(params, raw, strict=True))
    found: list[str] = []
    tokens = _TOKEN.findall(macro.text)
    paste = False
    for n, token in enumerate(tokens):
        if token == "##":
            while found and found[-1].isspace():
                found.pop()
            paste = True
            continue
        if paste and token.isspace():
            continue
        if token in values:
            behind = next((each for each in tokens[n + 1 :] if not each.isspace()), "")
            if found and found[-1] == "#":
                found[-1] = '""'
            elif paste or behind == "##":
                found.append(as_given[token])
            else:
                found.append(values[token])
        else:
            found.append(token)
        paste = False
    return "".join(found)
