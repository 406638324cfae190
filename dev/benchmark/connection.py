"""What a connection costs the server: the callback alone, and all of its pages."""

import contextlib
import html
import re
from statistics import median
from urllib.parse import parse_qs, urlsplit

import postgres
from home import Failure

from .browser import Browser
from .customer import CONFIRM, STEPS, Customer
from .figures import Figure, in_turns
from .reading import Reading

CALLBACKS = 80
CONNECTIONS = 40


class Peer:
    """One who signs in with Odoo's own `auth_oauth`, in a new browser each time."""

    def __init__(self, odoo):
        self._odoo = odoo

    def sign_in(self):
        """Open the sign-in page, then come back from the provider.

        :return: the cost of coming back
        :rtype: Reading
        """
        browser = Browser(self._odoo.url)
        links = re.findall(r'href="([^"]+)"', browser.get("/web/login").text)
        queries = (parse_qs(urlsplit(html.unescape(link)).query) for link in links)
        state = next(query["state"][0] for query in queries if "state" in query)
        page = browser.get("/auth_oauth/signin", access_token="token", state=state)
        if "oauth_error" in page.location:
            raise Failure(f"The peer's sign-in ends at {page.location}.")
        return page.reading


def measure_callback(pair, stand_in):
    """Come back from X and from the peer's provider in turns.

    :rtype: list[Figure]
    """
    peer, customer = Peer(pair.addon), Customer(pair.addon, stand_in)

    def come_back():
        address, _readings = customer.go_to_x()
        path, reading = customer.come_back(address)
        if not path.startswith(CONFIRM):
            raise Failure(f"The callback ends at {path}.")
        return reading

    ratio = in_turns(CALLBACKS, come_back, peer.sign_in)
    ours, theirs = map(_counted, zip(*ratio.pairs, strict=True))
    detail = f"{ratio.tell('auth_oauth')}; {ours} against {theirs}"
    name = "callback, our own time / auth_oauth's"
    return [Figure(name, ratio.value, 1.0, 1.5, "x", detail)]


def _counted(readings):
    """Say how many statements and commits a request takes."""
    statements, commits = (
        median(getattr(reading, name) for reading in readings)
        for name in ("statements", "commits")
    )
    return f"{statements:.0f} statements in {commits:.0f} commits"


def measure_whole(pair, stand_in):
    """Connect, all pages, and open `/my`, in turns.

    :rtype: list[Figure]
    """
    customer = Customer(pair.addon, stand_in)
    steps, frames = [], []

    def connect():
        readings = customer.connect()
        customer.disconnect()
        _let_it_be_long_ago(pair.addon.database)
        frames.append(customer.do_nothing())
        steps.append([reading.own for reading in readings])
        return sum(readings, Reading())

    ratio = in_turns(CONNECTIONS, connect, customer.home, warm_up=3)
    taken = (median(step) * 1000 for step in zip(*steps, strict=True))
    detail = ", ".join(
        f"{name} {ms:.1f}" for name, ms in zip(STEPS, taken, strict=True)
    )
    name = "a whole connection, six requests / one GET of /my"
    empty = median(frame.own for frame in frames) * 1000
    told = f"{ratio.tell('/my')}; {detail} ms; six that do nothing {empty:.1f} ms"
    return [Figure(name, ratio.value, 4, 4, "x", told)]


def _let_it_be_long_ago(database):
    """Let the page say nothing of an earlier connection, as on the first time."""
    with contextlib.closing(postgres.connect(database)) as connection:
        connection.cursor().execute(
            "UPDATE twitter_consent SET withdrawn_at = withdrawn_at - interval '2 days'"
        )
