# SPDX-License-Identifier: GPL-2.0-or-later
"""From a parsed file to rules: what it says, on top of the kernel it is based on."""

import re
from dataclasses import dataclass, replace

from linuxmm.errors import nearest, printable
from linuxmm.kernels.check import check_complete, check_honoured
from linuxmm.kernels.document import Document, Keys, Table, clip
from linuxmm.kernels.record import (
    Condition,
    Kernel,
    LookupBody,
    LookupRow,
    PredicateRow,
    SiteRule,
    Test,
)
from linuxmm.kernels.rows import RowError, lookup_row, lookup_rows, normal_form, predicate_rows
from linuxmm.state.behaviours import BEHAVIOURS
from linuxmm.state.flags import FOLL_FLAGS, NEWER_FLAGS, SITE_FLAGS
from linuxmm.state.sites import SITES
from linuxmm.state.vocabulary import (
    BODY_LOOKUPS,
    CONFIGS,
    CONTEXTS,
    GIVES,
    LOOKUPS,
    PREDICATES,
    RESTS_ON,
    TESTS,
)

TOP_FIELDS = (
    "schema",
    "name",
    "base",
    "source",
    "aliases",
    "config",
    "behaviour",
    "foll",
    "flags",
    "lookup",
    "predicate",
    "site",
)
LOOKUP_FIELDS = ("rows", "rows_without_pte_special", "of", "then", "like", "without", "absent")
SITE_FIELDS = (
    "lookup",
    "flags",
    "refused",
    "tests",
    "source",
    "rests_on",
    "get",
    "end",
    "absent",
    "aliases",
)
TEST_FIELDS = ("refuse", "gives", "put", "end", "unless")
MAX_CONDITIONS = 4  # what the core has room for (state/rules.py:MAX_CHOICES)
EMPTY = Kernel("", "", (), (), (), (), (), ())
_ERRNO = re.compile(r"-E[A-Z0-9]+")
_OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Derived:
    """One file being read on top of a base (``EMPTY`` when it has none)."""

    doc: Document
    base: Kernel
    source: str


def parse_kernel(doc: Document, base: Kernel | None, name: str) -> Kernel:
    """The kernel that a file describes, complete.  Raises: KernelError."""
    doc.check_fields((), doc.data, TOP_FIELDS)
    if doc.integer(("schema",), doc.data.get("schema", 1)) != 1:
        raise doc.error(("schema",), "only schema = 1 is known")
    source = _source(doc, base)
    read = Derived(doc, base or EMPTY, source)
    kernel = Kernel(
        name=_one_line(doc, "name", doc.data.get("name", name)),
        source=source,
        config=_config(read),
        behaviours=_behaviours(read),
        foll=_foll(read),
        lookups=_lookups(read),
        predicates=_predicates(read),
        sites=_sites(read),
        flags=_newer_flags(read),
    )
    check_complete(doc, kernel)
    return kernel


def _source(doc: Document, base: Kernel | None) -> str:
    """What the record says it was read from; a derived one may leave it out."""
    if "source" in doc.data:
        return _one_line(doc, "source", doc.data["source"])
    if base is None:
        raise doc.error((), 'a record without base needs a "source"')
    return printable(f"{doc.file}, on top of {base.name}")


def _one_line(doc: Document, field: str, value: object) -> str:
    """A text that can be printed anywhere: one line, no control characters, not empty."""
    text = doc.string((field,), value)
    if not text.isprintable() or not text.strip():
        raise doc.error((field,), f'"{field}" must be one line of printable text')
    return text


def _section(read: Derived, name: str) -> Table:
    """A table of the file, empty when it is left out."""
    return read.doc.table((name,), read.doc.data.get(name, {}))


def _config(read: Derived) -> tuple[tuple[str, bool], ...]:
    """``[config]``: which options the record assumes."""
    config = dict(read.base.config)
    for name, value in _section(read, "config").items():
        if name not in CONFIGS:
            raise read.doc.unknown(("config", name), "config", name, list(CONFIGS))
        config[name] = read.doc.boolean(("config", name), value)
    return tuple((name, config[name]) for name in CONFIGS if name in config)


