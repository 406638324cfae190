from . import (
    test_callback,
    test_limits,
    test_link,
    test_portal,
    test_redaction,
    test_resume,
    test_rights,
    test_same_account,
    test_ticket,
    test_tours,
    test_unknown_writer,
    test_wrong_account,
)
