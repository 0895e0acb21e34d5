#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the syntax files of editors (contrib/vim, contrib/vscode) from the tables of the language.

    tools/editors.py           write them
    tools/editors.py --check   exit 1, naming each that is not what would be written

Verbs and their words are those of `linuxmm/scenario/verbs`, so no list of them is kept twice.
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from linuxmm.scenario import words  # noqa: E402
from linuxmm.scenario.verbs import VERBS  # noqa: E402

SECTIONS: Final = ("name", "intent", "requires", "machine", "steps", "expect", "never", "exists")
MADE: Final = "made by tools/editors.py from linuxmm/scenario: do not edit"


def verbs() -> list[str]:
    """The first words of steps."""
    return sorted({verb.name for verb in VERBS.values()})


def flags() -> list[str]:
    """The words that verbs take."""
    groups = (group for verb in VERBS.values() for group in verb.groups)
    return sorted({word for group in groups for word in group.words} - set(verbs()))


def keys() -> list[str]:
    """The fields of reports, and what KSM is set to."""
    every = (verb.keys for verb in VERBS.values())
    found = {key for named in every for key in named} | set(words.KSM_SETTINGS)
    return sorted(found - set(verbs()) - set(flags()))


def outcomes() -> list[str]:
    """What comes back: signals, events, promises."""
    return sorted({*words.SIGNALS, *words.EVENTS, *words.INVARIANTS})


NUMBERED: Final = (*words.DEVICE_KINDS, "cpu", "node")
ACTORS: Final = (
    rf"(?:P[0-9]+(?:\.t[0-9]+)?|(?:{'|'.join(NUMBERED)})[0-9]+|{'|'.join(words.DAEMONS)})"
)
NUMBER: Final = r"(?:0x[0-9a-fA-F]+|[0-9]+[pKMGT]?)"
ERRNO: Final = r"-E[A-Z0-9]+"


def any_of(names: list[str]) -> str:
    """A pattern for whole words; the longest first, so that `a-b` is not `a`."""
    return "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))


# --- vim ------------------------------------------------------------------------------------------
def vim() -> str:
    """Keywords where they are plain words, matches where they have other letters."""
    lines = [
        f'" Vim syntax of linuxmm scenarios (.mm): {MADE}',
        'if exists("b:current_syntax") | finish | endif',
        "syntax case match",
        "syntax iskeyword @,48-57,_,-",
        r"syntax match mmComment /#.*$/",
        rf"syntax match mmHeader /^{words.HEADER} [0-9]\+$/",
        r"syntax match mmLabel /^\s*\zs[a-z][a-z0-9_]*\ze\%(: \|\s*= \)/",
        rf"syntax match mmSection /^\%({_vim_any(SECTIONS)}\)\%( [^:]*\)\?:/",
        r"syntax match mmNumber /\<\%(0x\x\+\|\d\+[pKMGT]\?\)\>/",
        r"syntax match mmErrno /-E[A-Z0-9]\+/",
        rf"syntax match mmActor /\<\%({_vim_actors()}\)\>/",
    ]
    for group, names in (("mmVerb", verbs()), ("mmFlag", flags()), ("mmKey", keys())):
        lines += _keywords(group, names)
    lines += _keywords("mmOutcome", outcomes())
    links = {
        "mmComment": "Comment", "mmHeader": "PreProc", "mmSection": "Statement", "mmLabel": "Label",
        "mmNumber": "Number", "mmErrno": "Error", "mmActor": "Identifier", "mmVerb": "Function",
        "mmFlag": "Constant", "mmKey": "Type", "mmOutcome": "Special",
    }  # fmt: skip
    lines += [f"highlight default link {group} {kind}" for group, kind in links.items()]
    return "\n".join([*lines, 'let b:current_syntax = "linuxmm"']) + "\n"


def _vim_any(names: tuple[str, ...]) -> str:
    return r"\|".join(names)


