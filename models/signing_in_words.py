"""What a customer reads where the catalogue speaks of connecting, and they sign in.

Who signs in has had no message of ours, follows no link, and connects nothing. The
codes, and what agents and administrators read, are those of the catalogue.
"""

from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

from .twitter_problem import PROBLEMS

# There is no environment yet when a catalogue is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Words:
    """Texts in the place of a problem's own; what is empty stays as it is.

    :param title: the headline: what happened.
    :param text: what to do now.
    :param tuple self_help: two things to try before asking for help.
    :param bool start_again: whether pressing the button again can help, where it can't
        for who connects.
    """

    title: object = ""
    text: object = ""
    self_help: tuple = ()
    start_again: bool = False


OTHER_WAY = _lt("Sign in with your password, if you have an account here.")
OURS_TO_MEND = (
    OTHER_WAY,
    _lt("Try again tomorrow: those who look after this are told."),
)
NOT_POSSIBLE = Words(
    _lt("Signing in with X is not possible right now"), self_help=OURS_TO_MEND
)
TRY_LATER = Words(
    text=_lt("Nothing is lost. Try again in a few minutes."),
    self_help=(_lt("Wait a few minutes, then press the button again."), OTHER_WAY),
)
SIGNING_IN = {
    "cancelled": Words(
        _lt("You stopped"),
        _lt(
            "Nothing has happened. To use another X account, switch to it on x.com "
            "first; then start again."
        ),
        (
            _lt("Open x.com in this browser and see which account is signed in there."),
            OTHER_WAY,
        ),
    ),
    "state_expired": Words(
        self_help=(
            _lt("Sign in on x.com first, then start again and stay in one tab."),
            _lt("Finish within ten minutes, the code from our mail included."),
        ),
    ),
    "state_unknown": Words(
        text=_lt("The address is incomplete or too old. Start again."),
        self_help=(
            _lt("Press the button on the sign-in page again."),
            _lt("Start again and stay in one tab until the end."),
        ),
    ),
    "other_browser": Words(
        text=_lt(
            "X answered in another browser, as its app does on some phones, or you "
            "signed in as somebody else meanwhile. Start again here, and stay in this "
            "browser."
        ),
        self_help=(
            _lt("Start again in the browser that you see now."),
            _lt(
                "Or press the button for a long time and choose to open it in the "
                "browser, not in X's app."
            ),
        ),
    ),
    "code_expired": Words(text=_lt("X gives us only half a minute. Start again.")),
    "redirect_uri_mismatch": Words(self_help=OURS_TO_MEND),
    "verifier_mismatch": Words(text=_lt("Start again, in one tab only.")),
    "client_credentials": Words(self_help=OURS_TO_MEND),
    "x_unreachable": TRY_LATER,
    "x_unavailable": TRY_LATER,
    "busy": Words(
        _lt("Many people are signing in right now"),
        self_help=(_lt("Wait a minute, then load the page again."), OTHER_WAY),
    ),
    "rate_limited": Words(
        text=_lt("Try again in a quarter of an hour."),
        self_help=(
            _lt("Wait a quarter of an hour; trying sooner makes it longer."),
            OTHER_WAY,
        ),
    ),
    "app_not_enrolled": Words(self_help=OURS_TO_MEND),
    "app_suspended": NOT_POSSIBLE,
    "credits_depleted": NOT_POSSIBLE,
    "access_level": Words(self_help=OURS_TO_MEND),
    "scope_missing": Words(text=_lt("Start again and allow what X asks.")),
    "token_rejected": Words(
        text=_lt("Check on x.com that your account works, then start again.")
    ),
    "account_unavailable": Words(
        self_help=(_lt("Open x.com and follow what it asks of you."), OTHER_WAY)
    ),
    "unexpected_answer": TRY_LATER,
    "already_linked": Words(
        _lt("This X account makes no new account here"),
        _lt(
            "It belongs to a customer record already. If that is yours, start again "
            "and sign in with it; if not, switch to another X account on x.com first."
        ),
        (
            _lt("Think whether you have another customer account with us, and use it."),
            _lt("To use another X account, switch to it on x.com; then start again."),
        ),
    ),
    "internal_user": Words(
        _lt("Only customers sign in with X here"),
        _lt("Employees sign in with their password."),
        (
            _lt("Sign in with your password."),
            _lt("Ask your administrator, if you have none."),
        ),
    ),
    "code_limit": Words(
        text=_lt(
            "There are no more codes for this attempt. Start again to get new ones."
        ),
        self_help=(
            _lt("Look in the spam folder for our newest mail."),
            _lt("See whether you typed the right address."),
        ),
        start_again=True,
    ),
    "consent_missing": Words(
        text=_lt("Tick the box if you agree. Without it no account is made.")
    ),
    "cookies_off": Words(
        self_help=(
            _lt("Load the page again, then press the button."),
            _lt("Allow cookies for this site, or use another browser."),
        )
    ),
    "sign_up_closed": Words(
        text=_lt(
            "Nobody here uses this X account yet. If you have an account with us, sign "
            "in with your password and add X on the page of your account."
        ),
        self_help=(OTHER_WAY, _lt("Look for an invitation of ours in your mails.")),
    ),
    "not_configured": Words(
        _lt("Signing in with X is not available"),
        _lt("It is not set up, or switched off."),
        (OTHER_WAY, _lt("Write to us, and we help you.")),
    ),
    "too_many_attempts": Words(
        text=_lt("Nothing is lost. Wait a while and start again.")
    ),
}


def words_for_customer(env, code, signing_in):
    """A problem's words for the customer, and whether starting again can help.

    :param odoo.api.Environment env: of the reader.
    :param str code: a key of :data:`PROBLEMS`.
    :param bool signing_in: whether it was met while signing in with X.
    :return: dict of ``title``, ``text``, ``self_help`` and ``start_again``.
    """
    problem = PROBLEMS[code]
    others = SIGNING_IN.get(code, Words()) if signing_in else Words()
    self_help = others.self_help or problem.self_help
    return {
        "title": env._(others.title or problem.title),
        "text": env._(others.text or problem.text),
        "self_help": [env._(step) for step in self_help],
        "start_again": others.start_again or problem.start_again,
    }
