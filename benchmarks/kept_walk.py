# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the review of a patch takes whose text runs: nothing kept, a first time, and again.

Processor time, so that a busy machine matters less; the translation is kept for all three.
`python3 benchmarks/kept_walk.py PATCH TREE`, with the sources that the patch fits in TREE.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from linuxmm.explore import kept_walk, search
from linuxmm.review.run import changes_of


def seconds(mail: str, tree: str) -> float:
    """Processor time of one review; its text has to run."""
    data = Path(mail).read_bytes()
    start = time.process_time()
    review = changes_of(data, mail, tree=tree)[0].review(None)
    taken = time.process_time() - start
    if not review.executed:
        sys.exit(f"{mail}: nothing of it was executed")
    return taken


def main() -> int:
    """Print the three, and how often the last goes into the first."""
    if len(sys.argv) != 3:
        sys.exit("usage: kept_walk.py PATCH TREE")
    mail, tree = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        with patch.object(search, "may_be_kept", return_value=False):
            seconds(mail, tree)  # what else is made once: the core compiled, the text translated
            without = seconds(mail, tree)
        first = seconds(mail, tree)
        kept_walk.forget()
        again = seconds(mail, tree)
    print(f"no walk is kept    {without:6.2f} s")
    print(f"the first time     {first:6.2f} s")
    print(f"from a kept walk   {again:6.2f} s   1/{without / again:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
