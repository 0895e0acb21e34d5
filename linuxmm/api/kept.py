# SPDX-License-Identifier: GPL-2.0-or-later
"""An assertion for tests: every promise was kept."""

from linuxmm.api.machine import Machine
from linuxmm.api.runs import Run
from linuxmm.api.session import Session
from linuxmm.errors import InputError, WrongArgument
from linuxmm.play.run import OK


def assert_kept(what: Machine | Run) -> None:
    """Every promise held after each step so far; of a run also what it expects.

    Raises: AssertionError that names the promise, the step and the kernel, and of a machine has
    the steps as a scenario, to run again or to send in a mail.
    """
    __tracebackhide__ = True
    if not isinstance(what, Machine | Run):
        raise WrongArgument(f"assert_kept takes a Machine or what run() gives, not {what!r}")
    if isinstance(what, Run):
        if what.verdict != OK:
            raise AssertionError(f"{what.scenario.name}: {what.verdict}\n\n{what}")
        return
    if what.broken:
        kernel, session = what.kernel.name, what.session
        lines = [f"{kernel} breaks its promises:", *(f"  {broken}" for broken in what.broken)]
        raise AssertionError("\n".join([*lines, *_again(session, kernel)]))


def _again(session: Session, kernel: str) -> list[str]:
    """The steps as a scenario, where they are one."""
    try:
        text = session.text()
    except InputError:  # several processes that no other has forked
        return []
    return ["", f"the same steps, for linuxmm run - --kernel {kernel}:", "", text]
