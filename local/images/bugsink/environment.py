"""What start.py and the settings are told from outside: variables, and the files of the mounted Secret."""

import os
from pathlib import Path


class ConfigFault(Exception):
    """A variable or a file that is missing or wrong."""


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigFault(f"{name} is not set")
    return value


def whole(name: str, lowest: int) -> int:
    value = required(name)
    if not value.isascii() or not value.isdigit() or int(value) < lowest:
        raise ConfigFault(f"{name} is not a whole number from {lowest}, it is {value!r}")
    return int(value)


def secret(name: str) -> str:
    """A file of the mounted Secret. Its content is in no message."""
    path = Path(required("ACCESS_DIR"), name)
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigFault(f"{path} cannot be read: {error.strerror}") from None
    if not value:
        raise ConfigFault(f"{path} is empty")
    return value


def hexadecimal(name: str, digits: int) -> str:
    """A secret of so many hex digits, lower case: Bugsink finds keys and tokens by their spelling."""
    value = secret(name)
    if len(value) != digits or set(value) - set("0123456789abcdef"):
        raise ConfigFault(f"{name} is not {digits} lower-case hex digits, it has {len(value)} characters")
    return value
