# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole scenario: a mapping of some page kind, what happens to it, the machine that it needs."""

from dataclasses import dataclass
from typing import Final

from linuxmm.errors import InputError, NotModelled, Skipped, nearest
from linuxmm.generate.acts import ACTS, due, make
from linuxmm.generate.dice import Dice, Seeded, weighted
from linuxmm.generate.kinds import KINDS, NOT_MODELLED
from linuxmm.generate.machine import machine
from linuxmm.generate.steps import BOLD, Steps, kinds_of
from linuxmm.generate.targets import TARGETS, Target
from linuxmm.scenario.parse import parse
from linuxmm.scenario.tree import Scenario
from linuxmm.scenario.verbs import VERBS, Verb

FEWEST: Final = 1  # steps, unless somebody wants others
MOST: Final = 8
LIMIT: Final = 200
TRIES: Final = 20  # until an act finds something to do


@dataclass(frozen=True)
class Wish:
    """What is wanted: for whom, how many steps, about which page kind, with which verb."""

    target: Target = TARGETS["model"]
    fewest: int = FEWEST
    most: int = MOST
    kind: str = ""
    verb: str = ""

    def options(self) -> str:
        """As options of the command line, without the defaults."""
        words = [f"--for {self.target.name}"]
        if (self.fewest, self.most) != (FEWEST, MOST):
            words.append(f"--steps {self.fewest}-{self.most}")
        words += [f"--kind {self.kind}"] if self.kind else []
        words += [f"--verb {self.verb}"] if self.verb else []
        return " ".join(words)


def check(wish: Wish) -> None:
    """One sentence about what cannot be wished for."""
    target, kind = wish.target, wish.kind
    if kind in NOT_MODELLED:
        raise NotModelled(f"--kind {kind}: {NOT_MODELLED[kind]}")
    if kind and kind not in KINDS:
        raise InputError(f'there is no page kind "{kind}"{nearest(kind, list(KINDS))}')
    if kind and kind not in target.kinds:
        raise Skipped(f"{target.name} has no {kind} pages; it has {', '.join(target.kinds)}")
    if wish.verb:
        _check_verb(wish)
    if _least(wish) > wish.most:
        what = " and ".join(word for word in (kind and f"{kind} pages", wish.verb) if word)
        raise InputError(f"{what} need {_least(wish)} steps, --steps allows {wish.most}")


def _check_verb(wish: Wish) -> None:
    owners = [who for who, verb in VERBS if verb == wish.verb]
    if not owners:
        names = sorted({verb for _, verb in VERBS})
        raise InputError(f'there is no verb "{wish.verb}"{nearest(wish.verb, names)}')
    reasons = [wish.target.why_no_verb(who, wish.verb) for who in owners]
    if all(reasons):
        known = any(not TARGETS["model"].why_no_verb(who, wish.verb) for who in owners)
        error = Skipped if known else NotModelled
        raise error(f"{wish.target.name} has no {wish.verb}: {reasons[0]}")


# --- lines ----------------------------------------------------------------------------------------
def _need(wish: Wish) -> int:
    """Steps of a verb that cannot stand alone are more than one."""
    if not wish.verb:
        return 0
    return max((verb.gen.steps for verb in ACTS if verb.gen and verb.name == wish.verb), default=1)


def _least(wish: Wish) -> int:
    """The fewest steps that can do what is wished for."""
    return (KINDS[wish.kind].shortest if wish.kind else 1) + _need(wish)


def lines(dice: Dice, wish: Wish) -> list[str]:
    """The steps: a mapping of some kind, then what comes to mind."""
    span = wish.most - wish.fewest + 1
    drawn = wish.fewest + max(dice.below(span), dice.below(span))
    g = Steps(dice, wish.target, wish.fewest, max(drawn, _least(wish)))
    room = g.room - _need(wish)
    kind = KINDS[wish.kind] if wish.kind else weighted(dice, kinds_of(wish.target, room))
    g.set_up(kind, "P0", room)
    g.subject = next(iter(g.world.areas["P0"]))
    if wish.verb:
        _forced(g, wish)
    acts = _acts(wish.target)
    while g.room > 0 and g.world.living():
        _another(g, acts)
    return g.lines


def _forced(g: Steps, wish: Wish) -> None:
    """Some steps, then the one that must be."""
    need, most = _need(wish), g.most
    before = [
        verb
        for verb in _acts(g.target)
        if verb.name != wish.verb and not (verb.gen and verb.gen.unsettles)
    ]
    g.most -= need
    while g.room > 0 and g.chance(50):
        _another(g, before, bold=0)
    g.most, g.pinned = most, True
    wanted = [verb for verb in _acts(g.target) if verb.name == wish.verb]
    for i in range(2 * TRIES):
        g.bold = i >= TRIES
        if make(g, wanted[g.dice.below(len(wanted))]):
            break
    g.bold = g.pinned = False


def _another(g: Steps, verbs: list[Verb], bold: int = BOLD) -> None:
    """One more step, or a few that belong together."""
    g.bold = g.chance(bold)
    weights = [(verb, verb.gen.weight) for verb in verbs if verb.gen]
    if not due(g) and not any(make(g, weighted(g.dice, weights)) for _ in range(TRIES)):
        g.say("drain")
    g.bold = False


def _acts(target: Target) -> list[Verb]:
    """The verbs that the target has, in the order of the table."""
    return [verb for verb in ACTS if not target.why_no_verb(verb.who, verb.name)]


# --- text ---------------------------------------------------------------------------------------
def text_of(name: str, intent: str, steps: list[str], target: Target) -> str:
    """The scenario as a file."""
    out = ["linuxmm-scenario 1", f"name:    {name}", f"intent:  {intent}", "", "machine:"]
    out += ["  " + part for part in machine(steps, target)]
    return "\n".join([*out, "", "steps:", *("  " + step for step in steps)]) + "\n"


def generate(seed: int, wish: Wish | None = None) -> str:
    """The scenario of a seed, as text: the same bytes for ever."""
    wish = wish or Wish()
    words = [word for word in (wish.target.name, wish.kind, wish.verb, str(seed)) if word]
    intent = f"Generated: linuxmm gen --seed {seed} {wish.options()}"
    return text_of("-".join(words), intent, lines(Seeded(seed), wish), wish.target)


def scenario(seed: int, wish: Wish | None = None) -> Scenario:
    """The same, parsed."""
    text = generate(seed, wish)
    return parse(text.encode(), text.partition("name:")[2].split()[0])
