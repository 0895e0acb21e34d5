# SPDX-License-Identifier: GPL-2.0-or-later
"""Random scenarios as text, drawn from the table of verbs: always valid, every verb and word."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.scenario.words import (
    ERRNOS,
    EVENTS,
    INVARIANTS,
    KPAGEFLAGS,
    PAGEMAP_LETTERS,
    SNAPSHOT_WORDS,
    Group,
)

MACHINE = """\
  node0 1G
  node1 512M movable
  node2 3p cpuless
  coherent0 256M node1
  private0 16M
  dax0 64M virtiofs
  devdax0 64M
  p2pdma0 16M
  cpus 3
  swap 64M zram
  sysctl kernel.numa_balancing = 1
  ksm run = 1
"""
ALL = tuple(VERBS.values())
ERRNO_WORDS = sorted("-" + name for name in ERRNOS)


@dataclass
class World:
    """The names that exist while the steps are drawn."""

    mappings: dict[str, dict[str, int]] = field(default_factory=lambda: {"P0": {}})
    files: dict[str, int] = field(default_factory=dict)
    held: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    phase: str = ""
    count: int = 0

    def living(self) -> list[str]:
        return [process for process in self.mappings if process not in self.dead]

    def new_name(self) -> str:
        self.count += 1
        return f"m{self.count}"


def run(draw: st.DrawFn, words: st.SearchStrategy[str], total: int) -> str:
    """A row of items for so many pages."""
    parts: list[str] = []
    while total:
        times = draw(st.integers(1, total))
        parts.append(draw(words) + (f"*{times}" if times > 1 or draw(st.booleans()) else ""))
        total -= times
    return " ".join(parts)


def sliced(draw: st.DrawFn, name: str, nr_pages: int) -> tuple[str, int]:
    """The name, one page of it or a range, and how many pages that is."""
    start = draw(st.integers(0, nr_pages - 1))
    stop = draw(st.integers(start + 1, nr_pages))
    choice = draw(st.integers(0, 2))
    if choice == 0:
        return name, nr_pages
    return (f"{name}[{start}]", 1) if choice == 1 else (f"{name}[{start}:{stop}]", stop - start)


def group_words(draw: st.DrawFn, group: Group) -> list[str]:
    """Some words of a group."""
    if group.many:
        least = 1 if group.required else 0
        return draw(st.lists(st.sampled_from(group.words), min_size=least, max_size=3, unique=True))
    if group.required or draw(st.booleans()):
        return [draw(st.sampled_from(group.words))]
    return []


def mmap_words(draw: st.DrawFn, verb: Verb, from_file: bool) -> list[str]:
    """mmap's choices hang together."""
    prot, sharing, _, fill, flags = verb.groups
    words = group_words(draw, prot) + group_words(draw, sharing) + group_words(draw, flags)
    if not from_file:
        backing = draw(st.sampled_from(["", "anon", "pfnmap", "mixedmap", "dax0", "devdax0"]))
        words += [backing] if backing else []
        words += group_words(draw, fill) if backing in ("pfnmap", "mixedmap") else []
    return words


def first_argument(draw: st.DrawFn, verb: Verb, by: str, world: World) -> tuple[str, int] | None:
    """What stands behind the verb and its pages; None when the world has nothing that fits."""
    kinds = verb.first.rstrip("?").split("|")
    options: list[tuple[str, int]] = []
    if "size" in kinds:
        options.append((f"{draw(st.integers(1, 9))}p", 0))
    if "file" in kinds:
        options += list(world.files.items())
    if "mapping" in kinds:
        owners = world.living() if verb.remote or not by else [by]
        for owner in owners:
            prefix = "" if owner == by else owner + "."
            options += [(prefix + name, n) for name, n in world.mappings[owner].items()]
    if "handle" in kinds:
        wanted = "pin" if verb.name == "unpin" else "get"
        for (owner, name), (nr_pages, made_by) in world.held.items():
            fits = verb.name == "read" or verb.name == "write" or made_by.startswith(wanted)
            options += [(name, nr_pages)] if owner == by and fits else []
    if "process" in kinds:
        options += [(process, 0) for process in world.living()]
    if not options:
        return None
    word, nr_pages = draw(st.sampled_from(options))
    whole = not nr_pages or verb.name in ("put", "unpin")
    return (word, nr_pages) if whole else sliced(draw, word, nr_pages)


