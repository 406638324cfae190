"""Commands that set-up runs: their output in logs, their failures in one sentence."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading

from home import LOGS, Failure


class Commands:
    """Runs commands with their output in a log, and can end all that still run."""

    def __init__(self):
        self._running = set()
        self._lock = threading.Lock()
        self._ended = False

    def run(self, name, argv, **options):
        """Run a command to its end; its output goes to `logs/<name>.log`.

        :raise Failure: the command failed; says how, with the end of its log.
        """
        argv = [str(word) for word in argv]
        log = LOGS / f"{name}.log"
        with log.open("ab") as output:
            process = self._start(argv, output, options)
            try:
                code = process.wait()
            finally:
                self._forget(process)
        if code:
            raise Failure(failed(argv, code, log))

    def _start(self, argv, output, options):
        with self._lock:
            if self._ended:
                raise Failure("Stopped, because another part failed.")
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )
            self._running.add(process)
            return process

    def _forget(self, process):
        """Forget a process, which an interrupted wait may have left running."""
        with self._lock:
            self._running.discard(process)
            if process.poll() is None:
                _terminate(process)
                process.wait()

    def end(self):
        """End what still runs, with all that it started, and start nothing more."""
        with self._lock:
            self._ended = True
            for process in self._running:
                _terminate(process)


def _terminate(process):
    """End a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def failed(argv, code, log):
    """Return the sentence for a failed command, with the last lines of its log."""
    lines = log.read_text(errors="replace").strip().splitlines()[-8:]
    tail = "".join(f"\n    {line}" for line in lines)
    shown = " ".join(argv)
    shown = shown if len(shown) < 100 else f"{shown[:100]}…"
    return f"'{shown}' ended with {code}; the last lines of {log} are:{tail}"


commands = Commands()
