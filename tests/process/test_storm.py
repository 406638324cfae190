"""X hangs for everybody: two workers go on serving, in the memory that they had."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import psutil
import pytest
from browser import problem_of
from crowd import at_once, two_by_two
from helpdesk import ME, TOKEN
from test_x_fails import assert_nothing_stands, assert_tells

from stand_in import Fault

CUSTOMERS = 10
TRIPS = 5
USUAL = 80
"""How many visits show what is usual."""
TWICE = 2
FLAT = 24 * 2**20
"""Bytes by which a worker may grow: modules that it had no need of before."""
GIGABYTE = 2**30
PIECE = 2**20
DRIPPING = Fault(drip=1.0, after=True, times=None)


def visits(browser, go_on):
    """Open the portal's home again and again; how many seconds each took."""
    seconds = []
    while go_on(len(seconds)):
        start = time.monotonic()
        assert browser.open("/my").status_code == 200
        seconds.append(time.monotonic() - start)
    return seconds


def percentile(seconds):
    """The 95th percentile."""
    return quantiles(seconds, n=20)[-1]


# memory ------------------------------------------------------------------------------


class Memory:
    """How much the workers of an Odoo grow at their highest."""

    def __init__(self, odoo):
        self._before = {}
        for worker in psutil.Process(odoo.pid).children():
            # Forget the peak so far (Linux, proc(5)).
            Path(f"/proc/{worker.pid}/clear_refs").write_text("5")
            self._before[worker.pid] = self._peak(worker.pid)

    def growth(self):
        """Bytes, of the worker that grew most."""
        return max(self._peak(pid) - before for pid, before in self._before.items())

    def _peak(self, pid):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def gigabyte(sock):
    """A body without end, as far as anybody can tell; given up when nobody reads."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _piece in range(GIGABYTE // PIECE):
        sock.sendall(b" " * PIECE)
