from . import (
    test_addresses,
    test_callback,
    test_hostile_names,
    test_link,
    test_oracles,
    test_portal,
    test_redaction,
    test_rights,
    test_strangers,
    test_ticket,
    test_tours,
)