def _behaviours(read: Derived) -> tuple[tuple[str, str], ...]:
    """``[behaviour]``: the named differences that are no site's."""
    words = dict(read.base.behaviours)
    for name, value in _section(read, "behaviour").items():
        keys = ("behaviour", name)
        if name not in BEHAVIOURS:
            raise read.doc.unknown(keys, "behaviour", name, list(BEHAVIOURS))
        word = read.doc.string(keys, value)
        if word not in BEHAVIOURS[name]:
            hint = nearest(word, BEHAVIOURS[name])
            raise read.doc.error(keys, f'"{clip(word)}" is no value of {name}{hint}', word)
        words[name] = word
    return tuple((name, words[name]) for name in BEHAVIOURS if name in words)


def _foll(read: Derived) -> tuple[tuple[str, int], ...]:
    """``[foll]``: the flags that exist and their values; ``without`` removes some."""
    doc, values = read.doc, dict(read.base.foll)
    section = dict(_section(read, "foll"))
    keys: Keys = ("foll", "without")
    for name in doc.strings(keys, section.pop("without", [])):
        if name not in values:
            raise doc.unknown(keys, "FOLL_ flag", name, list(values))
        del values[name]
    for name, value in section.items():
        keys = ("foll", name)
        if name not in FOLL_FLAGS:
            raise doc.unknown(keys, "FOLL_ flag", name, list(FOLL_FLAGS))
        values[name] = doc.integer(keys, value)
        if values[name].bit_count() != 1 or not 0 < values[name] < 1 << 31:
            raise doc.error(keys, f"{name} must be a single bit below 1 << 31")
        if list(values.values()).count(values[name]) > 1:
            raise doc.error(keys, f"another FOLL_ flag has the value {values[name]:#x} already")
    return tuple(sorted(values.items(), key=lambda entry: entry[1]))


def _newer_flags(read: Derived) -> tuple[str, ...]:
    """``[flags]``: of the flags newer than the built-in kernels those that this one has."""
    doc, found = read.doc, dict.fromkeys(read.base.flags, True)
    for name, value in _section(read, "flags").items():
        keys: Keys = ("flags", name)
        if name not in NEWER_FLAGS:
            raise doc.unknown(keys, "newer flag", name, list(NEWER_FLAGS))
        found[name] = doc.boolean(keys, value)
    return tuple(sorted(name for name, has in found.items() if has))


def _lookups(read: Derived) -> tuple[LookupBody, ...]:
    """``[lookup.*]``: the bodies, those of the base included."""
    bodies = {body.name: body for body in read.base.lookups}
    absent: set[str] = set()
    for name, value in _section(read, "lookup").items():
        keys = ("lookup", name)
        if name not in BODY_LOOKUPS:
            raise read.doc.unknown(keys, "lookup", name, list(BODY_LOOKUPS))
        table = read.doc.table(keys, value)
        read.doc.check_fields(keys, table, LOOKUP_FIELDS)
        if read.doc.boolean((*keys, "absent"), table.get("absent", False)):
            absent.add(name)
        else:
            bodies[name] = _body(read, name, table, bodies)
    return tuple(bodies[name] for name in BODY_LOOKUPS if name in bodies and name not in absent)


def _body(read: Derived, name: str, table: Table, bodies: dict[str, LookupBody]) -> LookupBody:
    """One lookup body, from its own rows, another body's (``like``) or the base's."""
    doc, keys = read.doc, ("lookup", name)
    if "of" in table:
        of = doc.string((*keys, "of"), table["of"])
        if of == name or of not in bodies or bodies[of].of:
            raise doc.unknown((*keys, "of"), "lookup", of, list(bodies))
        return LookupBody(name, of, (), (), _rows(doc, (*keys, "then"), table.get("then")))
    start = bodies.get(name)
    if "like" in table:
        like = doc.string((*keys, "like"), table["like"])
        if like not in bodies:
            raise doc.unknown((*keys, "like"), "lookup", like, list(bodies))
        start = bodies[like]
    rows = start.rows if start else ()
    bare = start.rows_without_pte_special if start else ()
    then = start.then if start else ()
    if "rows" in table:
        rows = _rows(doc, (*keys, "rows"), table["rows"])
        if not start:
            bare = rows
    if "rows_without_pte_special" in table:
        field = "rows_without_pte_special"
        bare = _rows(doc, (*keys, field), table[field])
    if "then" in table:
        then = _rows(doc, (*keys, "then"), table["then"])
    if not rows and not then:
        raise doc.error(keys, f'lookup "{name}" needs rows, like, or of and then')
    body = LookupBody(name, start.of if start and not rows else None, rows, bare, then)
    return _without(doc, (*keys, "without"), body, table.get("without", []))


