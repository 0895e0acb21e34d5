# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that a review leaves behind: kernels of patches and witnesses.  None is replaced."""

import os
from dataclasses import replace

from linuxmm.errors import InputError
from linuxmm.files import read_file, write_file
from linuxmm.kernels import as_toml
from linuxmm.review.rerun import part_file, witness_file
from linuxmm.review.run import Review


class Saved:
    """Writes what was asked for of each review of one input, in their order."""

    def __init__(self, kernels: str = "", witnesses: str = "", remaining: bool = False) -> None:
        self.kernels, self.witnesses = kernels or witnesses, witnesses
        self.sides = ("introduced", "changed", "fixed", *(("remaining",) if remaining else ()))
        self.written: dict[str, str] = {}  # kernels: the name in a review -> the file

    def of(self, review: Review) -> tuple[Review, dict[str, str]]:
        """The review with the names of its files, and the file of each finding by its id.

        Raises: InputError when another file has such a name, OSError.
        """
        if self.kernels:
            review = self._with_kernels(review)
        files = {}
        if self.witnesses:
            for finding in review.of_side(*self.sides):
                name = witness_file(review, finding)
                files[finding.id] = keep(self.witnesses, name, finding.text())
                if finding.part is not None and finding.part.text is None:
                    keep(self.witnesses, part_file(name), as_toml(finding.part))
        return review, files

    def _with_kernels(self, review: Review) -> Review:
        """The kernels that patches made as files; the one before was the one after just now."""
        if not review.before_is_saved:
            name = self.written[review.before_name]
            review = replace(review, before_name=name, before_is_saved=True)
        if not review.is_saved:
            name = review.after_name
            if name not in self.written:  # else a patch that changed no rule of it
                self.written[name] = keep(self.kernels, name, as_toml(review.after))
            review = replace(review, after_name=self.written[name], is_saved=True)
        return review


def keep(folder: str, name: str, text: str) -> str:
    """Write a file into a folder, gives its path; one that is there is never replaced.

    Raises: InputError when another file has the name, OSError.
    """
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    data = text.encode("utf-8", "backslashreplace")
    if os.path.lexists(path):
        if _content(path, len(data)) != data:
            what = "is there already and is another file; nothing is replaced: choose a new folder"
            raise InputError(what, file=path)
    else:
        write_file(path, data, overwrite=False)
    return path


def _content(path: str, size: int) -> bytes:
    """What a regular file of at most this size holds; nothing for any other, or for a link."""
    try:
        return b"" if os.path.islink(path) else read_file(path, size)
    except InputError:
        return b""
