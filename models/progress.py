"""How far customers have come: one rule, for forms, lists and groups."""

from odoo.tools import SQL

from .twitter_problem import PROBLEMS

DONE_BY_CUSTOMER = (
    *("begun", "code_sent", "proven", "sent_to_x", "returned", "problem"),
    *("reported", "asked_for_help"),
)
"""The steps that only a customer takes."""
INVITED = ("link_made", "link_sent")
"""The steps after which a customer is waited for."""
ENOUGH_TRIES = 3
"""Problems after which nobody is asked to try once more; a typing error is none."""
CLOSED_TO_CUSTOMERS = tuple(
    code for code, problem in PROBLEMS.items() if not problem.start_again
)
"""Problems where starting again can't help."""
PROGRESS = """
    CASE
      WHEN NOT %(may_see)s THEN NULL
      WHEN EXISTS (
        SELECT FROM twitter_identity i
         WHERE i.partner_id = %(partner)s AND i.company_id = %(company)s
      ) THEN 'connected'
      ELSE (
        SELECT CASE
            WHEN bool_or(e.kind = 'asked_for_help')
              OR count(*) FILTER (
                   WHERE e.kind = 'problem' AND e.problem != 'code_wrong'
                 ) >= %(enough)s
              OR (array_agg(e.problem ORDER BY e.id DESC))[1] IN %(closed)s
              THEN 'tried_all'
            WHEN bool_or(e.kind IN %(customer)s) THEN 'stopped'
            WHEN bool_or(e.kind IN %(invited)s) THEN 'not_tried'
          END
          FROM twitter_link_event e
         WHERE e.partner_id = %(partner)s AND e.company_id = %(company)s
           AND %(may_see_step)s
           AND e.id > COALESCE((
                 SELECT max(d.id)
                   FROM twitter_link_event d
                  WHERE d.partner_id = %(partner)s AND d.company_id = %(company)s
                    AND d.kind IN ('connected', 'disconnected')
                    AND %(may_see_end)s
               ), 0)
      )
    END
"""
SEEN = "EXISTS (SELECT FROM %s WHERE %s AND %s = %s)"
OF_SEEN_TICKET = """
    (%(step_ticket)s IS NULL OR %(may_see_ticket)s)
    AND (%(step_link)s IS NULL OR EXISTS (
      SELECT FROM twitter_link_request r
       WHERE r.id = %(step_link)s AND %(may_see_link)s
    ))
"""


def progress(partner, company, partners, tickets):
    """How far a contact has come since the account was last connected or disconnected.

    :param SQL partner: id of the contact.
    :param SQL company: id of the company.
    :param odoo.tools.Query partners: the contacts that the user may see.
    :param odoo.tools.Query tickets: the tickets that the user may see; steps on others
        do not count.
    :return: SQL, a value of ``twitter_progress`` or NULL.
    """
    return SQL(
        PROGRESS,
        may_see=_seen(partners, partner),
        may_see_step=_of_seen_ticket(tickets, "e"),
        may_see_end=_of_seen_ticket(tickets, "d"),
        partner=partner,
        company=company,
        enough=ENOUGH_TRIES,
        closed=CLOSED_TO_CUSTOMERS,
        customer=DONE_BY_CUSTOMER,
        invited=INVITED,
    )


def _seen(records, record_id):
    """Whether one record is among those that the user may see."""
    return SQL(
        SEEN,
        records.from_clause,
        records.where_clause or SQL("TRUE"),
        SQL.identifier(records.table, "id"),
        record_id,
    )


def _of_seen_ticket(tickets, step):
    """Whether the user may see the tickets of a step and of its link, if any."""
    ticket_id = SQL.identifier(step, "ticket_id")
    return SQL(
        OF_SEEN_TICKET,
        step_ticket=ticket_id,
        may_see_ticket=_seen(tickets, ticket_id),
        step_link=SQL.identifier(step, "request_id"),
        may_see_link=_seen(tickets, SQL.identifier("r", "ticket_id")),
    )
