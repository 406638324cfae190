from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from .own_cursor import own_cursor
from .twitter_problem import PROBLEMS, TwitterProblem

HELP_LOCK = 0x7769_0006
"""Namespace of the advisory lock on a customer who asks for help."""
HIGH = "2"
"""Priority of a ticket, of :attr:`helpdesk.ticket.priority`."""
ASKED_AGAIN = timedelta(hours=1)
"""Within it the same is not asked twice, however often the button is pressed."""


class TwitterHelp(models.AbstractModel):
    """A customer asks for help: the ticket gets all that is known of it."""

    _name = "twitter.help"
    _description = "Help with connecting an X account"

    @api.model
    def _ask(self, visitor, company, code, request):
        """Put a question on the ticket that the link came from, or on a new one.

        :param Visitor visitor: who asks.
        :param res.company company: in which the portal is.
        :param str code: of the problem, a key of the catalogue.
        :param twitter.link.request request: that the customer followed, if any; it may
            have ended.
        :return: the ticket, or none: nobody knows who asks.
        :raise TwitterProblem: ``internal_user``, ``too_many_attempts``.
        :raise ConcurrencyError: the same customer asks at the same time; Odoo runs the
            request again.
        """
        # Of the controller, without rights on the company's own contact.
        company = company.with_env(self.env)
        user = self.env["res.users"].browse(visitor.user_id)
        if user._is_internal():
            raise TwitterProblem("internal_user")
        if request and self._is_proven(request, visitor):
            partner, company = request.partner_id, request.company_id
        elif not user._is_public():
            partner, request = user.partner_id, request.browse()
        else:
            return self.env["helpdesk.ticket"]
        self.env["twitter.rate.limit"]._count("contact", partner.id)
        self._wait_for_others(partner)
        ticket = self._looked_at(request.ticket_id, partner)
        if not ticket:
            request = request.browse()
            ticket = self._open_question(partner, company)
        if not ticket:
            ticket = self._new_ticket(partner, company, code)
        if not self._was_asked(ticket, partner, code):
            self._post(ticket, partner, code, visitor)
            self._note(ticket, partner, request, code, visitor)
        return ticket

    @api.model
    def _is_proven(self, request, visitor):
        """Whether it is the customer of the link who asks."""
        try:
            return bool(request._proof(visitor))
        except TwitterProblem:
            return False

    @api.model
    def _wait_for_others(self, partner):
        """One question of a customer at a time, however often the button is pressed.

        The second waits here until the first is done. Its snapshot is older than what
        the first wrote: only a new transaction sees that there is something to see.

        :raise ConcurrencyError: there is.
        """
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(%s, %s)", HELP_LOCK, partner.id)
        )
        with own_cursor(self.env) as env:
            newest_id = self.with_env(env)._asked(partner.id)[:1].id
        if newest_id != self._asked(partner.id)[:1].id:
            raise ConcurrencyError("asked at the same time")

    @api.model
    def _asked(self, partner_id):
        """Where this customer asked for help, the newest first."""
        return self.env["twitter.link.event"].search(
            [("partner_id", "=", partner_id), ("kind", "=", "asked_for_help")],
            order="id desc",
        )

    @api.model
    def _looked_at(self, tickets, partner):
        """Those of the customer that an agent still looks at.

        A ticket may have got another customer since its link was made, who reads what
        is said on it; and on a closed one a question waits for nobody.
        """
        return tickets.filtered(
            lambda ticket: (
                ticket.partner_id == partner and ticket.active and not ticket.closed
            )
        )

    @api.model
    def _open_question(self, partner, company):
        """The open ticket on which this customer has asked before, or none."""
        asked = self._asked(partner.id).filtered(
            lambda event: event.company_id == company
        )
        return self._looked_at(asked.ticket_id, partner)[:1]

    @api.model
    def _was_asked(self, ticket, partner, code):
        """Whether the same was asked just now."""
        since = self.env.cr.now() - ASKED_AGAIN
        return self._asked(partner.id).filtered(
            lambda event: (
                event.ticket_id == ticket
                and event.problem == code
                and event.create_date > since
            )
        )

    @api.model
    def _note(self, ticket, partner, request, code, visitor):
        """A line among what happened."""
        self.env["twitter.link.event"].create(
            {
                "partner_id": partner.id,
                "ticket_id": ticket.id,
                "request_id": request.id,
                "attempt": request._attempt(),
                "company_id": ticket.company_id.id,
                "kind": "asked_for_help",
                "problem": code,
                "device": visitor.device,
            }
        )

    @api.model
    def _new_ticket(self, partner, company, code):
        """A ticket for a question about a problem."""
        spoken = self._spoken(company)
        title = PROBLEMS[code].in_words(spoken.env)["title"]
        name = spoken.env._("X account: %(title)s", title=title)
        description = spoken.env._(
            "The customer can't connect their X account. What they have done stands "
            "under “What happened”."
        )
        return self._make_ticket(partner, company, name, description)

    @api.model
    def _newest_by_x(self, partner, company):
        """The newest open ticket of a customer that came by X, or none."""
        channel = self.env.ref("helpdesk_twitter_identity.channel_x", False)
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("channel_id", "=", channel.id if channel else 0),
            ],
            order="id desc",
        )
        return self._looked_at(tickets, partner)[:1]

    @api.model
    def _report(self, partner, company):
        """A ticket on which a customer says that somebody else acted as them.

        The one on which they said so before, while an agent looks at it.
        """
        said = self.env["twitter.link.event"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("kind", "=", "not_me"),
            ]
        )
        if reported := self._looked_at(said.ticket_id, partner)[:1]:
            return reported
        spoken = self._spoken(company)
        name = spoken.env._("X account: “This wasn't me”")
        description = spoken.env._(
            "Somebody else may have connected, changed or disconnected the X account. "
            "What was connected then has been disconnected."
        )
        ticket = self._make_ticket(partner, company, name, description)
        ticket.priority = HIGH
        return ticket

    @api.model
    def _make_ticket(self, partner, company, name, description):
        """A ticket as the portal's own form makes one."""
        channel = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web", False)
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": description,
                "company_id": company.id,
                "channel_id": channel and channel.id,
                "partner_id": partner.id,
                "partner_name": partner.name,
                "partner_email": partner.email,
                "user_id": False,
            }
        )
        ticket.message_subscribe(partner_ids=partner.ids)
        return ticket

    @api.model
    def _post(self, ticket, partner, code, visitor):
        """Say it on the ticket, as an answer of the customer: agents are told."""
        spoken = self._spoken(ticket.company_id)
        ticket.message_post(
            body=spoken.env["ir.qweb"]._render(
                "helpdesk_twitter_identity.help_message",
                {
                    "code": code,
                    "words": PROBLEMS[code].in_words(spoken.env),
                    "device": visitor.device,
                },
                minimal_qcontext=True,
            ),
            author_id=partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _spoken(self, company):
        """The agents' language; the customer's may be another one."""
        return self.with_context(lang=company.partner_id.lang)
