"""What the addon adds to the ticket form and to a list of tickets."""

from . import specification
from .browser import Browser
from .figures import Figure, in_turns

MODEL = "helpdesk.ticket"
CONTEXT = {"lang": "en_US", "allowed_company_ids": [1], "bin_size": True}
CHATTER = ["activities", "attachments", "contact_fields", "followers"]
CHATTER += ["scheduledMessages", "suggestedRecipients"]
ROWS = 80
FORMS = 300
LISTS = 200
GOAL = 1.03


class Agent:
    """One who opens tickets at one of the two servers, as the web client does."""

    def __init__(self, odoo):
        self._browser = Browser(odoo.url, "agent")
        self._form, self._list = (
            specification.of_view(self._browser, MODEL, kind)
            for kind in ("form", "list")
        )

    def open_form(self, ticket_id):
        """Open a ticket: its fields, then what its chatter shows.

        :return: the cost of all requests
        :rtype: Reading
        """
        thread = {"thread_model": MODEL, "thread_id": ticket_id}
        asked = {**thread, "access_params": {}, "request_list": CHATTER}
        _values, fields = self._browser.call(
            MODEL,
            "web_read",
            [ticket_id],
            context=CONTEXT,
            specification=self._form,
        )
        _values, around = self._browser.ask(
            "/mail/data",
            {"fetch_params": [["mail.thread", asked]], "context": CONTEXT},
        )
        _values, messages = self._browser.ask(
            "/mail/thread/messages", {**thread, "fetch_params": {"limit": 30}}
        )
        return fields + around + messages

    def open_list(self):
        """Open the list of open tickets in its own order.

        :return: the tickets' ids, and the costs
        """
        found, reading = self._browser.call(
            MODEL,
            "web_search_read",
            context=CONTEXT,
            specification=self._list,
            domain=[["stage_id.closed", "=", False]],
            order="sequence ASC, id ASC",
            limit=ROWS,
            offset=0,
            count_limit=10001,
        )
        return [record["id"] for record in found["records"]], reading


def measure(pair):
    """Open forms and lists at both servers in turns.

    :rtype: list[Figure]
    """
    addon, plain = Agent(pair.addon), Agent(pair.plain)
    ids, _reading = plain.open_list()
    return [
        *_measure_forms(addon, plain, ids[:6]),
        *_measure_lists(addon, plain),
    ]


def _measure_forms(addon, plain, ids):
    """Open tickets whose contacts are connected, asked and untouched in turn."""
    for agent in (addon, plain):
        for ticket_id in ids:
            agent.open_form(ticket_id)
    more = max(
        addon.open_form(one).statements - plain.open_form(one).statements for one in ids
    )
    ours, theirs = (ids * FORMS for _side in "ab")
    ratio = in_turns(
        FORMS,
        lambda: addon.open_form(ours.pop()),
        lambda: plain.open_form(theirs.pop()),
    )
    return _figures("ticket form", ratio, more, 1)


def _measure_lists(addon, plain):
    for agent in (addon, plain):
        agent.open_list()
    more = addon.open_list()[1].statements - plain.open_list()[1].statements
    ratio = in_turns(
        LISTS,
        lambda: addon.open_list()[1],
        lambda: plain.open_list()[1],
    )
    return _figures(f"list of {ROWS} tickets", ratio, more, 2)


def _figures(what, ratio, more, allowed):
    told = ratio.tell("the helpdesk without the addon")
    return [
        Figure(f"{what}, with the addon / without", ratio.value, GOAL, GOAL, "x", told),
        Figure(f"{what}, statements more", more, allowed, allowed),
    ]
