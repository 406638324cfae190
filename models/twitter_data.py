from odoo import api, models

from .times import utc
from .twitter_problem import PROBLEMS, TwitterProblem


class TwitterData(models.AbstractModel):
    """All that is kept of one customer in connection with X, for that customer."""

    _name = "twitter.data"
    _description = "The customer's own data about X"

    @api.model
    def _mine(self, partner):
        """What the customer who has signed in may take along.

        :raise TwitterProblem: ``no_address``: it may be a stranger to the contact.
        """
        if partner._twitter_is_taken():
            raise TwitterProblem("no_address")
        return self._of(partner)

    @api.model
    def _of(self, partner, companies=None):
        """What is kept of a contact.

        :param res.company companies: in which; None: in all.
        :return: dict of ``customer``, ``made_at`` and lists of dicts: ``accounts``,
            ``receipts``, ``links`` and ``steps``, the newest first; JSON values.
        """
        domain = [("partner_id", "=", partner.id)]
        if companies is not None:
            domain.append(("company_id", "in", companies.ids))
        accounts = self.env["twitter.identity"].search(domain)
        return {
            "customer": partner.name,
            "made_at": utc(self.env.cr.now().replace(microsecond=0)),
            "accounts": [account._as_json() for account in accounts],
            "receipts": [
                receipt._as_json()
                for receipt in self.env["twitter.consent"].search(domain)
            ],
            "links": [
                self._link(link)
                for link in self.env["twitter.link.request"].search(domain)
            ],
            "steps": [
                self._step(event)
                for event in self.env["twitter.link.event"].search(domain)
            ],
        }

    @api.model
    def _link(self, link):
        """A link that an agent made for the customer, while it is remembered."""
        return {
            "company": link.company_id.name,
            "ticket": link.ticket_id.number or "",
            "state": link.state,
            "noted_username": link.expected_username or "",
            "made_at": utc(link.create_date.replace(microsecond=0)),
            "sent_at": utc(link.sent_at),
            "ended_at": utc(link.ended_at),
        }

    @api.model
    def _step(self, event):
        """One step, in the words that the customer read where it was a problem."""
        kinds = dict(event._fields["kind"]._description_selection(self.env))
        problem = PROBLEMS.get(event.problem)
        return {
            "at": utc(event.create_date.replace(microsecond=0)),
            "company": event.company_id.name,
            "step": kinds[event.kind],
            "problem": event.problem or "",
            "told": self.env._(problem.title) if problem else "",
            "device": event.device or "",
            "ticket": event.ticket_id.number or "",
        }
