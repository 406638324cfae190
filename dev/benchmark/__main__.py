"""The costs: `dev/bench [--start] [--only PART]`.

Two Odoos serve the same records, one with the addon and one without. What is compared
is measured in turns, so that both sides meet the same machine.
"""

import argparse
import sys

import postgres
from home import Failure, say, stop_by_signals
from odoo_process import free_port
from stand_in import StandIn, demo_app

from . import connection, pair, provider, search, start, tickets, weight

NO_LIMIT = 10**9
PARTS = {
    "memory": lambda both, _x: weight.measure_memory(both),
    "bundles": lambda both, _x: weight.measure_bundles(both),
    "tickets": lambda both, _x: tickets.measure(both),
    "callback": connection.measure_callback,
    "connection": connection.measure_whole,
    # The last, as it fills the database of the server with the addon.
    "search": lambda both, _x: search.measure(both),
}
"""What is measured, in this order, by the name that chooses it."""


def main():
    """Measure and print; return the exit code, 1 where a figure misses by too much."""
    parser = argparse.ArgumentParser(prog="dev/bench", description="Print the costs.")
    parser.add_argument(
        "--start", action="store_true", help="also time dev/run, which takes minutes"
    )
    parser.add_argument(
        "--only",
        choices=PARTS,
        action="append",
        help="measure this part alone; may be given again",
    )
    options = parser.parse_args()
    stop_by_signals()
    try:
        figures = _show(start.measure()) if options.start else []
        with postgres.running():
            figures += _measure(options.only or PARTS)
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    return int(any(figure.is_missed for figure in figures))


def _measure(wanted):
    """Measure and print what needs the pair of servers.

    :param wanted: names of `PARTS`
    :rtype: list[Figure]
    """
    port = free_port()
    app = demo_app([f"http://127.0.0.1:{port}/twitter/callback"])
    with StandIn(apps=[app]) as x, provider.running() as userinfo:
        x.limits.set("GET /2/users/me", user=NO_LIMIT)
        say("Making two databases and starting two servers, with the addon and without")
        with pair.running(x.base_url, port, userinfo) as both:
            measured = [
                _show(measure(both, x))
                for name, measure in PARTS.items()
                if name in wanted
            ]
    return [figure for figures in measured for figure in figures]


def _show(figures):
    """Print figures at once, and return them."""
    for figure in figures:
        figure.show()
    return figures


if __name__ == "__main__":
    sys.exit(main())
