import smtplib
import socket
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config, formatLang
from odoo.tools.translate import LazyTranslate

from .. import twitter_api
from ..twitter_api import troubles
from .res_company import LOOPBACK
from .twitter_problem import PROBLEMS, TwitterProblem
from .twitter_refresh import READ_PRICE

# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

GOOD, DOUBTFUL, WRONG = "good", "doubtful", "wrong"
TRIP = "twitter.oauth.transaction"
MOST_SECONDS_AHEAD = 60
"""X's clock and a healthy one differ by less."""
MAIL_SECONDS = 5
LOCAL_NAMES = (".local", ".lan", ".internal", ".home", ".intranet", ".test")
TROUBLES = {
    troubles.ANSWER_TOO_LARGE: _lt("answer too large"),
    troubles.CONNECTION_BROKEN: _lt("connection broken"),
    troubles.LATE: _lt("no whole answer in time"),
    troubles.MADE_UP_CODE_TAKEN: _lt("X took a code that it never gave"),
    troubles.NAME_NOT_RESOLVED: _lt("name not resolved"),
    troubles.NO_CONNECTION: _lt("no connection"),
    troubles.NO_CONNECTION_IN_TIME: _lt("no connection in time"),
    troubles.PRIVATE_NETWORK: _lt("the name leads into a private network"),
    troubles.PROXY_FAILED: _lt("the proxy refused or did not answer"),
    troubles.REQUEST_REFUSED: _lt("request refused"),
    troubles.TLS_FAILED: _lt("TLS failed"),
    troubles.UNKNOWN_CODING: _lt("answer in an unknown coding"),
}
"""What the protocol says in the place of X, for the language of the reader."""


@dataclass(frozen=True)
class Line:
    """One line of the check.

    :param str state: ``good``, ``doubtful`` (or: it can't be told) or ``wrong``.
    :param str title: what was looked at.
    :param str text: what was found.
    :param str fix: the one thing that mends it; empty where nothing is to be done.
    :param str code: of the catalogue, where customers would meet it, or empty.
    """

    state: str
    title: str
    text: str
    fix: str = ""
    code: str = ""


@dataclass(frozen=True)
class Asked:
    """What came of asking X.

    :param str trouble: why it was not reached, or empty.
    :param clock_ahead: seconds, or None: not known.
    :param error: twitter_api.TwitterError that a made-up code led to, or None: it was
        not sent.
    """

    trouble: str = ""
    clock_ahead: float = None
    error: twitter_api.TwitterError = None

    @property
    def accepted(self):
        """Whether X takes the credentials; None: it can't be told."""
        if isinstance(self.error, twitter_api.CodeExpired):
            return True
        return False if isinstance(self.error, twitter_api.ClientCredentials) else None


