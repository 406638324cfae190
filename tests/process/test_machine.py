"""The machine under Odoo fails: its clock, its disk, its sessions, its jobs."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import leaks
import pytest
from browser import Browser, connected_id, problem_of
from conftest import BASES
from crowd import wait_until
from helpdesk import PASSWORD
from test_races import times_sent
from test_rivals import LOCK_TRIP

import databases
from home import ADDON, DEV, HOME
from odoo_process import OdooProcess
from security_trace import covers
from stand_in import Fault

FORGET = "helpdesk_twitter_identity.ir_cron_forget"
ROTATION = 3 * 60 * 60
"""Seconds after which Odoo gives a session another name."""
RUNS = 6
"""One more failure than Odoo takes from a job before it switches it off."""
DEADLOCK = "DEADLOCK_DETECTED, "
"""What Odoo's log says of a request that it runs again for that."""
LOCK_CONTACT = "SELECT id FROM res_partner WHERE id = %s FOR UPDATE"


# sessions ----------------------------------------------------------------------------


@covers("F20")
def test_a_session_that_is_renamed_on_the_way_still_comes_back(ana, browser):
    callback = browser.answer_x(browser.start(), ana.account)
    old = browser.cookies["session_id"]
    grow_old(browser)
    assert browser.open("/my").status_code == 200
    assert browser.cookies["session_id"] != old
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id


def grow_old(browser):
    """Let a session be as old as those that Odoo renames."""
    path = leaks.path_of_session(browser)
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "create_time": time.time() - ROTATION - 1}))


@covers("F20", "R23")
def test_a_browser_that_lost_its_cookies_on_the_way_has_spent_nothing(
    helpdesk, x, ana, browser
):
    callback = browser.answer_x(browser.start(), ana.account)
    cookies, browser.cookies = browser.cookies, {}
    page = browser.open(browser.come_back(callback))
    assert problem_of(page) == "other_browser"
    assert times_sent(x, callback) == 0
    browser.cookies = cookies
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id


# locks -------------------------------------------------------------------------------


@covers("F12")
def test_of_two_who_wait_for_each_other_both_are_served(helpdesk, x, ana, browser):
    path = browser.to_confirm(ana.account)
    deadlocks = helpdesk.odoo.read_log().count(DEADLOCK)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        cursor = rival.cursor()
        cursor.execute(LOCK_CONTACT, [ana.partner_id])
        confirming = pool.submit(browser.confirm, path)
        wait_until(helpdesk.waiting_for_rows, "confirm waits for the contact")
        # Odoo is the one to give up: it began to wait, and so looks, first.
        cursor.execute(LOCK_TRIP, [ana.partner_id])
        rival.commit()
        page = confirming.result()
    assert helpdesk.odoo.read_log().count(DEADLOCK) > deadlocks
    assert connected_id(page) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1
    assert helpdesk.count("twitter_consent", ana) == 1


# jobs --------------------------------------------------------------------------------


@covers("F21")
def test_a_job_that_is_pressed_while_it_runs_is_refused_and_runs_once(
    helpdesk, ana, browser
):
    browser.start()
    helpdesk.query(
        "UPDATE twitter_oauth_transaction SET expires_at = now() - interval '1 hour'"
        " WHERE partner_id = %s",
        ana.partner_id,
    )
    admin = helpdesk.browser().sign_in("admin", "admin")
    job = helpdesk.id_of(FORGET)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        rival.cursor().execute(LOCK_TRIP, [ana.partner_id])
        running = pool.submit(helpdesk.run_cron, FORGET)
        wait_until(helpdesk.waiting_for_rows, "the job meets the rival")
        with pytest.raises(RuntimeError, match="already executing"):
            admin.call("ir.cron", "method_direct_trigger", [job])
        rival.rollback()
        running.result()
    assert helpdesk.trips(ana, "status, code_verifier") == [("failed", None)]


@covers("F22")
def test_the_job_runs_on_while_x_is_down_and_asks_it_nothing(helpdesk, x):
    x.faults.add("* /2/*", Fault(status=503, times=None))
    asked = len(x.calls)
    for _run in range(RUNS):
        helpdesk.run_cron(FORGET)
    assert len(x.calls) == asked
    job = helpdesk.id_of(FORGET)
    statement = "SELECT active, failure_count FROM ir_cron WHERE id = %s"
    assert helpdesk.query(statement, job) == [(True, 0)]


# clock, disk, upgrade ----------------------------------------------------------------

SHIFTED = """
import datetime
import freezegun

moment = datetime.datetime.utcnow() + datetime.timedelta(hours={hours})
freezegun.freeze_time(moment, tick=True).start()
"""


@contextlib.contextmanager
def another_odoo(helpdesk, x, options=(), **environment):
    """One more Odoo on the same database.

    :return: context manager of a function that signs a customer in there.
    """
    env = {**dict.fromkeys(BASES, x.base_url), **environment}
    with OdooProcess(helpdesk.odoo.database, env=env, options=options) as odoo:
        yield lambda one: Browser(odoo.url, x).sign_in(one.login, PASSWORD)


@covers("F19")
@pytest.mark.soak
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_server_whose_clock_is_wrong_connects_all_the_same(
    helpdesk, x, ana, tmp_path, hours
):
    (tmp_path / "sitecustomize.py").write_text(SHIFTED.format(hours=hours))
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with another_odoo(helpdesk, x, PYTHONPATH=path) as sign_in:
        there = sign_in(ana)
        page = there.confirm(there.to_confirm(ana.account))
    assert connected_id(page) == ana.account.id


@covers("F16")
@pytest.mark.soak
def test_where_no_session_can_be_kept_nothing_is_begun_or_spent(
    helpdesk, x, ana, tmp_path
):
    (tmp_path / "filestore").symlink_to(databases.FILESTORE)
    sessions = tmp_path / "sessions"
    with another_odoo(helpdesk, x, ("--data-dir", tmp_path)) as sign_in:
        there = sign_in(ana)
        callback = there.answer_x(there.start(), ana.account)
        fields = there.fields(there.page("/my/twitter"), "/my/twitter/connect")
        shutil.rmtree(sessions)
        sessions.write_text("no folder")
        answers = [
            there.open("/my/twitter"),
            there.open("/my/twitter/connect", data={**fields, "consent": "1"}),
            there.open(callback),
        ]
        assert [answer.status_code for answer in answers] == [303, 400, 303]
        assert helpdesk.trips(ana) == [("pending",)]
        assert times_sent(x, callback) == 0
        sessions.unlink()
        sessions.mkdir()
        there = sign_in(ana)
        page = there.confirm(there.to_confirm(ana.account))
    assert connected_id(page) == ana.account.id


@covers("F28")
@pytest.mark.soak
def test_an_upgrade_on_the_way_keeps_accounts_and_round_trips(
    helpdesk, x, ana, browser
):
    bia = helpdesk.customer()
    hers = helpdesk.signed_in(bia)
    hers.confirm(hers.to_confirm(bia.account))
    callback = browser.answer_x(browser.start(), ana.account)
    upgrade(helpdesk)
    assert connected_id(hers.open("/my/twitter")) == bia.account.id
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id


def upgrade(helpdesk):
    """Update the addon while Odoo serves, and wait until it does again."""
    command = [sys.executable, DEV / "odoo_main.py"]
    options = [
        *("--config", databases.write_configuration()),
        *("--database", helpdesk.odoo.database),
        *("--update", ADDON, "--stop-after-init", "--no-http"),
    ]
    subprocess.run([*command, *options], cwd=HOME, check=True, capture_output=True)
    helpdesk.odoo.wait_until_it_answers("/web/login")
