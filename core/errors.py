"""What core says no to: a closed set of refusals (atteikumi), each with a code that never changes meaning.

Refusal                        what we say no to; normal, not logged as a failure
├── NotGranted          R-0101  this client may not use this operation
├── RepresentationUnknown R-0102  on whose behalf the request is made cannot be confirmed
├── OutsideScope        R-0103  an item names an institution that the sender's grant does not reach
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
├── InvalidQuestion     R-0403  the combination of conditions cannot be answered
├── RestartFeed         R-0404  a cursor older than what the change feed still holds
├── BatchKeyReused      R-0501  a batch key that another message was sent under before
├── RepeatedKey         R-0502  a second item for one key in one message
├── Overlap             R-0503  another main affiliation of this person holds in this period
├── UnknownPerson       R-0504  nobody is known by this code or identifier, and no names are given
├── UnknownProgramme    R-0505  the institution does not offer this programme on that day
├── RetiredProgramme    R-0506  a programme code that had ended by that day
├── ProgrammeNotLicensed R-0507  a programme that is not licensed on that day
├── VersionConflict     R-0508  the entry was changed since the sender read it
├── InvalidPeriod       R-0509  a period that ends before it begins, or lies outside what the register covers
├── InvalidItem         R-0510  an item breaks a rule of the register
├── UnknownEntry        R-0511  no entry with this number that the sender may change
├── UserRequired        R-0512  who did it has to be named (userId)
├── NotOnePerson        R-0513  these records cannot be merged into one person
├── NotSeparable        R-0514  these identities cannot be separated
├── UnknownCase         R-0601  no case with this number that the sender may see
├── CaseClosed          R-0602  a case that is closed already
├── EvidenceNeeded      R-0603  a search status without its evidence
├── InvalidExpiry       R-0604  an expiry that the search status cannot have
├── HandOverOpen        R-0605  a hand-over of this case is open already
├── NoHandOver          R-0606  no open hand-over that this municipality could answer
├── NotResponsible      R-0607  a case for which another municipality still answers
├── InvalidAbsence      R-0608  an absence below the legal limit or in an impossible period
├── UnknownProceeding   R-0701  no proceeding with this number that the sender may see
├── WrongStage          R-0702  what was to be done is not possible at the stage of the proceeding
├── ApplicationIncomplete R-0703  an application that still lacks items
├── ConflictOfInterest  R-0704  an expert with a conflict of interest, or without a declaration
├── SameOfficer         R-0705  who proposed a decision confirms it
├── NumberTaken         R-0706  another decision of this authority has this number
├── UnknownDecision     R-0707  no such decision that the sender may see
├── UnlawfulTerm        R-0708  a day or a term that the law does not allow
├── KindEnded           R-0709  a kind of application that there is not on that day
├── InformationAwaited  R-0710  information that was asked for is still awaited
├── ProceedingOpen      R-0711  a proceeding about the same is open already
├── NotTheAuthority     R-0712  only the authority, or only the ministry, may do this
├── AppealNotPossible   R-0713  a decision that cannot be appealed, or not any more
├── DecisionOpen        R-0714  a decision waits for its confirmation already
├── NoDecisionOpen      R-0715  no decision, flag or request that waits for this answer
├── UnknownExamination  R-0801  no examination with this code
├── ExaminationPublished R-0802  results of the examination are published, so that cannot be changed any more
├── InvalidResult       R-0803  a result whose value, scale, parts or kind do not fit together
├── ResultKnown         R-0804  another result is recorded under this key; a correction changes it
├── UnknownResult       R-0805  no result under this key that the sender may correct
├── UnknownCandidate    R-0806  no candidate under this key
├── NotAnApplicant      R-0807  not registered as an applicant in this campaign
├── UnknownMessage      R-0808  no message with this id that this client has to acknowledge
├── AlreadyAnswered     R-0809  the message was acknowledged otherwise before
├── SameUser            R-0901  who proposed a change of rights confirms it
├── UnknownGrant        R-0902  no grant with this number
├── UnknownProposal     R-0903  no change of rights with this number that waits for a second user
├── GrantEnded          R-0904  a grant that is not in force, or whose end is proposed already
├── UserNotNamed        R-0905  who changes rights has to be named
├── UnknownPlace        R-0911  a place that the journal of disclosures does not hold, not yet or not any more
├── UnknownIndicators   R-0931  nothing was counted of this year, or there is no such revision
├── YearNotOver         R-0932  the figures of a year are frozen when it is over
├── AlreadyFrozen       R-0933  the figures of this year are frozen already
└── NotFrozen           R-0934  a year that is not frozen has no revisions

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


class OutsideScope(Refusal):
    """An item names an institution that the sender's grant does not reach (ārpus tiesību apjoma)."""

    code = "R-0103"
    text = "This institution is outside what the sender may submit for."


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


