"""The catalogue: what each problem code means, in the words of who reads it.

Pages, mails and the ticket print these texts and no others, so that nobody is told
two different things. The codes are a closed set; what answers of X lead to them is
decided in ``twitter_api``.
"""

from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

# There is no environment yet when a catalogue is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)


class TwitterProblem(Exception):
    """A step of the customer can't be done, for a reason that has a code.

    :param str code: a key of :data:`PROBLEMS`.
    :param bool from_link: whether it was met on the way of an agent's link.
    :param int retry_after: seconds until it may be tried again; 0: not known.
    """

    def __init__(self, code, from_link=False, retry_after=0):
        super().__init__(code)
        self.code = code
        self.from_link = from_link
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

    :param agent: a few words for the ticket: how far the customer came.
    :param title: the customer's headline: what happened.
    :param text: what the customer does now.
    :param int status: HTTP status of the page that tells it.
    :param bool start_again: whether pressing the button again can help.
    """

    agent: object
    title: object
    text: object
    status: int = 400
    start_again: bool = True


PROBLEMS = {
    "cancelled": Problem(
        _lt("stopped at X: cancelled"),
        _lt("Nothing was connected"),
        _lt(
            "You stopped, at X or here. To connect another X account, switch to it on "
            "x.com first; then start again."
        ),
    ),
    "state_unknown": Problem(
        _lt("came back with an address that is not ours"),
        _lt("We don't know this page"),
        _lt(
            "The address is incomplete or too old. Nothing was connected; start again."
        ),
        404,
    ),
    "state_expired": Problem(
        _lt("came back too late"),
        _lt("That took too long"),
        _lt("For your safety an attempt ends after a few minutes. Start again."),
        410,
    ),
    "other_browser": Problem(
        _lt("came back in another browser"),
        _lt("This is not the browser you started in"),
        _lt(
            "X answered in another browser, as its app does on some phones, or you "
            "signed in as somebody else meanwhile. Nothing was connected and nothing "
            "is lost. Go on here and stay in this browser."
        ),
        403,
    ),
    "code_expired": Problem(
        _lt("X's answer had expired"),
        _lt("X's answer had already expired"),
        _lt("X gives us only half a minute. Nothing was connected; start again."),
    ),
    "redirect_uri_mismatch": Problem(
        _lt("our set-up at X is wrong: callback address"),
        _lt("Our connection to X is not set up correctly"),
        _lt("This is our mistake, not yours. Please try again later."),
        502,
        False,
    ),
    "verifier_mismatch": Problem(
        _lt("X did not recognise the attempt"),
        _lt("X did not recognise this attempt"),
        _lt("Nothing was connected. Start again, in one tab only."),
    ),
    "client_credentials": Problem(
        _lt("our set-up at X is wrong: client ID or secret"),
        _lt("Our connection to X is not set up correctly"),
        _lt("This is our mistake, not yours. Please try again later."),
        502,
        False,
    ),
    "x_unreachable": Problem(
        _lt("X could not be reached"),
        _lt("We could not reach X"),
        _lt("Nothing was connected and nothing is lost. Try again in a few minutes."),
        502,
    ),
    "x_unavailable": Problem(
        _lt("X was out of order"),
        _lt("X is out of order right now"),
        _lt("Nothing was connected and nothing is lost. Try again in a few minutes."),
        502,
    ),
    "busy": Problem(
        _lt("too many customers at once"),
        _lt("Many people are connecting right now"),
        _lt("Nothing is lost. Wait a moment and start again."),
        503,
    ),
    "rate_limited": Problem(
        _lt("X asked us to wait"),
        _lt("X asked us to wait a little"),
        _lt("Nothing was connected. Try again in a quarter of an hour."),
        429,
    ),
    "app_not_enrolled": Problem(
        _lt("our set-up at X is wrong: the app has no package"),
        _lt("Our connection to X is not set up correctly"),
        _lt("This is our mistake, not yours. Please try again later."),
        502,
        False,
    ),
    "app_suspended": Problem(
        _lt("X suspended our app"),
        _lt("Connecting with X is not possible right now"),
        _lt("This is between us and X. Please try again another day."),
        502,
        False,
    ),
    "credits_depleted": Problem(
        _lt("our credit at X is used up"),
        _lt("Connecting with X is not possible right now"),
        _lt("This is our mistake, not yours. Please try again later."),
        502,
        False,
    ),
    "access_level": Problem(
        _lt("our app may not read accounts at X"),
        _lt("Our connection to X is not set up correctly"),
        _lt("This is our mistake, not yours. Please try again later."),
        502,
        False,
    ),
    "scope_missing": Problem(
        _lt("X did not give the permissions that are needed"),
        _lt("X did not let us see which account is yours"),
        _lt("Nothing was connected. Start again and allow what X asks."),
    ),
    "token_rejected": Problem(
        _lt("X took its answer back"),
        _lt("X took its answer back"),
        _lt("Nothing was connected. Check on x.com that your account works and retry."),
        502,
    ),
    "account_unavailable": Problem(
        _lt("the X account is suspended or locked"),
        _lt("X does not show this account"),
        _lt(
            "It may be suspended or locked. Open x.com, follow what it asks, and retry."
        ),
    ),
    "unexpected_answer": Problem(
        _lt("X answered something unknown"),
        _lt("X answered something we don't understand"),
        _lt("Nothing was connected and nothing is lost. Try again in a few minutes."),
        502,
    ),
    "already_linked": Problem(
        _lt("this X account is already connected to another contact"),
        _lt("This X account can't be connected here"),
        _lt(
            "It is already connected to a customer record. Our team sees this and can "
            "put it right. To use another X account, switch to it on x.com first; then "
            "start again."
        ),
        409,
    ),
    "wrong_account": Problem(
        _lt("came back with another X account than the ticket says"),
        _lt("This is another X account than the one that wrote to us"),
        _lt("Nothing is connected. Our team sees that it was another account."),
        409,
    ),
    "wrong_customer": Problem(
        _lt("opened by somebody signed in as another customer"),
        _lt("This link is for another customer"),
        _lt("You are signed in as somebody else. Sign out, then open the link again."),
        403,
        False,
    ),
    "internal_user": Problem(
        _lt("opened by an employee"),
        _lt("Only customers can connect an X account here"),
        _lt("You are signed in as an employee. Sign in with a customer account."),
        403,
        False,
    ),
    "code_wrong": Problem(
        _lt("typed a wrong code"),
        _lt("That code is not right"),
        _lt("Type the six digits of the newest mail, or ask for a new code."),
    ),
    "code_limit": Problem(
        _lt("too many codes"),
        _lt("Too many codes"),
        _lt(
            "No more codes can be sent or tried with this link now. Answer our message "
            "and ask for a new link."
        ),
        429,
        False,
    ),
    "no_address": Problem(
        _lt("no address that is confirmed, or has stood on record for a week"),
        _lt("We can't check yet that it is you"),
        _lt(
            "There is no e-mail address on your record, it was changed or joined with "
            "another record less than a week ago, or your account has not confirmed it "
            "yet. Try again in a week, or write to us: we help you in another way."
        ),
        409,
        False,
    ),
    "link_expired": Problem(
        _lt("opened the link after it had expired"),
        _lt("This link has expired"),
        _lt("Answer our message and ask for a new one."),
        410,
        False,
    ),
    "link_used": Problem(
        _lt("opened a link that had been used"),
        _lt("This link has been used"),
        _lt("Each link works once. If you did not use it yourself, tell us."),
        410,
        False,
    ),
    "link_withdrawn": Problem(
        _lt("opened a link that is no longer valid"),
        _lt("This link is no longer valid"),
        _lt("Answer our message and ask for a new one."),
        410,
        False,
    ),
    "consent_missing": Problem(
        _lt("did not tick the consent"),
        _lt("We need your consent first"),
        _lt("Tick the box if you agree. Without it nothing is connected."),
    ),
    "cookies_off": Problem(
        _lt("the browser refuses cookies, or the page was too old"),
        _lt("This page was open for too long, or your browser refuses cookies"),
        _lt("Allow cookies for this site, load the page again and press the button."),
    ),
    "sign_up_closed": Problem(
        _lt("tried to sign up, which is not offered"),
        _lt("Accounts are made on invitation only"),
        _lt("Answer our message and ask for an invitation."),
        403,
        False,
    ),
    "not_configured": Problem(
        _lt("connecting with X is not set up"),
        _lt("Connecting with X is not available yet"),
        _lt("We have not finished setting it up. Please try again another day."),
        503,
        False,
    ),
    "never_returned": Problem(
        _lt("went to X and never came back"),
        _lt("You did not come back from X"),
        _lt("Nothing was connected. Start again."),
    ),
    "too_many_attempts": Problem(
        _lt("too many attempts"),
        _lt("Too many attempts"),
        _lt("Nothing was connected and nothing is lost. Wait a while and start again."),
        429,
    ),
}
