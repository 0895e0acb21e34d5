# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario with what it gave as a Mermaid sequence diagram, for pages that draw those.

Whatever words of others stand in it, a line stays a line and a word a word: all that could mean
something to Mermaid is written as its character code (`#59;`).
"""

from collections.abc import Sequence
from typing import Final

from linuxmm.errors import one_line
from linuxmm.picture.pagemap import Did, did_in_step
from linuxmm.play.run import KernelRun
from linuxmm.scenario.format import step_text
from linuxmm.scenario.tree import Step

PLAIN: Final = frozenset(" .,()[]=-_+*/@!?'")
MOST_STEPS: Final = 200
KERNEL: Final = "K"
NOBODY: Final = "machine"  # who makes the steps that no process, device or daemon makes: drain


def diagram(runs: Sequence[KernelRun]) -> str:
    """The runs of one scenario: who asks the kernel what, and what each kernel gives."""
    scenario = runs[0].scenario
    actors = list(dict.fromkeys(step.actor for step in scenario.steps))
    lines = ["sequenceDiagram", f"  title {_title(scenario.name)}"]
    lines += [f"  participant A{n} as {_text(actor or NOBODY)}" for n, actor in enumerate(actors)]
    lines.append(f"  participant {KERNEL} as {_text(', '.join(run.name for run in runs))}")
    for i, step in enumerate(scenario.steps[:MOST_STEPS]):
        who = f"A{actors.index(step.actor)}"
        lines.append(f"  {who}->>{KERNEL}: {_text(_asked(step))}")
        for did in did_in_step(runs, i):
            lines += _answer(who, did)
    if len(scenario.steps) > MOST_STEPS:
        left = len(scenario.steps) - MOST_STEPS
        lines.append(f"  Note over {KERNEL}: {left} steps more are not drawn")
    return "\n".join(lines) + "\n"


def _asked(step: Step) -> str:
    """The words of a step without its actor."""
    text = step_text(step)
    return text.partition(": ")[2] if step.actor else text


def _answer(who: str, did: Did) -> list[str]:
    """What one kernel gives, or all of them; what it logs and breaks stands over it."""
    name = f"{did.kernel}: " if did.kernel else ""
    lines = [f"  {KERNEL}-->>{who}: {_text(name + did.result)}"]
    return lines + [
        f"  Note over {KERNEL}: {_text(name + text)}" for text in (*did.events, *did.broken)
    ]


def _title(name: str) -> str:
    """A title, in which Mermaid knows no character codes: what would need one is a blank."""
    return "".join(c if _is_plain(c) else " " for c in one_line(name))


def _is_plain(c: str) -> bool:
    return (c.isascii() and c.isalnum()) or c in PLAIN


def _text(text: str) -> str:
    """Words as Mermaid shows them: `#` and a number for all but letters, digits and PLAIN."""
    return "".join(c if _is_plain(c) else f"#{ord(c)};" for c in one_line(text))
