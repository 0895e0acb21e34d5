# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened in a run, as text for people: a table as wide as the terminal.

One line per step, one column per kernel.  With several kernels only the steps that differ, and
of named fields only those that differ, unless everything is asked for.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from linuxmm.errors import one_line, printable
from linuxmm.play.run import KernelRun
from linuxmm.printed import WIDTH, aligned, columns, counted, folded, hanging, widths_of
from linuxmm.scenario.format import step_text
from linuxmm.scenario.outcome import (
    Event,
    Fields,
    PageState,
    Reason,
    Result,
    StepOutcome,
    Value,
    page_ranges,
    page_row,
)
from linuxmm.scenario.tree import Step

STEP_WIDTH: Final = (40, 40, 28)  # at most: the step column with 1, 2, more kernels
CELL_WIDTH: Final = 12  # at least: the column of a kernel
MANY_FIELDS: Final = 8  # from here on fields that are 0 are left out
GAP: Final = "  "
PAGES_HEAD: Final = ("page", "kind, in", "pfn", "refcount", "mapcount")
NARROW_HEAD: Final = (*PAGES_HEAD[:3], "ref", "map")
T = TypeVar("T")
PAGE_SIZES: Final = ("KernelPageSize", "MMUPageSize")
SAME: Final = "="  # the same as in the first column
EVENT_TEXTS: Final[dict[str, str]] = {
    "bad-page-map": "BUG: Bad page map",
    "bad-rss-counter": "BUG: Bad rss-counter state",
    "bad-page-state": "BUG: Bad page state",
    "warn": "WARNING",
    "bug": "BUG",
    "endless": "does not end",
    "oops": "follows a NULL pointer",
    "locks": "returns with other locks held",
}

FATAL: Final = ("endless", "oops")  # their text says where


def event_text(event: Event) -> str:
    """What is said of an event: where C that was executed died and of what, or its own words."""
    if event.name in FATAL and event.text:
        return event.text
    return EVENT_TEXTS.get(event.name, event.name)


def report(
    runs: Sequence[KernelRun], verbose: bool = False, *, pages: bool = False, width: int = 0
) -> str:
    """The whole report of one scenario.

    Runs that were asked why have their reasons below each step; `pages`: also the pages after it.
    """
    scenario, width = runs[0].scenario, width or columns()
    lines = _title(scenario.name, one_line(scenario.file), width)
    lines += [*hanging("  ", scenario.intent, width), ""]
    lines += _table(runs, verbose, pages, width)
    lines.append("")
    for run in runs:
        lines += verdict_lines(run, max(len(_name(run)) for run in runs), width)
    return printable("\n".join(lines)) + "\n"


def _title(name: str, file: str, width: int) -> list[str]:
    """The name and the file, on a line of its own where one is too short for both."""
    both = f"{name}  {file}".rstrip()
    return (
        [both] if len(both) <= width else [name, *(f"  {part}" for part in folded(file, width - 2))]
    )


# --- the table ------------------------------------------------------------------------------------
def _table(runs: Sequence[KernelRun], verbose: bool, pages: bool, whole: int) -> list[str]:
    """Steps down, kernels across; below each other where the columns get too narrow."""
    steps = runs[0].scenario.steps
    texts = [labelled(step) for step in steps]
    shown = [i for i in range(len(steps)) if _is_shown(runs, i, verbose or pages)]
    number = len(str(steps[-1].line))
    left = _step_width([texts[i] for i in shown], len(runs), whole)
    width = (whole - number - len(GAP) - left) // len(runs) - len(GAP)
    rows = {i: _cells(runs, i, verbose) for i in shown}
    needed = max(CELL_WIDTH, _longest_word([*rows.values(), [_name(run) for run in runs]]))
    stacked = width < needed
    lines = [] if stacked or not shown else [_head(runs, number, left, width)]
    for i, cells in rows.items():
        if stacked:
            lines += _stacked(runs, steps[i], texts[i], cells, number, whole)
        else:
            lines += _row(str(steps[i].line).rjust(number), texts[i], cells, left, width)
        lines += below(runs, i, " " * number + GAP * 2, whole, pages=pages)
    return [line.rstrip() for line in lines + _hidden(len(steps) - len(shown), number)]


def _step_width(texts: Sequence[str], nr_runs: int, whole: int) -> int:
    """The column of the steps: as wide as they need, or a part of the line, no word broken."""
    most = STEP_WIDTH[min(nr_runs, 3) - 1] * whole // WIDTH
    words = [len(word) + len(GAP) for text in texts for word in text.split()]
    return min(max((len(text) for text in texts), default=4), max(most, *words, 4))


def _hidden(count: int, number: int) -> list[str]:
    """How many steps are not shown."""
    if not count:
        return []
    same = "1 step gives" if count == 1 else f"{count} steps give"
    return [f"{' ' * number}{GAP}({same} the same everywhere; --verbose shows them)"]


def _longest_word(rows: Iterable[Sequence[str]]) -> int:
    """The longest word of a row of pages: what must fit into a column without a break.

    A list of flags may be broken behind its commas.
    """
    words = (word for row in rows for cell in row for word in cell.replace(",", ", ").split())
    return max(map(len, words), default=0)


