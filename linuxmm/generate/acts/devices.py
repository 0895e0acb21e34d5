# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices with memory."""

from linuxmm.generate.steps import Steps
from linuxmm.generate.world import Area
from linuxmm.scenario.verbs import VERBS, Verb
from linuxmm.scenario.words import SELECT


def migrate(g: Steps, verb: Verb) -> bool:
    return not _phase(g) and _by_device(g, verb, g.device())


def migrate_to_sys(g: Steps, verb: Verb) -> bool:
    return not _phase(g) and _by_device(g, verb, _home(g))


def _home(g: Steps) -> str:
    """A device that has pages, if any has."""
    kinds = [a.source for areas in g.world.areas.values() for a in areas.values()]
    found = [kind for kind in g.target.devices if kind in kinds]
    return found[0] + "0" if found and not g.chance(15) else g.device()


def _by_device(g: Steps, verb: Verb, device: str, words: str = "") -> bool:
    process = g.process()
    found = g.pages(process)
    if found is None:
        return False
    if not _may_migrate(found[0]) and not (g.bold or g.pinned or g.chance(15)):
        return False
    g.say(f"{device}: {verb.name} {process}.{found[3]}{words}")
    return True


def _may_migrate(area: Area) -> bool:
    """migrate_vma takes anonymous memory only."""
    return not area.shared and area.source != "driver"


def setup(g: Steps, verb: Verb) -> bool:
    """The first phase of a migration; the others follow when they like."""
    if _phase(g) or g.room < 2:
        return False
    device = g.device()
    chosen = [] if g.chance(60) else g.some(SELECT)
    words = "" if chosen == [SELECT.default] else "".join(f" {word}" for word in chosen)
    return _by_device(g, verb, device, words)


def next_phase(g: Steps, verb: Verb) -> bool:
    """Another phase; where it must be, those before it first."""
    if _phase(g) != _before(verb) and g.pinned and g.room > 1:
        first = next(v for v in VERBS.values() if v.phase and v.phase[1] == _before(verb))
        (next_phase if _before(first) else setup)(g, first)
    if _phase(g) != _before(verb):
        return False
    g.say(f"{g.world.phase[1]}: {verb.name}")
    return True


def _before(verb: Verb) -> str:
    return verb.phase[0] if verb.phase else ""


def _phase(g: Steps) -> str:
    return g.world.phase[0]


def release(g: Steps, verb: Verb) -> bool:
    if _phase(g):
        return False
    g.say(f"{_home(g)}: {verb.name}")
    return True


def exclusive(g: Steps, verb: Verb) -> bool:
    return not _phase(g) and _by_device(g, verb, "private0")


def coherent_in_place(g: Steps, verb: Verb) -> bool:
    """A private device could not read pages of its own: the driver has no address for them."""
    return _in_place(g, verb, g.device("coherent"))


def in_place(g: Steps, verb: Verb) -> bool:
    return _in_place(g, verb, g.device())


def _in_place(g: Steps, verb: Verb, device: str) -> bool:
    process = g.process()
    found = g.pages(process)
    if _phase(g) or found is None:
        return False
    _, start, stop, text = found
    values = f" {g.values(stop - start)}" if verb.values else ""
    g.say(f"{device}: {verb.name} {process}.{text}{values}")
    return True