class TwitterSetUpCheck(models.AbstractModel):
    """Looks through the set-up of a company: each part with what mends it.

    Nothing about a customer is sent anywhere. X gets a knock at its door and an
    authorization code that is made up.
    """

    _name = "twitter.set.up.check"
    _description = "Check of the set-up of X"

    @api.model
    def _lines(self, company):
        """Check all of it; asking X takes up to half a minute.

        :param res.company company: of an administrator.
        :return: list of Line, in the order in which they are mended.
        """
        # Before a place for waiting on X is taken: a mail server may be slow.
        mail = self._mail(company)
        asked = self._ask_x(company)
        return [
            self._public_address(company),
            self._own_address(company),
            self._callback(company),
            self._client_id(company, asked.accepted),
            self._client_secret(company, asked.accepted),
            self._way(asked),
            self._clock(asked),
            self._credentials(company, asked),
            self._permissions(company),
            self._privacy(company),
            *self._consent_text(company),
            mail,
            self._told(company),
            *self._customers(company, asked),
            self._look_ups(company),
            *self._sign_in(company),
        ]

    @api.model
    def _broken(self, title, text, code, state=WRONG):
        """A line of what the catalogue knows how to mend."""
        return Line(state, title, text, PROBLEMS[code].in_words(self.env)["fix"], code)

    @api.model
    def _in_words(self, answer):
        """What X said as it stands; what we say in its place in the reader's language.

        :param str answer: ``summary`` of a ``TwitterError``, or ``trouble`` of a
            ``Reach``.
        """
        return self.env._(TROUBLES[answer]) if answer in TROUBLES else answer

    # === What customers agree to, and what is shown of them === #

    @api.model
    def _consent_text(self, company):
        """A text of the company's own that is not there in each language; or nothing.

        :return: list of Line
        """
        field = company._fields["twitter_consent_text"]
        written = field._get_stored_translations(company) or {}
        missing = [
            name
            for lang, name in self.env["res.lang"].get_installed()
            if lang not in written
        ]
        if not company.twitter_consent_text or not missing:
            return []
        text = self.env._(
            "Your own text is not translated to: %(languages)s. Customers who use them "
            "read it in another language.",
            languages=", ".join(missing),
        )
        fix = self.env._("Press the language code beside the text and translate it.")
        return [Line(DOUBTFUL, self.env._("What customers agree to"), text, fix)]

    @api.model
    def _look_ups(self, company):
        """Whether handles and pictures are kept current."""
        title = self.env._("Handles and pictures of today")
        refresh = self.env["twitter.refresh"]
        if not company.twitter_has_bearer_token:
            identities_sudo = self.env["twitter.identity"].sudo()
            if not identities_sudo.search_count([("company_id", "=", company.id)]):
                text = self.env._("No account is connected yet.")
                return Line(GOOD, title, text)
            text = self.env._(
                "Off: accounts are shown as they were when they were connected."
            )
            fix = self.env._("Paste the bearer token of the app at X.")
            return Line(DOUBTFUL, title, text, fix)
        latest = refresh._latest(company)
        if latest.problem == "token_rejected":
            fix = self.env._(
                "Copy the bearer token of the app from X's console again, under Keys "
                "and tokens, and paste it into the settings."
            )
            text = self.env._("X does not accept the bearer token.")
            return Line(WRONG, title, text, fix)
        if latest.problem:
            text = self.env._(
                "X did not answer the last look-up as it should. %(answer)s",
                answer=self._in_words(latest.x_answer or ""),
            )
            state = WRONG if refresh._failing(company) else DOUBTFUL
            return self._broken(title, text.strip(), latest.problem, state)
        estimate = refresh._estimate(company, company.twitter_refresh_cap)
        needed = refresh._needed_reads(company)
        if refresh._reads(company) < needed:
            fix = self.env._(
                "X asks to drop within 24 hours what it shows no more. Let it cost US$ "
                "%(cost)s a month.",
                cost=formatLang(self.env, needed * READ_PRICE),
            )
            return Line(DOUBTFUL, title, estimate, fix)
        return Line(GOOD, title, estimate)

    @api.model
    def _sign_in(self, company):
        """Whether customers who sign in with X find back without it; or nothing.

        :return: list of Line
        """
        if not company.twitter_sign_in:
            return []
        title = self.env._("Sign in with X")
        if not self.env["res.users"]._twitter_mails_passwords():
            text = self.env._(
                "Who has lost the X account and has no password can't have a link to "
                "choose one mailed."
            )
            fix = self.env._(
                "Settings → General Settings → Permissions: switch on Password Reset."
            )
            return [Line(DOUBTFUL, title, text, fix)]
        if self.env["twitter.sign.up"]._is_open():
            text = self.env._("Offered to customers, and to whoever is new.")
        else:
            text = self.env._(
                "Offered to customers. Whoever is new reads that accounts are made on "
                "invitation only (Customer Account)."
            )
        return [Line(GOOD, title, text)]

    # === Addresses === #

    @api.model
    def _public_address(self, company):
        title, url = self.env._("Public address"), company.twitter_public_url
        if not url:
            return self._broken(title, self.env._("It is missing."), "not_configured")
        fix = self.env._(
            "Type the address that customers reach from the internet, such as "
            "https://help.example.com, here and at X."
        )
        if LOOPBACK.match(url):
            text = self.env._("%(url)s is this machine alone.", url=url)
            # With a stand-in for X that is as it should be.
            is_fine = self._is_practice()
            return Line(GOOD, title, text) if is_fine else Line(WRONG, title, text, fix)
        if self._is_inside(urlsplit(url).hostname):
            text = self.env._(
                "%(url)s looks like an address of your own network: customers outside "
                "don't reach it.",
                url=url,
            )
            return Line(DOUBTFUL, title, text, fix)
        return Line(GOOD, title, url)

    @api.model
    def _is_practice(self):
        """Whether a stand-in on this machine plays X."""
        with suppress(TwitterProblem):
            return bool(LOOPBACK.match(self.env[TRIP]._endpoints().api_base))
        return False

    @api.model
    def _is_inside(self, host):
        """Whether a host is known inside a network only."""
        try:
            return not twitter_api.is_public(host)
        except ValueError:
            return "." not in host or host.endswith(LOCAL_NAMES)

    @api.model
    def _own_address(self, company):
        """Cookies belong to one address: who begins at another one can't come back."""
        title, url = self.env._("Odoo's own address"), company.twitter_public_url
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        if url and base.rstrip("/") != url:
            text = self.env._(
                "Odoo's mails lead to %(base)s. Who signs in there is not signed in at "
                "%(url)s, where X leads back to.",
                base=base,
                url=url,
            )
            fix = self.env._(
                "Let both be the address that customers use: the public address in "
                "these settings, or, with the developer mode on, Settings → Technical "
                "→ System Parameters: web.base.url, and web.base.url.freeze = True."
            )
            return Line(DOUBTFUL, title, text, fix)
        if url and url.startswith("https://") and not config["proxy_mode"]:
            text = self.env._(
                "Odoo does not read what a proxy tells of the customer's address: all "
                "who come through one count as a single visitor."
            )
            fix = self.env._(
                "In Odoo's configuration file set proxy_mode = True. The proxy has to "
                "send X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host."
            )
            return Line(DOUBTFUL, title, text, fix)
        return Line(GOOD, title, base)

    @api.model
    def _callback(self, company):
        title, url = self.env._("Callback address at X"), company.twitter_callback_url
        set_up = self.env["twitter.set.up"]
        if not url:
            return self._broken(title, self.env._("It is missing."), "not_configured")
        is_known = set_up._is_known_callback(company)
        lost = set_up._lost(company)
        if is_known and set_up._failing(company) != "never_returned":
            return Line(GOOD, title, self.env._("X leads back to %(url)s.", url=url))
        if not lost:
            text = self.env._("X has not led anybody back to %(url)s yet.", url=url)
            if not company._twitter_is_ready():
                return Line(DOUBTFUL, title, text)
            fix = self.env._(
                "Sign in as a portal user and connect an account of your own at "
                "%(url)s/my/twitter.",
                url=company.twitter_public_url,
            )
            return Line(DOUBTFUL, title, text, fix)
        text = self.env._(
            "Customers who went to X within a day and did not come back to %(url)s: "
            "%(count)s. X knows another address, if only with http for https or with "
            "a slash at its end, or another client ID.",
            url=url,
            count=len(lost.partner_id),
        )
        return self._broken(title, text, "never_returned")

    # === The app === #

    @api.model
    def _client_id(self, company, accepted):
        title, client_id = self.env._("Client ID"), company.twitter_client_id
        if not client_id:
            return self._broken(title, self.env._("It is missing."), "not_configured")
        kind = twitter_api.kind_of_credential(client_id)
        if kind == "client_id" or accepted:
            text = self.env._("Of OAuth 2.0, of an app that keeps a secret.")
            return Line(GOOD, title, text)
        text = self._what_is_pasted(kind) or self.env._(
            "It does not look like a client ID of OAuth 2.0."
        )
        fix = self.env._(
            "console.x.com → Apps → your app → Keys and tokens → OAuth 2.0 Client ID: "
            "copy it, and paste it here. There is none before User authentication "
            "settings are set up, with Type of App “Web App, Automated App or Bot”."
        )
        state = WRONG if kind else DOUBTFUL
        return Line(state, title, text, fix, "client_credentials")

    @api.model
    def _what_is_pasted(self, kind):
        """In words what stands in the place of a client ID or secret; "": no idea."""
        return {
            "public_client_id": self.env._(
                "This is the client ID of an app that keeps no secret (Native App or "
                "Single page App)."
            ),
            "api_key": self.env._("This is the API key of OAuth 1.0a."),
            "api_key_secret": self.env._(
                "This looks like the API key secret of OAuth 1.0a."
            ),
            "bearer_token": self.env._("This is the bearer token of the app."),
            "access_token": self.env._("This is an access token."),
        }.get(kind, "")

    @api.model
    def _client_secret(self, company, accepted):
        title = self.env._("Client secret")
        if not company.twitter_has_client_secret:
            return self._broken(title, self.env._("It is missing."), "not_configured")
        # Nobody reads the secret; what kind it is, administrators are told.
        secret = company.sudo().twitter_client_secret_kept
        kind = twitter_api.kind_of_credential(secret)
        if accepted or kind in ("", "client_secret"):
            return Line(GOOD, title, self.env._("It is set."))
        # One in five client secrets has the shape of an API key secret.
        is_doubtful = kind == "api_key_secret" and accepted is None
        state = DOUBTFUL if is_doubtful else WRONG
        text = self._what_is_pasted(kind)
        return self._broken(title, text, "client_credentials", state)

    @api.model
    def _permissions(self, company):
        title = self.env._("Permissions")
        scopes = ", ".join(twitter_api.scopes_for(company.twitter_request_email))
        text = self.env._("Asked of customers: %(scopes)s.", scopes=scopes)
        if self.env["twitter.set.up"]._newest_problem(company) == "scope_missing":
            less = self.env._("X gave less to the last customer.")
            return self._broken(title, f"{text} {less}", "scope_missing")
        return Line(GOOD, title, text)

    @api.model
    def _privacy(self, company):
        title, url = self.env._("Privacy policy"), company.twitter_privacy_url
        if not url:
            text = self.env._("Its address is missing. X demands one.")
            return self._broken(title, text, "not_configured")
        return Line(GOOD, title, url)

    # === X === #

    @api.model
    def _ask_x(self, company):
        """Knock at X, and show it the credentials where there are some."""
        trips = self.env[TRIP]
        try:
            endpoints = trips._endpoints()
        except TwitterProblem:
            return Asked(
                self.env._("the environment of Odoo's process names no address of X")
            )
        if not trips._take_slot():
            return Asked(self.env._("all places for waiting on X are taken"))
        reached = twitter_api.reach(endpoints.api_base)
        if reached.trouble:
            return Asked(self._in_words(reached.trouble))
        has_both = company.twitter_client_id and company.twitter_has_client_secret
        error = None
        if has_both and company.twitter_callback_url:
            error = twitter_api.probe(endpoints, company._twitter_app())
        return Asked("", reached.clock_ahead, error)

    @api.model
    def _way(self, asked):
        title = self.env._("Way to X")
        if asked.trouble:
            text = self.env._("X was not reached: %(why)s.", why=asked.trouble)
            return self._broken(title, text, "x_unreachable")
        return Line(GOOD, title, self.env._("X answers, and its certificate is good."))

    @api.model
    def _clock(self, asked):
        title, ahead = self.env._("Clock"), asked.clock_ahead
        if ahead is None:
            text = self.env._("It could not be compared with X's.")
            return Line(DOUBTFUL, title, text)
        seconds = round(abs(ahead))
        if seconds <= MOST_SECONDS_AHEAD:
            return Line(GOOD, title, self.env._("It agrees with X's."))
        text = self.env._("It is %(seconds)s seconds behind X's.", seconds=seconds)
        if ahead > 0:
            text = self.env._(
                "It is %(seconds)s seconds ahead of X's.", seconds=seconds
            )
        fix = self.env._(
            "Let the server keep its time by NTP. A wrong clock breaks certificates "
            "and ends links and codes too early or too late."
        )
        return Line(WRONG, title, text, fix)

    @api.model
    def _credentials(self, company, asked):
        title, error = self.env._("Client ID and secret at X"), asked.error
        if asked.accepted:
            return Line(GOOD, title, self.env._("X takes them."))
        if asked.accepted is False:
            text = self.env._(
                "X does not take them together (%(answer)s).", answer=error.summary
            )
            kind = twitter_api.kind_of_credential(company.twitter_client_id)
            if kind and kind != "client_id":
                # The line of the client ID says what mends it.
                return Line(DOUBTFUL, title, text, code="client_credentials")
            return self._broken(title, text, "client_credentials")
        if error is None:
            text = self.env._("They were not shown to X: see the lines above.")
            return Line(DOUBTFUL, title, text)
        text = self.env._(
            "It can't be told: X answered neither yes nor no (%(answer)s).",
            answer=self._in_words(error.summary),
        )
        return self._broken(title, text, error.code, DOUBTFUL)

    # === Mail === #

    @api.model
    def _mail(self, company):
        title = self.env._("Outgoing mail")
        fix = self.env._(
            "Settings → General Settings → Emails → Outgoing Email Servers: press "
            "“Test Connection”."
        )
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action", False)
        if not queue or not queue.active:
            text = self.env._(
                "Queued mails are not sent: their scheduled action is off."
            )
            fix = self.env._(
                "With the developer mode on, Settings → Technical → Scheduled Actions: "
                "switch on “Mail: Email Queue Manager”."
            )
            return Line(WRONG, title, text, fix)
        trouble = self._mail_trouble(company)
        if trouble:
            text = self.env._(
                "Codes and links do not reach customers: the mail server did not take "
                "the connection (%(why)s).",
                why=trouble,
            )
            return Line(WRONG, title, text, fix)
        if not company.email:
            text = self.env._(
                "The mail server answers. Your company has no e-mail address, so that "
                "nobody can answer our mails."
            )
            fix = self.env._("Settings → Users & Companies → Companies: Email.")
            return Line(DOUBTFUL, title, text, fix)
        return Line(GOOD, title, self.env._("The mail server answers."))

    @api.model
    def _mail_trouble(self, company):
        """Why no mail would go out, in a few words; an empty string: it would."""
        sender = self.env["twitter.mail"]._sender(company)["email_from"]
        # Which server, and its password, is nobody's business here.
        servers_sudo = self.env["ir.mail_server"].sudo()
        server_sudo, smtp_from = servers_sudo._find_mail_server(sender)
        is_own = server_sudo and server_sudo.smtp_authentication != "cli"
        host = server_sudo.smtp_host if is_own else config["smtp_server"]
        port = server_sudo.smtp_port if is_own else config["smtp_port"]
        try:
            # Odoo would wait for a minute where nobody answers.
            socket.create_connection((host, port), MAIL_SECONDS).close()
            connection = servers_sudo._connect__(
                mail_server_id=server_sudo.id if server_sudo else None,
                smtp_from=smtp_from,
            )
        except (
            OSError,
            OverflowError,
            ValueError,
            smtplib.SMTPException,
            UserError,
        ) as error:
            return type(error).__name__
        if connection:
            connection.close()
        return ""

    @api.model
    def _told(self, company):
        title = self.env._("Who is told of problems")
        # Administrators may read who the others are.
        admins = self.env["twitter.set.up"]._admins(company)
        if not admins:
            text = self.env._("No administrator of the company has an e-mail address.")
            fix = self.env._(
                "Settings → Users & Companies → Users → yourself: Email. What keeps "
                "customers from connecting is mailed there."
            )
            return Line(DOUBTFUL, title, text, fix)
        return Line(GOOD, title, ", ".join(admins.mapped("name")))

    # === Customers === #

    @api.model
    def _customers(self, company, asked):
        """What customers ran into within a day that the lines above don't show."""
        return [
            self._customers_line(trips)
            for trips in self.env["twitter.set.up"]._met(company)
            # X has just said whether that is so still.
            if asked.accepted is None or trips[0].problem != "client_credentials"
        ]

    @api.model
    def _customers_line(self, trips):
        title, text = self.env._("What customers met"), self._met(trips)
        code = trips[0].problem
        if self.env["twitter.set.up"]._is_over(trips):
            over = self.env._("Others have come through since.")
            return Line(GOOD, title, f"{text} {over}", code=code)
        state = DOUBTFUL if PROBLEMS[code].start_again else WRONG
        return self._broken(title, text, code, state)

    @api.model
    def _met(self, trips):
        what = PROBLEMS[trips[0].problem].in_words(self.env)["step"]
        text = self.env._(
            "%(what)s. Customers within a day: %(count)s.",
            what=what[:1].upper() + what[1:],
            count=len(trips.partner_id),
        )
        answers = [answer for answer in trips.mapped("x_answer") if answer]
        if not answers:
            return text
        said = self.env._(
            "X's last answer: %(answer)s", answer=self._in_words(answers[0])
        )
        return f"{text} {said}"