def _rows(doc: Document, keys: Keys, value: object) -> tuple[LookupRow, ...]:
    """An array of lookup rows."""
    texts = doc.strings(keys, value)
    for text in texts:
        try:
            lookup_row(text)
        except RowError as error:
            raise doc.error(keys, str(error), text) from None
    try:
        return lookup_rows(texts)
    except RowError as error:
        raise doc.error(keys, str(error)) from None


def _without(doc: Document, keys: Keys, body: LookupBody, value: object) -> LookupBody:
    """The body less the rows of that text."""
    for text in doc.strings(keys, value):
        wanted = normal_form(text)
        everywhere = body.rows + body.rows_without_pte_special + body.then
        if wanted not in [row.text for row in everywhere]:
            hint = nearest(wanted, [row.text for row in everywhere])
            raise doc.error(keys, f'lookup "{body.name}" has no row "{text}"{hint}', text)
        if wanted.startswith(_OTHERWISE):
            raise doc.error(keys, "the last row of a lookup cannot be removed", text)
        body = replace(
            body,
            rows=tuple(row for row in body.rows if row.text != wanted),
            rows_without_pte_special=tuple(
                row for row in body.rows_without_pte_special if row.text != wanted
            ),
            then=tuple(row for row in body.then if row.text != wanted),
        )
    return body


def _predicates(read: Derived) -> tuple[tuple[str, tuple[PredicateRow, ...]], ...]:
    """``[predicate.*]``: those of the base included."""
    predicates = dict(read.base.predicates)
    for name, value in _section(read, "predicate").items():
        keys: Keys = ("predicate", name)
        if name not in PREDICATES:
            raise read.doc.unknown(keys, "predicate", name, list(PREDICATES))
        table = read.doc.table(keys, value)
        read.doc.check_fields(keys, table, ("rows",))
        keys = (*keys, "rows")
        texts = read.doc.strings(keys, table.get("rows"))
        try:
            predicates[name] = predicate_rows(texts)
        except RowError as error:
            raise read.doc.error(keys, str(error)) from None
    return tuple((name, predicates[name]) for name in PREDICATES if name in predicates)


def _sites(read: Derived) -> tuple[SiteRule, ...]:
    """``[site.*]``: those of the base included."""
    rules = {rule.site: rule for rule in read.base.sites}
    names = {alias: rule.site for rule in read.base.sites for alias in rule.aliases}
    for name, value in _section(read, "site").items():
        keys = ("site", name)
        site = names.get(name, name)
        if site not in SITES or not site:
            raise read.doc.unknown(keys, "site", name, [*SITES[1:], *names])
        table = read.doc.table(keys, value)
        read.doc.check_fields(keys, table, SITE_FIELDS)
        rules[site] = _site(read, keys, table, rules.get(site))
    return tuple(rules[name] for name in SITES if name in rules)


def _site(read: Derived, keys: Keys, table: Table, before: SiteRule | None) -> SiteRule:
    """One site's rule: the fields given, over what the base has for the site."""
    doc, site = read.doc, keys[1] if before is None else before.site
    source = doc.string((*keys, "source"), table.get("source", read.source))
    rests_on = _word(doc, (*keys, "rests_on"), table.get("rests_on"), RESTS_ON)
    aliases = before.aliases if before else ()
    if "aliases" in table:
        aliases = tuple(doc.strings((*keys, "aliases"), table["aliases"]))
    if doc.boolean((*keys, "absent"), table.get("absent", False)):
        return SiteRule(site, ((0, "none"),), 0, "0", (), source, rests_on or "read", True, aliases)
    if before is None or before.absent:
        _check_given(read, keys, table)
        before = SiteRule(site, ((0, "none"),), rests_on="reasoned")
    rule = replace(before, source=source, absent=False, aliases=aliases)
    if rests_on:
        rule = replace(rule, rests_on=rests_on)
    if "lookup" in table:
        rule = replace(rule, lookup=_conditions(doc, (*keys, "lookup"), table["lookup"]))
    if "flags" in table:
        flags = doc.strings((*keys, "flags"), table["flags"])
        rule = replace(rule, flags=_flags(doc, (*keys, "flags"), flags))
    if "refused" in table:
        rule = replace(rule, refused=_gives(doc, (*keys, "refused"), table["refused"]))
    if "tests" in table:
        entries = doc.array((*keys, "tests"), table["tests"])
        rule = replace(rule, tests=tuple(_test(doc, (*keys, "tests"), e) for e in entries))
    rule = replace(
        rule,
        get=doc.boolean((*keys, "get"), table.get("get", rule.get)),
        end=doc.boolean((*keys, "end"), table.get("end", rule.end)),
    )
    check_honoured(doc, keys, rule)
    return rule


