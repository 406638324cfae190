from odoo import fields, models
from odoo.tools import SQL

STAGES = ("made", "sent", "begun", "proven", "at_x", "back", "connected")
"""How far an attempt has come; each includes those before it."""
QUERY = """
    WITH step AS (
        SELECT *, CASE kind
            WHEN 'link_made' THEN 1
            WHEN 'link_sent' THEN 2
            WHEN 'begun' THEN 3
            WHEN 'code_sent' THEN 3
            WHEN 'proven' THEN 4
            WHEN 'sent_to_x' THEN 5
            WHEN 'returned' THEN 6
            WHEN 'reported' THEN 6
            -- met on the way to X, and where nobody came back from it
            WHEN 'problem' THEN CASE
                WHEN problem IN ('code_wrong', 'code_limit', 'never_returned')
                THEN 0 ELSE 6 END
            WHEN 'connected' THEN 7
            ELSE 0 END AS stage
          FROM twitter_link_event
         WHERE attempt != ''
    ), attempt AS (
        SELECT attempt,
               company_id,
               min(id) AS id,
               min(create_date) AS date,
               min(create_uid) FILTER (WHERE kind = 'link_made') AS user_id,
               max(stage) AS stage,
               bool_or(kind = 'link_sent') AS is_sent,
               min(create_date) FILTER (WHERE kind = 'link_sent') AS sent_at,
               min(create_date) FILTER (WHERE kind = 'connected') AS connected_at,
               (array_agg(device ORDER BY id DESC) FILTER (WHERE device != ''))[1]
                   AS device
          FROM step
         GROUP BY attempt, company_id
    )
    SELECT id, company_id, date, user_id, device,
           (%(stages)s::varchar[])[stage] AS stage,
           CASE WHEN attempt LIKE 'trip/%%' THEN 'portal'
                WHEN is_sent THEN 'email' ELSE 'by_hand' END AS channel,
           (stage >= 3)::int AS begun,
           (stage >= 4)::int AS proven,
           (stage >= 5)::int AS at_x,
           (stage >= 6)::int AS back,
           (stage >= 7)::int AS connected,
           EXTRACT(EPOCH FROM connected_at - COALESCE(sent_at, date)) / 3600 AS hours
      FROM attempt
     WHERE stage > 0
"""


class TwitterFunnel(models.Model):
    """Links and portal starts, each with how far its customer came.

    One row for each link, and for each way to X that began without one. It tells of no
    customer: numbers for those who lead the helpdesk.
    """

    _name = "twitter.funnel"
    _description = "Way to a connected X account"
    _auto = False
    _order = "date desc"
    _rec_name = "stage"
    _depends = {
        "twitter.link.event": [
            *("attempt", "company_id", "create_date", "create_uid"),
            *("device", "kind", "problem"),
        ]
    }

    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    device = fields.Char(readonly=True)
    channel = fields.Selection(
        [
            ("email", "Link by e-mail"),
            ("by_hand", "Link by direct message, or not sent"),
            ("portal", "Portal"),
        ],
        readonly=True,
    )
    stage = fields.Selection(
        [
            ("made", "1. Link made"),
            ("sent", "2. Link sent"),
            ("begun", "3. Begun"),
            ("proven", "4. Proven to be the customer"),
            ("at_x", "5. Agreed and went to X"),
            ("back", "6. Came back from X"),
            ("connected", "7. Connected"),
        ],
        string="Came as far as",
        readonly=True,
    )
    begun = fields.Integer(readonly=True)
    proven = fields.Integer(readonly=True)
    at_x = fields.Integer(string="Went to X", readonly=True)
    back = fields.Integer(string="Came back from X", readonly=True)
    connected = fields.Integer(readonly=True)
    hours = fields.Float(
        string="Hours from sent to connected",
        readonly=True,
        aggregator="avg",
        help="From the mail, or from the making of a link that was not mailed; in the "
        "portal from the way to X.",
    )

    @property
    def _table_query(self):
        return SQL(QUERY, stages=list(STAGES))
