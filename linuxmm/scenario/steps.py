# SPDX-License-Identifier: GPL-2.0-or-later
"""The ``steps:`` block: each line as a Step, every name and word checked where it stands."""

import re
from dataclasses import dataclass, field

from linuxmm.scenario.lines import Line, Place, shown, suggest
from linuxmm.scenario.names import CPU, DEVICE, NODE, PROCESS, Names
from linuxmm.scenario.sizes import (
    MAX_VALUE,
    is_number,
    is_size,
    number,
    size_in_pages,
    split_run,
)
from linuxmm.scenario.story import process_of
from linuxmm.scenario.tree import Extent, Machine, Step
from linuxmm.scenario.verbs import VERBS, Verb, verb_names, verb_of
from linuxmm.scenario.words import (
    BACKING,
    FILL,
    MAX_COUNT,
    MAX_INT,
    MAX_NODES,
    MAX_PAGES,
    MAX_STEPS,
    Group,
)
from linuxmm.scenario.work import Work
from linuxmm.uapi import PAGE_SIZE

_HEAD = re.compile(r"\s*([\w.-]+)(?:\s+on\s+(\w+))?\s*:(?:\s+|$)(.*)")
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,30}", re.ASCII)
_MACHINE_VERBS = tuple(verb_names(""))


@dataclass(eq=False, repr=False)
class _Arguments:
    """What the words behind a verb have said so far; becomes the arguments of a Step."""

    target: Extent | None = None
    nr_pages: int = 0
    process: str = ""
    device: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    values: list[tuple[int, int]] = field(default_factory=list)
    nodes: list[tuple[int, int]] = field(default_factory=list)
    to_nodes: list[tuple[int, int]] = field(default_factory=list)
    direction: str = ""
    keys: list[str] = field(default_factory=list)
    settings: dict[str, int] = field(default_factory=dict)
    number: int = -1


def parse_steps(lines: list[Line], machine: Machine, file: str) -> tuple[Step, ...]:
    """All steps, in order."""
    names = Names(machine)
    labels: dict[str, int] = {}
    steps: list[Step] = []
    work = Work()
    for line in lines:
        place = Place(file, line.number)
        if len(steps) >= MAX_STEPS:
            place.fail(f"a scenario has at most {MAX_STEPS} steps")
        before = names.story
        step = parse_step(line, names, place)
        if step.label in labels:
            place.fail(f"the label {step.label} stands already at line {labels[step.label]}")
        if step.label:
            labels[step.label] = line.number
        work.add(step, before, names.story, place)
        steps.append(step)
    return tuple(steps)


def parse_step(line: Line, names: Names, place: Place) -> Step:
    """One line: label, actor, CPU, name, verb, arguments."""
    label, actor, cpu, text = _split_head(line.text, names, place)
    words = text.split()
    name = ""
    if len(words) > 1 and words[1] == "=":
        name, words = words[0], words[2:]
    if not words:
        place.fail(f"a verb is missing behind {actor or label}:")
    verb = _verb(actor, words[0], place)
    _check_name_given(verb, name, place)
    by = process_of(actor) if actor[:1] == "P" else ""
    if verb.makes in ("mapping", "file", "handle"):
        names.check_new(name, by, place)
    arguments = _parse_arguments(verb, words[1:], names, by, place)
    words_chosen = _finish_groups(verb, arguments, place)
    _check_complete(verb, arguments, words_chosen, place)
    step = Step(
        line=line.number,
        label=label,
        actor=actor,
        verb=verb.name,
        cpu=cpu,
        name=name,
        target=arguments.target,
        nr_pages=arguments.nr_pages or verb.pages,
        process=arguments.process,
        device=arguments.device,
        words=words_chosen,
        values=_one_or_each(arguments.values, "value", verb, arguments, names, place),
        nodes=_nodes(verb, arguments, names, place),
        to_nodes=tuple(node for node, _ in arguments.to_nodes),
        keys=tuple(arguments.keys),
        settings=tuple(arguments.settings.items()),
        number=arguments.number,
    )
    _take_effect(step, verb, names, place)
    return step


# --- label, actor, CPU ------------------------------------------------------------------


def _split_head(text: str, names: Names, place: Place) -> tuple[str, str, int, str]:
    """``r1: P0 on cpu1: rest`` as label, actor, CPU and rest."""
    label = ""
    if text.split()[0] in _MACHINE_VERBS:
        return "", "", 0, text
    head = _HEAD.fullmatch(text)
    if not head:
        place.fail(f"{shown(text)} is no step; written ACTOR: VERB ..., as in P0: read a")
    behind = head[3].partition(" ")[0]
    labelled = _HEAD.fullmatch(head[3]) or behind in _MACHINE_VERBS
    if labelled and not head[2] and _LABEL.fullmatch(head[1]):
        label = _check_label(head[1], names, place)
        head = _HEAD.fullmatch(head[3])
        if not head:
            return label, "", 0, text.partition(":")[2].strip()
    actor, cpu_word, rest = head[1], head[2], head[3]
    names.check_actor(actor, place)
    return label, actor, _cpu(actor, cpu_word, names, place), rest


