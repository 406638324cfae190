from . import (
    test_addresses,
    test_callback,
    test_link,
    test_portal,
    test_redaction,
    test_rights,
    test_ticket,
    test_tours,
)
