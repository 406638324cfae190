"""A customer who connects an X account in the portal."""

import re

from home import Failure

from .browser import NOWHERE, Browser

PAGE = "/my/twitter"
CONFIRM = "/twitter/confirm/"
STEPS = ("page", "start", "callback", "question", "confirm", "card")
"""The requests of a whole connection, in their order."""


class Customer:
    """One signed-in customer's browser; each step returns what it cost."""

    def __init__(self, odoo, stand_in):
        self._browser = Browser(odoo.url, "customer")
        self._stand_in = stand_in

    def home(self):
        """Open `/my`.

        :rtype: Reading
        """
        return self._browser.get("/my").reading

    def do_nothing(self):
        """Open as many pages, and be redirected as often, with next to nothing done.

        :return: what Odoo takes for a connection's requests in any case
        :rtype: Reading
        """
        page = self._browser.get(NOWHERE).reading
        redirect = self._browser.get("/twitter/callback").reading
        return page + page + page + redirect + redirect + redirect

    def go_to_x(self):
        """Open our page, agree and press Connect; then allow it at X.

        :return: X's address to come back to, and the costs of both requests
        """
        page = self._browser.get(PAGE)
        fields = {"csrf_token": page.csrf_token, "consent": "1"}
        sent = self._browser.post(f"{PAGE}/connect", fields)
        back = self._stand_in.answer(sent.location)
        return back, [page.reading, sent.reading]

    def come_back(self, address):
        """Follow X's way back.

        :return: the path of the page to confirm on, and the cost
        """
        page = self._browser.get(address)
        return re.sub(r"^https?://[^/]+", "", page.location), page.reading

    def connect(self):
        """Go the whole way, all pages.

        :return: the costs of each of `STEPS`
        """
        address, readings = self.go_to_x()
        path, reading = self.come_back(address)
        question = self._browser.get(path)
        fields = {"csrf_token": question.csrf_token}
        done = self._browser.post(path, fields)
        card = self._browser.get(PAGE)
        if "o_twitter_identity" not in card.text:
            raise Failure("The customer connects, and the page shows no account.")
        pages = (question, done, card)
        return [*readings, reading, *(page.reading for page in pages)]

    def disconnect(self):
        """Disconnect again."""
        fields = {"csrf_token": self._browser.get(PAGE).csrf_token}
        self._browser.post(f"{PAGE}/disconnect", fields)
