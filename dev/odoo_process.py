"""A real Odoo in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from databases import write_configuration
from home import DEV, HOME, LOGS, Failure

START_SECONDS = 120
STOP_SECONDS = 15
# A proxy in the environment is for other machines.
DIRECT = urllib.request.ProxyHandler({})


def free_port():
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_page(url, go_on=lambda: True):
    """Wait until a page answers with success.

    :param go_on: tells whether waiting still makes sense.
    :return: whether the page has answered.
    """
    deadline = time.monotonic() + START_SECONDS
    browser = urllib.request.build_opener(DIRECT)
    while go_on() and time.monotonic() < deadline:
        try:
            with browser.open(url, timeout=30):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    return False


class OdooProcess:
    """Odoo serving one database on 127.0.0.1.

    :param database: the name of a database that exists.
    :param port: the port to serve on; a free one where none is given.
    :param workers: the number of processes that serve; 0 serves in threads.
    :param env: environment variables on top of this process's.
    :param options: more command-line options of Odoo.
    """

    def __init__(self, database, port=None, workers=0, env=(), options=()):
        self.database = database
        self.port = port or free_port()
        self.workers = workers
        self.log = LOGS / f"{database}-{self.port}.log"
        self._env = dict(env)
        self._options = tuple(options)
        self._process = None

    @property
    def url(self):
        """The address that it serves at."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        """The process id of the running server (the parent of its workers)."""
        return self._process.pid

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start it and wait until it answers.

        :raise Failure: it ended or did not answer in time; holds the log's end.
        """
        command = [sys.executable, DEV / "odoo_main.py", *self._arguments()]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=HOME,
                env=dict(os.environ, **self._env),
                start_new_session=True,
            )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def _arguments(self):
        """Return the command line: this database and no other."""
        return [
            *("--config", write_configuration()),
            *("--database", self.database),
            *("--db-filter", f"^{self.database}$"),
            *("--http-port", self.port),
            *("--gevent-port", free_port()),
            *("--workers", self.workers),
            *self._options,
        ]

    def wait_until_it_answers(self, path="/web/health"):
        """Wait until a page answers with success.

        :raise Failure: the server ended or the time is up; holds the log's end.
        """
        if not wait_for_page(self.url + path, self.is_running):
            raise Failure(f"Odoo does not answer; {self.log} ends:{self._log_end()}")

    def is_running(self):
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def read_log(self):
        """Return what it has logged since its start."""
        return self.log.read_text(errors="replace")

    def _log_end(self):
        return "".join(f"\n    {line}" for line in self.read_log().splitlines()[-8:])

    def stop(self):
        """Ask it to end as an administrator would, then make sure that it did."""
        if self.is_running():
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        """Kill it and all processes that it started, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
