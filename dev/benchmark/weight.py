"""What the addon adds to the memory of a worker and to what the portal loads."""

import re
from pathlib import Path
from statistics import median

import psutil

from home import Failure, say

from .browser import TIMEOUT, Browser
from .figures import Figure
from .tickets import Agent

REQUESTS = 50
WORKERS = 3
"""How many workers are measured at each server; each one begins anew."""
MEGABYTE = 2**20
BUNDLE = re.compile(r'<(?:script|link)[^>]+(?:src|href)="(/[^"]+\.(?:js|css))"')


def measure_memory(pair):
    """Compare the memory of workers after the same requests.

    :rtype: list[Figure]
    """
    if not Path("/proc/self/smaps_rollup").exists():
        say("memory of a worker: not measured, this system has no smaps_rollup")
        return []
    plain, addon = ([], [])
    for _worker in range(WORKERS):
        plain.append(_memory_of_worker(pair.plain))
        addon.append(_memory_of_worker(pair.addon))
    (without, shared), (with_it, with_shared) = (
        [median(values) / MEGABYTE for values in zip(*side, strict=True)]
        for side in (plain, addon)
    )
    told = (
        f"resident {with_it:.1f} against {without:.1f} MB; proportional set "
        f"{with_shared:.1f} against {shared:.1f} MB; after {REQUESTS} requests, "
        f"median of {WORKERS} workers"
    )
    name = "memory of a worker, with the addon - without"
    return [Figure(name, with_it - without, 5, 5, "MB", told)]


def _memory_of_worker(odoo):
    """Return the bytes of a fresh worker after the same requests: RSS and PSS."""
    visitor = Browser(odoo.url)
    old = visitor.get("/web/login").reading.pid
    worker = psutil.Process(old)
    worker.terminate()
    worker.wait(TIMEOUT)
    agent, customer = Agent(odoo), Browser(odoo.url, "customer")
    ids, reading = agent.open_list()
    for number in range(REQUESTS // 5):
        visitor.get("/web/login")
        customer.get("/my")
        customer.get("/my/tickets")
        agent.open_list()
        agent.open_form(ids[number])
    if old == reading.pid:
        raise Failure("The worker that was to be measured is not a fresh one.")
    rollup = Path(f"/proc/{reading.pid}/smaps_rollup").read_text()
    return [
        int(re.search(rf"^{key}:\s+(\d+) kB", rollup, re.M)[1]) * 1024
        for key in ("Rss", "Pss")
    ]


def measure_bundles(pair):
    """Compare the bytes of script and style that the portal's pages load.

    :rtype: list[Figure]
    """
    without = _loaded(pair.plain, "/my")
    with_it = _loaded(pair.addon, "/my", "/my/twitter")
    told = f"{with_it} against {without} bytes"
    name = "script and style added to the portal"
    return [Figure(name, with_it - without, 0, 0, "bytes", told)]


def _loaded(odoo, *paths):
    """Return how many bytes of script and style the portal's pages load together."""
    customer = Browser(odoo.url, "customer")
    found = set()
    for path in paths:
        found.update(BUNDLE.findall(customer.get(path).text))
    return sum(len(customer.get(path).text.encode()) for path in found)
