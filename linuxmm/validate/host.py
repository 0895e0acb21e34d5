# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans on the running kernel: the agent as a program of ours, beside all others of the machine.

    with Host(abilities) as host:
        host.play(plan)
        answers = split(host.receive()[1:])

It touches nothing but its own processes, files without a name, and KSM for plans that use it
(``settings.py`` puts that back).  It runs in a session of its own, so that what a terminal sends
us does not reach it, and ends with us, and all below it with it.
"""

import socket
import subprocess
import time
from contextlib import suppress
from types import TracebackType
from typing import Final

from linuxmm.errors import Skipped
from linuxmm.validate.abilities import Abilities, mergeable_processes
from linuxmm.validate.agent import agent
from linuxmm.validate.channel import AgentDied, Channel
from linuxmm.validate.plan import Place, Plan
from linuxmm.validate.said import Tell, silent
from linuxmm.validate.settings import KsmSettings

START_LIMIT: Final = 20.0  # seconds until the agent says hello


class Host:
    """The running kernel, for one plan after another."""

    def __init__(self, abilities: Abilities, tell: Tell = silent) -> None:
        self.abilities = abilities
        self.place = Place(ours=False, disk=".", rows=abilities.has("pagemap"))
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._ksm: KsmSettings | None = None
        self._why_no_ksm = ""
        self._merges = False  # the plan that is played uses KSM

    def __enter__(self) -> "Host":
        if not self.abilities.has("agent"):
            raise Skipped(self.abilities.why_not("agent"))
        agent(tell=self._tell)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            self.close()
        finally:
            if self._ksm is not None:
                self._ksm.__exit__(kind, error, at)

    # --- beginning and end --------------------------------------------------------------------
    def boot(self) -> None:
        """Nothing yet: it starts with the next plan, and what that lacks costs no other."""

    def _started(self) -> Channel:
        if self._channel is None:
            try:
                self._channel = self._start()
            except OSError as error:
                raise Skipped(f"this machine cannot start the agent: {error.strerror}") from None
            self._channel.message(time.monotonic() + START_LIMIT)
        return self._channel

    def _start(self) -> Channel:
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [agent(), "host"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.abilities.disk or "/",
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Channel(ours, self._process)

    def close(self) -> None:
        """No process of ours is left: those below the agent end with it."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None

    # --- plans --------------------------------------------------------------------------------
    def play(self, plan: Plan) -> None:
        """Begins to play a plan; ``receive`` waits for its end.  Raises AgentDied, Skipped."""
        self._merges = plan.merges
        if self._merges:
            if mergeable_processes(()):
                raise Skipped("KSM is in use by others")
            self._take_ksm()
        self._started().send("play", plan.text())

    def receive(self) -> bytes:
        """How it ended, and the answers.  Raises AgentDied, Skipped."""
        if self._channel is None:
            raise AgentDied("it was not started")
        data = self._channel.receive()
        if self._merges and mergeable_processes(()):  # ours have ended
            raise Skipped("KSM came into use by others")
        return data

    def _take_ksm(self) -> None:
        """KSM is ours from the first plan that uses it to the end of the run."""
        if self._why_no_ksm:  # waited for once
            raise Skipped(self._why_no_ksm)
        if self._ksm is None:
            ksm = KsmSettings(self._tell)
            try:
                ksm.__enter__()
            except Skipped as why:
                self._why_no_ksm = str(why)
                raise
            self._ksm = ksm
