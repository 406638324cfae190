"""A million contacts, each with an X account, in a measured database.

Contacts are called as their handles are, as people are: whoever types how a handle
begins means contacts that stand side by side in the order of names.
"""

import contextlib

import postgres

COUNT = 1_000_000
HANDLE = "'user' || n"
"""SQL of the handle of contact number n."""
EMAIL = f"{HANDLE} || '@example.com'"
NAME = "'User ' || n"
TABLES = ("res_partner", "twitter_consent", "twitter_identity")
BELONGINGS = """
    WITH filled AS (SELECT unnest(%s::regclass[]) AS oid)
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
      FROM pg_index JOIN filled ON indrelid = filled.oid
     WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
     UNION ALL
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                  pg_get_constraintdef(pg_constraint.oid))
      FROM pg_constraint JOIN filled ON conrelid = filled.oid
     WHERE contype = 'f'
"""
"""How to drop, and how to make again, what takes time with each row."""


def add(database):
    """Add contacts, receipts and accounts, each row as Odoo has made one like it."""
    with contextlib.closing(postgres.connect(database)) as connection:
        cursor = connection.cursor()
        with _bare(cursor):
            _add_rows(cursor)
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@contextlib.contextmanager
def _bare(cursor):
    """Make the tables' indexes and check their references once, at the end."""
    cursor.execute(BELONGINGS, [list(TABLES)])
    belongings = cursor.fetchall()
    cursor.execute("BEGIN")
    for drop, _make in belongings:
        cursor.execute(drop)
    yield
    for _drop, make in belongings:
        cursor.execute(make)
    cursor.execute("COMMIT")


def _add_rows(cursor):
    cursor.execute(
        "SELECT partner_id, consent_id, id FROM twitter_identity ORDER BY id LIMIT 1"
    )
    models = cursor.fetchone()
    contact, consent, account = (f"{_last_id(cursor, table)} + n" for table in TABLES)
    own = (
        {
            "id": contact,
            "commercial_partner_id": contact,
            **dict.fromkeys(("name", "complete_name"), NAME),
            **dict.fromkeys(("email", "email_normalized"), EMAIL),
        },
        {"id": consent, "partner_id": contact},
        {
            "id": account,
            "partner_id": contact,
            "consent_id": consent,
            "twitter_id": "(2 * 10^18::numeric + n)::text",
            **dict.fromkeys(("username", "username_key"), HANDLE),
        },
    )
    for table, model, columns in zip(TABLES, models, own, strict=True):
        _copy(cursor, table, model, columns)


def _last_id(cursor, table):
    cursor.execute(f"SELECT max(id) FROM {table}")
    return cursor.fetchone()[0]


def _copy(cursor, table, model, own):
    """Copy a row a million times.

    :param model: the row's id
    :param own: SQL of what differs from row to row, by column
    """
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    columns = {
        column.name: own.get(column.name, f'model."{column.name}"')
        for column in cursor.description
    }
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())}"
        f" FROM {table} AS model, generate_series(1, {COUNT}) AS n"
        " WHERE model.id = %s",
        [model],
    )
    cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
