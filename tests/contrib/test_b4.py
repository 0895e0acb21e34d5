# SPDX-License-Identifier: GPL-2.0-or-later
"""The real b4 runs ``linuxmm review - --format b4`` as its review check, over a local mbox.

b4 0.15 or later (its review checks are of that release), found as ``b4`` or as LINUXMM_B4 says:
`tools/extras`, or `pipx install b4`.  It is not in the locked development set: some of what it
needs has no wheel.  Its own functions are called, those that its terminal interface calls for
the key ``c``.
"""

import json
import os
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from shutil import which
from typing import Any, Final

import pytest

from tests.contrib.tree import FILTER, HERE, edit, git, made_up
from tests.review.patches import diff, hunk
from tests.review.test_review_quiet import COMMENT, HALF, UNMODELLED

ROOT: Final = Path(__file__).parents[2]
OURS: Final = str(ROOT / ".b4" / "bin")  # where tools/extras puts it
SERIES_CHECK: Final = ROOT / "contrib" / "b4" / "linuxmm-series-check"
BROKEN: Final = diff(
    "mm/ksm.c",
    hunk(
        "static struct page *get_mergeable_page(struct ksm_rmap_item *rmap_item)",
        " \tpage = follow_page(vma, addr, FOLL_GET);\n \tif (IS_ERR_OR_NULL(page))\n"
        " \t\tgoto out;\n-\tif (is_zone_device_page(page))\n-\t\tgoto out_putpage;\n"
        " \tif (PageAnon(page)) {",
    ),
)
UNREADABLE: Final = UNMODELLED.replace("@@ -100,2 +100,2 @@", "@@ -100,9 +100,9 @@")

# What b4 does for the key "c", without its screen: thread, configuration, checks, results kept.
DRIVER: Final = """
import argparse, json, sys
import b4, b4.review.checks as checks
mbox, topdir, extra = sys.argv[1:]
b4.setup_config(argparse.Namespace(config={}))
perpatch, series = checks.load_check_cmds()
msgs = b4.get_msgs_from_mailbox_or_maildir(mbox)
patches = [(m["message-id"].strip("<>"), m) for m in msgs]
found = checks.run_perpatch_checks(patches, perpatch, topdir)
conn = checks.get_db()
for mid, results in found.items():
    checks.store_results(conn, mid, results)
kept = checks.get_cached_results(conn, list(found))
env = {"B4_TRACKING_FILE": extra} if extra else {}
whole = checks.run_series_checks(patches[0], series, topdir, extra_env=env)
print(json.dumps({"found": found, "kept": kept, "series": whole}))
"""


