# SPDX-License-Identifier: GPL-2.0-or-later
"""How two kernels differ, told as facts: as text of 80 columns and as plain values."""

from collections.abc import Iterable, Sequence
from typing import Final

from linuxmm.explore.difference import Bounds
from linuxmm.kernels import Kernel, diff
from linuxmm.kernels.reference import said_of_behaviours
from linuxmm.printed import counted, wrapped
from linuxmm.review.fact import fact
from linuxmm.review.parts import HIDDEN, NO_PROGRAM, NOT_MODELLED, NOT_SHOWN, SHOWN, Part, Shown
from linuxmm.review.report_json import bounds_json
from linuxmm.review.rerun import command_lines, run_command, scenario_lines, sides_lines
from linuxmm.review.saved import keep
from linuxmm.review.sides import Sides, sides_of
from linuxmm.review.units import BEHAVIOUR, Unit

SECTIONS: Final = (
    (NOT_SHOWN, "NOTHING SHOWN", "no program showed a difference within these bounds"),
    (NOT_MODELLED, "NOT MODELLED", "the difference leads into what is not modelled"),
    (NO_PROGRAM, "NO PROGRAM", "nothing that runs can tell them apart"),
)


def text(
    names: tuple[str, str],
    kernels: tuple[Kernel, Kernel],
    parts: Sequence[Part],
    bounds: Bounds,
    files: dict[str, str],
    whole: bool = True,
) -> str:
    """Facts first, each with its scenario; then what nothing shows, and the bounds.

    `names`: what `linuxmm run --kernel` takes; `files`: where scenarios were written, by unit;
    `whole`: every part was looked at.
    """
    shown = [part for part in parts if part.verdict == SHOWN]
    hidden = [part for part in parts if part.verdict == HIDDEN]
    total = len({(entry.kind, entry.name) for entry in diff(*kernels)})
    head = f"{kernels[0].name} -> {kernels[1].name}: {counted(total, 'rule')} differ"
    told = f"{head}; programs show {len(shown)} of them"
    lines = wrapped(told if whole else f"{told} so far, of {len(parts)} looked at")
    means = said_of_behaviours()
    for i, part in enumerate(shown, 1):
        lines += ["", *_part(part, f"SHOWN {i} of {len(shown)}", names, means, files)]
    for i, part in enumerate(hidden, 1):
        note = f"BY ITSELF {i} of {len(hidden)}, other rules hide it"
        lines += ["", *_part(part, note, (names[0], "this rule"), means, files)]
    for verdict, title, meaning in SECTIONS:
        some = [part for part in parts if part.verdict == verdict]
        lines += ["", f"{title}: {meaning}", *_listed(some)] if some else []
    walked = f"{counted(bounds.setups, 'set-up')}, {bounds.depth} actions deep"
    said = f"bounds: {walked}, {bounds.steps} steps; races are out of scope"
    lines += ["", *wrapped(said, "", "  ")]
    if shown:
        lines += command_lines(run_command("-", names), "rerun: ", "       ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _part(
    part: Part, head: str, names: tuple[str, str], means: dict[str, str], files: dict[str, str]
) -> list[str]:
    """The fact, the rule, the scenario."""
    shown = part.shown
    assert shown is not None
    together = fact(shown).replace(" -> ", "\N{NO-BREAK SPACE}->\N{NO-BREAK SPACE}")
    told = wrapped(together, "  ", "    ", hyphens=False)
    lines = [head, *(line.replace("\N{NO-BREAK SPACE}", " ") for line in told)]
    lines += wrapped(_rule(part.unit, means), "  rule: ", "    ", hyphens=False)
    lines += [*scenario_lines(shown.witness), *sides_lines(names, _sides(shown))]
    return lines + ([f"  file: {files[part.unit.name]}"] if part.unit.name in files else [])


def _sides(shown: Shown) -> Sides:
    return sides_of(shown.before, shown.after, common=False)


def _rule(unit: Unit, means: dict[str, str]) -> str:
    """The rule and how it differs; of a behaviour where it stands in the kernel and what it is."""
    if unit.kind == BEHAVIOUR:
        return f"{unit.of} is {unit.after}, was {unit.before} ({means[unit.of]})"
    file = f"{unit.of.partition(':')[0]}: " if unit.site else ""
    return f"{file}{unit.text}"


def _listed(parts: Iterable[Part]) -> list[str]:
    """Parts that nothing shows, those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        reasons.setdefault(part.why, []).append(part.unit.name.removeprefix("behaviour "))
    lines: list[str] = []
    for why, names in reasons.items():
        said = ", ".join(names) + (f": {why}" if why else "")
        lines += wrapped(said, "  ", "    ", hyphens=False)
    return lines


# --- files and plain values -----------------------------------------------------------------------
def saved(parts: Iterable[Part], folder: str) -> dict[str, str]:
    """Write the scenario of each part that programs show; the files by unit.

    Raises: InputError when another file has such a name, OSError.
    """
    return {
        part.unit.name: keep(folder, f"{_word(part.unit)}.mm", scenario)
        for part in parts
        if part.verdict == SHOWN and (scenario := scenario_of(part)) is not None
    }


def scenario_of(part: Part) -> str | None:
    """The scenario as a file, its fact as its intent."""
    if part.shown is None:
        return None
    return part.shown.witness.text(_word(part.unit), f"{fact(part.shown)}.")


def _word(unit: Unit) -> str:
    """A part as the name of a file."""
    name = unit.of.rpartition(":")[2] if unit.kind != BEHAVIOUR else unit.of
    return name.strip("_").replace("_", "-").replace("#", "-").lower()


def as_json(parts: Iterable[Part], bounds: Bounds) -> dict[str, object]:
    """Every part as plain values."""
    return {"parts": [_part_json(part) for part in parts], "bounds": bounds_json(bounds)}


def _part_json(part: Part) -> dict[str, object]:
    unit, shown = part.unit, part.shown
    sides = _sides(shown) if shown is not None else None
    return {
        "kind": unit.kind,
        "name": unit.of,
        "before": unit.before,
        "after": unit.after,
        "verdict": part.verdict,
        "why": part.why,
        "fact": fact(shown) if shown else None,
        "witness": scenario_of(part),
        "shows": {"before": list(sides.before), "after": list(sides.after)} if sides else None,
    }