def _vim_actors() -> str:
    return rf"P\d\+\%(\.t\d\+\)\?\|\%({_vim_any(NUMBERED)}\)\d\+\|{_vim_any(words.DAEMONS)}"


def _keywords(group: str, names: list[str]) -> list[str]:
    """Keyword lines of some words each."""
    plain = [name for name in names if re.fullmatch(r"[\w-]+", name)]
    rows = [plain[i : i + 8] for i in range(0, len(plain), 8)]
    lines = [f"syntax keyword {group} {' '.join(row)}" for row in rows]
    return lines + [rf"syntax match {group} +\<{name}\>+" for name in names if name not in plain]


VIM_DETECT: Final = f"""\
" {MADE}
" .mm is also Objective-C++: the first line tells
autocmd BufRead,BufNewFile *.mm if getline(1) =~# '^{words.HEADER}' | set filetype=linuxmm | endif
"""


# --- VSCode ---------------------------------------------------------------------------------------
def grammar() -> dict[str, object]:
    """A TextMate grammar, which VSCode and others read."""
    word = r"(?<![\w-])(?:{})(?![\w-])"
    patterns = [
        ("comment.line.number-sign", r"#.*$"),
        ("keyword.control.header", rf"^{words.HEADER} [0-9]+$"),
        ("keyword.control.section", rf"^(?:{'|'.join(SECTIONS)})(?: [^:]*)?:"),
        ("variable.language.actor", word.format(ACTORS)),
        ("invalid.deprecated.errno", ERRNO),
        ("support.function.verb", word.format(any_of(verbs()))),
        ("constant.language.flag", word.format(any_of(flags()))),
        ("support.type.key", word.format(any_of(keys()))),
        ("string.other.outcome", word.format(any_of(outcomes()))),
        ("constant.numeric", word.format(NUMBER)),
    ]
    return {
        "information_for_contributors": [MADE],
        "name": "linuxmm scenario",
        "scopeName": "source.linuxmm",
        "fileTypes": ["mm"],
        "firstLineMatch": rf"^{words.HEADER}\b",
        "patterns": [{"name": f"{name}.linuxmm", "match": match} for name, match in patterns],
    }


def package() -> dict[str, object]:
    """The manifest of the extension."""
    language = {
        "id": "linuxmm",
        "aliases": ["linuxmm scenario"],
        "extensions": [".mm"],
        "firstLine": rf"^{words.HEADER}\b",
        "configuration": "./language-configuration.json",
    }
    return {
        "name": "linuxmm",
        "displayName": "linuxmm scenarios",
        "description": "Syntax of linuxmm scenarios (.mm)",
        "version": "0.1.0",
        "publisher": "linuxmm",
        "license": "GPL-2.0-or-later",
        "engines": {"vscode": "^1.60.0"},
        "categories": ["Programming Languages"],
        "contributes": {
            "languages": [language],
            "grammars": [
                {
                    "language": "linuxmm",
                    "scopeName": "source.linuxmm",
                    "path": "./syntaxes/linuxmm.tmLanguage.json",
                }
            ],
        },
    }


def files() -> dict[str, str]:
    """Every file, by its path from the top of the repository."""

    def text(document: object) -> str:
        return json.dumps(document, indent=2) + "\n"

    return {
        "contrib/vim/syntax/linuxmm.vim": vim(),
        "contrib/vim/ftdetect/linuxmm.vim": VIM_DETECT,
        "contrib/vscode/package.json": text(package()),
        "contrib/vscode/language-configuration.json": text({"comments": {"lineComment": "#"}}),
        "contrib/vscode/syntaxes/linuxmm.tmLanguage.json": text(grammar()),
    }


def main() -> int:
    stale = [
        path
        for path, text in files().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    for path in stale:
        print(f"{path} is not what tools/editors.py writes" if "--check" in sys.argv else path)
        if "--check" not in sys.argv:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(files()[path], encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
