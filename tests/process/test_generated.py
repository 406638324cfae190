"""Whatever anybody sends: no error of ours, nothing connected, X asked for no one."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from helpdesk import TOKEN
from hypothesis import given
from hypothesis import strategies as st
from strange import (
    BODIES,
    generated,
    kinds_of_body,
    one_of,
    pairs,
    queries,
    segment,
    send,
    values,
)
from test_sign_in import after_x

from security_trace import covers

OPEN_TRIPS = 3
OWN_TRIPS = 20
CSRF = re.compile(r'csrf_token(?:: |" value=)"(\w+)"')
WHO = ("nobody", "customer", "employee")
READ = ("GET", "GET", "GET", "HEAD", "OPTIONS")
FIELDS = ("csrf_token", "consent", "consent_shown", "code", "token", "reference")
FIELDS += ("name", "login", "password", "page")
OF_PORTAL = ("/my/twitter/connect", "/my/twitter/disconnect")
OF_PORTAL += ("/my/twitter/sign_in", "/my/twitter/sign_in/stop")
OF_PORTAL += ("/twitter/sign_in", "/twitter/password")
OF_TRIP = ("", "/insist", "/report", "/decline")
OF_SIGN_UP = ("", "/verify")
OF_LINK = ("/sign_in", "/code", "/verify", "/connect")


@dataclass(repr=False)
class World:
    """What is open while somebody sends what they like.

    :ivar browsers: of those who send, by who they are.
    :ivar csrf: the token of each one's forms.
    :ivar states: of round trips, those of other people first.
    :ivar tokens: of open links.
    :ivar references: of the pages of other people's round trips.
    :ivar victims: the other people.
    """

    helpdesk: object
    browsers: dict
    csrf: dict
    states: list
    tokens: list
    references: list
    sender: object
    victims: list

    def __post_init__(self):
        """Remember how it was before."""
        self.connected = self._connected()
        self.asked = self.helpdesk.x.count(TOKEN)

    def _connected(self):
        return self.helpdesk.query("SELECT count(*) FROM twitter_identity")

    def assert_unharmed(self):
        """Nobody has become connected, and X was asked for claimed round trips only."""
        assert self._connected() == self.connected
        statuses = [status for (status,) in self.helpdesk.trips(self.sender)]
        claimed = len(statuses) - statuses.count("pending")
        assert self.helpdesk.x.count(TOKEN) - self.asked <= claimed

    def assert_victims_lost_nothing(self):
        """What other people had begun is as it was."""
        states = [self.helpdesk.trips(victim) for victim in self.victims]
        assert states == [[("pending",)]] * OPEN_TRIPS + [[("exchanged",)]]


def state_of(url):
    """The state in an address of X."""
    return parse_qs(urlsplit(url).query)["state"][0]


def sign_up_page(helpdesk, browser):
    """The page of somebody who is about to make an account with X."""
    helpdesk.admin.call("res.company", "write", [1], {"twitter_sign_in": True})
    parameters = {
        "auth_signup.invitation_scope": "b2c",
        "auth_signup.reset_password": "True",
        # Made-up passwords are many.
        "base.login_cooldown_after": "0",
    }
    for name, text in parameters.items():
        helpdesk.admin.call("ir.config_parameter", "set_param", name, text)
    return after_x(browser, helpdesk.account())


@pytest.fixture(scope="module")
def world(helpdesk):
    """Round trips and links of other people, and those who get hold of them."""
    sender, *waiting, back = helpdesk.customers(OPEN_TRIPS + 2)
    browsers = {
        "nobody": helpdesk.browser(),
        "customer": helpdesk.signed_in(sender),
        "employee": helpdesk.admin,
    }
    states = [state_of(helpdesk.signed_in(one).start()) for one in waiting]
    states += [state_of(browsers["customer"].start()) for _trip in range(OWN_TRIPS)]
    path = helpdesk.signed_in(back).to_confirm(back.account)
    new = sign_up_page(helpdesk, browsers["nobody"])
    # A long test takes longer than anybody has time for these.
    helpdesk.query(
        "UPDATE twitter_oauth_transaction SET expires_at = expires_at + interval '1 d',"
        " exchanged_at = exchanged_at + interval '1 d'"
        " WHERE partner_id IN %s OR purpose = 'sign_in'",
        tuple(one.partner_id for one in (sender, *waiting, back)),
    )
    links = [helpdesk.link(one) for one in (sender, helpdesk.contact(), waiting[0])]
    pages = {"nobody": links[1], "customer": "/my/twitter", "employee": "/odoo"}
    return World(
        helpdesk,
        browsers,
        {name: CSRF.search(browsers[name].open(pages[name]).text)[1] for name in WHO},
        states,
        [link.rpartition("/")[2] for link in links],
        [path.rpartition("/")[2], new.rpartition("/")[2]],
        sender,
        [*waiting, back],
    )


@pytest.fixture(scope="module", autouse=True)
def no_error(helpdesk, world):
    """The others have lost nothing in the end, and Odoo has met no error."""
    before = errors_of(helpdesk)
    yield
    world.assert_victims_lost_nothing()
    assert errors_of(helpdesk)[len(before) :] == []


def errors_of(helpdesk):
    """What Odoo itself calls an error; its HTTP server calls a bad request one, too."""
    return re.findall(r" ERROR \S+ odoo\..*", helpdesk.odoo.read_log())


who = st.sampled_from(WHO)


@covers("R35", "R23")
@generated
@given(st.data())
def test_any_callback_is_answered_and_spends_nothing_of_others(world, data):
    known = {
        "state": one_of(world.states),
        "code": one_of(["a-code-of-nobody"]),
        "error": one_of(["access_denied"]),
        "iss": one_of(["https://x.com"]),
    }
    query = data.draw(queries)(data.draw(pairs((*known, "access_token"), known)))
    method = data.draw(st.sampled_from(READ))
    browser = world.browsers[data.draw(who)]
    status, _headers = send(browser, method, b"/twitter/callback?" + query)
    assert status < 500
    world.assert_unharmed()


@covers("R35", "T9")
@generated
@given(st.data())
def test_any_token_of_a_link_is_answered_and_writes_nothing(world, data):
    token = data.draw(one_of([*world.tokens, *world.references, "continue"]))
    page = data.draw(st.sampled_from([b"link", b"confirm"]))
    query = data.draw(queries)(data.draw(pairs(FIELDS, {}, largest=2)))
    method = data.draw(st.sampled_from(READ))
    browser = world.browsers[data.draw(who)]
    path = b"/twitter/" + page + b"/" + segment(token)
    status, _headers = send(browser, method, path + b"?" + query)
    assert status < 500
    world.assert_unharmed()


def paths_of(world):
    """The address of a form of ours, for something that is there, or that is not."""
    known = [*world.tokens, *world.references, "continue"]
    link = one_of(known, others=values).map(segment)
    trip = one_of(world.references, others=values).map(segment)
    return st.one_of(
        st.sampled_from(OF_PORTAL).map(str.encode),
        st.builds(
            lambda kind, token, form: b"/twitter/" + kind + token + form.encode(),
            st.sampled_from([b"link/", b"resume/"]),
            link,
            st.sampled_from(OF_LINK),
        ),
        st.builds(
            lambda reference, form: b"/twitter/confirm/" + reference + form.encode(),
            trip,
            st.sampled_from(OF_TRIP),
        ),
        st.builds(
            lambda reference, form: b"/twitter/sign_up/" + reference + form.encode(),
            trip,
            st.sampled_from(OF_SIGN_UP),
        ),
        trip.map(lambda reference: b"/twitter/sign_in/" + reference),
    )


@covers("R35", "R79")
@generated
@given(st.data())
def test_any_form_is_answered_and_connects_nothing(world, data):
    name = data.draw(who)
    known = {
        # Odoo compares tokens of plain ASCII alone.
        "csrf_token": one_of([world.csrf[name]]),
        "consent": one_of(["1"]),
        "consent_shown": one_of([""]),
        "login": one_of(["nora@example.org"]),
        "name": one_of(["Nora"]),
        "page": one_of(["ticket/12"]),
        "code": one_of(["123456", "000 000"]),
    }
    fields = data.draw(pairs(FIELDS, known))
    if data.draw(st.booleans()):
        fields.append((b"csrf_token", world.csrf[name].encode()))
    kind = data.draw(kinds_of_body)
    path = data.draw(paths_of(world))
    body = BODIES[kind](fields)
    status, _headers = send(world.browsers[name], "POST", path, kind, body)
    assert status < 500
    world.assert_unharmed()
