"""A customer's browser: cookies, pages, forms, and the ways through our pages."""

import json
from urllib.parse import urlsplit

import requests
from lxml import html

TIMEOUT = 60


def path_of(address):
    """Path and query of an address, whatever its host."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def problem_of(answer):
    """The code of the problem that a page tells, or an empty string."""
    found = html.fromstring(answer.content).xpath(
        "//*[contains(@class, 'o_twitter_problem')]/@data-code"
    )
    return found[0] if found else ""


def connected_id(answer):
    """X's number of the account that a page shows as connected, or an empty string."""
    found = html.fromstring(answer.content).xpath(
        "//*[contains(@class, 'o_twitter_identity')]/@data-twitter-id"
    )
    return found[0] if found else ""


class Browser:
    """Cookies and forms; no redirect is followed, so that each can be looked at.

    :param address: Odoo's.
    :param x: the stand-in, to answer X's page.
    :param headers: sent with each request; a ``Host`` here is a forged one.
    """

    def __init__(self, address, x, headers=()):
        self.address = address
        self.x = x
        self.headers = dict(headers)
        self.cookies = {}

    # pages

    def open(self, path, data=None, method=None, headers=()):
        """Open an address of Odoo: POST where there is something to send."""
        # Cookies by hand: a jar would lose them where the Host is forged.
        cookies = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method or ("GET" if data is None else "POST"),
                self.address + path_of(path),
                data=data,
                headers={**self.headers, "Cookie": cookies, **dict(headers)},
                allow_redirects=False,
                timeout=TIMEOUT,
            )
        for cookie in answer.cookies:
            self.cookies[cookie.name] = cookie.value
        return answer

    def page(self, path):
        """A page, parsed."""
        return html.fromstring(self.open(path).content)

    def fields(self, tree, action):
        """What the form with this action sends along, its token included."""
        forms = tree.xpath(f"//form[@action='{action}']")
        assert forms, f"no form for {action} on: {tree.xpath('string(//main)').split()}"
        hidden = forms[0].xpath(".//input[@type='hidden']")
        return {field.get("name"): field.get("value", "") for field in hidden}

    def submit(self, path, action, **values):
        """Open a page and press the button of its form with this action."""
        fields = self.fields(self.page(path), action)
        return self.open(action, data={**fields, **values})

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model, as the web client does.

        :raise RuntimeError: Odoo answers with an error.
        """
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "params": params}),
            headers={"Content-Type": "application/json"},
        ).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer.get("result")

    # ways

    def sign_in(self, login, password):
        """Sign in on Odoo's page."""
        tree = self.page("/web/login")
        token = tree.xpath("//input[@name='csrf_token']/@value")[0]
        fields = {"csrf_token": token, "login": login, "password": password}
        answer = self.open("/web/login", data=fields)
        assert answer.status_code == 303, f"{login} can't sign in"
        return self

    def sign_out(self):
        """Sign out."""
        self.open("/web/session/logout")

    def start(self):
        """Agree in the portal and press the button.

        :return: the address at X.
        """
        answer = self.submit("/my/twitter", "/my/twitter/connect", consent="1")
        return self._to_x(answer)

    def start_from_link(self, link):
        """The same on the page of a link, where the customer has proven to be it."""
        return self._to_x(self.submit(link, f"{link}/connect", consent="1"))

    def _to_x(self, answer):
        address = answer.headers.get("Location", "")
        assert address.startswith(self.x.base_url), (answer.status_code, address)
        return address

    def answer_x(self, authorize_url, account, decision="allow"):
        """Answer X's page.

        :return: the path of the callback, not opened.
        """
        return path_of(self.x.answer(authorize_url, account.username, decision))

    def come_back(self, callback):
        """Open the callback.

        :return: the path of the page that it leads to.
        """
        answer = self.open(callback)
        assert answer.status_code == 303, answer.status_code
        return path_of(answer.headers["Location"])

    def to_confirm(self, account):
        """From the portal to X and back, to the question "is this yours?"."""
        return self.come_back(self.answer_x(self.start(), account))

    def confirm(self, path):
        """Press "Yes, connect it".

        :return: the answer of the page that it leads to, or the problem's page.
        """
        answer = self.submit(path, path)
        return self.follow(answer)

    def follow(self, answer):
        """Go where an answer leads, if anywhere."""
        if answer.status_code != 303:
            return answer
        return self.open(answer.headers["Location"])