def labelled(step: Step) -> str:
    """A step as it is written, its label in front."""
    return (f"{step.label}: " if step.label else "") + step_text(step)


def _is_shown(runs: Sequence[KernelRun], i: int, verbose: bool) -> bool:
    """With several kernels: only steps whose outcome differs, or that break a promise."""
    if len(runs) == 1 or verbose:
        return True
    texts = {(_whole(run, i), _reasons(run, i)) for run in runs}
    return len(texts) > 1 or any(i < len(run.steps) and run.steps[i].violations for run in runs)


def _reasons(run: KernelRun, i: int) -> tuple[Reason, ...]:
    """Why pages stayed as they were, if it was asked."""
    return (run.outcomes[i].reasons or ()) if i < len(run.steps) else ()


def _whole(run: KernelRun, i: int) -> str:
    """All of an outcome, to compare."""
    return run.outcomes[i].text() if i < len(run.steps) else _absent(run, i)


def _absent(run: KernelRun, i: int) -> str:
    """What stands where a step was not made."""
    steps = run.scenario.steps
    first = run.not_modelled_step is steps[i] or (run.not_modelled_step is None and i == 0)
    return "not modelled" if first else "-"


def _head(runs: Sequence[KernelRun], number: int, left: int, width: int) -> str:
    """The names of the kernels, which fit."""
    columns = GAP.join(_name(run).ljust(width) for run in runs)
    return f"{' ' * number}{GAP}{'step'.ljust(left)}{GAP}{columns}"


def telling_fields(runs: Sequence[KernelRun], i: int) -> set[str] | None:
    """Of many fields in a step's result those that say something; None: all."""
    return _differing_fields(runs, i) if len(runs) > 1 else _fields_of_one(runs[0], i)


def _cells(runs: Sequence[KernelRun], i: int, verbose: bool) -> list[str]:
    """What each kernel gave in one step."""
    only = None if verbose else telling_fields(runs, i)
    cells = [
        _cell(run.outcomes[i], only) if i < len(run.steps) else _absent(run, i) for run in runs
    ]
    return [cells[0], *(SAME if cell == cells[0] else cell for cell in cells[1:])]


def _fields_of_one(run: KernelRun, i: int) -> set[str] | None:
    """Of many fields those that are not 0."""
    result = run.outcomes[i].result if i < len(run.steps) else None
    if not isinstance(result, Fields) or len(result.items) < MANY_FIELDS:
        return None
    return {key for key, atom in result.items if atom != Value(0) and key not in PAGE_SIZES}


def _differing_fields(runs: Sequence[KernelRun], i: int) -> set[str] | None:
    """Of many fields those that are not the same on every kernel; None: show all."""
    results = [run.outcomes[i].result for run in runs if i < len(run.steps)]
    named = [dict(result.items) for result in results if isinstance(result, Fields)]
    if len(named) != len(results) or max(map(len, named), default=0) < MANY_FIELDS:
        return None
    keys = dict.fromkeys(key for found in named for key in found)
    return {key for key in keys if len({str(found.get(key)) for found in named}) > 1}


def result_text(result: Result, only: set[str] | None) -> str:
    """A result in the notation of an expectation, of its fields only these (None: all)."""
    if only is not None and isinstance(result, Fields):
        kept = tuple(item for item in result.items if item[0] in only)
        result = Fields(kept, open=len(kept) < len(result.items))
    return result.text()


def _cell(outcome: StepOutcome, only: set[str] | None) -> str:
    """A result and what the kernel logged."""
    words = [result_text(outcome.result, only)]
    logged = [event_text(event) for event in outcome.events]
    for text in dict.fromkeys(logged):
        times = f" ({logged.count(text)} times)" if logged.count(text) > 1 else ""
        words.append(text + times)
    return "\n".join(word for word in words if word)


def _row(line: str, text: str, cells: Sequence[str], left: int, width: int) -> list[str]:
    """One step over as many lines as its longest cell needs."""
    columns = [folded(text, left, "  "), *(folded(cell, width) for cell in cells)]
    height = max(len(column) for column in columns)
    rows = []
    for n in range(height):
        parts = [column[n] if n < len(column) else "" for column in columns]
        first = line if n == 0 else " " * len(line)
        right = GAP.join(part.ljust(width) for part in parts[1:])
        rows.append(f"{first}{GAP}{parts[0].ljust(left)}{GAP}{right}".rstrip())
    return rows


def _stacked(
    runs: Sequence[KernelRun], step: Step, text: str, cells: Sequence[str], number: int, whole: int
) -> list[str]:
    """The step on a line of its own, a line for each kernel below it."""
    indent = " " * number + GAP * 2
    widest = min(max(len(_name(run)) for run in runs), 30)
    lines = hanging(f"{str(step.line).rjust(number)}{GAP}", text, whole)
    for run, cell in zip(runs, cells, strict=True):
        lines += hanging(f"{indent}{_name(run).ljust(widest)}{GAP}", cell, whole)
    return lines


