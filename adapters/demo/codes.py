"""Personal codes of made-up people (izdomāti personas kodi): never one that somebody may hold.

Codes of the old form with a birth date after 30.06.2017 were never issued, so they may carry a valid check digit. Everybody born earlier,
and every code that begins with 32, gets a check digit that is deliberately wrong.
"""

from datetime import date
from random import Random

from stdnum.lv.pvn import calc_check_digit_pers

FIRST_NEVER_ISSUED = date(2017, 7, 1)
# Serial numbers of one birth day, so that no two kinds of people ever meet in one code.
PEOPLE, FORMER, GUARDIANS = range(600), range(600, 800), range(800, 1000)
NEW_FORMS = 10**8
NEW_FORM_STEP = 37_199_731  # coprime with 10**8: every number comes once before any comes again


def old_form(born_on: date, serial: int) -> str:
    """A code `DDMMYY`, century, serial, check digit: valid only where no such code was ever issued."""
    first_ten = f"{born_on:%d%m%y}{born_on.year // 100 - 18}{serial:03d}"
    if born_on >= FIRST_NEVER_ISSUED:
        return first_ten + str(calc_check_digit_pers(first_ten))
    return first_ten + wrong_digit(first_ten)


def new_form(number: int) -> str:
    """A code that begins with 32 and holds no birth date; its check digit is always wrong."""
    first_ten = f"32{number % NEW_FORMS:08d}"
    return first_ten + wrong_digit(first_ten)


def wrong_digit(first_ten: str) -> str:
    """Any digit but the right one."""
    return str((int(calc_check_digit_pers(first_ten)) + 1 + int(first_ten[-1]) % 9) % 10)


def mistyped(code: str) -> str:
    """A code that nobody has, with its last digit typed wrongly: of a code that ends wrongly itself, so that it stays nobody's."""
    right = calc_check_digit_pers(code[:10])
    if code[-1] == right:
        raise ValueError("Another digit than the right one makes a code of an old form that somebody may have.")
    return code[:10] + next(digit for digit in "0123456789" if digit not in (right, code[-1]))


class CodeBook:
    """Hands out codes, each of them once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._new_forms = rng.randrange(NEW_FORMS)
        self._taken: dict[tuple[date, int], int] = {}

    def born_on(self, day: date, count: int) -> list[str]:
        """Codes of all people born on a day; asked for once a day."""
        if count > len(PEOPLE):
            raise ValueError(f"Only {len(PEOPLE)} people can be made up for one birth day. Ask for fewer people.")
        return [old_form(day, serial) for serial in self._rng.sample(PEOPLE, count)]

    def former(self, day: date) -> str:
        """A code that somebody held before it was corrected."""
        return old_form(day, self._next(day, FORMER))

    def guardian(self, day: date) -> str:
        """A code of a parent or guardian."""
        return old_form(day, self._next(day, GUARDIANS))

    def new_form(self) -> str:
        """A code of the form that is issued since 01.07.2017."""
        self._new_forms += NEW_FORM_STEP
        return new_form(self._new_forms)

    def _next(self, day: date, serials: range) -> int:
        key = (day, serials.start)
        taken = self._taken.get(key, 0)
        self._taken[key] = taken + 1
        return serials[taken]
