from odoo.tools import clean_context


def without_defaults(records):
    """The same records, without the defaults that a caller has put into the context.

    A context comes with each call over RPC, and its ``default_`` keys fill whatever a
    method of ours leaves out, beside rights where that method is allowed more.
    """
    context = clean_context(records.env.context)
    return records.with_env(records.env(context=context))
