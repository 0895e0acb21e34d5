# SPDX-License-Identifier: GPL-2.0-or-later
"""Expected outcomes, read: the text behind ``r1 =`` as a Pattern, checked against the step."""

import re

from linuxmm.scenario.lines import Place, shown, suggest
from linuxmm.scenario.outcome import (
    ANYTHING,
    AnyOf,
    Atom,
    Errno,
    Fields,
    Flags,
    PageView,
    PerPage,
    Result,
    Signal,
    Single,
    Value,
    Word,
)
from linuxmm.scenario.sizes import is_number, number, split_run
from linuxmm.scenario.tree import EventPattern, Pattern
from linuxmm.scenario.verbs import FORMS, Verb
from linuxmm.scenario.words import (
    ERRNOS,
    EVENTS,
    KPAGEFLAGS,
    PAGE_KINDS,
    PAGEMAP_LETTERS,
    SIGNALS,
    SNAPSHOT_WORDS,
    VM_FLAGS,
)

_SPACED_SET = re.compile(r"(?<=[{|])\s+|\s+(?=[|}])")
_NODE = re.compile(r"node[0-9]{1,3}", re.ASCII)
_PICTURE = re.compile(r"([a-z]+)(?::([a-z]*))?(?:@([0-9]{1,5}))?", re.ASCII)
_NUMA_NODE_KEY = re.compile(r"N[0-9]{1,3}", re.ASCII)
_SIGNAL = re.compile(r"(SIG[A-Z]+)(?:@([0-9]{1,5}))?", re.ASCII)

_PER_PAGE = frozenset(
    ("values", "status", "found", "picture", "pagemap", "kpageflags", "counts", "snapshot")
)
_WORDS: dict[str, tuple[str, ...]] = {
    "ok": ("ok",),
    "access": ("ok", "blocked"),
    "status": ("untouched",),
    "found": ("page", "zero", "none"),
}


def parse_pattern(text: str, verb: Verb, nr_pages: int, place: Place) -> Pattern:
    """What ``text`` allows for a step with this verb that names ``nr_pages`` pages."""
    alternatives: list[list[str]] = [[]]
    events: list[EventPattern] = []
    for token in _SPACED_SET.sub("", text).split():
        if token[0] == "!":
            events.append(_event(token, place))
        elif token == "or":
            alternatives.append([])
        else:
            alternatives[-1].append(token)
    if len(alternatives) == 1 and not alternatives[0]:
        if not events:
            place.fail(f"an expectation is missing; {verb.name} gives {_written(verb.form)}")
        return Pattern((), tuple(events))
    if not all(alternatives):
        place.fail('"or" stands between two outcomes')
    results = tuple(_result(tokens, verb, nr_pages, place) for tokens in alternatives)
    return Pattern(results, tuple(events))


def _written(form: str) -> str:
    """How a result of the form is written, for a message."""
    return FORMS[form].written.replace("`", "")


def _event(token: str, place: Place) -> EventPattern:
    """``!bad-page-map``, ``!bad-page-map*4``, ``!none``."""
    name, star, times = token[1:].partition("*")
    if name != "none" and name not in EVENTS:
        place.fail(f"{shown(name)} is no event{suggest(name, (*EVENTS, 'none'))}")
    if not star:
        return EventPattern(name)
    if not is_number(times) or number(times) > 65536 or name == "none":
        place.fail(f"{shown(token)}: after the star stands how often, as in !bad-page-map*4")
    return EventPattern(name, number(times))


def _result(tokens: list[str], verb: Verb, nr_pages: int, place: Place) -> Result:
    """One alternative, by the form of the verb's result."""
    if tokens == ["?"]:
        return Single(ANYTHING)
    if verb.form == "fields":
        return _fields(tokens, verb, place)
    if verb.form in _PER_PAGE:
        return _per_page(tokens, verb, nr_pages, place)
    if len(tokens) != 1:
        place.fail(f"{verb.name} gives one result, {_written(verb.form)}")
    atom = _atom(tokens[0], verb.form, place)
    _check_signal_page(atom, nr_pages, place)
    return Single(atom)


