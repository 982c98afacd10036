"""What an asker named, as far as logs may repeat it (personas datu aizsardzība žurnālos).

The rule: client and message id are kept when they are well-formed and hold nothing that looks like a personal code or a name; anything may
be put into them. A client that a grant names is known, so its member code may have eleven digits, as registration numbers do.
"""

import re
from functools import lru_cache

# X-Road's own characters for identifiers (C5), with the underscore of older ones, so that no letter of another alphabet is kept.
_CLIENT = re.compile(r"[A-Za-z0-9'()+,.=?_-]+(/[A-Za-z0-9'()+,.=?_-]+){2,3}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9'()+,.=?_:/@#{}-]{1,100}")
# Six digits and five, whatever sign is between them, with anything but digits around; and a word as names are written.
_CODE_OR_NAME = re.compile(r"(?<![0-9])[0-9]{6}[^0-9A-Za-z]{0,2}[0-9]{5}(?![0-9])|[A-Z][a-z]{2,}")
HIDDEN = "…"


@lru_cache(1024)
def client_of(path: str | None, *, known: bool = False) -> str | None:
    """The X-Road path of a client, or None when it is not to be kept."""
    if path is None or len(path) > 200 or _CLIENT.fullmatch(path) is None:
        return None
    return path if known or _CODE_OR_NAME.search(path) is None else None


def message_id_of(text: str | None) -> str | None:
    """A message id, or None when it is not to be kept."""
    if text is None or _MESSAGE_ID.fullmatch(text) is None or _CODE_OR_NAME.search(text) is not None:
        return None
    return text


def kind_of(error: BaseException) -> str:
    """An error's type, and the database's code of it; never its text: the database's and the driver's errors quote parameters."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" {state}" if state else "")


def place_of(error: BaseException) -> str:
    """Where an error came from: the last files and lines that it went through."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames[-8:])
