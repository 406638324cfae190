"""Side by side: one forked process for each mutant, each in a copy of the tree.

A process takes along the libraries that are imported here already, and leaves nothing
behind for the next.
"""

import contextlib
import gc
import multiprocessing
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from home import ROOT

# Servers of tests are stopped by the tests, which takes a moment.
STOP_SECONDS = 40
_fork = multiprocessing.get_context("fork")
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")


@dataclass
class Work:
    """What one process does.

    :ivar what: whatever it is about, given back with the outcome
    :ivar function: called with the copy's folder and `arguments`; returns the exit code
    :ivar str file: the file that has `text` in it meanwhile
    """

    what: object
    function: object
    arguments: tuple = ()
    file: str = ""
    text: str = ""


@dataclass
class Outcome:
    """How a process ended; `said` is what it wrote into the file of that name."""

    what: object
    code: int
    said: str
    seconds: float


@dataclass
class _Running:
    """A process at work."""

    process: multiprocessing.Process
    work: Work
    copy: Path
    since: float


def said(copy):
    """Return the file in which a process leaves a word."""
    return copy.with_suffix(".said")


class Workers:
    """Copies of the tree, and the processes that work in them."""

    def __init__(self, folder, count):
        """:param Path folder: where the copies stand, made anew"""
        shutil.rmtree(folder, ignore_errors=True)
        self.copies = [folder / str(number) for number in range(count)]
        for copy in self.copies:
            shutil.copytree(ROOT, copy, ignore=_LEFT_OUT, symlinks=True)
        self._free = list(self.copies)
        self._running = {}

    def share(self, name, origin):
        """Copy all folders of a name from one copy into the others."""
        others = [copy for copy in self.copies if copy != origin]
        for folder in origin.rglob(name):
            for copy in others:
                there = copy / folder.relative_to(origin)
                shutil.copytree(folder, there, dirs_exist_ok=True)

    def run_all(self, works):
        """Run each work, as many at a time as there are copies.

        :param works: asked for the next one when a copy is free
        :return: yields outcomes in the order of the ends
        """
        works = iter(works)
        try:
            while True:
                while self._free and (work := next(works, None)):
                    self._start(work)
                if not self._running:
                    return
                for sentinel in wait(list(self._running)):
                    yield self._end(sentinel)
        finally:
            for sentinel in list(self._running):
                self._end(sentinel)

    def _start(self, work):
        copy = self._free.pop()
        said(copy).unlink(missing_ok=True)
        if work.file:
            (copy / work.file).write_text(work.text)
        process = _fork.Process(target=_inside, args=(copy, work))
        process.start()
        self._running[process.sentinel] = _Running(
            process, work, copy, time.monotonic()
        )

    def _end(self, sentinel):
        """End a process with whatever it started, and put its copy in order."""
        running = self._running.pop(sentinel)
        process, work, copy = running.process, running.work, running.copy
        process.terminate()
        process.join(STOP_SECONDS)
        process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        if work.file:
            shutil.copy2(ROOT / work.file, copy / work.file)
        self._free.append(copy)
        word = said(copy).read_text() if said(copy).exists() else ""
        seconds = time.monotonic() - running.since
        return Outcome(work.what, process.exitcode, word, seconds)


def _inside(copy, work):
    """Do the work in a process group of its own, with its output in a file."""
    os.setsid()
    # What was there before the fork is not looked through for garbage again.
    gc.freeze()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    log = copy.with_suffix(".log")
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(copy)
    # Not by return: threads that a mutant left behind are not waited for.
    code = work.function(copy, *work.arguments)
    sys.stdout.flush()
    os._exit(code)