def _check_label(label: str, names: Names, place: Place) -> str:
    """A label is neither an actor nor a verb, or nobody could tell them apart."""
    if label in names.actors() or DEVICE.fullmatch(label):
        place.fail(f"{label} is an actor and cannot be a label")
    if any(label == verb for _, verb in VERBS):
        place.fail(f"{label} is a verb and cannot be a label")
    return label


def _cpu(actor: str, word: str | None, names: Names, place: Place) -> int:
    """The CPU on which the step runs: ``on cpuN``, else 0."""
    if not word:
        return 0
    if actor[:1] != "P":
        place.fail(f"only a process runs on a CPU of its choice, {actor} does not")
    return _checked_cpu(word, names, place)


def _checked_cpu(word: str, names: Names, place: Place) -> int:
    """A CPU that the machine has."""
    match = CPU.fullmatch(word)
    last = len(names.machine.cpu_nodes) - 1
    if not match or int(match[1]) > last:
        place.fail(f"{shown(word)} is no CPU of the machine, it has cpu0 to cpu{last}")
    return int(match[1])


# --- verb and name ----------------------------------------------------------------------


def _verb(actor: str, word: str, place: Place) -> Verb:
    """The verb, which the actor must have."""
    verb = verb_of(actor, word)
    if verb is not None:
        return verb
    owners = sorted({who for who, name in VERBS if name == word})
    who = actor or "the machine"
    if owners:
        owner = " or ".join("a " + o if o in ("process", "device") else o for o in owners)
        place.fail(f"{who} has no verb {word}, {owner} has")
    return place.fail(f"{shown(word)} is no verb of {who}{suggest(word, verb_names(actor))}")


def _check_name_given(verb: Verb, name: str, place: Place) -> None:
    """What makes something must name it, and nothing else may."""
    if verb.makes and not name:
        letter = {"process": "P1", "handle": "h", "file": "f"}.get(verb.makes, "a")
        place.fail(f"{verb.name} needs a name for what it makes: {letter} = {verb.name} ...")
    if name and not verb.makes:
        place.fail(f"{verb.name} makes nothing that could be named {shown(name)}")


# --- arguments --------------------------------------------------------------------------


def _parse_arguments(
    verb: Verb, words: list[str], names: Names, by: str, place: Place
) -> _Arguments:
    """The first argument, then the others in any order."""
    arguments = _Arguments()
    if verb.first:
        optional = verb.first.endswith("?")
        if words and not (optional and _is_own_word(verb, words[0])):
            _parse_first(verb, words[0], arguments, names, by, place)
            words = words[1:]
        elif not optional:
            place.fail(f"{verb.name} needs {_FIRST[verb.first]}, as in {verb.example}")
    for word in words:
        _parse_word(verb, word, arguments, names, place)
    return arguments


_FIRST = {
    "mapping": "a mapping",
    "file": "a file",
    "size": "a size",
    "size|file": "a size or a file",
    "handle": "held pages",
    "mapping|handle": "a mapping",
    "mapping|file|number": "a mapping, a file or a number",
    "mapping|process": "a process or a mapping",
}


def _parse_first(
    verb: Verb, word: str, arguments: _Arguments, names: Names, by: str, place: Place
) -> None:
    """What stands right behind the verb."""
    kinds = verb.first.rstrip("?").split("|")
    if "size" in kinds and (word[:1].isdigit() or kinds == ["size"]):
        arguments.nr_pages = size_in_pages(word, place, MAX_PAGES * PAGE_SIZE)
        return
    if "number" in kinds and is_number(word):
        arguments.number = _small(word, place)
        return
    if "process" in kinds and PROCESS.fullmatch(word):
        names.check_process(word, place)
        arguments.process = word
        return
    named = tuple(kind for kind in kinds if kind not in ("size", "process", "number"))
    extent = names.extent(word, named, by, place)
    if extent.kind == "mapping" and extent.process != by and not verb.remote:
        place.fail(f"{verb.name} acts on the caller's own memory, {shown(word)} is another's")
    arguments.target = extent
    if "size" in kinds:
        arguments.nr_pages = extent.nr_pages


def _is_own_word(verb: Verb, word: str) -> bool:
    """A flag or a key of the verb: nothing stands before it."""
    return word in verb.keys or any(word in group.words for group in verb.groups)


