"""Accounts are looked up once a day, whoever is killed or runs at the same time."""

import contextlib
import itertools
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from crowd import wait_until
from crowded import JOB, LOOK_UP, Crowded
from helpdesk import Helpdesk

import databases
import postgres
from home import say
from odoo_process import OdooProcess
from security_trace import covers
from stand_in import Crowd, Fault, Mailbox, StandIn

MANY = 100_000
FLAT = 60 * 1024**2
NUMBERS = itertools.count(1_700_000_000_000_000_000, 1_000_000)


@pytest.fixture
def crowded(helpdesk, x):
    """A company with 250 connected customers, whose accounts have new handles."""
    accounts = Crowd(250, next(NUMBERS))
    for account in accounts.values():
        x.put_account(account)
    company = Crowded(helpdesk, accounts)
    yield company
    company.rest()


def second_job(helpdesk):
    """The same job once more, as on another host."""
    (job,) = helpdesk.admin.call(
        "ir.cron",
        "copy",
        [helpdesk.id_of(JOB)],
        {"name": "The same once more", "nextcall": "2099-01-01 00:00:00"},
    )
    return job


@covers("F21", "F3")
def test_two_runs_at_once_ask_for_each_account_once(helpdesk, x, crowded):
    other = second_job(helpdesk)
    before = x.count(LOOK_UP)
    admins = [helpdesk.browser().sign_in("admin", "admin") for _number in range(2)]
    with ThreadPoolExecutor(2) as pool, x.hold(LOOK_UP) as held:
        runs = [
            pool.submit(admin.call, "ir.cron", "method_direct_trigger", [job])
            for admin, job in zip(admins, (helpdesk.id_of(JOB), other), strict=True)
        ]
        # Both at X, each with a hundred of its own.
        held.wait_arrived(2)
        held.release()
        for run in runs:
            run.result()
    helpdesk.run_cron(JOB)
    assert set(crowded.asked().values()) == {1}
    assert len(crowded.asked()) == 250
    assert x.count(LOOK_UP) - before == 3
    assert crowded.count("starts_with(username, 'crowd')") == 250
    helpdesk.admin.call("ir.cron", "unlink", [other])


@covers("F14")
def test_a_run_that_is_killed_goes_on_and_asks_for_nobody_twice(helpdesk, x, crowded):
    with ThreadPoolExecutor(1) as pool, x.hold(LOOK_UP, after=True) as held:
        coming = pool.submit(helpdesk.run_cron, JOB)
        held.wait_arrived()
        for pid in set(helpdesk.waiting_for_x()):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(Exception, match="."):
            coming.result()
    crowded.run()
    asked = crowded.asked()
    assert set(asked.values()) == {1}
    # X answered the hundred of the first call, which nobody was left to hear.
    assert len(asked) == 250
    assert crowded.count("starts_with(username, 'crowd')") == 150
    # The next day they come first.
    helpdesk.query(
        "UPDATE twitter_identity SET asked_at = asked_at - interval '1 day'"
        " WHERE company_id = %s",
        crowded.company,
    )
    crowded.run()
    assert crowded.count("starts_with(username, 'crowd')") == 250


@covers("F22")
def test_x_being_down_switches_no_job_off_and_loses_nothing(helpdesk, x, crowded):
    x.faults.add(LOOK_UP, Fault(status=503, body="{}", times=None))
    for _time in range(6):
        crowded.run()
    x.faults.clear()
    job = "SELECT active, failure_count FROM ir_cron WHERE id = %s"
    assert helpdesk.query(job, helpdesk.id_of(JOB)) == [(True, 0)]
    assert crowded.count("username = 'old_handle'") == 250
    helpdesk.query(
        "UPDATE twitter_refresh SET resume_at = NULL WHERE company_id = %s",
        crowded.company,
    )
    crowded.run()
    assert crowded.count("starts_with(username, 'crowd')") == 250


@covers("F3")
def test_after_the_limit_of_a_window_x_is_left_alone(helpdesk, x, crowded):
    x.limits.set(LOOK_UP, user=900, app=2)
    try:
        crowded.run()
        crowded.run()
    finally:
        x.limits.set(LOOK_UP, user=900, app=300)
    assert len(crowded.asked()) == 200
    (resume_at,) = helpdesk.query(
        "SELECT resume_at > now() AT TIME ZONE 'UTC' FROM twitter_refresh"
        " WHERE company_id = %s",
        crowded.company,
    )
    assert resume_at == (True,)


# a hundred thousand ------------------------------------------------------------------


@pytest.fixture
def many():
    """An Odoo with a company that has a hundred thousand connected customers."""
    with contextlib.ExitStack() as stack:
        x = stack.enter_context(StandIn(accounts=Crowd(MANY)))
        x.limits.set(LOOK_UP, user=10**6, app=10**6)
        mailbox = stack.enter_context(Mailbox())
        stack.enter_context(postgres.running())
        name = stack.enter_context(databases.temporary("many"))
        bases = ("AUTHORIZE", "API", "MEDIA")
        env = {f"TWITTER_IDENTITY_{base}_BASE": x.base_url for base in bases}
        options = ("--max-cron-threads", 1)
        odoo = stack.enter_context(
            OdooProcess(name, workers=2, env=env, options=options)
        )
        helpdesk = Helpdesk(odoo, x, mailbox, client_id="many")
        stack.callback(helpdesk.close)
        yield Crowded(helpdesk, Crowd(MANY), renamed=100)


class Watch:
    """How much memory the processes take that look up."""

    def __init__(self, helpdesk):
        self._helpdesk = helpdesk
        self.first = self.most = 0

    def look(self):
        """Take in how much it is now."""
        children = psutil.Process(self._helpdesk.odoo.pid).children()
        for pid in set(self._helpdesk.waiting_for_x()) & {one.pid for one in children}:
            with contextlib.suppress(psutil.Error):
                now = psutil.Process(pid).memory_info().rss
                self.first = self.first or now
                self.most = max(self.most, now)
        return True


@pytest.mark.soak
@covers("X11")
def test_a_hundred_thousand_accounts_are_a_thousand_calls_in_flat_memory(many, capsys):
    helpdesk, x = many.helpdesk, many.helpdesk.x
    watch, began = Watch(helpdesk), time.monotonic()
    helpdesk.admin.call("ir.cron", "write", [helpdesk.id_of(JOB)], {"active": True})
    helpdesk.query(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id = %s",
        helpdesk.id_of(JOB),
    )
    for calls in (MANY // 200, MANY // 100):
        wait_until(
            lambda calls=calls: watch.look() and x.count(LOOK_UP) >= calls,
            f"{calls} calls",
            seconds=3600,
        )
        if calls < MANY // 100:
            with x.hold(LOOK_UP, after=True) as held:
                # Between two runs Odoo rests for about a minute.
                held.wait_arrived(timeout=150)
                (pid,) = set(helpdesk.waiting_for_x())
                os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not many.count("asked_at < now() - interval '1 day'"), "the end")
    seconds = time.monotonic() - began
    assert x.count(LOOK_UP) == MANY // 100
    assert set(many.asked().values()) == {1}
    assert len(many.asked()) == MANY
    with capsys.disabled():
        say(
            f"\n100,000 accounts: {x.count(LOOK_UP)} calls in {seconds:.0f} s, killed "
            f"once; memory {watch.first / 2**20:.0f} MB at first, "
            f"{watch.most / 2**20:.0f} MB at most"
        )
    assert watch.most - watch.first < FLAT
