# SPDX-License-Identifier: GPL-2.0-or-later
"""Reviews from Python: `review("v5.17-coherent..split-v1")`, `review("patch.mail", tree=DIR)`."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Never, overload

from linuxmm.api.keywords import refuse_unknown
from linuxmm.errors import WrongArgument

if TYPE_CHECKING:
    from linuxmm.review.run import Progress, Review


@dataclass(frozen=True, repr=False)
class Reviews:
    """The review of each change of an input, in their order: one for a patch or `A..B`."""

    title: str
    reviews: "tuple[Review, ...]"

    def __len__(self) -> int:
        return len(self.reviews)

    def __iter__(self) -> "Iterator[Review]":
        return iter(self.reviews)

    @overload
    def __getitem__(self, index: int) -> "Review": ...
    @overload
    def __getitem__(self, index: slice) -> "tuple[Review, ...]": ...
    def __getitem__(self, index: int | slice) -> "Review | tuple[Review, ...]":
        return self.reviews[index]

    @property
    def exit_code(self) -> int:
        """0 nothing differs, 1 something does, 3 undecided: of several the worst."""
        codes = {review.exit_code for review in self.reviews}
        return next((code for code in (1, 3) if code in codes), 0)

    def __str__(self) -> str:
        """The reports, as `linuxmm review` prints them."""
        from linuxmm.review.report import report

        return "\n".join(map(report, self.reviews))

    def __repr__(self) -> str:
        return f"<Reviews of {self.title}: {', '.join(map(repr, self.reviews)) or 'no change'}>"

    def _repr_html_(self) -> str:
        return "\n".join(review._repr_html_() for review in self.reviews)


def review(
    patch: str | PathLike[str],
    *,
    base: str = "",
    tree: str | PathLike[str] = "",
    progress: "Progress | None" = None,
    **unknown: Never,
) -> Reviews:
    """What a patch changes, fixes and breaks, with a witness for each finding; takes seconds.

    `patch`: a file with a mail, an mbox or a diff, `A..B` for two kernels, or with `tree` a range
    of its commits.  `base`: the kernel that it applies to; without it the one its context fits
    best.  `progress` is told what is done, how much of it, out of how much.

    Raises: PatchError, KernelError.
    """
    from linuxmm.review.run import reviews

    refuse_unknown("review", unknown, ("patch", "base", "tree", "progress"))
    if not isinstance(patch, str | PathLike):
        raise WrongArgument(f"review: a patch is a path or A..B, not {patch!r}")
    what = fspath(patch)
    return Reviews(what, tuple(reviews(what, base, fspath(tree), progress)))