def _per_page(tokens: list[str], verb: Verb, nr_pages: int, place: Place) -> Result:
    """A row of atoms that covers the pages exactly; or how the whole call failed."""
    ret: Atom = Value(0)
    if verb.form == "status" and tokens[0].startswith("ret="):
        ret = _atom(tokens.pop(0).removeprefix("ret="), "return", place)
        if not tokens:
            _check_whole_call_failed(ret, verb, place)
            return PerPage((), ret)
    elif len(tokens) == 1 and verb.form not in ("status", "found"):
        whole = _whole_failure(tokens[0], verb.form, place)
        if whole is not None:
            _check_signal_page(whole, nr_pages, place)
            return Single(whole)
    runs: list[tuple[Atom, int]] = []
    at = 0
    for token in tokens:
        item, count = split_run(token, place)
        atom = _atom(item, verb.form, place)
        _check_same_as(atom, at, place)
        if runs and runs[-1][0] == atom:
            runs[-1] = (atom, runs[-1][1] + count)
        else:
            runs.append((atom, count))
        at += count
    if at != nr_pages:
        hint = (
            "; a call that fails as a whole is written ret=-ERRNO"
            if (verb.form == "status" and at == 1 and isinstance(runs[0][0], Errno))
            else ""
        )
        place.fail(f"the step has {nr_pages} pages, the expectation {at}{hint}")
    if runs == [(ANYTHING, 1)] and ret == Value(0):
        return Single(ANYTHING)
    return PerPage(tuple(runs), ret)


def _check_whole_call_failed(ret: Atom, verb: Verb, place: Place) -> None:
    """``ret=-ERRNO`` may stand alone, because then no status was written."""
    options = ret.options if isinstance(ret, AnyOf) else (ret,)
    if not all(isinstance(option, Errno) for option in options):
        place.fail(f"behind ret= stand the pages: {verb.name} gives {_written(verb.form)}")


def _whole_failure(token: str, form: str, place: Place) -> Atom | None:
    """The atom when a per-page verb failed as a whole: an errno, or a signal for ``read``."""
    if form == "values" and token == "blocked":
        return Word(token)
    if (form == "values" and "SIG" in token) or token[:1] == "-" or token[:2] == "{-":
        return _atom(token, "access" if form == "values" else "ok", place)
    return None


def _check_same_as(atom: Atom, at: int, place: Place) -> None:
    """``@i`` names an earlier page of the extent."""
    for one in atom.options if isinstance(atom, AnyOf) else (atom,):
        if isinstance(one, PageView) and one.same_as >= at:
            place.fail(f"{shown(one.text())} at page {at}: @ names an earlier page of the extent")


def _check_signal_page(atom: Atom, nr_pages: int, place: Place) -> None:
    """``SIGBUS@2`` needs at least three pages."""
    for one in atom.options if isinstance(atom, AnyOf) else (atom,):
        if isinstance(one, Signal) and one.page >= nr_pages:
            place.fail(f"{shown(one.text())}: the step has {nr_pages} pages, counted from 0")


def _fields(tokens: list[str], verb: Verb, place: Place) -> Result:
    """``anon=4 N1=4 ...``, ``none`` without any, or the errno of a call that failed."""
    if len(tokens) == 1 and (tokens[0][:1] == "-" or tokens[0][:2] == "{-"):
        return Single(_atom(tokens[0], "ok", place))
    if tokens == ["none"]:
        return Fields(())
    is_open = tokens[-1] == "..."
    items: dict[str, Atom] = {}
    for token in tokens[:-1] if is_open else tokens:
        key, equals, text = token.partition("=")
        if not equals or not text:
            place.fail(f"{shown(token)}: {verb.name} gives KEY=VALUE words")
        if key not in verb.keys and not (verb.node_keys and _NUMA_NODE_KEY.fullmatch(key)):
            place.fail(f"{shown(key)} is no field of {verb.name}{suggest(key, verb.keys)}")
        if key in items:
            place.fail(f"{key} is given twice")
        items[key] = _atom(text, _KEY_FORMS.get(key, "number"), place)
    return Fields(tuple(items.items()), is_open)


_KEY_FORMS = {
    "VmFlags": "vmflags",
    **dict.fromkeys(("policy", "file", "mode", "node", "nodes"), "word"),
}


