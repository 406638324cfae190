"""X hangs for everybody: two workers go on serving, in the memory that they had."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import psutil
import pytest
from browser import problem_of
from crowd import two_by_two
from helpdesk import ME, TOKEN
from test_x_fails import assert_nothing_stands

from security_trace import covers
from stand_in import Fault

CUSTOMERS = 10
TRIPS = 5
USUAL = 60
"""How many visits show what is usual."""
FLAT = 64 * 2**20
"""Bytes by which a worker may grow: its first visit to X makes it load modules."""
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


@covers("F8", "T32")
@pytest.mark.parametrize("key", [TOKEN, ME])
def test_a_body_of_a_gigabyte_is_given_up_in_little_memory(helpdesk, x, key):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    memory = Memory(helpdesk.odoo)
    x.faults.add(key, Fault(raw=gigabyte, after=True, times=None))
    callback = browser.answer_x(browser.start(), ana.account)
    page = browser.open(browser.come_back(callback))
    assert problem_of(page) == "unexpected_answer"
    assert_nothing_stands(helpdesk, ana)
    assert memory.growth() < FLAT


# a storm -----------------------------------------------------------------------------


@dataclass
class Storm:
    """What many customers and one visitor saw while X dripped a byte a second.

    :ivar usual: seconds of visits before and after.
    :ivar during: seconds of visits while X kept somebody waiting.
    :ivar problems: what the customers read.
    :ivar growth: bytes by which a worker grew.
    """

    usual: list
    during: list
    problems: list
    growth: int
    customers: list


@pytest.fixture(scope="module")
def storm(small_site, x, line, authority):
    """Fifty come back from X at once; there are two workers."""
    line.carry(authority.server_context("127.0.0.1"))
    *people, visitor = small_site.customers(CUSTOMERS + 1)
    ways = [
        way
        for trips in two_by_two(lambda one: begin(small_site, one), people)
        for way in trips
    ]
    browser = small_site.signed_in(visitor)
    usual = visits(browser, USUAL.__gt__)
    memory, asked = Memory(small_site.odoo), x.count(TOKEN)
    x.faults.add(TOKEN, DRIPPING)
    with ThreadPoolExecutor(len(ways)) as pool:
        coming = [pool.submit(come_back, *way) for way in ways]
        during = visits(browser, lambda _number: not all(one.done() for one in coming))
    growth = memory.growth()
    usual += visits(browser, USUAL.__gt__)
    assert x.count(TOKEN) == asked + 1
    problems = [one.result() for one in coming]
    return Storm(usual, during, problems, growth, people)


def begin(site, customer):
    """Go to X, in some tabs.

    :return: the browser with each callback, not opened.
    """
    browser = site.signed_in(customer)
    return [
        (browser, browser.answer_x(browser.start(), customer.account))
        for _trip in range(TRIPS)
    ]


def come_back(browser, callback):
    """Open a callback and the page that it leads to; the problem that it tells."""
    return problem_of(browser.open(browser.come_back(callback)))


@covers("F26", "F27")
@pytest.mark.soak
def test_in_a_storm_the_portal_is_as_quick_as_ever(storm):
    assert percentile(storm.during) <= 2 * percentile(storm.usual)


@covers("F27")
@pytest.mark.soak
def test_in_a_storm_one_waits_and_the_others_have_lost_nothing(small_site, storm):
    assert sorted(storm.problems) == ["busy"] * (CUSTOMERS * TRIPS - 1) + [
        "x_unreachable"
    ]
    statuses = [status for one in storm.customers for status in small_site.trips(one)]
    assert sorted(statuses) == [("failed",)] + [("pending",)] * (len(statuses) - 1)


@covers("F8")
@pytest.mark.soak
def test_in_a_storm_the_workers_do_not_grow(storm):
    assert storm.growth < FLAT
