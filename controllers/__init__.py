from . import (
    ir_http,
    manual,
    portal,
    redaction,
    sign_up,
    twitter_callback,
    twitter_data,
    twitter_help,
    twitter_link,
    twitter_receipt,
    twitter_undo,
)

redaction.install()