def _parse_word(verb: Verb, word: str, arguments: _Arguments, names: Names, place: Place) -> None:
    """One word behind the first argument, told by its look."""
    group = next((group for group in verb.groups if word in group.words), None)
    key, equals, text = word.partition("=")
    item, times = split_run(word, place) if verb.values or verb.nodes else (word, 1)
    if group is not None:
        _choose(group, word, arguments, place)
    elif verb.keys and word in verb.keys and verb.who == "process":
        if word in arguments.keys:
            place.fail(f"{word} is given twice")
        arguments.keys.append(word)
    elif verb.settings and equals:
        _set(verb, key, text, arguments, place)
    elif verb.devices and DEVICE.fullmatch(word):
        _take_device(verb, word, arguments, names, place)
    elif verb.nodes and NODE.fullmatch(item):
        _take_node(verb, int(item[4:]), times, arguments, place)
    elif verb.nodes == "from_to" and word in ("from", "to"):
        arguments.direction = word
    elif verb.process and PROCESS.fullmatch(word) and not arguments.process:
        names.check_process(word, place)
        arguments.process = word
    elif verb.values and is_number(item):
        if number(item) > MAX_VALUE:
            place.fail(f"{shown(word)} does not fit in 64 bits")
        arguments.values.append((number(item), times))
    elif verb.number == "cpu" and word.startswith("cpu") and arguments.number < 0:
        arguments.number = _checked_cpu(word, names, place)
    elif verb.number not in ("", "cpu") and is_number(word) and arguments.number < 0:
        arguments.number = _small(word, place)
    elif verb.size and is_size(word) and not arguments.nr_pages:
        arguments.nr_pages = size_in_pages(word, place, MAX_PAGES * PAGE_SIZE)
    else:
        place.fail(f"{verb.name} takes no {shown(word)}{suggest(word, _valid_words(verb))}")


def _small(word: str, place: Place) -> int:
    """A count."""
    if number(word) > MAX_COUNT:
        place.fail(f"{shown(word)} is too large a number, at most {MAX_COUNT}")
    return number(word)


def _valid_words(verb: Verb) -> list[str]:
    """The words that could stand behind the verb, for messages."""
    words = [word for group in verb.groups for word in group.words]
    if verb.who == "process":
        words += verb.keys
    words += [f"{key}=1" for key in verb.settings]
    words += [kind + "0" for kind in verb.devices]
    return words + (["node0"] if verb.nodes else [])


def _choose(group: Group, word: str, arguments: _Arguments, place: Place) -> None:
    """One word of a group."""
    chosen = arguments.chosen.setdefault(group.what, [])
    if word in chosen:
        place.fail(f"{word} is given twice")
    if chosen and not group.many:
        place.fail(f"{word} contradicts {chosen[0]} ({group.what})")
    chosen.append(word)


def _set(verb: Verb, key: str, text: str, arguments: _Arguments, place: Place) -> None:
    """``run=2``."""
    if key not in verb.settings:
        place.fail(f"{shown(key)} is no setting of {verb.name}{suggest(key, verb.settings)}")
    if not is_number(text):
        place.fail(f"{shown(text)} is no number; written {key}=1")
    if number(text) > MAX_INT:
        place.fail(f"{shown(text)} is too large a number, at most {MAX_INT}")
    if key in arguments.settings:
        place.fail(f"{key} is given twice")
    arguments.settings[key] = number(text)


def _take_device(verb: Verb, word: str, arguments: _Arguments, names: Names, place: Place) -> None:
    """A device as an argument."""
    if arguments.device:
        place.fail(f"{word} contradicts {arguments.device} (device)")
    if word.rstrip("0123456789") not in verb.devices:
        kinds = " or ".join(verb.devices)
        place.fail(f"{verb.name} takes a {kinds} device, {word} is another kind")
    names.check_device(word, place)
    arguments.device = word


def _take_node(verb: Verb, node: int, times: int, arguments: _Arguments, place: Place) -> None:
    """A node as an argument; it need not exist: the kernel answers for that."""
    if node >= 1024:
        place.fail(f"node{node}: nodes go up to node1023")
    if verb.nodes != "one_or_each" and times != 1:
        place.fail(f"{verb.name} takes nodes without a star")
    if verb.nodes == "from_to" and not arguments.direction:
        place.fail(f"{verb.name} is written {verb.example.partition(': ')[2]}")
    (arguments.to_nodes if arguments.direction == "to" else arguments.nodes).append((node, times))


# --- checks over all arguments ----------------------------------------------------------


