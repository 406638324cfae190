"""What it takes to find one of a million contacts by the handle."""

import functools
import time

from home import Failure, say

from . import crowd, specification
from .browser import Browser
from .figures import Figure, in_turns

MODEL = "res.partner"
CONTEXT = {"lang": "en_US", "allowed_company_ids": [1]}
INDEX = "twitter_identity_username_prefix_idx"
CHOICES = 8
ROWS = 80
SLOW_TURNS = 5
"""Odoo's own search reads all contacts: a few turns say what many would."""
FAST_TURNS = 100
HANDLE = "user123456"
EMAIL = f"{HANDLE}@example.com"
TYPED = {
    "a whole handle": f"@{HANDLE}",
    "how 111 handles begin": "@user1234",
    "how 111,111 begin": "@user9",
}


class Agent:
    """One who looks for a contact, as the web client does it."""

    def __init__(self, odoo):
        self._browser = Browser(odoo.url, "agent")
        self._list = specification.of_view(self._browser, MODEL, "list")

    def choose(self, typed):
        """Type into a field in which a contact is chosen.

        :return: the costs
        :rtype: Reading
        """
        found, reading = self._call(
            "web_name_search",
            name=typed,
            operator="ilike",
            domain=[],
            limit=CHOICES,
            specification={"display_name": {}},
        )
        return _that_found(found, typed, reading)

    def list_by(self, name, typed):
        """Search the list of contacts by a field.

        :rtype: Reading
        """
        found, reading = self._call(
            "web_search_read",
            domain=[[name, "ilike", typed]],
            specification=self._list,
            order="",
            limit=ROWS,
            offset=0,
            count_limit=10001,
        )
        return _that_found(found["records"], typed, reading)

    def explain(self, search):
        """Search, and ask from where PostgreSQL reads.

        :return: names of indexes, and of the tables that are read as a whole
        :rtype: list[dict]
        """
        self._browser.explain("twitter_identity")
        scans = search().scans
        self._browser.explain(None)
        return scans

    def _call(self, method, **kwargs):
        return self._browser.call(MODEL, method, context=CONTEXT, **kwargs)


def _that_found(found, typed, reading):
    if not found:
        raise Failure(f"Nobody is found by {typed}.")
    return reading


def measure(pair):
    """Add a million contacts and search them; the last part, as it changes the rest.

    :rtype: list[Figure]
    """
    start = time.monotonic()
    crowd.add(pair.addon.database)
    filled = time.monotonic()
    agent = Agent(pair.addon)
    figures = [
        *_measure_choosing(agent),
        _measure_list(agent),
        _measure_against_opening(agent),
        _count_scans(agent),
    ]
    say(
        f"{crowd.COUNT:,} contacts and as many accounts: added in {filled - start:.0f},"
        f" searched in {time.monotonic() - filled:.0f} s"
    )
    return figures


def _measure_choosing(agent):
    """Choose a contact by what is typed of the handle, and by the address."""
    return [
        _beside_odoo(
            f"choose by {what}",
            agent,
            functools.partial(agent.choose, typed),
            functools.partial(agent.choose, EMAIL),
        )
        for what, typed in TYPED.items()
    ]


def _measure_list(agent):
    """Search the list of contacts for the same one in its two fields."""
    return _beside_odoo(
        "list by a whole handle",
        agent,
        functools.partial(agent.list_by, "twitter_username", HANDLE),
        functools.partial(agent.list_by, "email", EMAIL),
    )


def _beside_odoo(what, agent, ours, theirs):
    ratio = in_turns(SLOW_TURNS, ours, theirs, warm_up=1)
    told = f"{ratio.tell('the search by e-mail')}; {_told(agent.explain(ours))}"
    return Figure(f"{what} / by the whole e-mail", ratio.value, 1, 1, "x", told)


def _measure_against_opening(agent):
    """Compare with what costs the same among however many contacts."""
    ratio = in_turns(
        FAST_TURNS,
        functools.partial(agent.choose, f"@{HANDLE}"),
        functools.partial(agent.choose, ""),
    )
    told = ratio.tell("the first contacts by name")
    name = "choose by a whole handle / open the choice"
    return Figure(name, ratio.value, 1, 1.5, "x", told)


def _count_scans(agent):
    """Count the searches that are not served by the index of handles."""
    searches = [functools.partial(agent.choose, typed) for typed in TYPED.values()]
    searches.append(functools.partial(agent.list_by, "twitter_username", HANDLE))
    plans = [agent.explain(search) for search in searches]
    missed = [
        plan
        for plan in plans
        if {"index": INDEX} not in plan or any("table" in scan for scan in plan)
    ]
    name = "searches by handle that read a whole table"
    return Figure(name, len(missed), 0, 0, "", f"of {len(plans)}")


def _told(scans):
    """Say what a plan reads, each name once."""
    read = {
        scan.get("index") or f"the whole table {scan['table']}": None for scan in scans
    }
    return f"reads {', '.join(read)}"
