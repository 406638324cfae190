"""A browser that tells what each of its requests cost the server."""

import re
from dataclasses import dataclass

import requests

from home import Failure

from .reading import EXPLAIN, HEADER, Reading

TIMEOUT = 60
NOWHERE = "/twitter/confirm/unknown"
"""A page of ours that says there is nothing to show."""


@dataclass
class Page:
    """An answer: its text, where it leads to, and its costs."""

    text: str
    location: str
    reading: Reading

    @property
    def csrf_token(self):
        """The token of the page's forms."""
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)[1]


class Browser:
    """One person's browser at one Odoo; it follows no redirect by itself."""

    def __init__(self, url, login=""):
        """Open it, and sign in.

        :param login: also the password; empty for a visitor
        """
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        if login:
            fields = {"login": login, "password": login}
            self.post("/web/login", {**fields, **_token(self.get("/web/login"))})

    def explain(self, table):
        """Have each request from here on tell how PostgreSQL reads a table.

        :param table: None for no more
        """
        self._session.headers[EXPLAIN] = table

    def get(self, path, **params):
        """Open a page.

        :rtype: Page
        """
        return self._send("GET", path, params=params)

    def post(self, path, fields):
        """Send a form.

        :rtype: Page
        """
        return self._send("POST", path, data=fields)

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model, as the web client does.

        :return: the result, and its costs
        """
        path = f"/web/dataset/call_kw/{model}/{method}"
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.ask(path, params)

    def ask(self, path, params):
        """Send what the web client sends to a JSON route.

        :return: the result, and its costs
        """
        response = self._answer("POST", path, json={"params": params})
        content = response.json()
        if "error" in content:
            raise Failure(f"{path} fails: {content['error']['data']['message']}")
        return content["result"], _reading(response)

    def _send(self, method, path, **options):
        response = self._answer(method, path, **options)
        location = response.headers.get("Location", "")
        return Page(response.text, location, _reading(response))

    def _answer(self, method, path, **options):
        address = path if path.startswith("http") else self.url + path
        options.update(timeout=TIMEOUT, allow_redirects=False)
        response = self._session.request(method, address, **options)
        if response.status_code >= 400 and path != NOWHERE:
            raise Failure(f"{method} {path} answers {response.status_code}.")
        return response


def _token(page):
    return {"csrf_token": page.csrf_token}


def _reading(response):
    return Reading.from_header(response.headers[HEADER])