def _finish_groups(verb: Verb, arguments: _Arguments, place: Place) -> tuple[str, ...]:
    """The words in the order of the table, defaults filled in."""
    if FILL in verb.groups:
        _finish_backing(arguments, place)
    words: list[str] = []
    for group in verb.groups:
        chosen = arguments.chosen.get(group.what, [])
        if group.required and not chosen:
            some = ", ".join(group.words[:6]) + (" ..." if len(group.words) > 6 else "")
            place.fail(f"{verb.name} needs {group.what}: {some}")
        backed = group is BACKING and (arguments.target is not None or arguments.device)
        if not chosen and group.default and not backed:
            chosen = [group.default]
        words += [word for word in group.words if word in chosen]
    return tuple(words)


def _finish_backing(arguments: _Arguments, place: Place) -> None:
    """The backing is said once, and what fills a driver's mapping fits it."""
    backing = arguments.chosen.get(BACKING.what, [])
    sources = [*backing, *([arguments.device] if arguments.device else [])]
    if arguments.target is not None:
        sources.insert(0, arguments.target.name)
    if len(sources) > 1:
        place.fail(f"{sources[1]} contradicts {sources[0]}, both say what is mapped")
    driver = backing[0] if backing and backing[0] != "anon" else ""
    fill = arguments.chosen.setdefault(FILL.what, [])
    if fill and not driver:
        place.fail(f"{fill[0]} is for pfnmap and mixedmap")
    if driver and not fill:
        fill.append("pfns" if driver == "pfnmap" else "pages")


def _check_complete(
    verb: Verb, arguments: _Arguments, words: tuple[str, ...], place: Place
) -> None:
    """Nothing that the verb needs is missing."""
    missing = ""
    if verb.size and not arguments.nr_pages:
        missing = "a size"
    elif verb.values and not arguments.values:
        missing = "a value"
    elif verb.number == "required" and arguments.number < 0:
        missing = "a number"
    elif verb.keys_required and not arguments.keys:
        missing = "the keys to report"
    elif verb.settings and not arguments.settings:
        missing = "KEY=NUMBER"
    elif verb.nodes == "from_to" and not (arguments.nodes and arguments.to_nodes):
        missing = "from and to nodes"
    if missing:
        place.fail(f"{verb.name} needs {missing}, as in {verb.example}")


def _one_or_each(
    runs: list[tuple[int, int]],
    what: str,
    verb: Verb,
    arguments: _Arguments,
    names: Names,
    place: Place,
) -> tuple[int, ...]:
    """One entry for all pages, or one per page; equal ones become one."""
    if not runs:
        return ()
    total = sum(times for _, times in runs)
    nr_pages = arguments.target.nr_pages if arguments.target else 0
    if total not in (1, nr_pages):
        place.fail(f"{verb.name}: {total} {what}s for {nr_pages} pages; give one, or one per page")
    if len({item for item, _ in runs}) == 1:
        return (runs[0][0],)
    names.add_listed(total, place)
    return tuple(item for item, times in runs for _ in range(times))


def _nodes(verb: Verb, arguments: _Arguments, names: Names, place: Place) -> tuple[int, ...]:
    """The nodes, as many as the verb wants."""
    if verb.nodes == "one_or_each":
        return _one_or_each(arguments.nodes, "node", verb, arguments, names, place)
    for nodes in (arguments.nodes, arguments.to_nodes):
        if len({node for node, _ in nodes}) != len(nodes) or len(nodes) > MAX_NODES:
            place.fail(f"{verb.name}: a node is given twice")
    if verb.nodes == "one" and len(arguments.nodes) != 1:
        place.fail(f"{verb.name} needs one node, as in {verb.example}")
    return tuple(node for node, _ in arguments.nodes)


# --- what the step leaves behind --------------------------------------------------------


def _take_effect(step: Step, verb: Verb, names: Names, place: Place) -> None:
    """The story goes on, if the step may come here."""
    if verb.makes == "process":
        names.check_child(step.name, place)
    elif verb.makes in ("mapping", "file"):
        names.add_pages(step.nr_pages, place)
    elif verb.ends == "handle":
        _check_given_back(step, verb, names, place)
    elif verb.phase and names.story.phases.get(step.actor, "") != verb.phase[0]:
        place.fail(f"{step.actor}: the phases of a migration are setup, pages, finalize")
    names.story = names.story.after(step)


def _check_given_back(step: Step, verb: Verb, names: Names, place: Place) -> None:
    """put gives back what a get holds, unpin what a pin holds, and all of it."""
    assert step.target
    held = names.story.held(step.target.process, step.target.name)
    assert held
    undone_by = VERBS[verb.who, held.verb].undone_by
    if undone_by != verb.name:
        place.fail(f"{step.target.name} was made by {held.verb}: give it back with {undone_by}")
    if step.target.nr_pages != held.nr_pages:
        place.fail(f"{verb.name} gives back all pages of {step.target.name} at once")
