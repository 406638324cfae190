"""A very small browser: reads the authorize page and presses one of its buttons."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT = 30


class DeadEnd(RuntimeError):
    """X showed a page that leads nowhere."""


class _Form(HTMLParser):
    """The form of a page: its action, and the values that its fields offer."""

    def __init__(self, text):
        super().__init__()
        self.action = None
        self.offered = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note the form, its radio buttons and its buttons."""
        values = dict(attrs)
        if tag == "form":
            self.action = values.get("action")
        elif tag in ("input", "button"):
            self.offered.add((values.get("name"), values.get("value")))


def answer_page(base_url, authorize_url, account, decision):
    """Open the page, choose, press, and return where it leads, without going.

    :raise ValueError: the address is not the stand-in's, or the page does not offer
        this account or button
    :raise DeadEnd: X's error page, or no redirect
    """
    if not authorize_url.startswith(base_url + "/"):
        raise ValueError("this address does not belong to the stand-in")
    session = requests.Session()
    session.trust_env = False
    with session:
        page = session.get(authorize_url, timeout=TIMEOUT, allow_redirects=False)
        if page.status_code != 200:
            raise DeadEnd(f"{page.status_code}: {page.text}")
        form = _Form(page.text)
        fields = {"account": account, "decision": decision}
        for field in fields.items():
            if field not in form.offered:
                raise ValueError(f"the page does not offer {field}")
        address = urljoin(authorize_url, form.action)
        pressed = session.post(
            address, data=fields, timeout=TIMEOUT, allow_redirects=False
        )
    if pressed.status_code != 303:
        raise DeadEnd(f"{pressed.status_code}: {pressed.text}")
    return pressed.headers["Location"]