def other_words(draw: st.DrawFn, verb: Verb, nr_pages: int, first: str, world: World) -> list[str]:
    """The words behind the first argument, in any order where that is free."""
    words: list[str] = []
    if verb.name == "mmap":
        words += mmap_words(draw, verb, not first[:1].isdigit())
    else:
        words += [word for group in verb.groups for word in group_words(draw, group)]
        words += ["p2pdma0"] if "p2pdma" in verb.devices and draw(st.booleans()) else []
        words += ["dax0"] if verb.devices == ("dax",) and draw(st.booleans()) else []
    node = st.integers(0, 9).map(lambda n: f"node{n}")
    nodes = draw(st.lists(node, min_size=1, max_size=3, unique=True))
    if verb.nodes == "one_or_each" and draw(st.booleans()):
        words += run(draw, node, nr_pages).split() if draw(st.booleans()) else nodes[:1]
    words += nodes if verb.nodes == "some" else nodes[:1] if verb.nodes == "one" else []
    if verb.values:
        value = st.integers(0, (1 << 64) - 1).map(lambda n: hex(n) if n % 2 else str(n))
        words += [draw(value)] if draw(st.booleans()) else run(draw, value, nr_pages).split()
    else:
        words = draw(st.permutations(words)) if verb.nodes != "one_or_each" else words
    if verb.size:
        words.append(f"{draw(st.integers(1, 9))}p")
    if verb.process and draw(st.booleans()):
        words.append(draw(st.sampled_from(world.living())))
    if verb.nodes == "from_to":
        words += ["from", *nodes, "to", *nodes[::-1]]
    if verb.keys and verb.who == "process":
        least = 1 if verb.keys_required else 0
        words += draw(st.lists(st.sampled_from(verb.keys), min_size=least, max_size=4, unique=True))
    if verb.settings:
        words.append(f"{draw(st.sampled_from(verb.settings))}={draw(st.integers(0, 300))}")
    if verb.number == "required" or (verb.number == "optional" and draw(st.booleans())):
        words.append(str(draw(st.integers(0, 200))))
    if verb.number == "cpu" and draw(st.booleans()):
        words.append(f"cpu{draw(st.integers(0, 2))}")
    return words


@st.composite
def scenario_texts(
    draw: st.DrawFn, max_steps: int = 12, machine: str = MACHINE, verbs: tuple[Verb, ...] = ALL
) -> str:
    """A valid scenario file with these verbs, with expectations for some steps."""
    world = World()
    steps: list[tuple[str, Verb, int]] = []
    lines: list[str] = []
    for _ in range(draw(st.integers(1, max_steps))):
        drawn = draw_step(draw, world, verbs)
        if drawn is not None:
            steps.append(drawn)
    if not steps:
        steps.append(("drain", VERBS["machine", "drain"], 0))
    expects: list[str] = []
    for i, (line, verb, nr_pages) in enumerate(steps):
        label = f"r{i}" if draw(st.booleans()) else ""
        lines.append("  " + (label + ": " if label else "") + line)
        if label:
            pattern = draw_pattern(draw, verb, nr_pages)
            expects.append(f"  {label} = {pattern}")
    out = ["linuxmm-scenario 1", "name: drawn", "intent: Drawn at random.", "machine:", machine]
    out += ["steps:", *lines]
    if expects:
        out += [draw(st.sampled_from(["expect v6.1:", "expect *:", "expect ./my.toml:"])), *expects]
    ids = draw(st.lists(st.sampled_from(INVARIANTS), max_size=3, unique=True))
    out += [f"never: {', '.join(ids)}"] if ids else []
    out += [f"exists: {draw(st.sampled_from(EVENTS))}"] if draw(st.booleans()) else []
    return "\n".join(out) + "\n"


@st.composite
def steps_and_world(draw: st.DrawFn, max_steps: int) -> tuple[list[str], World]:
    """Steps with any verb, and the names that there are behind them."""
    world = World()
    drawn = [draw_step(draw, world) for _ in range(draw(st.integers(1, max_steps)))]
    return [step[0] for step in drawn if step] or ["drain"], world