@pytest.fixture(scope="module")
def b4() -> str:
    """The interpreter that b4 runs in."""
    command = os.environ.get("LINUXMM_B4") or which("b4", path=OURS) or which("b4")
    if not command:
        pytest.skip("b4 is not installed (tools/extras, or pipx install b4)")
    python = Path(command).read_bytes().split(b"\n")[0].decode().removeprefix("#!").strip()
    done = subprocess.run([python, "-c", "import b4.review.checks"], capture_output=True)
    if done.returncode:
        pytest.skip(f"{command} is no b4 with review checks (0.15 or later)")
    return python


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with the configuration that docs/review.md shows."""
    tree = made_up(tmp_path / "tree")
    command = tmp_path / "bin" / "linuxmm"
    command.parent.mkdir()
    command.write_text(HERE)
    command.chmod(0o755)
    git(tree, "config", "b4.review-perpatch-check-cmd", "linuxmm review - --format b4")
    git(tree, "config", "b4.review-series-check-cmd", str(SERIES_CHECK))
    return tree


def mbox(folder: Path, **patches: tuple[str, str]) -> Path:
    """A thread in a file: of each patch its transfer encoding and its diff."""
    data = b""
    for name, (encoding, patch) in patches.items():
        mail = EmailMessage()
        mail["From"], mail["Message-ID"] = "Zoë <z@example.org>", f"<{name}@example.org>"
        mail["Subject"] = f"[PATCH] mm: {name}, füge an"
        mail.set_content(f"Words — with a dash.\n\n---\n{patch}", cte=encoding)
        data += b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + mail.as_bytes() + b"\n"
    path = folder / "thread.mbox"
    path.write_bytes(data)
    return path


def checked(b4: str, tree: Path, path: Path, tracking: str = "") -> Any:
    """What b4 finds and what it keeps of it."""
    home = tree.parent / "home"
    environment = {
        "PATH": f"{tree.parent / 'bin'}:{os.environ['PATH']}", "HOME": str(home),
        "XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_NOSYSTEM": "1", "EMAIL": "z@example.org",
    }  # fmt: skip
    done = subprocess.run(
        [b4, "-c", DRIVER, str(path), str(tree), tracking],
        env=environment, cwd=tree, capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_patch_of_a_local_mbox(b4: str, tree: Path) -> None:
    """b4 decodes a mail and keeps the header that names its encoding: all are read alike."""
    patches = {
        "quoted": ("quoted-printable", BROKEN),
        "packed": ("base64", BROKEN),
        "half": ("8bit", HALF),
        "comment": ("8bit", COMMENT),
        "net": ("quoted-printable", UNMODELLED),
        "cut": ("8bit", UNREADABLE),
    }
    said = checked(b4, tree, mbox(tree.parent, **patches))
    found = {name.partition("@")[0]: results for name, results in said["found"].items()}
    assert found["comment"] == found["net"] == []
    for name in ("quoted", "packed"):
        (result,) = found[name]
        assert (result["tool"], result["status"]) == ("linuxmm", "fail")
        assert "ksmd takes coherent pages" in result["summary"]
        assert "linuxmm-scenario 1" in result["details"]
    (half,) = found["half"]
    assert half["status"] == "warn" and half["summary"].startswith("partly read")
    (cut,) = found["cut"]  # bad input: no JSON, exit 2, and what was said
    assert cut["status"] == "fail" and cut["summary"] == "exited with error code 2"
    assert "is cut off" in cut["details"]


def test_what_b4_keeps_is_all_of_it(b4: str, tree: Path, tmp_path: Path) -> None:
    """One result of a tool is kept for a message, the last one: ours is one, as bad as the worst.

    This patch breaks a promise in KSM and leaves a hunk unread.
    """
    both = BROKEN + diff(
        "mm/gup.c",
        hunk(
            "static int get_gate_page(struct mm_struct *mm)", " \tpage = x;\n-\tone();\n+\tx = y;"
        ),
    )
    said = checked(b4, tree, mbox(tmp_path, both=("8bit", both)))
    assert said["kept"] == said["found"]
    ((result,),) = said["kept"].values()
    assert result["status"] == "fail" and "introduced" in result["summary"]
    assert "ksmd takes" in result["details"] and "partly read" in result["details"]


def test_a_series_is_the_commits_of_its_review_branch(b4: str, tree: Path, tmp_path: Path) -> None:
    """As b4 0.16 makes it (create_review_branch): patches, then a commit of its own notes."""
    path = mbox(tmp_path, comment=("8bit", COMMENT))
    assert checked(b4, tree, path)["series"] == []  # not yet under review
    git(tree, "checkout", "-q", "-b", "b4/review/20261129-one")
    edit(tree, "mm/ksm.c", "before it is read", "caches that alias")
    first = git(tree, "rev-parse", "HEAD").strip()
    edit(tree, "mm/ksm.c", FILTER, "")
    git(tree, "commit", "-q", "--allow-empty", "-m", "cover letter")
    tracking = tmp_path / "tracking.json"
    series = {"first-patch-commit": first, "change-id": "20261129-one"}
    tracking.write_text(json.dumps({"series": series}))
    (result,) = checked(b4, tree, path, str(tracking))["series"]
    assert (result["tool"], result["status"]) == ("linuxmm 2", "fail")  # its second patch


def test_the_series_check_without_what_it_needs(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text("[]")
    for variables, code, said in (
        ({"B4_TRACKING_FILE": str(odd)}, 2, "is not b4's"),
        ({"B4_TRACKING_FILE": str(tmp_path / "none")}, 2, "is not b4's"),
        ({}, 0, ""),
    ):
        environment = {"PATH": os.environ["PATH"], **variables}
        command = [sys.executable, str(SERIES_CHECK)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == code and said in done.stderr
        assert done.stdout == ("" if code else "[]\n")
