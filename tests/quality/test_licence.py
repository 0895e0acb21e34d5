# SPDX-License-Identifier: GPL-2.0-or-later
"""Every source file names its licence on its first line, the one that pyproject.toml names."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINE: Final = f"SPDX-License-Identifier: {PROJECT['license']}"
FOLDERS: Final = ("linuxmm", "tests", "benchmarks", "tools", "contrib", ".ci", "docs")
SUFFIXES: Final = (".py", ".toml", ".c", ".h", ".sh", ".css", ".yml", ".yaml")
TOP: Final = ("pyproject.toml", "setup.py", "Makefile", "CITATION.cff", ".pre-commit-config.yaml")
OPENS: Final = ("# ", "// ", "/* ", "{# ", ".. ", '" ')  # of a comment, by the file's language


def sources() -> Iterator[Path]:
    """What a person writes: code, rules, templates, scripts (they have no suffix)."""
    yield from (ROOT / name for name in TOP)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            is_script = path.suffix == "" and folder in ("tools", "contrib", ".ci")
            is_template = path.suffix == ".html" and path.parent.name == "templates"
            if path.is_file() and (path.suffix in SUFFIXES or is_script or is_template):
                yield path


def test_every_source_file_names_its_licence() -> None:
    found = list(sources())
    assert len(found) > 500
    without = []
    for path in found:
        first, second = [*path.read_text(encoding="utf-8").split("\n", 2), "", ""][:2]
        line = second if first.startswith("#!") else first
        if not (line.startswith(OPENS) and LINE in line):
            without.append(str(path.relative_to(ROOT)))
    assert without == [], f"first line: # {LINE}"


def test_the_licence_is_the_one_that_is_shipped() -> None:
    assert LINE.endswith("GPL-2.0-or-later")
    text = (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Version 2, June 1991" in text
