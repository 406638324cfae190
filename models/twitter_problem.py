"""The catalogue: what each problem code means, in the words of who reads it.

Pages, mails, the ticket, the set-up check and the manual print these texts and no
others, so that nobody is told two different things. The codes are a closed set; what
answers of X lead to them is decided in ``twitter_api``.
"""

from dataclasses import dataclass, fields

from odoo.tools.translate import LazyTranslate

# There is no environment yet when a catalogue is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)


class TwitterProblem(Exception):
    """A step of the customer can't be done, for a reason that has a code.

    :param str code: a key of :data:`PROBLEMS`.
    :param bool from_link: whether it was met on the way of an agent's link.
    :param bool signing_in: whether it was met while signing in with X.
    :param int retry_after: seconds until it may be tried again; 0: not known.
    """

    def __init__(self, code, from_link=False, signing_in=False, retry_after=0):
        super().__init__(code)
        self.code = code
        self.from_link = from_link
        self.signing_in = signing_in
        self.retry_after = retry_after

    @property
    def minutes(self):
        """About how many minutes until it may be tried again; 0: not known."""
        return max(1, round(self.retry_after / 60)) if self.retry_after else 0


class AlreadyLinked(TwitterProblem):
    """The X account is connected to another contact, which the customer never learns.

    :param int owner_id: of that contact, for agents who may see it.
    """

    def __init__(self, owner_id):
        super().__init__("already_linked")
        self.owner_id = owner_id


@dataclass(frozen=True)
class Problem:
    """One row of the catalogue.

    For the customer:

    :param title: the headline: what happened.
    :param text: what to do now.
    :param tuple self_help: two things to try before asking for help.

    For the agent:

    :param step: a few words for the ticket: how far the customer came.
    :param means: what it means.
    :param not_ask: what the customer is not to be asked for, or about.
    :param advice: what to do.

    For the admin:

    :param cause: what leads to it.
    :param fix: what mends it, with X's own labels and page.

    :param str fixer: who can mend it, a key of :data:`FIXERS`.
    :param int status: HTTP status of the page that tells it.
    :param bool start_again: whether pressing the button again can help.
    """

    title: object
    text: object
    self_help: tuple
    step: object
    means: object
    not_ask: object
    advice: object
    cause: object
    fix: object
    fixer: str
    status: int = 400
    start_again: bool = True

    def in_words(self, env):
        """Its texts in the language of an environment.

        :param odoo.api.Environment env: of the reader.
        :return: dict of str by name; ``self_help`` is a list of them.
        """
        words = {
            field.name: env._(getattr(self, field.name))
            for field in fields(self)
            if field.type is object
        }
        return {
            **words,
            "self_help": [env._(step) for step in self.self_help],
            "fixer": env._(FIXERS[self.fixer]),
        }


