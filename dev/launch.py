"""Fills DEV_HOME with what a command needs, then goes on inside its environment.

Each part is made once: a stamp in `stamps/` says from what, and a part whose stamp is
missing or differs is made anew. So a set-up that was cut short goes on where it was.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from commands import commands
from home import ADDON, DEV, HOME, LINK, LOGS, ROOT, VENV, Failure, say, stop_by_signals

STAMPS = HOME / "stamps"


def launch(module, *lists_of_parts, environment=VENV):
    """Make the parts, then become `python -m <module>` with this command's arguments.

    :param lists_of_parts: functions that return parts, in the order of their needs.
    :param environment: the virtual environment to go on in.
    """
    stop_by_signals()
    try:
        with _only_one():
            prepare([part for parts in lists_of_parts for part in parts()])
            link_addon()
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except OSError as error:
        sys.exit(f"\n{HOME} could not be set up: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next start goes on from here.")
    python = environment / "bin/python"
    variables = dict(os.environ, DEV_HOME=str(HOME), PYTHONPATH=str(DEV))
    os.execve(python, [python, "-m", module, *sys.argv[1:]], variables)


def _only_one():
    """Wait until no other command sets up the same folder; hold that until closed."""
    for folder in (HOME, LOGS, STAMPS):
        folder.mkdir(parents=True, exist_ok=True)
    lock = (HOME / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"Another command is setting up {HOME}; waiting for it.")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def link_addon():
    """Give Odoo a folder in which this addon stands under its own name."""
    LINK.mkdir(parents=True, exist_ok=True)
    if not (LINK / ADDON).is_symlink():
        (LINK / ADDON).symlink_to(ROOT)


def prepare(parts):
    """Make those parts that are missing or out of date, side by side."""
    due = []
    for part in parts:
        again = any(other.name in part.needs for other in due)
        if again or _made_from(part) != part.key:
            due.append(part)
    if not due:
        return
    say(f"Setting up {', '.join(part.name for part in due)} in {HOME}")
    futures = {}
    with ThreadPoolExecutor(len(due)) as pool:
        for part in due:
            before = [futures[name] for name in part.needs if name in futures]
            futures[part.name] = pool.submit(_make, part, before)
        try:
            finished = wait(futures.values(), return_when=FIRST_EXCEPTION).done
        except KeyboardInterrupt:
            commands.end()
            raise
        _raise_first_failure(finished)


def _raise_first_failure(futures):
    """End the other parts and raise, when one of the finished ones failed."""
    for future in futures:
        if future.exception():
            commands.end()
            raise future.exception()


def _made_from(part):
    """Return the key that the part was made from, or None."""
    stamp = STAMPS / part.name
    return stamp.read_text() if stamp.exists() else None


def _make(part, before):
    """Make one part once those before it are there, and say how long it took."""
    for future in before:
        future.result()
    start = time.monotonic()
    (STAMPS / part.name).unlink(missing_ok=True)
    part.make()
    (STAMPS / part.name).write_text(part.key)
    say(f"  {part.name}: {time.monotonic() - start:.0f} s")