def draw_step(
    draw: st.DrawFn, world: World, verbs: tuple[Verb, ...] = ALL
) -> tuple[str, Verb, int] | None:
    """One step that the world allows, and its effect on the names."""
    verb = draw(st.sampled_from(verbs))
    if verb.name == "mmap" or draw(st.integers(0, 3)) == 0:
        verb = VERBS[
            "process", draw(st.sampled_from(["mmap", "file", "fork", "get", "pin", "read"]))
        ]
    by = draw(st.sampled_from(world.living())) if verb.who == "process" else ""
    actor = {"process": by, "device": "coherent0", "dax": "dax0", "machine": ""}.get(
        verb.who, verb.who
    )
    if verb.name in ("setup", "pages", "finalize") and verb.who == "device":
        wanted = {"setup": "", "pages": "setup", "finalize": "pages"}[verb.name]
        if world.phase != wanted:
            return None
    if verb.name == "exit" and len(world.living()) == 1:
        return None
    words: list[str] = []
    nr_pages = 0
    if verb.first:
        first = first_argument(draw, verb, by, world)
        if first is None:
            if not verb.first.endswith("?"):
                return None
        else:
            words, nr_pages = [first[0]], first[1]
    words += other_words(draw, verb, nr_pages, words[0] if words else "", world)
    name = effect(verb, by, words, nr_pages, world)
    where = f" on cpu{draw(st.integers(1, 2))}" if by and draw(st.booleans()) else ""
    head = f"{actor}{where}: " if actor else ""
    made = f"{name} = " if name else ""
    return head + made + " ".join([verb.name, *words]), verb, nr_pages


def effect(verb: Verb, by: str, words: list[str], nr_pages: int, world: World) -> str:
    """What the step leaves behind; returns the name it defines."""
    if verb.name == "exit":
        world.dead.add(by)
    if verb.name in ("put", "unpin"):
        del world.held[by, words[0]]
    if verb.who == "device" and verb.name in ("setup", "pages", "finalize"):
        world.phase = {"setup": "setup", "pages": "pages", "finalize": ""}[verb.name]
    if not verb.makes:
        return ""
    if verb.makes == "process":
        child = f"P{len(world.mappings)}"
        world.mappings[child] = dict(world.mappings[by])
        return child
    name = world.new_name()
    size = next(
        (int(w[:-1]) for w in words if w[-1] == "p" and w[:-1].isdigit()), verb.pages or nr_pages
    )
    if verb.makes == "mapping":
        world.mappings[by][name] = size
    elif verb.makes == "file":
        world.files[name] = size
    else:
        world.held[by, name] = (nr_pages, verb.name)
    return name


ATOMS: dict[str, st.SearchStrategy[str]] = {
    "ok": st.sampled_from(["ok", *ERRNO_WORDS]),
    "return": st.integers(0, 99).map(str) | st.sampled_from(ERRNO_WORDS),
    "access": st.sampled_from(["ok", "SIGSEGV", "SIGBUS"]),
    "values": st.integers(0, (1 << 64) - 1).map(hex),
    "status": st.sampled_from(["node0", "node1", "untouched", "-ENOENT", "-EBUSY"]),
    "found": st.sampled_from(["page", "zero", "none", "-EFAULT"]),
    "picture": st.sampled_from(["ram", "ram:x", "ram:xf", "dev:f", "dev:x", "swap:x", "none"]),
    "pagemap": st.sampled_from(["none", "P", "PX", "S", PAGEMAP_LETTERS]),
    "kpageflags": st.lists(st.sampled_from(KPAGEFLAGS), min_size=1, max_size=4, unique=True).map(
        ",".join
    ),
    "counts": st.integers(0, 9).map(str),
    "snapshot": st.sampled_from(SNAPSHOT_WORDS),
    "number": st.integers(0, 1 << 40).map(str),
}


def one_or_set(form: str) -> st.SearchStrategy[str]:
    """An item, a set of items, or anything."""
    sets = st.lists(ATOMS[form], min_size=2, max_size=3, unique_by=normal).map(
        lambda words: "{" + "|".join(words) + "}"
    )
    return ATOMS[form] | sets | st.just("?")


def normal(word: str) -> str:
    return ",".join(sorted(word.split(",")))


def draw_pattern(draw: st.DrawFn, verb: Verb, nr_pages: int) -> str:
    """An expectation in the form of the verb's result."""
    if verb.form == "fields":
        keys = [key for key in verb.keys if key not in ("VmFlags", "policy", "file")]
        some = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique=True))
        text = " ".join(f"{key}={draw(one_or_set('number'))}" for key in some)
        text += draw(st.sampled_from(["", " ..."]))
    elif nr_pages and verb.form not in ("ok", "return", "access"):
        text = run(draw, one_or_set(verb.form), nr_pages)
        if verb.form == "status":
            text = draw(st.sampled_from(["", "ret=2 ", "ret={1|2} "])) + text
    else:
        text = draw(one_or_set(verb.form))
    if draw(st.integers(0, 4)) == 0:
        text += f" or {text}"
    events = st.sampled_from(EVENTS).map(lambda event: f" !{event}*2")
    return text + draw(st.just("") | st.just(" !none") | events)
