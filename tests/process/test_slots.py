"""Half of the workers wait for X at most; the next customer loses nothing."""

from concurrent.futures import ThreadPoolExecutor

from browser import connected_id, problem_of
from conftest import WORKERS
from helpdesk import TOKEN

from security_trace import covers

PLACES = WORKERS // 2


@covers("R107", "F27")
def test_the_third_of_four_workers_reads_busy_and_connects_a_little_later(helpdesk, x):
    people = helpdesk.customers(PLACES + 1)
    browsers = [helpdesk.signed_in(customer) for customer in people]
    callbacks = [
        browser.answer_x(browser.start(), customer.account)
        for browser, customer in zip(browsers, people, strict=True)
    ]
    *first, last = zip(browsers, callbacks, people, strict=True)
    browser, callback, customer = last
    with ThreadPoolExecutor(PLACES) as pool, x.hold(TOKEN) as held:
        coming = [pool.submit(way[0].come_back, way[1]) for way in first]
        held.wait_arrived(PLACES)
        page = browser.open(browser.come_back(callback))
        assert problem_of(page) == "busy"
        assert page.status_code == 503
        assert held.arrived == PLACES
        assert helpdesk.trips(customer) == [("pending",)]
        held.release()
        paths = [way.result() for way in coming]
    assert connected_id(browser.confirm(browser.come_back(callback))) == (
        customer.account.id
    )
    for (other, _callback, person), path in zip(first, paths, strict=True):
        assert connected_id(other.confirm(path)) == person.account.id


def test_a_cancelled_visit_needs_no_place(helpdesk, x):
    people = helpdesk.customers(PLACES + 1)
    browsers = [helpdesk.signed_in(customer) for customer in people]
    urls = [browser.start() for browser in browsers]
    ways = list(zip(browsers, urls, people, strict=True))
    with ThreadPoolExecutor(PLACES) as pool, x.hold(TOKEN) as held:
        for browser, url, customer in ways[:PLACES]:
            callback = browser.answer_x(url, customer.account)
            pool.submit(browser.come_back, callback)
        held.wait_arrived(PLACES)
        browser, url, customer = ways[PLACES]
        callback = browser.answer_x(url, customer.account, decision="cancel")
        page = browser.open(browser.come_back(callback))
    assert problem_of(page) == "cancelled"