def _check_given(read: Derived, keys: Keys, table: Table) -> None:
    """A site that the base has not needs its whole rule."""
    needed = (
        ("lookup", "refused")
        if read.base is not EMPTY
        else (
            "lookup",
            "refused",
            "source",
            "rests_on",
        )
    )
    for field in needed:
        if field not in table:
            raise read.doc.error(keys, f'site "{keys[1]}" needs "{field}"')


def _word(doc: Document, keys: Keys, value: object, words: tuple[str, ...]) -> str:
    """A word of a closed list, "" when the field is left out."""
    if value is None:
        return ""
    word = doc.string(keys, value)
    if word not in words:
        raise doc.unknown(keys, keys[-1], word, list(words))
    return word


def _conditions(doc: Document, keys: Keys, value: object) -> tuple[Condition, ...]:
    """The lookup of a site: a word, or a table by FOLL_ flags with an ``otherwise``."""
    if isinstance(value, str):
        return ((0, _lookup_word(doc, keys, value)),)
    table = doc.table(keys, value)
    if _OTHERWISE not in table:
        raise doc.error(keys, 'a lookup by flags needs "otherwise"')
    pairs: list[Condition] = []
    for text, word in table.items():
        if text != _OTHERWISE:
            flags = [flag.strip() for flag in text.split("|")]
            pairs.append((_flags(doc, keys, flags), _lookup_word(doc, keys, word)))
    if len(pairs) >= MAX_CONDITIONS:
        raise doc.error(keys, f"a lookup has at most {MAX_CONDITIONS} cases")
    pairs.append((0, _lookup_word(doc, keys, table[_OTHERWISE])))
    return tuple(pairs)


def _lookup_word(doc: Document, keys: Keys, value: object) -> str:
    """A lookup that a site can use."""
    word = doc.string(keys, value)
    if word not in LOOKUPS or word == "none":
        raise doc.unknown(keys, "lookup", word, list(LOOKUPS[1:]))
    return word


def _flags(doc: Document, keys: Keys, names: list[str]) -> int:
    """FOLL_ or FW_ flags as one mask of the vocabulary's bits."""
    mask = 0
    for name in names:
        if name not in SITE_FLAGS:
            raise doc.unknown(keys, "FOLL_ flag", name, list(SITE_FLAGS))
        mask |= SITE_FLAGS[name]
    return mask


def _gives(doc: Document, keys: Keys, value: object) -> str:
    """What a refused page gets: a word of GIVES or an errno."""
    word = doc.string(keys, value)
    if word in GIVES[1:]:
        return word
    if not _is_errno(word):
        raise doc.unknown(keys, "answer", word, [*GIVES[1:], "-ENOENT"])
    return word


def _is_errno(word: str) -> bool:
    """Whether this is a negated errno name of Linux."""
    import errno

    return bool(_ERRNO.fullmatch(word)) and isinstance(getattr(errno, word[1:], None), int)


def _test(doc: Document, keys: Keys, value: object) -> Test:
    """One test of a site."""
    table = doc.table((*keys, "a test"), value)
    doc.check_fields(keys, table, TEST_FIELDS)
    for field in ("refuse", "gives"):
        if field not in table:
            raise doc.error(keys, f'a test needs "{field}"')
    refuse = _word(doc, keys, table["refuse"], TESTS[1:])
    unless = _word(doc, keys, table.get("unless"), tuple(CONTEXTS))
    put = doc.boolean((*keys, "put"), table.get("put", False))
    end = doc.boolean((*keys, "end"), table.get("end", False))
    return Test(refuse, _gives(doc, keys, table["gives"]), put, unless, end)
