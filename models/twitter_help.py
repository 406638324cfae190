from datetime import timedelta

from odoo import api, models

from .twitter_problem import PROBLEMS, TwitterProblem

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
        :param str code: of the problem.
        :param twitter.link.request request: that the customer followed, if any; it may
            have ended.
        :return: the ticket, or none: nobody knows who asks.
        :raise TwitterProblem: ``internal_user``, ``too_many_attempts``.
        """
        tickets = self.env["helpdesk.ticket"]
        # Of the controller, without rights on the company's own contact.
        company = company.with_env(self.env)
        if code not in PROBLEMS:
            code = "state_unknown"
        user = self.env["res.users"].browse(visitor.user_id)
        if user._is_internal():
            raise TwitterProblem("internal_user")
        if request and self._is_proven(request, visitor):
            ticket, partner = request.ticket_id, request.partner_id
        elif not user._is_public():
            request, partner = request.browse(), user.partner_id
            ticket = self._open_question(partner, company)
        else:
            return tickets
        self.env["twitter.rate.limit"]._count("contact", partner.id)
        if not ticket:
            ticket = self._new_ticket(partner, company, code)
        if not self._was_asked(ticket, partner, code):
            self._post(ticket, partner, code, visitor)
            self.env["twitter.link.event"].create(
                {
                    "partner_id": partner.id,
                    "ticket_id": ticket.id,
                    "request_id": request.id,
                    "company_id": ticket.company_id.id,
                    "kind": "asked_for_help",
                    "problem": code,
                    "device": visitor.device,
                }
            )
        return ticket

    @api.model
    def _is_proven(self, request, visitor):
        """Whether it is the customer of the link who asks."""
        try:
            return bool(request._proof(visitor))
        except TwitterProblem:
            return False

    @api.model
    def _open_question(self, partner, company):
        """The open ticket on which this customer has asked before, or none."""
        asked = self.env["twitter.link.event"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("kind", "=", "asked_for_help"),
            ]
        )
        return asked.ticket_id.filtered(
            lambda ticket: ticket.partner_id == partner and not ticket.closed
        )[:1]

    @api.model
    def _was_asked(self, ticket, partner, code):
        """Whether the same was asked just now."""
        return self.env["twitter.link.event"].search_count(
            [
                ("partner_id", "=", partner.id),
                ("ticket_id", "=", ticket.id),
                ("kind", "=", "asked_for_help"),
                ("problem", "=", code),
                ("create_date", ">", self.env.cr.now() - ASKED_AGAIN),
            ],
            limit=1,
        )

    @api.model
    def _new_ticket(self, partner, company, code):
        """A ticket as the portal's own form makes one."""
        spoken = self._spoken(company)
        title = PROBLEMS[code].in_words(spoken.env)["title"]
        channel = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web", False)
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": spoken.env._("X account: %(title)s", title=title),
                "description": spoken.env._(
                    "The customer can't connect their X account. What they have done "
                    "stands under “What happened”."
                ),
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