def _atom(token: str, form: str, place: Place) -> Atom:
    """One item, or a set of them in braces."""
    if token == "?":
        return ANYTHING
    if token[0] != "{":
        return _plain_atom(token, form, place)
    if token[-1] != "}":
        place.fail(f"{shown(token)}: a set is written {{a|b}}")
    options = tuple(_plain_atom(word, form, place) for word in token[1:-1].split("|"))
    if len(options) < 2 or len(set(options)) != len(options):
        place.fail(f"{shown(token)}: a set has two or more different items")
    return AnyOf(options)


def _plain_atom(token: str, form: str, place: Place) -> Atom:
    """One item in the notation of the form."""
    if token[:1] == "-" and form in ("ok", "return", "access", "status", "found"):
        if token[1:] not in ERRNOS:
            place.fail(f"{shown(token)} is no error{suggest(token[1:], sorted(ERRNOS))}")
        return Errno(token[1:])
    if token in _WORDS.get(form, ()):
        return Word(token)
    if form == "access" and _SIGNAL.fullmatch(token):
        return _signal(token, place)
    if form in ("values", "return", "counts", "number") and is_number(token):
        return Value(number(token), hex=form == "values")
    if form == "number" and token[:1] == "-" and is_number(token[1:]):
        return Value(-number(token[1:]))
    if form == "status" and _NODE.fullmatch(token):
        return Word(f"node{int(token[4:])}")
    if form == "picture":
        return _picture(token, place)
    if form == "pagemap":
        return _pagemap(token, place)
    if form in _FLAG_FORMS:
        return _flags(token, _FLAG_FORMS[form], place)
    if form == "word" and token:
        return Word(token)
    return place.fail(_expected(token, form))


_FLAG_FORMS = {"kpageflags": KPAGEFLAGS, "snapshot": SNAPSHOT_WORDS, "vmflags": VM_FLAGS}


def _expected(token: str, form: str) -> str:
    """The sentence for an item that the form does not know."""
    if form in ("number", "word"):
        return f"{shown(token)} is no number"
    words = [*_WORDS.get(form, ()), *(SIGNALS if form in ("access", "values") else ())]
    near = suggest(token, words) if words and token else ""
    return f"{shown(token)} cannot stand here, expected {_written(form)}{near}"


def _signal(token: str, place: Place) -> Atom:
    """``SIGBUS`` or ``SIGBUS@2``."""
    name, at, page = token.partition("@")
    if name not in SIGNALS:
        place.fail(f"{shown(name)} is no signal of memory{suggest(name, SIGNALS)}")
    return Signal(name, int(page) if at else -1)


def _picture(token: str, place: Place) -> Atom:
    """``dev:x``, ``ram:xf@0``, ``swap``, ``none``."""
    match = _PICTURE.fullmatch(token)
    if not match or match[1] not in PAGE_KINDS:
        word = match[1] if match else token
        place.fail(
            f"{shown(token)} is no page; written KIND:BITS@PAGE as in ram:xf@0"
            f"{suggest(word, PAGE_KINDS)}"
        )
    bits = match[2]
    if bits is not None and bits not in ("x", "f", "xf"):
        place.fail(f"{shown(token)}: the bits are x (exclusive), f (file) or xf")
    if match[3] and match[1] in ("swap", "none"):
        place.fail(f"{shown(token)}: only a present page has a frame to share")
    bits = bits or ""
    return PageView(match[1], "x" in bits, "f" in bits, int(match[3]) if match[3] else -1)


def _pagemap(token: str, place: Place) -> Atom:
    """Letters in the order of PAGEMAP_LETTERS, or ``none``."""
    if token == "none":
        return Word("none")
    if set(token) - set(PAGEMAP_LETTERS) or len(set(token)) != len(token):
        place.fail(
            f"{shown(token)}: pagemap bits are letters of {PAGEMAP_LETTERS} (present, swap, file, "
            "exclusive, soft-dirty, uffd-wp), or none"
        )
    return Word("".join(letter for letter in PAGEMAP_LETTERS if letter in token))


def _flags(token: str, known: tuple[str, ...], place: Place) -> Atom:
    """``ANON,MMAP,...`` in the order of the vocabulary."""
    names = [] if token == "none" else token.split(",")
    is_open = names[-1:] == ["..."]
    if is_open:
        names.pop()
    for name in names:
        if name not in known:
            place.fail(f"{shown(name)} is no flag{suggest(name, known)}")
    if len(set(names)) != len(names):
        place.fail(f"{shown(token)}: a flag is given twice")
    return Flags(tuple(name for name in known if name in names), is_open)
