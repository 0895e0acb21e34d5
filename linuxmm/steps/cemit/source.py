# SPDX-License-Identifier: GPL-2.0-or-later
"""The syntax tree of a function, found where the function says that its text stands."""

import ast
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Final, NoReturn

from linuxmm.errors import ModelBug

Function = Callable[..., int]
PACKAGE: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """A function: its object, its syntax tree and where it stands."""

    function: FunctionType
    tree: ast.FunctionDef

    @property
    def name(self) -> str:
        """module.function, for people."""
        module = self.function.__module__ or ""
        return f"{module.removeprefix('linuxmm.')}.{self.function.__name__}"

    @property
    def parameters(self) -> list[str]:
        return [each.arg for each in self.tree.args.args]

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        """This cannot be C.  Raises: ModelBug."""
        line = getattr(node, "lineno", self.tree.lineno)
        raise ModelBug(
            f"the core does not compile: {shown(self.function)}:{line}: {self.name}: {why}"
        )


def shown(function: FunctionType) -> str:
    """The file of a function, below the package where it is ours."""
    path = Path(function.__code__.co_filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else path.name


class Texts:
    """Files of functions, each read and parsed once; registered texts (`linecache`) as well."""

    def __init__(self) -> None:
        self._defined: dict[str, dict[int, ast.FunctionDef]] = {}

    def source(self, function: Function) -> Source:
        """Raises: ModelBug when the text is not there, or another one by now."""
        assert isinstance(function, FunctionType)
        code = function.__code__
        if code.co_filename not in self._defined:
            self._defined[code.co_filename] = _definitions(code.co_filename)
        tree = self._defined[code.co_filename].get(code.co_firstlineno)
        if tree is None or tree.name != code.co_name:
            raise ModelBug(
                f"the core does not compile: the text of {function.__module__}."
                f"{function.__name__} is not at {shown(function)}:{code.co_firstlineno}"
            )
        return Source(function, tree)


def _definitions(filename: str) -> dict[int, ast.FunctionDef]:
    """The functions of a file by the line that their code objects name."""
    tree = ast.parse("".join(linecache.getlines(filename)))
    return {
        min([node.lineno, *(each.lineno for each in node.decorator_list)]): node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
