"""Every error has one code, for ever."""

import re

import pytest

from adapters import faults, guard, xroad
from adapters.faults import FAULTS, REFUSALS, SoapFault
from core import errors


def test_every_refusal_of_core_has_a_code_of_its_own():
    refusals = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, errors.Refusal)]
    assert {refusal for refusal in refusals if refusal is not errors.Refusal} <= set(REFUSALS)
    assert len(set(REFUSALS.values())) == len(REFUSALS)


def test_the_codes_are_documented_where_they_stand():
    documented = set(re.findall("[FU]-[0-9]{4}", faults.__doc__ or ""))
    assert documented == {code for code, _ in FAULTS.values()}


@pytest.mark.parametrize("error", [*FAULTS], ids=lambda error: error.__name__)
def test_every_error_becomes_a_fault_with_its_code_in_front(error: type[Exception]):
    raised = error("field") if issubclass(error, (xroad.HeaderError, faults.UnusableValue)) else error()
    fault = SoapFault(raised)
    assert (fault.code, fault.faultcode) == FAULTS[error]
    assert re.fullmatch(r"[FU]-[0-9]{4}: [A-Z].{10,}\.", fault.faultstring), fault.faultstring


def test_what_nobody_expected_says_nothing_of_itself():
    fault = SoapFault(KeyError("32345678901"))
    assert fault.code == "F-0901"
    assert "32345678901" not in fault.faultstring


def test_theirs_and_ours_are_told_apart():
    assert SoapFault(guard.NotWellFormed()).faultcode == "Client"
    assert SoapFault(errors.RegisterUnavailable()).faultcode == "Server"
    assert SoapFault(xroad.NotUnderstood()).faultcode == "MustUnderstand"
    assert SoapFault(faults.NotSoap()).faultcode == "VersionMismatch"
