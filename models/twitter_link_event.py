from datetime import timedelta
from itertools import takewhile

from odoo import api, fields, models
from odoo.tools import SQL

from .progress import DONE_BY_CUSTOMER, progress
from .twitter_problem import PROBLEMS

KEEP_DAYS = 365
TOLD_AT_MOST = 200
"""Steps that a timeline shows."""
ENDS = ("connected", "disconnected")
"""What is done with begins anew after these."""
AT_X = ("renamed", "unavailable", "available")
"""What became of an account at X: it came from there."""
SIGN_INS = ("signed_in", "signed_up")
"""Steps after which a customer is signed in by X; who makes an account is, too."""
CONFLICT_LIVES = timedelta(days=30)
"""How long agents are shown that two contacts have proven the same X account."""


class TwitterLinkEvent(models.Model):
    """One line of what a customer did and what came of it.

    Never holds a handle, a name or an id of X: it outlives the connection.
    """

    _name = "twitter.link.event"
    _inherit = "twitter.owner.access.mixin"
    _description = "Step on the way to a connected X account"
    _order = "id desc"
    _rec_name = "kind"
    # A merge takes the ticket off a step; the link is named after its ticket.
    _twitter_owner_fields = ("partner_id", "ticket_id", "request_id")

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    # Names are alike; the report of sign-ins says whose it was.
    partner_email = fields.Char(
        string="Email", related="partner_id.email", groups="base.group_system"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="cascade", index="btree_not_null", readonly=True
    )
    request_id = fields.Many2one(
        "twitter.link.request",
        string="Link",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    attempt = fields.Char(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The link, or the round trip without one: both are forgotten before it.",
    )
    company_id = fields.Many2one("res.company", ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [
            ("link_made", "Link made"),
            ("link_sent", "Link sent by e-mail"),
            ("begun", "Begun"),
            ("code_sent", "Code sent"),
            ("proven", "Proven to be the customer"),
            ("sent_to_x", "Agreed and went to X"),
            ("returned", "Came back from X"),
            ("problem", "Problem"),
            ("reported", "Says that the noted X account is not theirs"),
            ("asked_for_help", "Asked for help"),
            ("connected", "Connected"),
            ("agreed", "Agreed to the changed text"),
            ("sign_in_on", "Chose to sign in with X, too"),
            ("sign_in_off", "No longer signs in with X"),
            ("signed_up", "Made an account with X"),
            ("signed_in", "Signed in with X"),
            ("disconnected", "Disconnected"),
            ("not_me", "Says that it was not them"),
            ("renamed", "The X account has another @handle"),
            ("unavailable", "No longer shown by X: suspended or gone"),
            ("available", "Shown by X again"),
            ("link_withdrawn", "Link withdrawn"),
            ("address_changed", "Address changed: the link has ended"),
            ("contact_changed", "Contact changed: the link has ended"),
        ],
        required=True,
        readonly=True,
    )
    problem = fields.Char(string="Problem code", readonly=True)
    is_conflict = fields.Boolean(
        compute="_compute_is_conflict", groups=fields.NO_ACCESS
    )
    owner_id = fields.Many2one(
        "res.partner",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The contact that has the X account already (already_linked).",
    )
    device = fields.Char(readonly=True)

    @api.depends("owner_id", "company_id")
    def _compute_is_conflict(self):
        """Whether the account that was shown is still where it was then."""
        for event in self:
            identity = self.env["twitter.identity"]._of(
                event.owner_id, event.company_id
            )
            event.is_conflict = bool(identity) and (
                event.create_date >= identity.linked_at
            )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._tell()
        return events

    def _tell(self):
        """Let open forms know of it, each once.

        Who may see the contact need not see the ticket; whether an account is
        connected, they see.
        """
        websocket = self.env["ir.websocket"]
        for ticket in self.ticket_id:
            websocket._tell_ticket(ticket)
        seen = self.filtered(
            lambda event: (
                event.kind != "signed_in"
                and (not event.ticket_id or event.kind in ENDS)
            )
        )
        for company, events in seen.grouped("company_id").items():
            for partner in events.partner_id:
                websocket._tell_contact(partner, company)

    @api.model
    def _log_request(self, request, kind, device="", problem=""):
        """Note a step on the way of a link.

        :param twitter.link.request request: the link, one record.
        :param str kind: a value of :attr:`kind`.
        :return: the new event.
        """
        partner = request.partner_id
        if kind == "contact_changed":
            # Told where agents look now.
            partner = request.ticket_id.partner_id or partner
        return self.create(
            {
                "partner_id": partner.id,
                "ticket_id": request.ticket_id.id,
                "request_id": request.id,
                "attempt": request._attempt(),
                "company_id": request.company_id.id,
                "kind": kind,
                "problem": problem,
                "device": device,
            }
        )

    @api.model
    def _log_begun(self, request, device):
        """Note the first press of a button, once for each link."""
        begun = [("request_id", "=", request.id), ("kind", "=", "begun")]
        if not self.search_count(begun, limit=1):
            self._log_request(request, "begun", device)

    @api.model
    def _log_disconnected(self, consents, device=""):
        """Note the end of connections, whoever ended them.

        :param str device: from where, in words, where the customer did it.
        """
        self.create(
            [
                {
                    "partner_id": consent.partner_id.id,
                    "company_id": consent.company_id.id,
                    "kind": "disconnected",
                    "device": device,
                }
                for consent in consents
            ]
        )

    @api.model
    def _log_agreed(self, identity, device):
        """Note that a customer agreed to a text that had changed."""
        self.create(
            {
                "partner_id": identity.partner_id.id,
                "company_id": identity.company_id.id,
                "kind": "agreed",
                "device": device,
            }
        )

    @api.model
    def _log_sign_in(self, identity, kind, device=""):
        """Note what a customer decided about signing in with X, or that they did.

        :param str kind: ``sign_in_on``, ``sign_in_off``, ``signed_up``, ``signed_in``.
        :param str device: from where, in words.
        """
        self.create(
            {
                "partner_id": identity.partner_id.id,
                "company_id": identity.company_id.id,
                "kind": kind,
                "device": device,
            }
        )

    @api.model
    def _has_signed_in(self, identity):
        """Whether a customer has signed in with X since they chose it."""
        signed_in = [
            ("partner_id", "=", identity.partner_id.id),
            ("company_id", "=", identity.company_id.id),
            ("kind", "=", "signed_in"),
            ("create_date", ">=", identity.sign_in_since),
        ]
        return bool(self.search_count(signed_in, limit=1))

    @api.model
    def _log_at_x(self, identity, kind):
        """Note what became of an account at X.

        :param str kind: ``renamed``, ``unavailable`` or ``available``.
        """
        self.create(
            {
                "partner_id": identity.partner_id.id,
                "company_id": identity.company_id.id,
                "kind": kind,
            }
        )

    @api.model
    def _forget_at_x(self, identities):
        """Drop what X said of accounts that are no longer connected."""
        for identity in identities:
            self.search(
                [
                    ("partner_id", "=", identity.partner_id.id),
                    ("company_id", "=", identity.company_id.id),
                    ("kind", "in", AT_X),
                ]
            ).unlink()

    # === The timeline === #

    @api.model
    def _timeline(self, partner, company):
        """What a customer has done and what came of it, with what agents make of it.

        :param res.partner partner: the customer.
        :param res.company company: for which agents work.
        :return: Markup, empty where the user may see no steps or there are none.
        """
        if not (partner and self.has_access("read") and partner.has_access("read")):
            return False
        # How often somebody signs in is nothing for agents.
        of_customer = [
            ("partner_id", "=", partner.id),
            ("company_id", "=", company.id),
            ("kind", "!=", "signed_in"),
        ]
        events = self.search(of_customer, limit=TOLD_AT_MOST).sorted("id")
        if not events:
            return False
        how_far = self._progress(SQL("%s", partner.id), SQL("%s", company.id))
        ((how_far,),) = self.env.execute_query(SQL("SELECT %s", how_far))
        latest = events._since_last_end()
        values = {
            "steps": events._folded(),
            "spared": latest._spared(how_far == "connected"),
            "summary": latest._summary(how_far, has_ended=len(latest) < len(events)),
        }
        return self.env["ir.qweb"]._render(
            "helpdesk_twitter_identity.timeline", values, minimal_qcontext=True
        )

    @api.model
    def _timeline_action(self, record):
        """A dialog with the timeline of a ticket or a contact.

        :return: dict, an action.
        """
        name = f"{record._table}_view_timeline"
        view = self.env.ref(f"helpdesk_twitter_identity.{name}")
        return {
            "name": self.env._("X account: what happened"),
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    @api.model
    def _progress(self, partner, company):
        """How far a customer has come; who reads a ticket may see its steps.

        :param SQL partner: id of the contact, whose own rules are asked.
        :param SQL company: id of the company.
        :return: SQL, a value of ``helpdesk.ticket.twitter_progress`` or NULL.
        :raise AccessError: the user may read no steps or accounts.
        """
        names = ("twitter.link.event", "twitter.link.request", "twitter.identity")
        for name in names:
            self.env[name].check_access("read")
            self.env[name].flush_model()
        partners, tickets = (
            self.env[name].with_context(active_test=False)._search([])
            for name in ("res.partner", "helpdesk.ticket")
        )
        return progress(partner, company, partners, tickets)

    def _folded(self):
        """The steps for the timeline, retries as one.

        :return: list of dict of ``text``, ``device``, ``times``, ``at`` (UTC, of the
            last time), ``code`` and ``words`` of a problem.
        """
        lines = {}
        for event in self:
            if event.kind in ("link_made", *ENDS):
                # What comes after a new link, or an end, is another attempt.
                lines = {(*key, event.id): line for key, line in lines.items()}
            key = (event.kind, event.problem, event.device)
            times = lines.pop(key, {}).get("times", 0) + 1
            lines[key] = {"event": event, "times": times}
        return [line["event"]._line(line["times"]) for line in lines.values()]

    def _line(self, times):
        """One line of the timeline: this step, done so many times."""
        problem = self.kind == "problem" and PROBLEMS.get(self.problem)
        text = self._in_words()
        return {
            "text": text[:1].upper() + text[1:],
            "device": self.device,
            "times": times,
            "at": self.create_date,
            "code": problem and self.problem,
            "words": problem and problem.in_words(self.env),
        }

    def _in_words(self):
        """This step within a sentence, where X keeps its capital."""
        if self.kind == "problem" and self.problem in PROBLEMS:
            return self.env._(PROBLEMS[self.problem].step)
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return kinds[self.kind][:1].lower() + kinds[self.kind][1:]

    def _since_last_end(self):
        """The steps since the account was last connected or disconnected."""
        since = takewhile(lambda event: event.kind not in ENDS, reversed(self))
        return self.browse(event.id for event in since).sorted("id")

    def _summary(self, how_far, has_ended):
        """In one sentence: what an agent needs before answering.

        :param str how_far: of :meth:`_progress`.
        :param bool has_ended: whether an account was connected before.
        """
        done = self.filtered(lambda event: event.kind in DONE_BY_CUSTOMER)
        tried = done.filtered(lambda event: event.kind != "asked_for_help")
        # Whoever asked at once stopped at asking.
        stop = (tried or done)[-1:]._in_words() if done else ""
        has_asked = "asked_for_help" in done.mapped("kind")
        if has_asked and how_far == "tried_all":
            return self.env._("Asked for help, after this: %(stop)s", stop=stop)
        summaries = {
            "connected": self.env._("Connected: it is known who writes."),
            "stopped": self.env._("Tried, and stopped at: %(stop)s", stop=stop),
            "tried_all": self.env._(
                "Tried everything, and stopped at: %(stop)s", stop=stop
            ),
        }
        if how_far in summaries:
            return summaries[how_far]
        if "not_me" in self.mapped("kind"):
            return self.env._(
                "Says that it was not them: ask by another way before you send a link."
            )
        if has_ended and how_far != "not_tried":
            return self.env._("Disconnected. Nothing has happened since.")
        return self.env._("Has not tried yet.")

    @api.model
    def _last_said_not_me(self, partner, company):
        """Whether a customer took the last connection back, and has not come since.

        :return: bool
        """
        last = self.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("kind", "in", ("not_me", "connected")),
            ],
            order="id desc",
            limit=1,
        )
        return bool(partner) and last.kind == "not_me"

    def _spared(self, is_connected):
        """What a customer who has done these steps is not to be asked again.

        :return: list of str.
        """
        kinds = set(self.mapped("kind"))
        spared = []
        if is_connected or "proven" in kinds:
            spared.append(self.env._("who they are: they have proven it"))
        if is_connected:
            spared.append(self.env._("which X account is theirs"))
        if kinds & set(DONE_BY_CUSTOMER):
            spared.append(
                self.env._("whether they have got the link, or found the page")
            )
        # What they asked about is what their browser said.
        met = self.filtered(lambda event: event.kind == "problem")
        problems = dict.fromkeys(met.mapped("problem"))
        spared += [self.env._(PROBLEMS[code].not_ask) for code in problems]
        return spared

    @api.autovacuum
    def _gc_old_events(self):
        limit = self.env.cr.now() - timedelta(days=KEEP_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
