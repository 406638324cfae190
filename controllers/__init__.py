from . import (
    ir_http,
    manual,
    portal,
    redaction,
    sign_up,
    twitter_callback,
    twitter_link,
)

redaction.install()
