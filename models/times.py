"""Times for machines."""


def utc(at):
    """Write a time of the database down (ISO 8601).

    :param datetime at: in UTC, or False.
    :return: str, or None.
    """
    return f"{at.isoformat(timespec='seconds')}Z" if at else None
