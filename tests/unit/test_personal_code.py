"""Personal codes: their form is demanded, their check digit is not."""

import pytest

from core.errors import InvalidPersonalCode
from core.personal_code import check_digit_agrees, normalise


@pytest.mark.parametrize("written", ["15072120012", "150721-20012"])
def test_a_code_is_eleven_digits_with_or_without_a_hyphen_after_the_sixth(written: str) -> None:
    assert normalise(written) == "15072120012"


@pytest.mark.parametrize(
    "written", ["", "1507212001", "150721200123", "15072-120012", "150721--20012", "1507212001a", "١٥٠٧٢١٢٠٠١٢", "15072120012\n"]
)
def test_anything_else_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(InvalidPersonalCode) as refusal:
        normalise(written)
    assert written == "" or written not in str(refusal.value)


def test_the_check_digit_is_known_and_only_a_matter_of_warning() -> None:
    assert check_digit_agrees("15072120012")
    assert not check_digit_agrees("15072120013")
    assert normalise("15072120013") == "15072120013"
