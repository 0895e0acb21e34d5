# SPDX-License-Identifier: GPL-2.0-or-later
"""What pyproject.toml cannot say: a wheel carries scenarios, a man page and shell completion.

The latter two are made from the parsers of the verbs, so that they cannot say anything else; the
README's links are made for an index.
"""

import re
import shutil
import sys
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
COMPLETION = {  # shell -> where its completions lie below the prefix, and the file's name
    "bash": ("share/bash-completion/completions", "linuxmm"),
    "zsh": ("share/zsh/site-functions", "_linuxmm"),
    "fish": ("share/fish/vendor_completions.d", "linuxmm.fish"),
}


LINK = re.compile(r"\[([^]\n]+)\]\((?!https?:)([^)\n]+)\)")


def readme() -> str:
    """README.md for a reader who has no tree beside it."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if "Source" in urls:
        return LINK.sub(lambda m: f"[{m[1]}]({urls['Source'].rstrip('/')}/{m[2]})", text)
    return LINK.sub(lambda m: m[1], text)


class Build(build_py):
    """The modules, and what is made beside them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # a tree has its scenarios beside the package, and nothing is installed
        shipped = Path(self.build_lib) / "linuxmm" / "scenarios"
        shutil.rmtree(shipped, ignore_errors=True)
        shutil.copytree(
            ROOT / "scenarios", shipped, ignore=lambda folder, names: _others(folder, names)
        )
        self.distribution.data_files = [
            *(self.distribution.data_files or []),
            *((folder, [str(path)]) for folder, path in _made(Path(self.build_lib).parent)),
        ]


def _others(folder: str, names: list[str]) -> list[str]:
    """What lies beside the scenarios and is none."""
    return [name for name in names if not name.endswith(".mm") and not Path(folder, name).is_dir()]


def _made(build: Path) -> list[tuple[str, Path]]:
    """The man page and the completions, written; where each belongs below the prefix."""
    sys.path.insert(0, str(ROOT))
    import shtab

    from linuxmm.cli.manual import manual
    from linuxmm.cli.whole import whole_parser

    texts = {("share/man/man1", "linuxmm.1"): manual()}
    for shell, place in COMPLETION.items():
        texts[place] = shtab.complete(whole_parser()[0], shell=shell)
    found = []
    for (folder, name), text in texts.items():
        path = build / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found.append((folder, path))
    return found


setup(
    cmdclass={"build_py": Build},
    long_description=readme(),
    long_description_content_type="text/markdown",
)
