"""Personal codes (personas kodi): eleven digits, until 30.06.2017 `DDMMYY` + century + three + check, afterwards beginning with `32`.

>>> normalise("150721-20012")
'15072120012'
>>> check_digit_agrees("15072120012")
True
"""

import re

from stdnum.lv import pvn

from core.errors import InvalidPersonalCode

_FORM = re.compile(r"\d{6}-?\d{5}", re.ASCII)


def normalise(code: str) -> str:
    """The eleven digits of a personal code; refuses what has not its form and says nothing of the check digit."""
    if not _FORM.fullmatch(code):
        raise InvalidPersonalCode
    return code.replace("-", "")


def check_digit_agrees(code: str) -> bool:
    """Whether the check digit (kontrolcipars) agrees: (1 + sum of weighted digits) mod 11 mod 10.

    python-stdnum keeps it in the module of the VAT number. It is not officially confirmed, so a disagreement is a warning on import and
    never a refusal of a request.
    """
    return bool(pvn.calc_check_digit_pers(code[:-1]) == code[-1])