FIXERS = {
    "customer": _lt("the customer"),
    "agent": _lt("an agent"),
    "admin": _lt("an administrator"),
    "x": _lt("X alone"),
}
SETUP_MEANS = _lt(
    "Our own set-up at X is wrong. The customer did everything right, and nobody else "
    "can connect either."
)
SETUP_DO = _lt("Tell your administrator the code. Answer the customer without X.")
SETUP_NOT = _lt("the customer to try again, or in another browser")
OURS_TO_MEND = (
    _lt("Answer our message as usual: we help you without X, too."),
    _lt("Try again tomorrow: those who look after this are told."),
)
TRY_LATER = (
    _lt("Wait a few minutes, then press the button again."),
    _lt("If you are in a hurry, answer our message: we help you without X."),
)
NEW_LINK = (
    _lt("Look for a newer message from us with a link of its own."),
    _lt("Answer our message and ask for a new link."),
)
PROBLEMS = {
    "cancelled": Problem(
        title=_lt("Nothing was connected"),
        text=_lt(
            "You stopped, at X or here. To connect another X account, switch to it on "
            "x.com first; then start again."
        ),
        self_help=(
            _lt("Open x.com in this browser and see which account is signed in there."),
            _lt("Start again, and allow what X asks."),
        ),
        step=_lt("cancelled at X"),
        means=_lt(
            "The customer pressed Cancel at X, or said that the account shown was not "
            "theirs."
        ),
        not_ask=_lt("whether the link works: it did"),
        advice=_lt("Leave it to them. If they hesitate, help them without X."),
        cause=_lt("The customer refused at X, or declined the account that was shown."),
        fix=_lt(
            "Nothing. Where many refuse, read what X shows them: console.x.com → Apps "
            "→ your app, its name and its description."
        ),
        fixer="customer",
    ),
    "state_unknown": Problem(
        title=_lt("We don't know this page"),
        text=_lt(
            "The address is incomplete or too old. Nothing was connected; start again."
        ),
        self_help=(
            _lt("Open the link in our message again, all of it."),
            _lt("Start again and stay in one tab until the end."),
        ),
        step=_lt("came back with an address that is not ours"),
        means=_lt(
            "The address was shortened, copied in part, or is more than a day old."
        ),
        not_ask=_lt("for a picture of the page: it says no more than this"),
        advice=_lt("Send a new link."),
        cause=_lt(
            "A way back from X, or a link, that is not in the database: cut off, made "
            "up, or forgotten."
        ),
        fix=_lt(
            "Nothing, where it is rare. Where it is frequent, see to it that the proxy "
            "hands on the query of /twitter/callback unchanged."
        ),
        fixer="customer",
        status=404,
    ),
    "state_expired": Problem(
        title=_lt("That took too long"),
        text=_lt("For your safety an attempt ends after a few minutes. Start again."),
        self_help=(
            _lt("Sign in on x.com first, so that X asks for nothing but your consent."),
            _lt("Start again and finish within ten minutes."),
        ),
        step=_lt("came back too late"),
        means=_lt(
            "More than ten minutes passed at X, or before the last button, or half an "
            "hour since the code."
        ),
        not_ask=_lt("what they did wrong: they were slow, or X made them sign in"),
        advice=_lt(
            "Ask them to press the button once more; the link still works until it "
            "expires."
        ),
        cause=_lt(
            "More than ten minutes at X, or from X to the last button; or the client "
            "ID was changed meanwhile."
        ),
        fix=_lt(
            "Nothing, where it is rare. Where it is frequent, check the clock of the "
            "database server."
        ),
        fixer="customer",
        status=410,
    ),
    "other_browser": Problem(
        title=_lt("This is not the browser you started in"),
        text=_lt(
            "X answered in another browser, as its app does on some phones, or you "
            "signed in as somebody else meanwhile. Nothing is lost: go on here and "
            "stay in this browser."
        ),
        self_help=(
            _lt("Go on in the page that is open now: it lets you finish there."),
            _lt(
                "Or press the button for a long time and choose to open it in the "
                "browser, not in X's app."
            ),
        ),
        step=_lt("came back in another browser"),
        means=_lt(
            "The phone opened X's app, and the app came back in a browser that had not "
            "begun."
        ),
        not_ask=_lt("them to install, delete or update anything"),
        advice=_lt(
            "Tell them to finish on the page that is open. A forwarded link looks the "
            "same: send nothing anew unless they ask."
        ),
        cause=_lt(
            "X's app takes over its own addresses and comes back in the phone's "
            "default browser. The cookie of the first one is not there."
        ),
        fix=_lt(
            "Where it happens on computers, too, the proxy changes cookies: set "
            "SameSite=Lax for Odoo's session, and one public address for all pages."
        ),
        fixer="customer",
        status=403,
    ),
    "code_expired": Problem(
        title=_lt("X's answer had already expired"),
        text=_lt("X gives us only half a minute. Nothing was connected; start again."),
        self_help=(
            _lt("Start again: it mostly works the second time."),
            _lt("Use one tab, and don't reload the page while it loads."),
        ),
        step=_lt("X's answer had expired"),
        means=_lt("X's answer is good for 30 seconds, and reached us later or twice."),
        not_ask=_lt("what they pressed"),
        advice=_lt(
            "Ask them to start again. Tell your administrator where it happens to "
            "several customers."
        ),
        cause=_lt(
            "X's code was older than 30 seconds, used before, or of another app."
        ),
        fix=_lt(
            "Look for what delays or repeats requests to /twitter/callback: an "
            "overloaded server, a scanner, a proxy that retries. Check that client ID "
            "and secret are of the same app."
        ),
        fixer="customer",
    ),
    "redirect_uri_mismatch": Problem(
        title=_lt("Our connection to X is not set up correctly"),
        text=_lt("This is our mistake, not yours. Please try again later."),
        self_help=OURS_TO_MEND,
        step=_lt("our set-up at X is wrong: callback address"),
        means=SETUP_MEANS,
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt("X compares the callback address of both steps, and they differed."),
        fix=_lt(
            "Settings → Helpdesk → X (Twitter): copy the callback address. "
            "console.x.com → Apps → your app → User authentication settings → Edit → "
            "Callback URI: paste it, without changing a character, and Save."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "verifier_mismatch": Problem(
        title=_lt("X did not recognise this attempt"),
        text=_lt("Nothing was connected. Start again, in one tab only."),
        self_help=(
            _lt("Close the other tabs in which you began."),
            _lt("Start again in one tab."),
        ),
        step=_lt("X did not recognise the attempt"),
        means=_lt("X mixed up two attempts of the same customer."),
        not_ask=_lt("for their password or a code of X"),
        advice=_lt(
            "Ask them to start again in one tab. Tell your administrator where it "
            "happens twice."
        ),
        cause=_lt("The verifier (PKCE) that went to X belongs to another attempt."),
        fix=_lt(
            "Two databases or a restored copy may share one app: each needs its own "
            "app at console.x.com."
        ),
        fixer="customer",
    ),
    "client_credentials": Problem(
        title=_lt("Our connection to X is not set up correctly"),
        text=_lt("This is our mistake, not yours. Please try again later."),
        self_help=OURS_TO_MEND,
        step=_lt("our set-up at X is wrong: client ID or secret"),
        means=SETUP_MEANS,
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "X does not take the client ID with this client secret: one was mistyped, "
            "regenerated or swapped, is the API key of OAuth 1.0a, or the type of the "
            "app was changed."
        ),
        fix=_lt(
            "console.x.com → Apps → your app → User authentication settings: Type of "
            "App is “Web App, Automated App or Bot”. Then Keys and tokens → OAuth 2.0 "
            "Client ID and Client Secret → Regenerate, and paste both values in "
            "Settings → Helpdesk → X (Twitter)."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "x_unreachable": Problem(
        title=_lt("We could not reach X"),
        text=_lt(
            "Nothing was connected and nothing is lost. Try again in a few minutes."
        ),
        self_help=TRY_LATER,
        step=_lt("X could not be reached"),
        means=_lt("Our server got no connection to X, or no answer in time."),
        not_ask=_lt("them about their own internet: it is our server"),
        advice=_lt(
            "Ask them to try later. Where it lasts longer than an hour, tell your "
            "administrator."
        ),
        cause=_lt(
            "No connection to api.x.com on port 443, or no answer within 15 seconds."
        ),
        fix=_lt(
            "On the server: open the way out to api.x.com and pbs.twimg.com, port 443; "
            "check name resolution, proxy and the certificates of the system. X's "
            "state stands at developer.x.com/status."
        ),
        fixer="admin",
        status=502,
    ),
    "x_unavailable": Problem(
        title=_lt("X is out of order right now"),
        text=_lt(
            "Nothing was connected and nothing is lost. Try again in a few minutes."
        ),
        self_help=TRY_LATER,
        step=_lt("X was out of order"),
        means=_lt("X itself answered that it is out of order."),
        not_ask=_lt("them to change anything on their side"),
        advice=_lt(
            "Ask them to try later today. The link goes on working until it expires."
        ),
        cause=_lt(
            "X, or the network in front of it, answered with an error of its own."
        ),
        fix=_lt(
            "Wait; see developer.x.com/status. Where it lasts for days although X is "
            "well, the network in front of X blocks your server's address: ask X's "
            "support."
        ),
        fixer="x",
        status=502,
    ),
    "busy": Problem(
        title=_lt("Many people are connecting right now"),
        text=_lt("Nothing is lost. Wait a moment and start again."),
        self_help=(
            _lt("Wait a minute, then load the page again."),
            _lt("Try at a quieter hour: your link goes on working until it expires."),
        ),
        step=_lt("too many customers at once"),
        means=_lt("All places for waiting on X were taken in that moment."),
        not_ask=_lt("them to change anything on their side"),
        advice=_lt("Ask them to try again now: it lasts seconds."),
        cause=_lt(
            "At most half of Odoo's workers wait for X at once, so that tickets and "
            "portal go on."
        ),
        fix=_lt(
            "Where it is frequent, X is slow (developer.x.com/status) or there are too "
            "few workers: raise “workers” in Odoo's configuration."
        ),
        fixer="admin",
        status=503,
    ),
    "rate_limited": Problem(
        title=_lt("X asked us to wait a little"),
        text=_lt("Nothing was connected. Try again in a quarter of an hour."),
        self_help=(
            _lt("Wait a quarter of an hour; trying sooner makes it longer."),
            _lt("If you are in a hurry, answer our message: we help you without X."),
        ),
        step=_lt("X asked us to wait"),
        means=_lt(
            "X lets an account be read only so often, or our app has reached its limit."
        ),
        not_ask=_lt("them to try again at once"),
        advice=_lt("Ask them to wait a quarter of an hour."),
        cause=_lt(
            "X answered 429: too many reads of this account in 15 minutes, or the "
            "app's cap is reached."
        ),
        fix=_lt(
            "Nothing, where it is rare. Else see console.x.com → Usage: a cap of an "
            "old plan is lifted by moving the app to Pay-per-use."
        ),
        fixer="x",
        status=429,
    ),
    "app_not_enrolled": Problem(
        title=_lt("Our connection to X is not set up correctly"),
        text=_lt("This is our mistake, not yours. Please try again later."),
        self_help=OURS_TO_MEND,
        step=_lt("our set-up at X is wrong: the app has no package"),
        means=SETUP_MEANS,
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "The app at X is in no package that may read accounts "
            "(client-not-enrolled)."
        ),
        fix=_lt(
            "console.x.com → Apps → Manage apps → your app → Move to package → "
            "Pay-per-use → Production."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "app_suspended": Problem(
        title=_lt("Connecting with X is not possible right now"),
        text=_lt("This is between us and X. Please try again another day."),
        self_help=OURS_TO_MEND,
        step=_lt("X suspended our app"),
        means=_lt(
            "X has switched off our app. No customer can connect, whatever they do."
        ),
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "X has suspended the app, mostly for its description or for a breach of "
            "X's rules."
        ),
        fix=_lt(
            "Read X's mail to the owner of the app, and appeal at "
            "help.x.com/forms/platform."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "credits_depleted": Problem(
        title=_lt("Connecting with X is not possible right now"),
        text=_lt("This is our mistake, not yours. Please try again later."),
        self_help=OURS_TO_MEND,
        step=_lt("our credit at X is used up"),
        means=_lt(
            "X bills us for each account that is read, and our credit is used up."
        ),
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "The balance at X is empty, or the monthly spending limit is reached "
            "(CreditsDepleted)."
        ),
        fix=_lt(
            "console.x.com → Billing: buy credit, switch on Auto-recharge, or raise "
            "the spending limit."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "access_level": Problem(
        title=_lt("Our connection to X is not set up correctly"),
        text=_lt("This is our mistake, not yours. Please try again later."),
        self_help=OURS_TO_MEND,
        step=_lt("our app may not read accounts at X"),
        means=SETUP_MEANS,
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "The app's access level at X does not allow to read accounts, or its "
            "developer account was closed."
        ),
        fix=_lt(
            "console.x.com → Apps → Manage apps → your app → Move to package → "
            "Pay-per-use → Production; then see whether the developer account itself "
            "is active."
        ),
        fixer="admin",
        status=502,
        start_again=False,
    ),
    "scope_missing": Problem(
        title=_lt("X did not let us see which account is yours"),
        text=_lt("Nothing was connected. Start again and allow what X asks."),
        self_help=(
            _lt("Start again, and allow everything on X's page."),
            _lt(
                "On x.com under Settings → Security and account access → Apps and "
                "sessions → Connected apps, remove our app; then start again."
            ),
        ),
        step=_lt("X did not give the permissions that are needed"),
        means=_lt("X did not hand over the permission to see which account it is."),
        not_ask=_lt("them for their password"),
        advice=_lt(
            "Ask them to start again. Where it happens to several, tell your "
            "administrator."
        ),
        cause=_lt("X granted less than users.read and tweet.read."),
        fix=_lt(
            "console.x.com → Apps → your app → User authentication settings → App "
            "permissions: Read; Save."
        ),
        fixer="customer",
    ),
    "token_rejected": Problem(
        title=_lt("X took its answer back"),
        text=_lt(
            "Nothing was connected. Check on x.com that your account works and retry."
        ),
        self_help=(
            _lt("Open x.com and see whether it asks you for something."),
            _lt("Start again."),
        ),
        step=_lt("X took its answer back"),
        means=_lt(
            "X gave a permission and refused it at once: the account is locked, or X "
            "has trouble."
        ),
        not_ask=_lt("them whether they pressed the right button: they did"),
        advice=_lt(
            "Ask them to look whether their account works at x.com, then to try again."
        ),
        cause=_lt(
            "X answered 401 to a permission that was seconds old: the account is "
            "locked, or X has an outage."
        ),
        fix=_lt(
            "Where it happens to many at once it is X: see developer.x.com/status."
        ),
        fixer="customer",
        status=502,
    ),
    "account_unavailable": Problem(
        title=_lt("X does not show this account"),
        text=_lt(
            "It may be suspended or locked. Open x.com, follow what it asks, and retry."
        ),
        self_help=(
            _lt("Open x.com and follow what it asks of you."),
            _lt("Use another X account of yours, if you wrote from it."),
        ),
        step=_lt("the X account is suspended or locked"),
        means=_lt(
            "X does not show this account to anybody: it is suspended, locked or "
            "deleted."
        ),
        not_ask=_lt("them to prove anything else about the account"),
        advice=_lt("Help them without X."),
        cause=_lt("The customer's account is suspended, locked or deleted at X."),
        fix=_lt("Nothing: it is between the customer and X."),
        fixer="customer",
    ),
    "unexpected_answer": Problem(
        title=_lt("X answered something we don't understand"),
        text=_lt(
            "Nothing was connected and nothing is lost. Try again in a few minutes."
        ),
        self_help=TRY_LATER,
        step=_lt("X answered something unknown"),
        means=_lt("X answered in a way that is not known to us."),
        not_ask=_lt("them to describe what X said"),
        advice=_lt(
            "Ask them to try again later. Where it happens twice, tell your "
            "administrator."
        ),
        cause=_lt(
            "X's answer has no known meaning. Where it has a status, that stands in "
            "Odoo's log."
        ),
        fix=_lt(
            "Settings → Helpdesk → X (Twitter) → Check the set-up shows X's words. "
            "Where X has changed something, update this app."
        ),
        fixer="admin",
        status=502,
    ),
    "already_linked": Problem(
        title=_lt("This X account can't be connected here"),
        text=_lt(
            "It is connected to a customer record already; our team sees this and can "
            "put it right. To use another X account, switch to it on x.com first, then "
            "start again."
        ),
        self_help=(
            _lt(
                "Think whether you have another customer account with us, and use that."
            ),
            _lt(
                "To use another X account, switch to it on x.com first; then start "
                "again."
            ),
        ),
        step=_lt("this X account is already connected to another contact"),
        means=_lt(
            "The same person has two contacts here, or two persons share an X account."
        ),
        not_ask=_lt(
            "them which other record it is: they don't know, and must not learn it "
            "from you"
        ),
        advice=_lt(
            "Press “Compare the contacts”. Where it is one person, merge them; else "
            "ask which contact the account belongs to."
        ),
        cause=_lt(
            "An X account belongs to one contact of a company, and it is another one's."
        ),
        fix=_lt(
            "Merge the contacts, or disconnect the account from the other one at its "
            "owner's request."
        ),
        fixer="agent",
        status=409,
    ),
    "wrong_account": Problem(
        title=_lt("This is another X account than the one that wrote to us"),
        text=_lt("Nothing is connected. Our team sees that it was another account."),
        self_help=(
            _lt(
                "Switch on x.com to the account that you wrote from, then start again."
            ),
            _lt("If it is yours all the same, start again and say so."),
        ),
        step=_lt("came back with another X account than the ticket says"),
        means=_lt(
            "The customer was signed in at X with another account than the one noted "
            "on the ticket."
        ),
        not_ask=_lt(
            "them whether they own the noted account, before you have checked what you "
            "noted"
        ),
        advice=_lt(
            "Check the noted @handle for a typing error. The customer may connect the "
            "other account all the same."
        ),
        cause=_lt("X named another account than the one that the agent had noted."),
        fix=_lt("Nothing."),
        fixer="customer",
        status=409,
    ),
    "wrong_customer": Problem(
        title=_lt("This link is for another customer"),
        text=_lt(
            "You are signed in as somebody else. Sign out, then open the link again."
        ),
        self_help=(
            _lt("Sign out, then open the link again."),
            _lt("If the message was not for you, delete it: nothing happened."),
        ),
        step=_lt("opened by somebody signed in as another customer"),
        means=_lt(
            "Somebody opened the link who is signed in to the portal as another "
            "contact."
        ),
        not_ask=_lt("who it was"),
        advice=_lt(
            "See whether the ticket has the right contact. Two contacts of one person "
            "can be merged."
        ),
        cause=_lt(
            "The portal user's contact is not the contact that the link was made for."
        ),
        fix=_lt("Nothing. A colleague of the same company is another customer."),
        fixer="customer",
        status=403,
        start_again=False,
    ),
    "internal_user": Problem(
        title=_lt("Only customers can connect an X account here"),
        text=_lt("You are signed in as an employee. Sign in with a customer account."),
        self_help=(
            _lt("Open a private window and sign in as a customer there."),
            _lt("Send the link to the customer: only they can finish."),
        ),
        step=_lt("opened by an employee"),
        means=_lt("An employee opened the link. Only the customer can finish it."),
        not_ask=_lt("the customer for anything: it was one of us"),
        advice=_lt(
            "Send the link to the customer. To try it out, use a portal account in a "
            "private window."
        ),
        cause=_lt(
            "Employees never connect an account, neither for a customer nor for "
            "themselves."
        ),
        fix=_lt("Nothing. To try the set-up, use a portal account of your own."),
        fixer="agent",
        status=403,
        start_again=False,
    ),
    "code_wrong": Problem(
        title=_lt("That code is not right"),
        text=_lt("Type the six digits of the newest mail, or ask for a new code."),
        self_help=(
            _lt("Use the newest mail: an older code no longer works."),
            _lt("Stay in the browser in which you asked for the code."),
        ),
        step=_lt("typed a wrong code"),
        means=_lt(
            "The customer mistyped the code, or used one of an older mail or another "
            "browser."
        ),
        not_ask=_lt("them for the code, ever"),
        advice=_lt("Wait: they have five tries, and can ask for a new code."),
        cause=_lt(
            "The code is mistyped, older than ten minutes, or was asked for in another "
            "browser."
        ),
        fix=_lt(
            "Nothing, where it is rare. Where mails are late, look at the queue of "
            "outgoing mails."
        ),
        fixer="customer",
    ),
    "code_limit": Problem(
        title=_lt("Too many codes"),
        text=_lt(
            "No more codes can be sent or tried with this link now. Answer our message "
            "and ask for a new link."
        ),
        self_help=(
            _lt("Look in the spam folder for our newest mail."),
            _lt("Answer our message and ask for a new link."),
        ),
        step=_lt("too many codes"),
        means=_lt("Three codes were mailed within an hour, or five were typed wrong."),
        not_ask=_lt("them for the code, ever"),
        advice=_lt(
            "Check the address on record with the customer by another way, then send a "
            "new link."
        ),
        cause=_lt(
            "Three mails for each link and hour, five tries for each link and browser."
        ),
        fix=_lt(
            "Where codes do not arrive, look at Settings → Technical → Emails (with "
            "the developer mode on) and at "
            "the outgoing mail server."
        ),
        fixer="agent",
        status=429,
        start_again=False,
    ),
    "no_address": Problem(
        title=_lt("We can't check yet that it is you"),
        text=_lt(
            "There is no e-mail address on your record, it was changed or joined with "
            "another record less than a week ago, or your account has not confirmed it "
            "yet. Try again in a week, or write to us: we help you in another way."
        ),
        self_help=(
            _lt("Sign in and choose a new password by e-mail, if the page offers it."),
            _lt("Try again a week after your address was changed."),
        ),
        step=_lt("no address that is confirmed, or has stood on record for a week"),
        means=_lt(
            "Nothing shows that the address on record is the customer's: there is "
            "none, there are several, or it was changed within seven days."
        ),
        not_ask=_lt("them to prove it with a document in public"),
        advice=_lt(
            "Help them without X, and write their address down if there is none. It "
            "counts after a week."
        ),
        cause=_lt(
            "An address that somebody else changed proves nothing for seven days: "
            "whoever changed it could have a code or a password mailed there."
        ),
        fix=_lt(
            "Nothing to set. A portal account that the customer confirms themselves "
            "needs “Password Reset” switched on: Settings → General Settings → "
            "Permissions."
        ),
        fixer="agent",
        status=409,
        start_again=False,
    ),
    "link_expired": Problem(
        title=_lt("This link has expired"),
        text=_lt("Answer our message and ask for a new one."),
        self_help=NEW_LINK,
        step=_lt("opened the link after it had expired"),
        means=_lt("The customer came after the link's time."),
        not_ask=_lt("them to look for the old link again"),
        advice=_lt("Press “X account” and send a new one."),
        cause=_lt("Links live as long as the settings say, 72 hours by default."),
        fix=_lt(
            "Where customers answer more slowly, raise “Links are valid for” in "
            "Settings → Helpdesk → X (Twitter), to a week at most."
        ),
        fixer="agent",
        status=410,
        start_again=False,
    ),
    "link_used": Problem(
        title=_lt("This link has been used"),
        text=_lt("Each link works once. If you did not use it yourself, tell us."),
        self_help=(
            _lt(
                "See on your account page whether your X account is connected already."
            ),
            _lt("If you did not use the link yourself, tell us."),
        ),
        step=_lt("opened a link that had been used"),
        means=_lt("The link has done its work; the customer opened it again."),
        not_ask=_lt("them to connect again, while the ticket shows their account"),
        advice=_lt(
            "See whether the account on the ticket is theirs. If they did not do it, "
            "disconnect it on the contact."
        ),
        cause=_lt("A link connects once."),
        fix=_lt("Nothing."),
        fixer="agent",
        status=410,
        start_again=False,
    ),
    "link_withdrawn": Problem(
        title=_lt("This link is no longer valid"),
        text=_lt("Answer our message and ask for a new one."),
        self_help=NEW_LINK,
        step=_lt("opened a link that is no longer valid"),
        means=_lt(
            "The ticket was closed, its contact or address changed, or newer links "
            "took its place."
        ),
        not_ask=_lt("them to look for the old link again"),
        advice=_lt("See what changed, then press “X account” and send a new one."),
        cause=_lt(
            "Links end with their ticket, with a change of its contact or address, and "
            "with the fourth link of a ticket."
        ),
        fix=_lt("Nothing."),
        fixer="agent",
        status=410,
        start_again=False,
    ),
    "consent_missing": Problem(
        title=_lt("We need your consent first"),
        text=_lt("Tick the box if you agree. Without it nothing is connected."),
        self_help=(
            _lt("Tick the box above the button, if you agree."),
            _lt("Load the page again: its text may have changed meanwhile."),
        ),
        step=_lt("did not tick the consent"),
        means=_lt(
            "The customer did not agree, or the text changed while they read it."
        ),
        not_ask=_lt("them to agree: it is theirs to decide"),
        advice=_lt("Help them without X, if they don't want to."),
        cause=_lt(
            "The box was not ticked, or the text on the form was no longer the current "
            "one."
        ),
        fix=_lt("Nothing."),
        fixer="customer",
    ),
    "cookies_off": Problem(
        title=_lt("This page was open for too long, or your browser refuses cookies"),
        text=_lt(
            "Allow cookies for this site, load the page again and press the button."
        ),
        self_help=(
            _lt("Load the page again, then press the button."),
            _lt("Allow cookies for this site, or open the link in another browser."),
        ),
        step=_lt("the browser refuses cookies, or the page was too old"),
        means=_lt(
            "The page was hours old, the customer had signed out, or the browser keeps "
            "no cookies."
        ),
        not_ask=_lt("them to delete all their cookies"),
        advice=_lt(
            "Ask them to open the link anew, in a browser and not inside another app."
        ),
        cause=_lt("The form came without the session that it was made for."),
        fix=_lt(
            "Where it is frequent, the proxy drops or changes cookies, or pages are "
            "reached by two addresses: keep one, and SameSite=Lax."
        ),
        fixer="customer",
    ),
    "sign_up_closed": Problem(
        title=_lt("Accounts are made on invitation only"),
        text=_lt("Answer our message and ask for an invitation."),
        self_help=(
            _lt("Look for an older invitation of ours in your mails."),
            _lt("Answer our message and ask for an invitation."),
        ),
        step=_lt("tried to sign up, which is not offered"),
        means=_lt(
            "The customer has no portal account, and cannot make one by themselves."
        ),
        not_ask=_lt("them to try another address"),
        advice=_lt("Grant portal access on the contact: gear → Grant portal access."),
        cause=_lt("Sign-up is by invitation only."),
        fix=_lt(
            "Settings → General Settings → Permissions → Customer Account: “Free sign "
            "up”, if you want it."
        ),
        fixer="agent",
        status=403,
        start_again=False,
    ),
    "not_configured": Problem(
        title=_lt("Connecting with X is not available yet"),
        text=_lt("We have not finished setting it up. Please try again another day."),
        self_help=OURS_TO_MEND,
        step=_lt("connecting with X is not set up"),
        means=_lt("The set-up in Odoo is not finished, or was taken back."),
        not_ask=SETUP_NOT,
        advice=SETUP_DO,
        cause=_lt(
            "The public address, the client ID, the client secret or the privacy "
            "policy is missing; or, for who signs in, “Customers may sign in with X” "
            "is off."
        ),
        fix=_lt(
            "Settings → Helpdesk → X (Twitter): fill in or switch on what is missing, "
            "save, and press “Check the set-up”."
        ),
        fixer="admin",
        status=503,
        start_again=False,
    ),
    "never_returned": Problem(
        title=_lt("You did not come back from X"),
        text=_lt("Nothing was connected. Start again."),
        self_help=(
            _lt("Sign in on x.com first, then start again from our page."),
            _lt("Switch off blockers for x.com, or use another browser."),
        ),
        step=_lt("went to X and never came back"),
        means=_lt(
            "The customer went to X and did not come back: they stopped there, or X "
            "showed an error of its own."
        ),
        not_ask=_lt("them to do all of it again without a hint"),
        advice=_lt(
            "Ask what X's page said. “Something went wrong. You weren't able to give "
            "access to the App” is our set-up: tell your administrator."
        ),
        cause=_lt(
            "X shows a page of its own, and tells us nothing, where the callback "
            "address or the client ID is wrong. One customer alone has mostly given "
            "up; several in a row have met that page."
        ),
        fix=_lt(
            "console.x.com → Apps → your app → User authentication settings: it is set "
            "up, Type of App is “Web App, Automated App or Bot”, and Callback URI "
            "equals the one in Settings → Helpdesk → X (Twitter) to the character. "
            "Keys and tokens → OAuth 2.0 Client ID equals the one in the settings; it "
            "is not the API Key."
        ),
        fixer="customer",
    ),
    "too_many_attempts": Problem(
        title=_lt("Too many attempts"),
        text=_lt(
            "Nothing was connected and nothing is lost. Wait a while and start again."
        ),
        self_help=(
            _lt("Wait as long as the page says, then start again."),
            _lt("If others use the same network, try with your phone's own."),
        ),
        step=_lt("too many attempts"),
        means=_lt(
            "Somebody at the customer's address, or the customer, tried very often in "
            "a short time."
        ),
        not_ask=_lt("them to try faster or again at once"),
        advice=_lt("Ask them to wait as long as the page says."),
        cause=_lt(
            "A limit was reached: System Parameters, helpdesk_twitter_identity.limit_…."
        ),
        fix=_lt(
            "Where many customers share one address, check proxy_mode and "
            "X-Forwarded-For; else raise the limit that was reached."
        ),
        fixer="customer",
        status=429,
    ),
}
