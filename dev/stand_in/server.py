"""The stand-in as one object: started, scripted and asked from a test."""

import hashlib
import socket
import threading
import time
from contextlib import suppress

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

from .accounts import DEFAULT_ACCOUNTS, Accounts
from .browser import answer_page
from .faults import ConnectionCut, Faults, Holds, perform
from .limits import Limits
from .net import HOST, listen
from .oauth import Book, XServer
from .record import Call, Record
from .users import Users, asked_in
from .web import Site


class _Handler(WSGIRequestHandler):
    """Writes no access log: the addresses carry codes and states."""

    def log_request(self, code="-", size="-"):
        """Say nothing."""


def _hang_up(sock):
    """End a connection both ways; left alone it waits for a second request."""
    with suppress(OSError):  # the other side may be gone
        sock.shutdown(socket.SHUT_RDWR)


class _Parts:
    """What the pages and the API of X work on."""

    def __init__(self, apps, accounts, book, limits, base_url, demo):
        self.accounts = accounts
        self.demo = demo
        self.server = XServer(book, apps)
        self.users = Users(book, apps, accounts, limits, base_url)


class StandIn:
    """A local X.

    :param apps: registered apps; more with ``register``
    :param port: 0 for any free one, see ``base_url`` after the start
    :param accounts: a sequence, or a mapping by id such as a Crowd
    :param demo: the authorize page says at the top what it is
    :param clock: called for the time in seconds; codes, tokens and limits follow it
    :param mailbox: a Mailbox to show at ``/mailbox`` and ``/mailbox.json``
    :param mailbox_only: serve nothing of X
    """

    def __init__(
        self,
        apps=(),
        port=0,
        accounts=DEFAULT_ACCOUNTS,
        demo=False,
        clock=time.time,
        mailbox=None,
        mailbox_only=False,
    ):
        self.port = port
        self.faults = Faults()
        self.limits = Limits(clock)
        self._clock = clock
        self._apps = {app.client_id: app for app in apps}
        self._accounts = Accounts(accounts)
        self._book = Book(clock)
        self._sent_secrets = set()
        self._record = Record()
        self._stopping = threading.Event()
        self._holds = Holds(self._stopping)
        parts = None if mailbox_only else self._parts(demo)
        self._site = Site(parts, mailbox)
        self._server = None
        self._thread = None

    def _parts(self, demo):
        """X itself, on the books and accounts of this object."""
        return _Parts(
            self._apps,
            self._accounts,
            self._book,
            self.limits,
            lambda: self.base_url,
            demo,
        )

    # running

    @property
    def base_url(self):
        """``http://127.0.0.1:<port>``: authorize, API and media base in one."""
        return f"http://{HOST}:{self.port}"

    def start(self):
        """Open the port and begin to answer.

        :raise OSError: the port is taken
        """
        with listen(self.port) as sock:
            self.port = sock.getsockname()[1]
            self._server = make_server(
                HOST,
                self.port,
                self._application,
                threaded=True,
                request_handler=_Handler,
                fd=sock.fileno(),
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="stand-in",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self):
        """Stop answering; requests that hang are cut."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # what a test sets

    def register(self, app):
        """Add an app, or put it in place of the one with the same client id."""
        self._apps[app.client_id] = app

    def put_account(self, account):
        """Add an account, or change the one with the same id (a new @handle).

        Where two have a handle it belongs to the one that was put here last.
        """
        self._accounts[account.id] = account

    def remove_account(self, account):
        """The person deleted the account."""
        self._accounts.pop(account.id, None)

    def hold(self, key, after=False):
        """Hold requests: ``with x.hold("POST /2/oauth2/token") as held: …``.

        :param after: let X act, and hold its answer
        :return: a context manager that gives a Hold
        """
        return self._holds.place(key, after)

    def answer(self, authorize_url, account="ana", decision="allow"):
        """Answer the authorize page as a person with a browser would.

        :param account: the @handle of the account to choose
        :param decision: ``allow`` or ``cancel``
        :return: the callback address, not followed
        :raise DeadEnd: the page redirects nowhere
        """
        return answer_page(self.base_url, authorize_url, account, decision)

    # what a test reads

    @property
    def calls(self):
        """Every request in the order of arrival."""
        return self._record.calls()

    def count(self, key):
        """How many requests came for ``METHOD /path`` (``*`` for anything)."""
        return self._record.count(key)

    def asked(self, key="GET /2/users"):
        """How often each id was looked up, or each handle for ``GET /2/users/by``.

        :return: a Counter
        """
        return self._record.asked(key)

    def tokens_alive(self):
        """Tokens that were issued, not revoked and not past their time."""
        return self._book.alive()

    def issued_secrets(self):
        """Every code and token that was ever issued, for leak tests."""
        return self._book.secrets()

    def sent_secrets(self):
        """Every state and PKCE verifier that came in, for leak tests."""
        return sorted(self._sent_secrets)

    # one request

    def _application(self, environ, start_response):
        """WSGI: answer a request, or end its connection."""
        request = Request(environ)
        request.get_data()  # before the form is looked at, which would consume it
        try:
            response = self._counted(request)
        except ConnectionCut:
            _hang_up(environ["werkzeug.socket"])
            raise
        return response(environ, start_response)

    def _counted(self, request):
        """Write down when a request came and what became of it."""
        number = self._record.arrived(self._describe(request))
        status = 0
        try:
            response = self._respond(request)
            status = response.status_code
            return response
        except ConnectionCut as cut:
            status = cut.status
            raise
        finally:
            self._record.finished(number, status)

    def _describe(self, request):
        """The line for the record."""
        code = ""
        if request.method == "POST" and request.path == "/2/oauth2/token":
            code = request.form.get("code", "")
        return Call(
            method=request.method,
            path=request.path,
            time=self._clock(),
            code_hash=hashlib.sha256(code.encode()).hexdigest() if code else "",
            asked=asked_in(request.path, request.args),
        )

    def _respond(self, request):
        """Do what the scripts say, else what X would."""
        key = f"{request.method} {request.path}"
        self._sent_secrets |= {
            value
            for name in ("state", "code_verifier")
            for value in request.values.getlist(name)
        }
        hold = self._holds.take(key)
        fault = self.faults.take(key)
        if hold is None:
            return self._act(request, fault)
        if not hold.after:
            hold.arrive()
            return self._act(request, fault)
        response = self._act(request, fault)
        hold.arrive()
        return response

    def _act(self, request, fault):
        """Answer a request, through its fault if it has one."""
        if fault is None:
            return self._site.dispatch(request)
        sock = request.environ["werkzeug.socket"]
        return perform(
            fault, lambda: self._site.dispatch(request), sock, self._stopping
        )