class RestartFeed(Refusal):
    """A cursor older than what the change feed still holds (kursors ir novecojis)."""

    code = "R-0404"
    text = "The change feed no longer holds what follows this cursor. Start again without a cursor; that gives a complete copy."


class BatchKeyReused(Refusal):
    """A batch key that another message was sent under before (ziņojuma atslēga jau izmantota)."""

    code = "R-0501"
    text = "Another message was sent under this batch key before. Give each message a key of its own."


class RepeatedKey(Refusal):
    """A second item for one key in one message (atkārtota vienības atslēga)."""

    code = "R-0502"
    text = "This key stood in this message before; the first item was judged."


class Overlap(Refusal):
    """Another main affiliation of this person holds in this period (piederību pārklāšanās)."""

    code = "R-0503"
    text = "Another main affiliation of this person holds on a day of this period."


class UnknownPerson(Refusal):
    """Nobody is known by this code or identifier, and no names are given (nezināma persona)."""

    code = "R-0504"
    text = "Nobody is known by this code or identifier. Give the given name and the surname to enter a new person."


class UnknownProgramme(Refusal):
    """The institution does not offer this programme on that day (nezināma izglītības programma)."""

    code = "R-0505"
    text = "The institution does not offer this programme on that day."


class RetiredProgramme(Refusal):
    """A programme code that had ended by that day (izglītības programmas kods vairs nav spēkā)."""

    code = "R-0506"
    text = "This programme code had ended by the day on which the affiliation begins."


class ProgrammeNotLicensed(Refusal):
    """A programme that is not licensed on that day (nelicencēta izglītības programma)."""

    code = "R-0507"
    text = "This programme is not licensed on that day."


class VersionConflict(Refusal):
    """The entry was changed since the sender read it (versiju konflikts)."""

    code = "R-0508"
    text = "The entry was changed since this version. Read it again and send the version that holds now."


class InvalidPeriod(Refusal):
    """A period that ends before it begins, or lies outside what the register covers (nederīgs periods)."""

    code = "R-0509"
    text = "A period ends on or after the day it begins, and lies between 1900 and 2199."


class InvalidItem(Refusal):
    """An item breaks a rule of the register (nederīga vienība)."""

    code = "R-0510"
    text = "The item breaks a rule of the register."


class UnknownEntry(Refusal):
    """No entry with this number that the sender may change (nezināms ieraksts)."""

    code = "R-0511"
    text = "There is no entry with this number that the sender may change."


class UserRequired(Refusal):
    """Who did it has to be named (nav norādīts lietotājs)."""

    code = "R-0512"
    text = "This operation needs userId: who decided it."


class NotOnePerson(Refusal):
    """These records cannot be merged into one person (ierakstus nevar apvienot)."""

    code = "R-0513"
    text = "These records cannot be merged into one person."


class NotSeparable(Refusal):
    """These identities cannot be separated (ierakstus nevar nodalīt)."""

    code = "R-0514"
    text = "These identities cannot be separated from this person."


class UnknownCase(Refusal):
    """No case with this number that the sender may see (nezināma lieta)."""

    code = "R-0601"
    text = "There is no case with this number that the sender may see."


class CaseClosed(Refusal):
    """The case is closed already (lieta ir slēgta)."""

    code = "R-0602"
    text = "The case is closed. A closed case takes no further entries."


