"""Names of made-up people (izdomāti personvārdi): common ones put together by chance, all Latvian letters, gendered endings."""

from random import Random

from adapters.demo.chance import words

GIRLS = words(
    "Anna Alise Elza Marta Emīlija Sofija Katrīna Estere Paula Annija Ieva Līva Elīza Šarlote Žanete Čarlote Ģertrūde Ķersta Ļubova Ņina "
    "Ūla Ērika Īrisa Ārija Madara Laima Zane Dārta Agnese Keita Patrīcija Nikola Gabriela Amēlija Tīna Rūta Helēna Lība Anete Beāte "
    "Kristīne Justīne Viktorija Darja Jeļena Aļona Olga Milana Zlata Haņa Odrija Elēna Grieta Made Gundega Inguna Sanita Daiga"
)
BOYS = words(
    "Roberts Gustavs Olivers Jānis Kārlis Markuss Artūrs Emīls Aleksandrs Ričards Dāvids Henrijs Daniels Mārtiņš Ernests Ģirts Ķirils "
    "Ļevs Ņikita Āris Ēriks Čarlijs Šarls Žanis Ūdis Rūdolfs Jēkabs Tomass Matīss Ralfs Oskars Adrians Teodors Hugo Krišjānis Niklāvs "
    "Patriks Kristaps Raivis Toms Edgars Valdis Guntis Aivars Artjoms Maksims Timofejs Bogdans Tarass Vladislavs Dāvis Uģis Ainārs Ivo"
)
SURNAMES = words(
    "Bērziņš Kalniņš Ozoliņš Jansons Ozols Liepiņš Krūmiņš Balodis Eglītis Zariņš Pētersons Vītols Kļaviņš Kārkliņš Vanags Šteinbergs "
    "Lācis Zaķis Briedis Ābols Āboliņš Ūdris Ērglis Ķēniņš Ģērmanis Ķirsis Ļaudums Ņukšs Čaupals Šmits Žagars Dambis Bite Liepa Egle "
    "Priede Zvaigzne Kalējs Mūrnieks Podnieks Rudzītis Auziņš Siliņš Strautiņš Celmiņš Grīnbergs Rozītis Puķītis Sproģis Gailis Irbe "
    "Skuja Ziediņš Lazdiņš Vilks Lapsa Dzenis Cīrulis Strazdiņš Zīle Stārķis Līcis Upītis Ezeriņš Jūrmalnieks Saulītis Mēnesis Vējiņš "
    "Ivanovs Petrovs Smirnovs Kovaļovs Volkovs Kuzņecovs Vasiļjevs Fjodorovs Savickis Kovaļskis Žukovskis Barkovskis Adamovičs "
    "Stankevičs Tarasenko Bondarenko Ševčuks Koļesņiks Kazlauskis Butkus Jankauskis D'Anželo Ģēģeris Čūskāns Žīgurs Ķūlis Ņevskis"
)
ARRIVED_GIRLS = words("Sofija Anastasija Jeva Zlata Milana Poļina Kira Marija Veronika Solomija")
ARRIVED_BOYS = words("Artems Dmitro Ivans Maksims Andrijs Tarass Bogdans Oleksijs Mikola Timurs")
ARRIVED_SURNAMES = words("Ševčenko Kovaļenko Bondarenko Tkačenko Kravčenko Oļijniks Ļisenko Savčenko Rudenko Moroza Petrenko")
PLAIN = str.maketrans("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "acegiklnsuzACEGIKLNSUZ")


def feminine(surname: str) -> str:
    """The form of a surname that a woman bears (uzvārds sieviešu dzimtē)."""
    if surname.endswith(("skis", "ckis")):
        return surname[:-2] + "a"
    if surname.endswith("is"):
        return surname[:-2] + "e"
    if surname.endswith(("š", "s")) and not surname.endswith("us"):
        return surname[:-1] + "a"
    return surname


FEMININE = {surname: feminine(surname) for surname in SURNAMES + ARRIVED_SURNAMES}


def given_name(rng: Random, girl: bool) -> str:
    """A given name; one in fourteen has two."""
    names = GIRLS if girl else BOYS
    first = names[int(rng.random() * len(names))]
    if rng.random() < 0.07:
        second = names[int(rng.random() * len(names))]
        return first if second == first else f"{first} {second}"
    return first


def surname(rng: Random) -> str:
    """A family's surname in its masculine form."""
    return SURNAMES[int(rng.random() * len(SURNAMES))]


def borne(surname: str, girl: bool) -> str:
    """A surname as this person bears it; both halves of a hyphenated one are gendered."""
    if not girl:
        return surname
    return "-".join(FEMININE.get(half) or feminine(half) for half in surname.split("-"))


def without_diacritics(name: str) -> str:
    """A name as a school may have typed it."""
    return name.translate(PLAIN)
