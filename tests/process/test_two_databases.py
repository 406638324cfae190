"""What began in one database is unknown in another, whatever the address says."""

import pytest
from browser import Browser, connected_id, problem_of
from conftest import BASES
from test_races import times_sent

import databases
from odoo_process import OdooProcess
from security_trace import covers


@pytest.fixture
def other(x):
    """Another Odoo, with a database of its own."""
    bases = dict.fromkeys(BASES, x.base_url)
    with databases.temporary("other") as name, OdooProcess(name, env=bases) as odoo:
        yield odoo


@covers("T14")
def test_a_state_of_one_database_is_unknown_in_another(helpdesk, other, x):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    here = helpdesk.odoo.database
    stranger = Browser(other.url, x)
    for address in (callback, f"{callback}&db={here}"):
        page = stranger.open(stranger.come_back(address))
        assert problem_of(page) == "state_unknown"
        named = stranger.open(address, headers={"X-Odoo-Database": here})
        assert stranger.follow(named).status_code == 404
    assert times_sent(x, callback) == 0
    assert helpdesk.trips(ana) == [("pending",)]
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id