class EvidenceNeeded(Refusal):
    """A search status needs evidence (nav norādīts pamatojums)."""

    code = "R-0603"
    text = "This status needs evidence: name the document or the inquiry that it rests on."


class InvalidExpiry(Refusal):
    """An expiry that the search status cannot have (nederīgs statusa termiņš)."""

    code = "R-0604"
    text = "The expiry of a status lies after today and within the limit of the status."


class HandOverOpen(Refusal):
    """A hand-over of this case is open already (lietas nodošana jau ir sākta)."""

    code = "R-0605"
    text = "A hand-over of this case is open already. It has to be answered first."


class NoHandOver(Refusal):
    """No open hand-over that this municipality could answer (nav lietas nodošanas, uz ko atbildēt)."""

    code = "R-0606"
    text = "There is no open hand-over of this case that the sender may answer."


class NotResponsible(Refusal):
    """Another municipality still answers for the case (par lietu atbild cita pašvaldība)."""

    code = "R-0607"
    text = "The case is offered to the sender, and another municipality still answers for it. Accept the hand-over first."


class InvalidAbsence(Refusal):
    """An absence below the legal limit or in an impossible period (nederīgs kavējumu ziņojums)."""

    code = "R-0608"
    text = "Absence beyond the legal limit is reported once it is over, for a learner of the institution, within one semester."


class UnknownProceeding(Refusal):
    """No proceeding with this number that the sender may see (nezināma lieta)."""

    code = "R-0701"
    text = "There is no proceeding with this number that the sender may see."


class WrongStage(Refusal):
    """The stage of the proceeding does not allow it (lietas posms to nepieļauj)."""

    code = "R-0702"
    text = "The stage of the proceeding does not allow this step."


class ApplicationIncomplete(Refusal):
    """The application still lacks items (nepilnīgs pieteikums)."""

    code = "R-0703"
    text = "The application lacks items that its kind needs; getProceeding says which."


class ConflictOfInterest(Refusal):
    """An expert has a conflict of interest (eksperta interešu konflikts)."""

    code = "R-0704"
    text = "Each expert declares that there is no conflict of interest; who has one is not appointed."


class SameOfficer(Refusal):
    """Who proposed a decision cannot confirm it (viens un tas pats lietotājs)."""

    code = "R-0705"
    text = "A decision or a flag is confirmed by another user than the one who proposed the decision."


class NumberTaken(Refusal):
    """Another decision of this authority has this number (numurs jau izmantots)."""

    code = "R-0706"
    text = "Another decision of this authority has this number."


class UnknownDecision(Refusal):
    """No such decision that the sender may see (nezināms lēmums)."""

    code = "R-0707"
    text = "There is no such decision that the sender may see."


class UnlawfulTerm(Refusal):
    """A day or a term that the law does not allow (normatīvajiem aktiem neatbilstošs termiņš)."""

    code = "R-0708"
    text = "The law does not allow this day or term."


class KindEnded(Refusal):
    """A kind of application that there is not on that day (pieteikuma veida tajā dienā nav)."""

    code = "R-0709"
    text = "There is no such kind of application on that day."


class InformationAwaited(Refusal):
    """Information that was asked for is still awaited (gaida pieprasīto informāciju)."""

    code = "R-0710"
    text = "Information that was asked for is awaited, and the clock stands still. It has to be answered first."


class ProceedingOpen(Refusal):
    """A proceeding about the same is open already (lieta jau ir atvērta)."""

    code = "R-0711"
    text = "A proceeding about the same is open already. It has to end first."


class NotTheAuthority(Refusal):
    """Only the authority, or only the ministry, may do this (nav kompetentās iestādes tiesību)."""

    code = "R-0712"
    text = "The sender's grant does not say that it acts as the authority that this is for."


class AppealNotPossible(Refusal):
    """A decision that cannot be appealed, or not any more (lēmumu nevar apstrīdēt)."""

    code = "R-0713"
    text = "This decision cannot be appealed, or not any more."


class DecisionOpen(Refusal):
    """A decision waits for its confirmation already (lēmums jau gaida apstiprinājumu)."""

    code = "R-0714"
    text = "A decision in this proceeding is proposed already. It has to be confirmed or rejected first."


