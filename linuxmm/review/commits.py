# SPDX-License-Identifier: GPL-2.0-or-later
"""A range of commits (``HEAD~3..HEAD`` with ``--tree .``) as the mail that git makes of it.

git is run with a fixed list of arguments, without a shell, without programs of the repository's
choice (external diff, textconv, pager, file system monitor, fetching of what is missing), and
stops at a limit.  Nothing is written.  Raises: PatchError, one sentence.
"""

import os
import re
import weakref
from collections.abc import Collection
from shutil import which
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, Final

from linuxmm.errors import PatchError, Skipped, one_line
from linuxmm.review.mail import MAX_BYTES, MAX_PATCHES, Mail, read
from linuxmm.review.patch import Patch
from linuxmm.review.tree import Tree
from linuxmm.source.folder import MAX_FILE, MAX_HEADERS, decoded

SECONDS: Final = 60  # for git alone: a network file system may never answer
_SAFE: Final = (
    "--no-pager", "--no-replace-objects", "--literal-pathspecs",
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false",
    "-c", "diff.suppressBlankEmpty=false", "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip
_PATCHES: Final = (
    "format-patch", "--stdout", "--no-ext-diff", "--no-textconv", "--no-signature", "--no-color",
    "--no-attach", "--no-thread", "--no-cover-letter", "--no-base", "--no-notes",
    "--src-prefix=a/", "--dst-prefix=b/", "--unified=3", "--inter-hunk-context=0",
    "--diff-algorithm=myers", "--submodule=short", "--find-renames", "-O/dev/null", "--numbered",
    "--subject-prefix=PATCH",
)  # fmt: skip


def of_range(what: str, tree: str) -> Mail:
    """The commits of ``A..B`` in the git tree ``tree``, in the order they apply; no merges."""
    ends = what.split("..")
    if len(ends) != 2 or "..." in what or any(end.startswith("-") for end in ends):
        raise PatchError("is no range of commits: A..B of two names known to git", file=what)
    if which("git") is None:
        raise Skipped("a range of commits is read by git, which is not installed")
    code, _, said = git(tree, "rev-parse", "--git-dir")
    if code:
        raise PatchError(f"has no commits that git can read: {_reason(said)}", file=tree)
    for end in filter(None, ends):
        if not _is_commit(tree, end):
            text = f'"{one_line(end, 80)}" is neither a kernel nor a commit of {tree}'
            raise PatchError(text, file=what)
    count = git(tree, "rev-list", "--count", "--no-merges", "--end-of-options", what)[1]
    if int(count or b"0") > MAX_PATCHES:
        text = f"has {int(count)} commits, {MAX_PATCHES} are the most that are read"
        raise PatchError(text, file=what)
    inside = "--relative" if prefix_of(tree, ends[1] or "HEAD") else "--no-relative"
    code, data, said = git(tree, *_PATCHES, inside, "--end-of-options", what)
    if code and len(data) <= MAX_BYTES:
        raise PatchError(f"git cannot read it: {_reason(said)}", file=what)
    if not data.strip():
        text = f"is an empty range: no commit, or none that changes anything, is in it in {tree}"
        raise PatchError(text, file=what)
    return read(data, what)


def prefix_of(tree: str, commit: str) -> str:
    """Where in a repository a kernel lies whose top is not the repository's ("linux/"); or "".

    A folder inside of a kernel stands for the whole repository.
    """
    code, data, _ = git(tree, "rev-parse", "--show-prefix")
    prefix = data.decode("utf-8", "surrogateescape").strip("\n")
    if code or not prefix:
        return ""
    kind = git(tree, "cat-file", "-t", f"{commit}:{prefix}mm", limit=64)[1]
    return prefix if kind.strip() == b"tree" else ""


class CommitTree(Tree):
    """The sources as they were before the commit of a patch, whatever is checked out."""

    def __init__(self, root: str, commit: str = "", above: "CommitTree | None" = None) -> None:
        super().__init__(root)
        self.commit = commit
        self._objects: _Objects = above._objects if above is not None else _Objects(self.root)
        self._of: dict[str, CommitTree] = {}
        self._prefix = prefix_of(self.root, commit) if commit else ""

    def of(self, patch: Patch) -> Tree:
        """The parent of the patch's commit."""
        if not patch.commit:
            return self
        if patch.commit not in self._of:
            self._of[patch.commit] = CommitTree(self.root, f"{patch.commit}^", self)
        return self._of[patch.commit]

    def text(self, path: str) -> str | None:
        """The text of a file at that commit, None when it is not there or too long."""
        if not self.commit or "\0" in path:
            return super().text(path)
        data = self._objects.blob(f"{self.commit}:{self._prefix}{path}")
        return decoded(data) if data is not None else None

    def stamp(self, folders: Collection[str]) -> str:
        return "" if self.commit else super().stamp(folders)

    def headers(self, folder: str) -> list[str]:
        """The .h files right in a folder at that commit, sorted."""
        if not self.commit or "\0" in folder:
            return super().headers(folder)
        where = f"{self.commit}:{self._prefix}{folder}"
        code, data, _ = git(self.root, "ls-tree", "-z", "--full-tree", "--name-only", where)
        if code:
            return []
        names = sorted(name.decode("utf-8", "replace") for name in data.split(b"\0"))
        return [f"{folder}/{name}" for name in names if name.endswith(".h")][:MAX_HEADERS]


class _Objects:
    """One `git cat-file --batch` that is asked for many files."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._process: Popen[bytes] | None = None

    def blob(self, name: str) -> bytes | None:
        """The bytes of a file by commit and path; None when it is none or too long."""
        if "\n" in name:
            return None
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        clock = Timer(SECONDS, process.kill)
        clock.start()
        try:
            process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.flush()
            return _answer(process.stdout)
        except OSError as error:
            self._process = None
            raise PatchError(f"git stopped: {error}", file=self.root) from None
        finally:
            clock.cancel()

    def _running(self) -> "Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            command = ["git", "-C", self.root, *_SAFE, "cat-file", "--batch"]
            try:
                self._process = Popen(
                    command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
                )
            except (OSError, ValueError) as error:
                raise PatchError(f"git cannot be run: {error}", file=self.root) from None
            weakref.finalize(self, _ended, self._process)
        return self._process


def _answer(stream: IO[bytes]) -> bytes | None:
    """One answer of `git cat-file --batch`: a line, then the bytes that it announces."""
    head = stream.readline(4096).split(b" ")
    if len(head) != 3 or not head[2].strip().isdigit():
        return None  # missing, ambiguous, or git has gone
    size = int(head[2])
    kept = stream.read(size) if size <= MAX_FILE else b""
    left = size - len(kept) + 1  # the line end behind it
    while left > 0:
        data = stream.read(min(left, 1 << 20))
        if not data:
            break
        left -= len(data)
    return kept if size <= MAX_FILE and head[1] == b"blob" else None


def _ended(process: "Popen[bytes]") -> None:
    """git is needed no more."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.kill()
    process.wait()


def _is_commit(tree: str, name: str) -> bool:
    words = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
    return "\0" not in name and git(tree, *words)[0] == 0


def git(tree: str, *words: str, limit: int = MAX_BYTES) -> tuple[int, bytes, bytes]:
    """Exit code, output (one byte more than the limit at most) and errors of a git command."""
    command = ["git", "-C", tree, *_SAFE, *words]
    with TemporaryFile() as said:
        try:
            process = Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=said, env=_environment())
        except (OSError, ValueError) as error:
            raise PatchError(f"git cannot be run: {error}", file=tree) from None
        with process:
            clock = Timer(SECONDS, process.kill)
            clock.start()
            assert process.stdout is not None
            try:
                data = process.stdout.read(limit + 1)
                if len(data) > limit:
                    process.kill()
            finally:
                clock.cancel()
        said.seek(0)
        return process.returncode, data, said.read(4096)


def _environment() -> dict[str, str]:
    """The environment without what makes git look elsewhere, ask, fetch or run a program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "", "LC_ALL": "C.UTF-8",
    }  # fmt: skip


def _reason(said: bytes) -> str:
    """What git said first, as part of a sentence; nothing means that it was stopped."""
    text = said.decode("utf-8", "replace").strip().split("\n")[0]
    return one_line(re.sub(r"^(?:fatal|error): ", "", text), 200) or f"no answer in {SECONDS} s"
