# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel as text: the expanded record as TOML that loads again to the same rules."""

import json
from collections.abc import Iterable

from linuxmm.errors import KernelError, nearest, one_line
from linuxmm.kernels.record import Kernel, LookupBody, LookupRow, SiteRule, Test
from linuxmm.printed import columns, wrapped
from linuxmm.state.flags import SITE_FLAGS


def flag_names(mask: int) -> list[str]:
    """The names of the FOLL_ or FW_ flags in a mask, lowest bit first."""
    return [name for name, bit in SITE_FLAGS.items() if mask & bit]


def lookup_as_toml(rule: SiteRule) -> str | dict[str, str]:
    """A site's lookup as a record writes it: a word, or a table by FOLL_ flags."""
    if len(rule.lookup) == 1:
        return rule.lookup[0][1]
    return {"|".join(flag_names(mask)) or "otherwise": name for mask, name in rule.lookup}


def lookup_text(rule: SiteRule) -> str:
    """A site's lookup in a few words, with the flags it gives to follow_page."""
    if rule.absent:
        return "absent"
    value = lookup_as_toml(rule)
    if isinstance(value, dict):
        words = [
            f"{name} if {flags}" if flags != "otherwise" else f"else {name}"
            for flags, name in value.items()
        ]
        return ", ".join(words)
    names = flag_names(rule.flags)
    flags = "|".join(name.removeprefix("FOLL_").removeprefix("FW_") for name in names)
    return f"{value}({flags})" if flags else value


def test_as_toml(test: Test) -> dict[str, object]:
    """One test as a record writes it."""
    table: dict[str, object] = {"refuse": test.refuse}
    if test.unless:
        table["unless"] = test.unless
    table["gives"] = test.gives
    if test.put:
        table["put"] = True
    if test.end:
        table["end"] = True
    return table


def site_as_toml(rule: SiteRule) -> dict[str, object]:
    """A site's rule as in the TOML (the contract of the JSON output)."""
    table: dict[str, object] = {}
    if rule.absent:
        table["absent"] = True
    else:
        table["lookup"] = lookup_as_toml(rule)
        if rule.flags:
            table["flags"] = flag_names(rule.flags)
        table["refused"] = rule.refused
        if rule.tests:
            table["tests"] = [test_as_toml(test) for test in rule.tests]
        if rule.get:
            table["get"] = True
        if rule.end:
            table["end"] = True
    table["source"] = rule.source
    table["rests_on"] = rule.rests_on
    if rule.aliases:
        table["aliases"] = list(rule.aliases)
    return table


def body_as_toml(body: LookupBody) -> dict[str, object]:
    """A lookup body as in the TOML."""
    if body.of is not None:
        return {"of": body.of, "then": _texts(body.then)}
    table: dict[str, object] = {"rows": _texts(body.rows)}
    if body.rows_without_pte_special != body.rows:
        table["rows_without_pte_special"] = _texts(body.rows_without_pte_special)
    return table


def _texts(rows: Iterable[LookupRow]) -> list[str]:
    """The rows as a record writes them."""
    return [row.text for row in rows]


def as_json(kernel: Kernel) -> dict[str, object]:
    """The whole record, expanded, as plain values: the tables of the TOML."""
    return {
        "name": kernel.name,
        "source": kernel.source,
        "digest": kernel.digest(),
        "config": dict(kernel.config),
        "behaviour": dict(kernel.behaviours),
        "foll": dict(kernel.foll),
        "flags": dict.fromkeys(kernel.flags, True),
        "lookup": {body.name: body_as_toml(body) for body in kernel.lookups},
        "predicate": {
            name: {"rows": [row.text for row in rows]} for name, rows in kernel.predicates
        },
        "site": {rule.site: site_as_toml(rule) for rule in kernel.sites},
    }


def as_toml(kernel: Kernel) -> str:
    """The whole record, expanded; loading the text gives the same rules."""
    source = one_line(kernel.source)  # a patch's subject and file, whatever stands in them
    lines = ["schema = 1", _pair("name", kernel.name), _pair("source", source)]
    lines += ["", "[config]", *(_pair(name, on) for name, on in kernel.config)]
    lines += ["", "[behaviour]", *(_pair(name, word) for name, word in kernel.behaviours)]
    lines += ["", "[foll]", *(f"{name} = {value:#x}" for name, value in kernel.foll)]
    if kernel.flags:
        lines += ["", "[flags]", *(f"{name} = true" for name in kernel.flags)]
    for body in _of_last(kernel.lookups):
        lines += ["", f"[lookup.{body.name}]", *_pairs(body_as_toml(body))]
    for name, rows in kernel.predicates:
        texts = [row.text for row in rows]
        lines += ["", f"[predicate.{name}]", *_pairs({"rows": texts})]
    return "\n".join(lines) + "\n\n" + sites_toml(kernel)


def sites_toml(kernel: Kernel) -> str:
    """The rows of its sites, as they stand in the record."""
    rows = [
        "\n".join([f"[site.{json.dumps(rule.site)}]", *_pairs(site_as_toml(rule))])
        for rule in kernel.sites
    ]
    return "\n\n".join(rows) + "\n"


def sites_named(kernel: Kernel, what: str) -> list[SiteRule]:
    """The site of that name, or those of the function.  Raises: KernelError with the nearest."""
    found = [
        r for r in kernel.sites if what in (r.site.partition(":")[2].partition("#")[0], r.site)
    ]
    if found:
        return found
    functions = [r.site.partition(":")[2] for r in kernel.sites]
    hint = nearest(what.rpartition(":")[2], functions)
    raise KernelError(f'kernel "{kernel.name}" has no site "{one_line(what)}"{hint}')


def _of_last(bodies: tuple[LookupBody, ...]) -> list[LookupBody]:
    """Bodies that build on another one come after it."""
    return sorted(bodies, key=lambda body: body.of is not None)


def _pairs(table: dict[str, object]) -> list[str]:
    """The ``key = value`` lines of a table."""
    return [_pair(name, value) for name, value in table.items()]


def _pair(name: str, value: object) -> str:
    """One ``key = value`` in 80 columns: what does not fit is broken over lines."""
    text = f"{name} = {_value(value)}"
    if len(text) <= columns():
        return text
    if isinstance(value, list):
        return "\n".join([f"{name} = [", *(_entry(entry) for entry in value), "]"])
    if isinstance(value, str) and "  " not in value and value == value.strip():
        inner = _value(value)[1:-1]
        lines = wrapped(inner, width=columns() - 2, long_words=False, hyphens=False)
        return f'{name} = """\\\n' + " \\\n".join(lines) + '"""'
    return text


def _entry(value: object) -> str:
    """One line of an array; a table that does not fit is written without its spaces."""
    text = f"  {_value(value)},"
    if len(text) > columns() and isinstance(value, dict):
        pairs = ", ".join(f"{_key(name)}={_value(entry)}" for name, entry in value.items())
        return f"  {{{pairs}}},"
    return text


def _value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))
    if isinstance(value, list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{_key(name)} = {_value(entry)}" for name, entry in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return str(value)


def _escaped(character: str) -> str:
    """What no terminal should meet (C1 controls, bidirectional overrides) as TOML escapes it."""
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _key(name: str) -> str:
    """A key, quoted when TOML wants it."""
    return name if name.replace("_", "").isalnum() else json.dumps(name)
