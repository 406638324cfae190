"""How long `dev/run` takes to be ready: from nothing, and afterwards."""

import os
import signal
import subprocess
import tempfile
import time

from home import DEV, Failure, say
from odoo_process import free_port

from .figures import Figure

FROM_NOTHING = 90
AFTERWARDS = 8


def measure():
    """Start the demo twice in a folder of its own.

    :rtype: list[Figure]
    """
    say("Starting the demo from nothing, then again")
    with tempfile.TemporaryDirectory() as home:
        first, second = _start(home), _start(home)
    return [
        Figure("dev/run, from nothing to READY", first, *[FROM_NOTHING] * 2, "s"),
        Figure("dev/run, the second start", second, *[AFTERWARDS] * 2, "s"),
    ]


def _start(home):
    """Start the demo, stop it when it is ready, and return how long that took."""
    ports = ["--port", str(free_port()), "--x-port", str(free_port())]
    begin = time.monotonic()
    with subprocess.Popen(
        [DEV / "run", *ports],
        env=dict(os.environ, DEV_HOME=home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if line.startswith("READY "):
                seconds = time.monotonic() - begin
                demo.send_signal(signal.SIGTERM)
                demo.stdout.read()
                return seconds
    raise Failure(f"dev/run ended before it was ready: {''.join(lines[-8:])}")
