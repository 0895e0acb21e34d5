# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels as text for a terminal of 80 columns: the list, and how two differ."""

from collections.abc import Callable, Iterable
from difflib import ndiff

from linuxmm.kernels.diff import Difference
from linuxmm.kernels.record import Kernel
from linuxmm.kernels.show import flag_names
from linuxmm.printed import columns, counted, wrapped

_TITLES = {
    "config": "config",
    "behaviour": "behaviours",
    "foll": "FOLL_ flags",
    "flags": "newer flags",
    "lookup": "lookup bodies",
    "predicate": "predicates",
    "site": "sites",
}


def list_text(kernels: Iterable[tuple[Kernel, str]]) -> str:
    """Every kernel with its alias, its digest and what it was read from."""
    parts: list[str] = []
    for kernel, alias in kernels:
        also = f"  (alias {alias})" if alias else ""
        present = [rule for rule in kernel.sites if not rule.absent]
        head = f"{kernel.name}{also}   {len(present)} sites, rules {kernel.digest()}"
        parts += wrapped(head, "", "  ", hyphens=False)
        parts += wrapped(kernel.source, "    ", width=columns() - 4)
    return "\n".join(parts) + "\n"


def diff_text(a: Kernel, b: Kernel, differences: list[Difference]) -> str:
    """How ``b`` differs from ``a``, grouped by kind of rule."""
    if not differences:
        return f"{a.name} and {b.name} have the same rules\n"
    rules = len({(entry.kind, entry.name) for entry in differences})
    told = f"{counted(rules, 'rule')} {'differs' if rules == 1 else 'differ'}"
    lines = [f"{a.name} -> {b.name}: {told}"]
    for kind, title in _TITLES.items():
        entries = [entry for entry in differences if entry.kind == kind]
        if entries:
            lines += ["", title]
            lines += _RENDER[kind](entries)
    return "\n".join(lines) + "\n"


def _words(entries: list[Difference]) -> list[str]:
    """Config and behaviours: name, before -> after."""
    width = max(len(entry.name) for entry in entries)
    return [
        line
        for entry in entries
        for line in _change(f"  {entry.name:<{width}}  ", _word(entry.before), _word(entry.after))
    ]


def _flags(entries: list[Difference]) -> list[str]:
    """FOLL_ flags: new ones, gone ones, moved ones."""
    lines: list[str] = []
    for entry in entries:
        if entry.before is None:
            lines.append(f"  {entry.name} = {entry.after:#x} is new")
        elif entry.after is None:
            lines.append(f"  {entry.name} is gone")
        else:
            lines.append(f"  {entry.name} = {entry.before:#x} -> {entry.after:#x}")
    return lines


def _bodies(entries: list[Difference]) -> list[str]:
    """Lookup bodies; a new one that takes the place of one that is gone shows its rows only."""
    gone = [entry for entry in entries if entry.after is None and _rows(entry.before)]
    new = [entry for entry in entries if entry.before is None and _rows(entry.after)]
    if len(gone) != 1 or len(new) != 1:
        return _tables(entries)
    old, replaced = gone[0], new[0]
    lines = _fit(f"  {replaced.name:<50}", f"takes the place of {old.name}")
    for field, value in _items(replaced.after):
        before = dict(_items(old.before)).get(field)
        changes = _row_changes(before, value)
        lines += [f"      {field}", *changes] if changes else []
    rest = [entry for entry in entries if entry not in (old, replaced)]
    return lines + _tables(rest)


def _rows(value: object) -> bool:
    """Whether this is a body with rows of its own."""
    return isinstance(value, dict) and "rows" in value


def _tables(entries: list[Difference]) -> list[str]:
    """Lookup bodies, predicates and sites: one block a name, its changed fields below."""
    lines: list[str] = []
    for entry in entries:
        if entry.field in ("lookup", "flags", "refused", "get", "end"):
            lines += _field(entry)
        elif entry.field == "":
            lines += _whole(entry)
        else:
            lines += (
                [f"  {entry.name}"]
                if entry.field == "tests"
                else [f"  {entry.name}: {entry.field}"]
            )
            lines += _row_changes(entry.before, entry.after)
    return lines


def _field(entry: Difference) -> list[str]:
    """One field of a site: what it was and is, flags as what came and went."""
    if entry.field == "flags":
        before, after = _strings(entry.before), _strings(entry.after)
        gained = [f"+{flag}" for flag in after if flag not in before]
        lost = [f"-{flag}" for flag in before if flag not in after]
        return _fit(f"  {entry.name:<50}", " ".join([*lost, *gained]))
    label = "" if entry.field == "lookup" else f"{entry.field} "
    return _change(f"  {entry.name:<50}{label}", _word(entry.before), _word(entry.after))


def _whole(entry: Difference) -> list[str]:
    """A body, predicate or site that only one of the two has, or rows of a predicate."""
    if isinstance(entry.before, list) and isinstance(entry.after, list):
        return [f"  {entry.name}", *_row_changes(entry.before, entry.after)]
    gone = entry.after is None or _is_absent(entry.after)
    if gone:
        return _fit(f"  {entry.name:<50}", "is gone")
    lines = _fit(f"  {entry.name:<50}", "is new")
    for field, value in _items(entry.after):
        if isinstance(value, list):
            lines += [f"      {field}", *(f"        {_word(row)}" for row in value)]
        else:
            lines.append(f"      {field} {_word(value)}")
    return lines


def _row_changes(before: object, after: object) -> list[str]:
    """The rows of a list that came and went, in their place."""
    old = [_word(row) for row in before] if isinstance(before, list) else []
    new = [_word(row) for row in after] if isinstance(after, list) else []
    return [f"      {line}" for line in ndiff(old, new) if line[0] in "+- "]


def _change(head: str, before: str, after: str) -> list[str]:
    """``head before -> after``, the change on its own line when it does not fit."""
    return _fit(head, f"{before} -> {after}")


def _fit(head: str, tail: str) -> list[str]:
    """Head and tail on one line, or on two when they do not fit into one."""
    if len(head) + len(tail) <= columns():
        return [head + tail]
    return [head.rstrip(), f"      {tail}"]


def _word(value: object) -> str:
    """A value of a record in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return " ".join(flag_names(value)) or str(value)
    if isinstance(value, list):
        return ", ".join(_word(entry) for entry in value)
    if isinstance(value, dict):
        return _test(value) if "refuse" in value else _conditions(value)
    return str(value)


def _test(value: dict[str, object]) -> str:
    """One test of a site: ``zone_device -> -ENOENT, put``."""
    unless = f" unless {value['unless']}" if "unless" in value else ""
    does = "".join(f", {word}" for word in ("put", "end") if value.get(word))
    return f"{value['refuse']}{unless} -> {value['gives']}{does}"


def _conditions(value: dict[str, object]) -> str:
    """A lookup chosen by FOLL_ flags."""
    words = [f"{lookup} if {flags}" for flags, lookup in value.items() if flags != "otherwise"]
    return ", ".join([*words, f"else {value.get('otherwise')}"])


def _is_absent(value: object) -> bool:
    return isinstance(value, dict) and "absent" in value


def _items(value: object) -> Iterable[tuple[str, object]]:
    return value.items() if isinstance(value, dict) else [("rows", value)]


def _strings(value: object) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list) else []


_RENDER: dict[str, Callable[[list[Difference]], list[str]]] = {
    "config": _words,
    "behaviour": _words,
    "foll": _flags,
    "flags": _words,
    "lookup": _bodies,
    "predicate": _tables,
    "site": _tables,
}
