"""A set-up company on a real Odoo, its customers, and a look behind the pages."""

import contextlib
import itertools
from dataclasses import dataclass

import psutil
import psycopg2
from browser import Browser, path_of
from crowd import wait_until

from postgres import connect
from stand_in import Account, App

TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"
CLIENT_ID = "cHJvY2Vzcy10ZXN0OjE6Y2k"
CLIENT_SECRET = "planted-client-secret-5b1f0c"
PASSWORD = "admin"
ADMIN_ID = 2
MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
LIMITS = ("start", "callback", "code", "link", "contact", "ticket", "agent")
WORKS_ON_TRIP = 0x7769_0001
"""First key of the lock that a request holds while it works on a round trip."""


@dataclass(frozen=True)
class Customer:
    """A contact, with the X account that is theirs.

    :param login: of the portal user; empty where there is none.
    """

    partner_id: int
    email: str
    account: Account
    login: str = ""


class Helpdesk:
    """Odoo, X and the mailbox, with one company that is ready to connect accounts.

    :param client_id: of its app at X; two companies at once need two.
    :ivar tokens: of the links that tests have read, for looking whether they leak.
    """

    def __init__(self, odoo, x, mailbox, client_id=CLIENT_ID):
        self.odoo = odoo
        self.x = x
        self.mailbox = mailbox
        self.client_id = client_id
        self.tokens = []
        self._numbers = itertools.count(1)
        self._connection = connect(odoo.database)
        self.portal_group = self.id_of("base.group_portal")
        self.admin = self.browser().sign_in("admin", "admin")
        self._set_up()

    def close(self):
        """Let go of the database."""
        self._connection.close()

    def reconnect(self):
        """Look behind the pages again, after the database server was gone."""
        self._connection = connect(self.odoo.database)

    def _set_up(self):
        """Fill in the settings and register the app at X; no limit meets a test."""
        url = self.odoo.url
        settings = {
            "email": "help@example.com",
            "twitter_client_id": self.client_id,
            "twitter_client_secret": CLIENT_SECRET,
            "twitter_public_url": url,
            "twitter_privacy_url": "https://www.example.com/privacy",
        }
        self.admin.call("res.company", "write", [1], settings)
        parameters = [f"helpdesk_twitter_identity.limit_{name}" for name in LIMITS]
        for name in parameters:
            self.admin.call("ir.config_parameter", "set_param", name, "100000/60")
        callbacks = (f"{url}/twitter/callback",)
        self.x.register(App(self.client_id, CLIENT_SECRET, callbacks))

    # people

    def browser(self, **headers):
        """A new browser."""
        return Browser(self.odoo.url, self.x, headers)

    def customers(self, number):
        """New portal users, each with an X account."""
        people = [self._person() for _number in range(number)]
        users = [
            {
                "name": account.name,
                "login": email,
                "email": email,
                "group_ids": [(6, 0, [self.portal_group])],
            }
            for email, account in people
        ]
        ids = self.admin.call(
            "res.users", "create", users, context={"no_reset_password": True}
        )
        # Hashing a password takes a third of a second: all have the administrator's.
        self.query(
            "UPDATE res_users SET password = (SELECT password FROM res_users"
            " WHERE id = %s) WHERE id = ANY(%s)",
            ADMIN_ID,
            ids,
        )
        rows = self.query(
            "SELECT partner_id FROM res_users WHERE id = ANY(%s) ORDER BY id", ids
        )
        return [
            Customer(partner_id, email, account, login=email)
            for (partner_id,), (email, account) in zip(rows, people, strict=True)
        ]

    def customer(self):
        """A new portal user with an X account."""
        return self.customers(1)[0]

    def contact(self):
        """A new contact without portal user, with an address and an X account."""
        email, account = self._person()
        values = {"name": account.name, "email": email}
        partner_id = self.admin.call("res.partner", "create", values)
        return Customer(partner_id, email, account)

    def account(self):
        """One more X account."""
        return self._person()[1]

    def _person(self):
        number = next(self._numbers)
        account = Account(
            id=str(1745020318867010000 + number),
            username=f"person{number}",
            name=f"Person {number}",
        )
        self.x.put_account(account)
        return f"person{number}@example.com", account

    def signed_in(self, customer, **headers):
        """A browser in which a customer is signed in."""
        return self.browser(**headers).sign_in(customer.login, PASSWORD)

    # tickets and links

    def ticket(self, customer):
        """A new open ticket of a customer."""
        values = {
            "name": "Where is my order?",
            "description": "It never came.",
            "partner_id": customer.partner_id,
        }
        return self.admin.call("helpdesk.ticket", "create", values)

    def wizard(self, ticket_id):
        """Press the agent's button; the id of the dialog's row."""
        action = self.admin.call("helpdesk.ticket", "action_twitter_link", [ticket_id])
        return action["res_id"]

    def link(self, customer):
        """A link for a new ticket of a customer, as a path."""
        return path_of(self.url_in(self.wizard(self.ticket(customer))))

    def url_in(self, wizard_id):
        """The link that a dialog shows."""
        (row,) = self.admin.call("twitter.link.wizard", "read", [wizard_id], ["url"])
        self.tokens.append(row["url"].rpartition("/")[2])
        return row["url"]

    def mails_to(self, customer):
        """The mails that have reached a customer, newest first."""
        return [mail for mail in self.mailbox.messages if mail.to == customer.email]

    @contextlib.contextmanager
    def mails_wait(self):
        """Keep the mail queue from being worked on while the block runs."""
        job = "SELECT id FROM ir_cron WHERE id = %s FOR NO KEY UPDATE"
        with self.rival() as other:
            other.cursor().execute(job, [self.id_of(MAIL_QUEUE)])
            yield
            other.rollback()
        self.run_cron(MAIL_QUEUE)

    # behind the pages

    def query(self, statement, *values):
        """Run a statement that is committed at once.

        :return: the rows, if it has any.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def rival(self):
        """A transaction of somebody else, that ends when the block says so.

        :return: context manager of a connection.
        """
        with contextlib.closing(psycopg2.connect(dbname=self.odoo.database)) as other:
            yield other

    def count(self, table, customer):
        """How many rows of a table belong to a customer."""
        statement = f"SELECT count(*) FROM {table} WHERE partner_id = %s"
        return self.query(statement, customer.partner_id)[0][0]

    def trips(self, customer, columns="status"):
        """The customer's round trips, oldest first."""
        return self.query(
            f"SELECT {columns} FROM twitter_oauth_transaction"
            " WHERE partner_id = %s ORDER BY id",
            customer.partner_id,
        )

    def run_cron(self, xmlid):
        """Run a scheduled job now, to its end, once nobody else is at it."""
        wait_until(lambda: self._has_run(xmlid), f"the job {xmlid} is free")

    def _has_run(self, xmlid):
        try:
            self.admin.call("ir.cron", "method_direct_trigger", [self.id_of(xmlid)])
        except RuntimeError as error:
            if "already executing" not in str(error):
                raise
            return False
        return True

    def id_of(self, xmlid):
        """The number of a record that a module brings."""
        statement = "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s"
        return self.query(statement, *xmlid.split("."))[0][0]

    def waiting_for_rows(self):
        """The database connections that wait for a row that somebody else has."""
        return self.query(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )

    def waiting_for_x(self):
        """The process numbers of the workers that have a connection to X."""
        return [
            link.pid
            for link in psutil.net_connections("tcp4")
            if link.pid and link.raddr and link.raddr.port == self.x.port
        ]

    def serving(self):
        """The process numbers of the workers that answer a request right now."""
        return [
            link.pid
            for link in psutil.net_connections("tcp4")
            if link.pid and link.raddr and link.laddr.port == self.odoo.port
        ]
