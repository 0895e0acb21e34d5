# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of all edits of a tree (`docs/edits.md`), and the rows that it is made of.

`linuxmm mutate --source --rows FILE` adds a JSON object a line to FILE for each edit as soon as it
is known: nothing that was computed is lost.  What an earlier version did not find stands there too:
delete its lines to have it judged again.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from linuxmm.errors import InputError
from linuxmm.explore.edit_table import FATES_SAY, as_row
from linuxmm.explore.known_edits import reason_of
from linuxmm.explore.mutate_source import (
    EQUAL,
    FATES,
    FOUND,
    SILENT,
    UNDECIDED,
    UNREACHED,
    EditFate,
    SourceMutator,
)
from linuxmm.source.edits import Edit

T = TypeVar("T", str, tuple[str, str])
Row = dict[str, object]
UNNOTICED: Final = (EQUAL, UNREACHED, SILENT)


def key(edit: Edit) -> str:
    """What stands for an edit in a file of rows."""
    return f"{edit.place}|{edit.kind}|{edit.start}|{edit.end}|{edit.new}"


def known(file: Path) -> dict[str, Row]:
    """The last row of each edit; none of a file that is not there yet.

    Raises: InputError for a line that is no row.
    """
    found: dict[str, Row] = {}
    for n, line in enumerate(
        file.read_text(errors="replace").splitlines() if file.exists() else [], 1
    ):
        try:
            row = json.loads(line)
            found[str(row["key"])] = {"fate": "", "what": "", **row}
        except (ValueError, TypeError, KeyError):
            raise InputError(f"{file}:{n} is no row of mutate --rows") from None
    return found


def add(file: Path, fate: EditFate) -> None:
    """One row more."""
    with file.open("a") as out:
        out.write(json.dumps({"key": key(fate.edit), **as_row(fate)}) + "\n")


def unexplained(every: list[Edit], rows: dict[str, Row]) -> list[Edit]:
    """The edits that are silent or not reached, of which nobody has said why."""
    judged = ((edit, rows[key(edit)]) for edit in every if key(edit) in rows)
    return [
        edit
        for edit, row in judged
        if row["fate"] in (UNREACHED, SILENT) and reason_of(edit, str(row["before"])) is None
    ]


def today() -> str:
    return datetime.now(UTC).strftime("%-d %B %Y")


def page(mutator: SourceMutator, every: list[Edit], rows: dict[str, Row], day: str) -> str:
    """The page, in Markdown; it says how many edits are not judged yet."""
    judged = [(edit, rows[key(edit)]) for edit in every if key(edit) in rows]
    reasons = {}
    for edit, row in judged:
        if row["fate"] in UNNOTICED:
            reasons[key(edit)] = reason_of(edit, str(row["before"]))
    fates = Counter(str(row["fate"]) for _, row in judged)
    with_reason = Counter(
        str(row["fate"]) for edit, row in judged if reasons.get(key(edit)) is not None
    )
    lines = [
        "# Would a wrong line be noticed?",
        "",
        "Every place of the C that is executed, written otherwise, one at a time: a statement",
        "removed, a condition negated, an operand dropped, a flag, an errno, a call changed.",
        f"{len(judged):,} of {len(every):,} edits of {len(mutator.functions())} functions of"
        f" {mutator.kernel.name}, {day}:",
        "",
        "    linuxmm mutate --source --tree DIR --rows FILE > docs/edits.md",
        "",
        *_missing(len(every) - len(judged)),
        "| what became of it | edits | with a reason | |",
        "|---|---|---|---|",
        *(
            f"| {fate} | {fates[fate]:,} | {with_reason[fate] or ''} | {FATES_SAY[fate]} |"
            for fate in FATES
        ),
    ]
    promised = Counter(
        str(row["what"]) for _, row in judged if row["fate"] == FOUND and row["side"] != "changed"
    )
    seen = Counter(
        str(row["what"]) for _, row in judged if row["fate"] == FOUND and row["side"] == "changed"
    )
    lead = Counter(str(row["leads_into"]) for _, row in judged if row["fate"] == UNDECIDED)
    lines += [
        "",
        "## What finds them",
        "",
        _list("A promise", promised),
        "",
        _list("What can be read", seen),
        "",
        "Undecided: " + "; ".join(f"{what} {n}" for what, n in _most(_short(lead))) + ".",
    ]
    lines += [
        "",
        "## By function",
        "",
        "| function | edits | " + " | ".join(FATES) + " |",
        "|---|" + "---|" * (len(FATES) + 1),
    ]
    for path, name in mutator.functions():
        theirs = [r for e, r in judged if (e.path, e.function) == (path, name)]
        if theirs:
            count = Counter(str(r["fate"]) for r in theirs)
            cells = " | ".join(str(count[fate] or "") for fate in FATES)
            lines.append(f"| `{path}:{name}` | {len(theirs)} | {cells} |")
    lines += ["", "## Why nothing notices some", ""]
    why = Counter((r.why, r.source) for r in reasons.values() if r is not None)
    lines += [f"- {n}: {text} (`{source}`)" for (text, source), n in _most(why)]
    lines += ["", "## Not reached, or silent, and nobody has said why", ""]
    for edit, row in judged:
        if row["fate"] in (UNREACHED, SILENT) and reasons[key(edit)] is None:
            lines.append(
                f"- {row['fate']}: `{edit.place}`, {edit.kind}: `{row['before']}`"
                f" -> `{row['after']}`"
            )
    return "\n".join(lines) + "\n"


def _missing(number: int) -> list[str]:
    if not number:
        return []
    return [f"{number:,} are not judged yet: the table has these functions in part, or not.", ""]


def _short(counts: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text, n in counts.items():
        found[text.rpartition(": ")[2]] += n
    return found


def _most(counts: Counter[T]) -> list[tuple[T, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _list(head: str, counts: Counter[str]) -> str:
    return f"{head}: {', '.join(f'{what} {n}' for what, n in _most(counts))}."
