# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of C from a function and all that it calls."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Final

from linuxmm.mm.memory.fault import KILLED_OOM, KILLED_SIGBUS, KILLED_SIGSEGV
from linuxmm.state.constants import TRAP_NO_ROW, TRAP_NONE, TRAP_NOT_MODELLED, VM_FAULT_RETRY
from linuxmm.state.layout import COLUMNS, NR_EVENTS, TRAP_CODE
from linuxmm.state.rules import Rules
from linuxmm.steps.cemit.source import Function, Source, Texts
from linuxmm.steps.cemit.statement import C_TYPE, FunctionText
from linuxmm.steps.memory import OP_EXIT

FOLDER: Final = Path(__file__).parent
NAMED: Final = {
    "TRAP_CODE": TRAP_CODE, "TRAP_NONE": TRAP_NONE, "TRAP_NO_ROW": TRAP_NO_ROW,
    "TRAP_NOT_MODELLED": TRAP_NOT_MODELLED, "NR_EVENTS": NR_EVENTS,
    "VM_FAULT_RETRY": VM_FAULT_RETRY, "OP_EXIT": OP_EXIT,
    "NOTHING(...)": 0,
    "KILLED_SIGSEGV": KILLED_SIGSEGV, "KILLED_SIGBUS": KILLED_SIGBUS, "KILLED_OOM": KILLED_OOM,
}  # fmt: skip
ASKED: Final = ("AUDIT", "SETTLE", "FACTS")  # functions that a search calls
MOST_FUNCTIONS: Final = 4096  # of which it is noted that they were entered (prelude.h)
Progress = Callable[[int, int], None]
RUNNING: Final = "k"  # the rules of the walk, for a function that does not take them
C_TEXTS: Final = tuple(FOLDER / f"{name}.h" for name in ("prelude", "walk", "search"))
STATE_COLUMNS: Final[dict[str, str]] = {name: spec.type for name, spec in COLUMNS.items()}
RULES_COLUMNS: Final[dict[str, str]] = dict.fromkeys(Rules.__annotations__, "q")
Tables = tuple[Mapping[str, str], Mapping[str, str]]  # types of the columns of `m` and of `k`
TABLES: Final[Tables] = (STATE_COLUMNS, RULES_COLUMNS)


class Program:
    """Functions of the core as C: those that are asked for, and what they call.

    checked: rows and values are held against their columns.  intrinsics: what stands for something
    outside the core, by object, as names of C.  tables: of a core with other columns than ours.
    """

    def __init__(
        self,
        checked: bool = False,
        intrinsics: Mapping[object, str] | None = None,
        tables: Tables = TABLES,
    ) -> None:
        self.checked = checked
        self.columns = {"m": dict(tables[0]), "k": dict(tables[1])}
        self._intrinsics = intrinsics or {}
        self._texts = Texts()
        self._names: dict[FunctionType, str] = {}
        self._sources: list[Source] = []

    def called(self, function: Function) -> str:
        """The C name of a function, which becomes part of the program."""
        assert isinstance(function, FunctionType)
        if function not in self._names:
            self._names[function] = f"f{len(self._names)}_{function.__name__}"
            self._sources.append(self._texts.source(function))
        return self._names[function]

    def intrinsic(self, value: object) -> str | None:
        return self._intrinsics.get(value) if isinstance(value, FunctionType) else None

    @property
    def size(self) -> int:
        """How many functions it has by now."""
        return len(self._sources)

    def emit(
        self,
        step: Function,
        beside: str = "",
        progress: Progress | None = None,
        asked: Mapping[str, Function] | None = None,
    ) -> str:
        """The program whose way in is `step`; `beside`: text of C behind the prelude.

        asked: what a search asks of states, by the name that cemit/search.h calls it; without, it
        can be asked for nothing.
        """
        heads: list[str] = []
        bodies: list[str] = []
        entry = self.called(step)
        ways = dict.fromkeys(ASKED, "NOTHING")
        ways |= {name: self.called(function) for name, function in (asked or {}).items()}
        for source in self._sources:  # grows while functions name others
            text = FunctionText(source, self)
            name = self._names[source.function]
            bodies.append(text.text(name, self._entered(len(bodies))))
            heads.append(f"{text.head(name)};")
            if progress is not None:
                progress(len(heads), self.size)
        prelude, *ways_in = (path.read_text() for path in C_TEXTS)
        tables = [_struct("state", self.columns["m"]), _struct("rules", self.columns["k"])]
        defines = "\n".join(f"#define {name} {value}" for name, value in NAMED.items())
        ways |= {"STEP": entry}
        defines += "".join(f"\n#define {name} {function}" for name, function in ways.items())
        tables.append(f"static _Thread_local const struct rules *{RUNNING};")
        tables.append(self._functions())
        parts = [prelude, *tables, beside, "\n".join(heads), *bodies, defines, *ways_in]
        return "\n\n".join(part.strip() for part in parts if part) + "\n"

    def _entered(self, number: int) -> str:
        """What notes that a function was entered, where a search may want to know."""
        assert number < MOST_FUNCTIONS
        return f"linuxmm_entered[{number}] = 1;" if self.checked else ""

    def _functions(self) -> str:
        """The functions by number, as module:name, for who asks which were entered."""
        names = (f'    "{f.__module__}:{f.__name__}\\n"' for f in self._names)
        head = '__attribute__((visibility("default"))) const char linuxmm_functions[] ='
        return "\n".join([head, *names]) + ";"


def _struct(name: str, columns: Mapping[str, str]) -> str:
    """The table that a view holds: address and entries of each column."""
    rows = [f"    {C_TYPE[kind]} *{each};\n    word n_{each};\n" for each, kind in columns.items()]
    return f"struct {name} {{\n{''.join(rows)}}};"
