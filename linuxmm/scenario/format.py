# SPDX-License-Identifier: GPL-2.0-or-later
"""A Scenario as text in its one canonical form: ``parse(format_scenario(s)) == s``."""

from linuxmm.printed import wrapped
from linuxmm.scenario.sizes import size_text
from linuxmm.scenario.tree import Cgroup, Condition, Expect, Extent, Machine, Node, Scenario, Step
from linuxmm.scenario.verbs import Verb
from linuxmm.scenario.words import HEADER, VERSION

WIDTH = 100


def format_scenario(scenario: Scenario) -> str:
    """The whole file; comments of the source are not kept."""
    out = [f"{HEADER} {VERSION}", f"name:    {scenario.name}"]
    out += _wrapped("intent:  ", scenario.intent)
    if scenario.requires:
        out.append("requires: " + " ".join(scenario.requires))
    out += ["", "machine:", *("  " + line for line in _machine(scenario.machine))]
    out += ["", "steps:", *_steps(scenario.steps)]
    for expect in scenario.expects:
        out += ["", *_expect(expect)]
    conditions = [
        *(_condition("never", item) for item in scenario.never),
        *(_condition("exists", item) for item in scenario.exists),
    ]
    if conditions:
        out += ["", *conditions]
    return "\n".join(out) + "\n"


def _wrapped(head: str, text: str) -> list[str]:
    """The sentence over several indented lines."""
    words, more = " ".join(text.split()), " " * len(head)
    return wrapped(words, head, more, WIDTH, long_words=False, hyphens=False)


def _continued(line: str) -> list[str]:
    """A long line broken between words with backslashes."""
    indent = len(line) - len(line.lstrip())
    lines, current = [], line
    while len(current) > WIDTH:
        cut = current.rfind(" ", indent + 1, WIDTH - 2)
        if cut <= indent + 8:
            break
        lines.append(current[:cut] + " \\")
        current = " " * (indent + 4) + current[cut + 1 :]
        indent += 4 if len(lines) == 1 else 0
    return [*lines, current]


def _machine(machine: Machine) -> list[str]:
    """The lines of the machine block."""
    out = [_node(node) for node in machine.nodes]
    for device in machine.devices:
        words = [device.name, size_text(device.nr_pages), device.filesystem]
        words.append(f"node{device.node}" if device.node else "")
        out.append(" ".join(word for word in words if word))
    out.append(f"cpus {len(machine.cpu_nodes)}")
    if machine.swap_pages:
        kind = " zram" if machine.swap_kind == "zram" else ""
        out.append(f"swap {size_text(machine.swap_pages)}{kind}")
    if machine.thp != "never":
        out.append(f"thp {machine.thp}")
    if machine.shmem != "never":
        out.append(f"shmem_enabled {machine.shmem}")
    if machine.memcg:
        out.append("memcg v1")
    out += [_cgroup(group) for group in _parents_first(machine.cgroups)]
    if machine.unprivileged:
        out.append("unprivileged")
    if machine.memlock >= 0:
        out.append(f"rlimit memlock {size_text(machine.memlock) if machine.memlock else 0}")
    out += [f"sysctl {key} = {value}" for key, value in machine.sysctls]
    out += [f"ksm {key} = {value}" for key, value in machine.ksm]
    out += [f"khugepaged {key} = {value}" for key, value in machine.khugepaged]
    return out + [f"boot {word}" for word in machine.boot_words]


def _parents_first(groups: tuple[Cgroup, ...]) -> list[Cgroup]:
    """Each group behind the one that it is in."""
    out: list[Cgroup] = []
    while len(out) < len(groups):
        above = {"", *(group.name for group in out)}
        out += [group for group in groups if group not in out and group.parent in above]
    return out


def _cgroup(group: Cgroup) -> str:
    words = ["cgroup", group.name, size_text(group.max_pages) if group.max_pages else ""]
    words.append(f"in {group.parent}" if group.parent else "")
    return " ".join(word for word in words if word)


def _node(node: Node) -> str:
    words = [f"node{node.number}", size_text(node.nr_pages)]
    words += ["movable"] if node.movable else []
    return " ".join(words + (["cpuless"] if node.cpuless else []))


def _steps(steps: tuple[Step, ...]) -> list[str]:
    """The steps, labels outdented so that the actors stand in one column."""
    width = max((len(step.label) + 2 for step in steps if step.label), default=0)
    out: list[str] = []
    for step in steps:
        label = (step.label + ":").rjust(width - 1) + " " if step.label else " " * width
        out += _continued(f"  {label}{step_text(step)}")
    return out


def step_text(step: Step) -> str:
    """One step without its label: ``P0: a = mmap 8p rw private anon``."""
    actor = step.actor + (f" on cpu{step.cpu}" if step.cpu else "")
    words = [f"{actor}:"] if actor else []
    words += [step.name, "="] if step.name else []
    return " ".join([*words, step.verb, *_arguments(step, step.record)])


def _arguments(step: Step, verb: Verb) -> list[str]:
    """What stands behind the verb."""
    words = [extent_text(step.target, step.by)] if step.target else []
    if step.nr_pages and not verb.pages and not (step.target and verb.first == "size|file"):
        words.append(size_text(step.nr_pages) if step.nr_pages % 256 == 0 else f"{step.nr_pages}p")
    words += [step.process] if step.process else []
    words += _words(step, verb)
    words += [step.device] if step.device else []
    nodes = _runs([f"node{node}" for node in step.nodes])
    to_nodes = [f"node{node}" for node in step.to_nodes]
    words += ["from", *nodes, "to", *to_nodes] if verb.nodes == "from_to" else nodes
    words += _runs([hex(value) for value in step.values])
    words += step.keys
    words += [f"{key}={value}" for key, value in step.settings]
    if step.number >= 0:
        words.append(f"cpu{step.number}" if verb.number == "cpu" else str(step.number))
    return words


def _words(step: Step, verb: Verb) -> list[str]:
    """Flags and choices; defaults are said for a mapping only."""
    said: list[str] = []
    for group in verb.groups:
        chosen = [word for word in group.words if word in step.words]
        if verb.defaults_written or chosen != [group.default]:
            said += chosen
    return said


def _runs(words: list[str]) -> list[str]:
    """Equal neighbours with a star."""
    out: list[tuple[str, int]] = []
    for word in words:
        if out and out[-1][0] == word:
            out[-1] = (word, out[-1][1] + 1)
        else:
            out.append((word, 1))
    return [word if times == 1 else f"{word}*{times}" for word, times in out]


def extent_text(extent: Extent, by: str = "") -> str:
    """``a``, ``a[1]``, ``a[0:4]``; with its process where that is not the one that acts."""
    whose = extent.process + "." if extent.process != by and extent.process else ""
    if extent.nr_pages == extent.of:
        return whose + extent.name
    if extent.nr_pages == 1:
        return f"{whose}{extent.name}[{extent.start}]"
    return f"{whose}{extent.name}[{extent.start}:{extent.stop}]"


def _expect(expect: Expect) -> list[str]:
    """One block, the equal signs in one column."""
    width = max(len(item.address) for item in expect.expectations)
    out = [f"expect {expect.kernel}:"]
    for item in expect.expectations:
        out += _continued(f"  {item.address.ljust(width)} = {item.pattern.text()}")
    return out


def _condition(word: str, condition: Condition) -> str:
    item = condition.expectation
    text = f"{item.address} = {item.pattern.text()}" if item else condition.id
    return f"{word}: {text}"
