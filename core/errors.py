"""What core says no to: a closed set of refusals (atteikumi), each with a code that never changes meaning.

Refusal                        what we say no to; normal, not logged as a failure
├── NotGranted          R-0101  this client may not use this operation
├── RepresentationUnknown R-0102  on whose behalf the request is made cannot be confirmed
├── UnknownInstitution  R-0201  no institution with this registration number
├── UnknownMunicipality R-0202  no municipality with this code on that day
├── UnknownCode         R-0203  a code that the code list does not hold
├── UnknownCodeList     R-0204  no such code list
├── InvalidPersonalCode R-0301  not the form of a personal code
├── InvalidChild        R-0302  a child's record breaks a rule of the register
├── CodeOfAnother       R-0303  a child's record claims a code that belongs to somebody else
├── RepeatedChild       R-0304  a child's record whose code stood on the same page before
├── InvalidCursor       R-0401  a cursor that we did not give, or gave for another question
├── InvalidDay          R-0402  a day or an instant outside what the register covers
└── InvalidQuestion     R-0403  the combination of conditions cannot be answered

Unavailable                    we cannot answer now; ours to mend
└── RegisterUnavailable U-0101  the register does not answer, so nothing about a person is said
"""


class Refusal(Exception):
    """A rule of core says no (atteikums). `code` is stable for ever; the text never repeats a submitted value."""

    code = "R-0000"
    text = "The request is refused."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)


class NotGranted(Refusal):
    """This client may not use this operation (nav piekļuves tiesību)."""

    code = "R-0101"
    text = "This client has no right to use this operation today."


class RepresentationUnknown(Refusal):
    """On whose behalf the request is made cannot be confirmed (nav pārstāvības tiesību)."""

    code = "R-0102"
    text = "The right to ask on this person's behalf could not be confirmed on this day."


class UnknownInstitution(Refusal):
    """No institution with this registration number (nezināma izglītības iestāde)."""

    code = "R-0201"
    text = "There is no institution with this registration number."


class UnknownMunicipality(Refusal):
    """No municipality with this ATVK code on that day (nezināma pašvaldība)."""

    code = "R-0202"
    text = "There is no municipality with this code on that day."


class UnknownCode(Refusal):
    """A code that the code list does not hold (nezināma klasifikatora vērtība)."""

    code = "R-0203"
    text = "The code list does not hold this code."


class UnknownCodeList(Refusal):
    """No such code list (nezināms klasifikators)."""

    code = "R-0204"
    text = "There is no such code list; listCodes without a name gives all."


class InvalidPersonalCode(Refusal):
    """Not the form of a personal code (nederīgs personas kods)."""

    code = "R-0301"
    text = "A personal code has eleven digits, with or without a hyphen after the sixth."


class InvalidChild(Refusal):
    """A child's record breaks a rule of the register (nederīgs bērna ieraksts)."""

    code = "R-0302"
    text = "The record of this child breaks a rule of the register."


class CodeOfAnother(Refusal):
    """A child's record claims a code that belongs to somebody else (kods pieder citai personai)."""

    code = "R-0303"
    text = "One of the codes of this child belongs to somebody else in the register. The population register has to say whose it is."


class RepeatedChild(Refusal):
    """A child's record whose code stood on the same page before (atkārtots bērna ieraksts)."""

    code = "R-0304"
    text = "This code stood on the same page before; the first record was taken."


class InvalidCursor(Refusal):
    """A cursor that we did not give, or gave for another question (nederīgs kursors)."""

    code = "R-0401"
    text = "The cursor is not one that was given for this question. Start again without a cursor."


class InvalidDay(Refusal):
    """A day or an instant outside what the register covers (nederīgs datums)."""

    code = "R-0402"
    text = "The register answers for days from 1900 to 2199, and for what was known up to now."


class InvalidQuestion(Refusal):
    """The combination of conditions cannot be answered (nederīgs pieprasījums)."""

    code = "R-0403"
    text = "This combination of conditions cannot be answered."


class Unavailable(Exception):
    """We cannot answer now; the asker may try again (pakalpojums nav pieejams)."""

    code = "U-0000"
    text = "The service is not available now. Try again later."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)


class RegisterUnavailable(Unavailable):
    """The register does not answer, so nothing about a person is said (reģistrs nav pieejams)."""

    code = "U-0101"
    text = "The register does not answer now, so nothing about a person can be said. Try again later."
