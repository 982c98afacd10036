"""Where made-up people live (dzīvesvietas): the 42 municipalities by the number of their children, towns, streets and farmsteads."""

from bisect import bisect
from itertools import accumulate
from random import Random
from typing import NamedTuple

from adapters.demo.chance import words


class Place(NamedTuple):
    """A municipality (pašvaldība): how its institutions are called, where its letters go, how many thousands live there."""

    code: str
    genitive: str
    town: str
    postcode: int
    territory: str
    thousands: float


RIGA = Place("0001000", "Rīgas", "Rīga", 1001, "33", 0.0)
MADONA = "0038000"
VARAKLANI = Place("0055000", "Varakļānu", "Varakļāni", 4838, "44", 0.0)
ELSEWHERE = tuple(
    Place(*row)
    for row in (
        ("0002000", "Daugavpils", "Daugavpils", 5401, "27", 79.0),
        ("0003000", "Jelgavas", "Jelgava", 3001, "28", 55.0),
        ("0004000", "Jūrmalas", "Jūrmala", 2008, "29", 52.0),
        ("0005000", "Liepājas", "Liepāja", 3401, "30", 67.0),
        ("0006000", "Rēzeknes", "Rēzekne", 4601, "31", 27.0),
        ("0007000", "Ventspils", "Ventspils", 3601, "32", 33.0),
        ("0020000", "Aizkraukles", "Aizkraukle", 5101, "45", 29.0),
        ("0021000", "Alūksnes", "Alūksne", 4301, "44", 14.0),
        ("0022000", "Augšdaugavas", "Ilūkste", 5447, "42", 26.0),
        ("0023000", "Ādažu", "Ādaži", 2164, "43", 23.0),
        ("0024000", "Balvu", "Balvi", 4501, "42", 19.0),
        ("0025000", "Bauskas", "Bauska", 3901, "45", 42.0),
        ("0026000", "Cēsu", "Cēsis", 4101, "44", 42.0),
        ("0027000", "Dienvidkurzemes", "Grobiņa", 3430, "41", 33.0),
        ("0028000", "Dobeles", "Dobele", 3701, "45", 28.0),
        ("0029000", "Gulbenes", "Gulbene", 4401, "44", 20.0),
        ("0030000", "Jelgavas novada", "Ozolnieki", 3018, "45", 33.0),
        ("0031000", "Jēkabpils", "Jēkabpils", 5201, "10", 40.0),
        ("0032000", "Krāslavas", "Krāslava", 5601, "42", 21.0),
        ("0033000", "Kuldīgas", "Kuldīga", 3301, "41", 28.0),
        ("0034000", "Ķekavas", "Ķekava", 2123, "43", 32.0),
        ("0035000", "Limbažu", "Limbaži", 4001, "43", 28.0),
        ("0036000", "Līvānu", "Līvāni", 5316, "42", 11.0),
        ("0037000", "Ludzas", "Ludza", 5701, "42", 22.0),
        (MADONA, "Madonas", "Madona", 4801, "44", 31.0),
        ("0039000", "Mārupes", "Mārupe", 2167, "43", 38.0),
        ("0040000", "Ogres", "Ogre", 5001, "43", 58.0),
        ("0041000", "Olaines", "Olaine", 2114, "43", 20.0),
        ("0042000", "Preiļu", "Preiļi", 5301, "42", 17.0),
        ("0043000", "Rēzeknes novada", "Malta", 4630, "42", 29.0),
        ("0044000", "Ropažu", "Ulbroka", 2130, "43", 34.0),
        ("0045000", "Salaspils", "Salaspils", 2121, "43", 24.0),
        ("0046000", "Saldus", "Saldus", 3801, "41", 27.0),
        ("0047000", "Saulkrastu", "Saulkrasti", 2160, "43", 10.0),
        ("0048000", "Siguldas", "Sigulda", 2150, "43", 32.0),
        ("0049000", "Smiltenes", "Smiltene", 4729, "44", 18.0),
        ("0051000", "Talsu", "Talsi", 3201, "41", 35.0),
        ("0052000", "Tukuma", "Tukums", 3101, "43", 45.0),
        ("0053000", "Valkas", "Valka", 4701, "44", 8.0),
        ("0054000", "Valmieras", "Valmiera", 4201, "25", 52.0),
        ("0056000", "Ventspils novada", "Piltene", 3620, "41", 11.0),
    )
)
PLACES = (RIGA, *ELSEWHERE)
RIGA_SHARE = 1 / 3
STREETS = words(
    "Brīvības Skolas Dārza Liepu Ozolu Kļavu Rīgas Upes Ezera Parka Stacijas Raiņa Aspazijas Kalna Saules Zvaigžņu Ķiršu Ābeļu Šķūņu "
    "Žagatu Čiekuru Ģimnāzijas Ūdensvada Ērgļu Jūras Meža Lauku Pļavu Tirgus Vārpu"
)
FARMSTEADS = words("Ozoliņi Kalnāji Ķirši Zīles Dzeņi Saulrieti Mežmaļi Jaunžagari Lejasčiekuri Ģērmaņi Pļavnieki Ābelītes Šķēres Ūdri")
_CUMULATIVE = list(accumulate(place.thousands for place in ELSEWHERE))


def somewhere(rng: Random) -> Place:
    """A municipality by chance: Riga holds a third of the children."""
    if rng.random() < RIGA_SHARE:
        return RIGA
    return ELSEWHERE[bisect(_CUMULATIVE, rng.random() * _CUMULATIVE[-1])]


def address(rng: Random, place: Place) -> str:
    """A plausible address there; outside the large towns every fourth is a farmstead."""
    postcode = place.postcode + int(rng.random() * (80 if place is RIGA else 10))
    if place.thousands and place.code >= "0020000" and rng.random() < 0.25:
        return f'"{FARMSTEADS[int(rng.random() * len(FARMSTEADS))]}", {place.town}, LV-{postcode}'
    street, house = STREETS[int(rng.random() * len(STREETS))], 1 + int(rng.random() * 120)
    flat = f"-{1 + int(rng.random() * 60)}" if rng.random() < 0.7 else ""
    return f"{street} iela {house}{flat}, {place.town}, LV-{postcode}"
