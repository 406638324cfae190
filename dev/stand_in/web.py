"""The addresses of the stand-in: what stands behind each of them."""

import json

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .answers import JSON, Answer, problem
from .avatars import picture, split_name
from .oauth import SCOPES, OAuth2Error
from .pages import linked, page
from .users import Refused

AUTHORIZE = "/i/oauth2/authorize"
FORM_TYPE = "application/x-www-form-urlencoded"
PICTURES = "/profile_images/"


def to_response(answer, headers=()):
    """An Answer as an HTTP response; X lets nobody cache these."""
    response = Response(
        answer.payload(), answer.status, content_type=answer.content_type
    )
    response.headers["Cache-Control"] = "no-store"
    for name, value in dict(headers).items():
        response.headers[name] = value
    return response


def to_json(value, headers=()):
    """A value as JSON with status 200."""
    return to_response(Answer(200, json.dumps(value), JSON), headers)


class Site:
    """Routes a request to its handler.

    :param x: the parts of X, or None where only the mailbox is served
    :param mailbox: the mailbox, or None
    """

    def __init__(self, x, mailbox):
        self.routes = {"/health": {"GET": self.health}}
        self.x = x
        self.mailbox = mailbox
        if x is not None:
            self._route_x()
        if mailbox is not None:
            self.routes["/mailbox"] = {"GET": self.mails}
            self.routes["/mailbox.json"] = {"GET": self.mails_json}

    def _route_x(self):
        """The addresses of X."""
        self.routes |= {
            AUTHORIZE: {"GET": self.ask, "POST": self.decide},
            "/2/oauth2/token": {"POST": self.token},
            "/2/oauth2/revoke": {"POST": self.revoke},
            "/2/users/me": {"GET": self.me},
            "/2/users": {"GET": self.users},
            "/2/users/by": {"GET": self.users_by},
        }
        if self.x.demo:
            self.routes["/accounts"] = {"GET": self.people, "POST": self.change}

    def dispatch(self, request):
        """Answer a request."""
        try:
            return self._handler(request)(request)
        except Refused as error:
            return to_response(error.answer, error.headers)
        except NotFound:
            if request.path.startswith("/2/"):
                return to_response(problem(404, "Not Found"))
            return page("dead_end", {"title": "Page not found", "text": ""}, 404)
        except HTTPException as error:
            return error.get_response(request.environ)

    def _handler(self, request):
        """Find the handler; HEAD is GET without the body."""
        if self.x is not None and request.path.startswith(PICTURES):
            return self.avatar
        if request.path not in self.routes:
            raise NotFound()
        methods = self.routes[request.path]
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            raise MethodNotAllowed(list(methods))
        return methods[method]

    def health(self, request):
        """Up and answering."""
        return Response("ok\n", content_type="text/plain")

    # the page of X

    def ask(self, request):
        """The authorize page, or the dead end from which X never redirects back."""
        try:
            scopes, asked = self.x.server.check_authorize(_uri(request))
        except OAuth2Error as error:
            return dead_end(error.description)
        values = {
            "app": asked.client,
            "accounts": self.x.accounts.offered(),
            "scopes": [SCOPES[scope] for scope in scopes],
            "action": _uri(request),
            "demo": self.x.demo,
            "callback": asked.redirect_uri,
        }
        return page("authorize", values)

    def decide(self, request):
        """Cancel goes back with ``access_denied``, Authorize app with a code."""
        try:
            scopes, asked = self.x.server.check_authorize(_uri(request))
        except OAuth2Error as error:
            return dead_end(error.description)
        account = self.x.accounts.named(request.form.get("account", ""))
        decision = request.form.get("decision")
        if decision == "cancel":
            return redirect(self.x.server.deny(asked), 303)
        if decision != "allow" or account is None:
            return dead_end("no account or no decision was sent")
        return redirect(self.x.server.allow(_uri(request), scopes, account.id), 303)

    # the API of X

    def token(self, request):
        """POST /2/oauth2/token"""
        body, headers = _form(request)
        return to_response(self.x.server.exchange(_uri(request), body, headers))

    def revoke(self, request):
        """POST /2/oauth2/revoke"""
        body, headers = _form(request)
        return to_response(self.x.server.revoke(_uri(request), body, headers))

    def me(self, request):
        """GET /2/users/me"""
        return to_json(*self.x.users.me(_authorization(request), request.args))

    def users(self, request):
        """GET /2/users?ids="""
        return to_json(*self.x.users.by_ids(_authorization(request), request.args))

    def users_by(self, request):
        """GET /2/users/by?usernames="""
        found = self.x.users.by_usernames(_authorization(request), request.args)
        return to_json(*found)

    def avatar(self, request):
        """GET /profile_images/<number>/<name>_normal.jpg; old pictures are gone."""
        number, _, file_name = request.path.removeprefix(PICTURES).partition("/")
        name, size = split_name(file_name)
        account = self.x.accounts.with_picture(f"{number}/{name}")
        if account is None:
            raise NotFound()
        return Response(picture(account, size), content_type="image/jpeg")

    # what only the demo has

    def people(self, request):
        """The invented accounts, to be renamed, suspended or deleted by hand."""
        return page("accounts", {"accounts": self.x.accounts.offered(), "problem": ""})

    def change(self, request):
        """Do to an account what its owner, or X, would do."""
        values = request.form
        account = self.x.accounts.get(values.get("id", ""))
        if account is None:
            raise NotFound()
        try:
            changed = account.changed(
                values.get("username", ""), values.get("name", ""), values.get("state")
            )
        except ValueError as error:
            shown = {"accounts": self.x.accounts.offered(), "problem": str(error)}
            return page("accounts", shown, 400)
        if changed is None:
            del self.x.accounts[account.id]
        else:
            self.x.accounts[account.id] = changed
        return redirect("/accounts", 303)

    # the mailbox

    def mails(self, request):
        """The mails for people."""
        mails = [(mail, linked(mail.text)) for mail in self.mailbox.messages]
        return page("mailbox", {"mails": mails})

    def mails_json(self, request):
        """The mails for programs, newest first."""
        return to_json([mail.as_dict() for mail in self.mailbox.messages])


def dead_end(reason):
    """X's page for a request that it can't trust. The reason is for developers."""
    text = (
        "You weren't able to give access to the App. Go back and try logging in again."
    )
    values = {"title": "Something went wrong", "text": text, "reason": reason}
    return page("dead_end", values, 400)


def _uri(request):
    """Path and query as they were sent: werkzeug's own ``url`` is half decoded."""
    query = request.environ["QUERY_STRING"]
    return f"{request.path}?{query}" if query else request.path


def _authorization(request):
    """The header as it came."""
    return request.headers.get("Authorization", "")


def _form(request):
    """Body and headers for oauthlib; what is no form has no parameters."""
    body = request.get_data(as_text=True) if request.mimetype == FORM_TYPE else ""
    return body, {"Authorization": _authorization(request)}