# --- below a step ---------------------------------------------------------------------------------
def below(runs: Sequence[KernelRun], i: int, indent: str, whole: int, *, pages: bool) -> list[str]:
    """Why pages stayed as they were, and how they are now: once where kernels agree."""
    lines: list[str] = []
    why = _agreed([(_name(run), _reasons(run, i)) for run in runs if i < len(run.steps)])
    for names, said in why:
        head = indent if len(why) == 1 else f"{indent}{names}: "
        for reason in said:
            lines += hanging(head, reason.text(), whole)
    if not pages:
        return lines
    tables = _agreed([(_name(run), run.outcomes[i].pages) for run in runs if i < len(run.steps)])
    for names, states in tables:
        if states and len(tables) > 1:
            lines.append(f"{indent}{names}")
        lines += _page_table(states, indent, whole) if states else []
    left = max(run.outcomes[i].left_out for run in runs if i < len(run.steps)) if tables else 0
    return [*lines, f"{indent}{counted(left, 'more page')} not shown"] if left else lines


def _page_table(states: Sequence[PageState], indent: str, whole: int) -> list[str]:
    """Pages by what can be counted; below each its entry, and behind a semicolon its flags."""
    rows = _page_rows(states)
    heads = PAGES_HEAD if whole >= WIDTH else NARROW_HEAD
    widths = widths_of([heads, *(cells for cells, _ in rows)], whole - len(indent))
    found = [indent + line for line in aligned(heads, widths)]
    for cells, words in rows:
        found += [indent + line for line in aligned(cells, widths)]
        found += hanging(indent + GAP, words, whole)
    return found


def _agreed(said: Sequence[tuple[str, tuple[T, ...]]]) -> list[tuple[str, tuple[T, ...]]]:
    """What each kernel says, the kernels that say the same together."""
    found: dict[tuple[T, ...], list[str]] = {}
    for name, each in said:
        found.setdefault(each, []).append(name)
    return [(", ".join(names), each) for each, names in found.items()]


def _page_rows(states: Sequence[PageState]) -> list[tuple[tuple[str, ...], str]]:
    """Cells and words for pages that differ in nothing but the pfn, which goes on."""
    runs: list[list[PageState]] = []
    for state in states:
        if runs and _goes_on(runs[-1][-1], state):
            runs[-1].append(state)
        else:
            runs.append([state])
    rows: list[tuple[tuple[str, ...], str]] = []
    for run in runs:
        _, kind, pfn, memory, references, mappings, bits, flags = page_row(run[0])
        more = f"+{len(run)}" if pfn and len(run) > 1 else ""  # as many in a row
        (pages,) = page_ranges(state.page for state in run)
        place = f"{kind} {memory}".rstrip()
        cells = (pages, place, pfn.removeprefix("0x") + more, references, mappings)
        rows.append((cells, f"{bits or 'no entry'}{f'; {flags}' if flags else ''}"))
    return rows


def _goes_on(last: PageState, state: PageState) -> bool:
    """Is it the next page of the same mapping, and like the last?"""
    following = last.pfn + 1 if last.pfn else 0
    return (
        (state.process, state.name, state.index) == (last.process, last.name, last.index + 1)
        and page_row(state)[3:] == page_row(last)[3:]
        and (state.kind, state.pfn) == (last.kind, following)
    )


# --- the verdict ----------------------------------------------------------------------------------
def verdict_lines(run: KernelRun, column: int, width: int = 0) -> list[str]:
    """The verdict of one kernel and its reasons; names stand in a column of that width."""
    lines = [f"{_name(run).ljust(column)}  {run.verdict}{holds(run)}"]
    for reason in reasons(run):
        lines += hanging("  ", reason, width)
    return lines


def reasons(run: KernelRun) -> list[str]:
    """Why a run is not simply ok: a sentence for each thing that does not hold or is not known."""
    found = [*(mismatch.text() for mismatch in run.mismatches), *run.conditions]
    found += [f"line {line}: {text}" for line, text in sorted(_promises(run), key=lambda r: r[0])]
    if run.not_modelled:
        step = run.not_modelled_step
        where = f"line {step.line}: " if step else "machine: "
        found.append(where + run.not_modelled)
    return found


def _promises(run: KernelRun) -> list[tuple[int, str]]:
    """(line, words) where a promise first breaks, and where a broken one holds again."""
    rows = []
    for i, violation in run.broken:
        site = f" at {violation.site}" if violation.site else ""
        kind = f" ({violation.page_kind})" if violation.page_kind else ""
        text = f"breaks {violation.invariant}{kind}: {violation.text}{site}"
        rows.append((run.steps[i].step.line, text))
    for i, violation in run.healed:
        kind = f" ({violation.page_kind})" if violation.page_kind else ""
        rows.append((run.steps[i].step.line, f"keeps {violation.invariant}{kind} again"))
    return rows


def holds(run: KernelRun) -> str:
    """How much was compared, for a run without fault."""
    if run.verdict != "ok":
        return ""
    made = len(run.steps)
    return f"  {made} step{'s' if made != 1 else ''}, every promise kept after each"


def _name(run: KernelRun) -> str:
    """The kernel as it was asked for: a name, or the path of a file."""
    return one_line(run.name)