class NoDecisionOpen(Refusal):
    """Nothing waits for this answer (nav, ko apstiprināt vai uz ko atbildēt)."""

    code = "R-0715"
    text = "There is no decision, flag or request that waits for this answer."


class UnknownExamination(Refusal):
    """No examination with this code (nezināms pārbaudījums)."""

    code = "R-0801"
    text = "There is no examination with this code. Describe it among the examinations of the message."


class ExaminationPublished(Refusal):
    """Results of the examination are published, so that cannot be changed any more (rezultāti jau publicēti)."""

    code = "R-0802"
    text = "The results of this examination are published already, so that cannot be changed any more."


class InvalidResult(Refusal):
    """A result whose value, scale, parts or kind do not fit together (nederīgs rezultāts)."""

    code = "R-0803"
    text = "The value, the scale, the parts and the kind of this result do not fit together."


class ResultKnown(Refusal):
    """Another result is recorded under this key (rezultāts jau reģistrēts)."""

    code = "R-0804"
    text = "Another result is recorded under this key. It is changed by submitCorrections, which says why."


class UnknownResult(Refusal):
    """No result under this key that the sender may correct (nezināms rezultāts)."""

    code = "R-0805"
    text = "There is no result of the sender under this key."


class UnknownCandidate(Refusal):
    """No candidate under this key (nezināms kārtotājs)."""

    code = "R-0806"
    text = "There is no candidate of the sender under this key in this examination."


class NotAnApplicant(Refusal):
    """Not registered as an applicant in this campaign (nav reģistrēts pretendents)."""

    code = "R-0807"
    text = "This person is not registered as an applicant of the sender in this campaign."


class UnknownMessage(Refusal):
    """No message with this id that this client has to acknowledge (nezināms ziņojums)."""

    code = "R-0808"
    text = "There is no message with this id that the sender has to acknowledge."


class AlreadyAnswered(Refusal):
    """The message was acknowledged otherwise before (ziņojums jau apstiprināts)."""

    code = "R-0809"
    text = "The message was acknowledged as accepted before."


class SameUser(Refusal):
    """Who proposed a change of rights cannot confirm it (viens un tas pats lietotājs)."""

    code = "R-0901"
    text = "A change of rights is confirmed by another user than the one who proposed it."


class UnknownGrant(Refusal):
    """No grant with this number (nezināma piekļuves tiesība)."""

    code = "R-0902"
    text = "There is no grant with this number."


class UnknownProposal(Refusal):
    """No change of rights with this number that waits (nav tiesību maiņas, kas gaida apstiprinājumu)."""

    code = "R-0903"
    text = "There is no change of rights with this number that waits for a second user."


class GrantEnded(Refusal):
    """A grant that is not in force, or whose end is proposed already (piekļuves tiesība nav spēkā)."""

    code = "R-0904"
    text = "The grant is not in force, or its end is proposed already."


class UserNotNamed(Refusal):
    """Who changes rights has to be named (nav norādīts lietotājs)."""

    code = "R-0905"
    text = "A change of rights needs the name of who makes it."


class UnknownPlace(Refusal):
    """A place that the journal of disclosures does not hold (nezināma vieta žurnālā)."""

    code = "R-0911"
    text = "The journal of disclosures does not hold these places, not yet or not any more."


class UnknownIndicators(Refusal):
    """Nothing was counted of this year, or there is no such revision (rādītāju nav)."""

    code = "R-0931"
    text = "There are no figures of this year, or not this revision."


class YearNotOver(Refusal):
    """The figures of a year are frozen when it is over (gads nav beidzies)."""

    code = "R-0932"
    text = "The year is not over. Its figures can be frozen an hour after its end."


class AlreadyFrozen(Refusal):
    """The figures of this year are frozen already (rādītāji jau ir iesaldēti)."""

    code = "R-0933"
    text = "The figures of this year are frozen already. A correction is a revision."


class NotFrozen(Refusal):
    """A year that is not frozen has no revisions (rādītāji nav iesaldēti)."""

    code = "R-0934"
    text = "The figures of this year are not frozen yet, so there is nothing to revise."


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
