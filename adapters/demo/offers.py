"""What a type of institution offers (izglītības programmas): programme codes by class level, and how many institutions of it there are."""

from typing import NamedTuple

PRESCHOOL, BASIC_1, BASIC, BASIC_2 = "01011111", "11011111", "21011111", "23011111"
PRESCHOOL_MINORITY, BASIC_MINORITY = "01011121", "21011121"
BASIC_DISTANCE, SECONDARY_DISTANCE, SECONDARY_EXTRAMURAL = "21011114", "31016014", "31016013"
SECONDARY, SECONDARY_OLD, SECONDARY_EVENING = "31016011", "31011011", "31011012"
SPECIAL_INTEGRATED, SPECIAL_INTEGRATED_1 = "21015611", "11015611"
SPECIAL = ("21015811", "21015511", "21015711", "21015311")
VOCATIONAL = ("33483011", "33213011", "33541011", "33582011", "33811021", "33345011")
TRADE, VOCATIONAL_BASIC = "32811011", "22541011"
COLLEGE, BACHELOR, PROFESSIONAL_BACHELOR = "41345011", "43481011", "42723011"
ARTS, SPORTS = ("10V21211", "20V21211", "30V21211"), ("10V81311", "20V81311", "30V81311")

NAMES = {
    PRESCHOOL: "Pirmsskolas izglītības programma",
    PRESCHOOL_MINORITY: "Mazākumtautību pirmsskolas izglītības programma",
    BASIC_1: "Pamatizglītības 1. posma programma",
    BASIC: "Pamatizglītības programma",
    BASIC_2: "Pamatizglītības 2. posma programma",
    BASIC_MINORITY: "Pamatizglītības mazākumtautību programma",
    BASIC_DISTANCE: "Pamatizglītības programma tālmācībā",
    SECONDARY: "Vispārējās vidējās izglītības programma",
    SECONDARY_OLD: "Vispārējās vidējās izglītības vispārizglītojošā virziena programma",
    SECONDARY_EVENING: "Vispārējās vidējās izglītības vispārizglītojošā virziena programma vakara formā",
    SECONDARY_EXTRAMURAL: "Vispārējās vidējās izglītības programma neklātienē",
    SECONDARY_DISTANCE: "Vispārējās vidējās izglītības programma tālmācībā",
    SPECIAL_INTEGRATED: "Speciālās pamatizglītības programma izglītojamiem ar mācīšanās traucējumiem",
    SPECIAL_INTEGRATED_1: "Speciālā pamatizglītības 1. posma programma izglītojamiem ar mācīšanās traucējumiem",
    SPECIAL[0]: "Speciālās pamatizglītības programma izglītojamiem ar garīgās attīstības traucējumiem",
    SPECIAL[1]: "Speciālās pamatizglītības programma izglītojamiem ar valodas traucējumiem",
    SPECIAL[2]: "Speciālās pamatizglītības programma izglītojamiem ar garīgās veselības traucējumiem",
    SPECIAL[3]: "Speciālās pamatizglītības programma izglītojamiem ar fiziskās attīstības traucējumiem",
    VOCATIONAL[0]: "Programmēšana",
    VOCATIONAL[1]: "Multimediju dizains",
    VOCATIONAL[2]: "Pārtikas produktu ražošana",
    VOCATIONAL[3]: "Būvdarbi",
    VOCATIONAL[4]: "Ēdināšanas pakalpojumi",
    VOCATIONAL[5]: "Komerczinības",
    TRADE: "Pavāra palīgs",
    VOCATIONAL_BASIC: "Maizes izstrādājumu ražošana",
    COLLEGE: "Grāmatvedība un finanses",
    BACHELOR: "Datorzinātnes",
    PROFESSIONAL_BACHELOR: "Māszinības",
    ARTS[0]: "Mūzikas un mākslas pamati, 1. posms",
    ARTS[1]: "Mūzikas un mākslas pamati, 2. posms",
    ARTS[2]: "Mūzikas un mākslas pamati, vidējā pakāpe",
    SPORTS[0]: "Sporta treniņu programma, 1. posms",
    SPORTS[1]: "Sporta treniņu programma, 2. posms",
    SPORTS[2]: "Sporta treniņu programma, vidējā pakāpe",
}
LKI_LEVELS = {"21": "2", "23": "2", "22": "2", "31": "4", "32": "3", "33": "4", "41": "5", "42": "6", "43": "6"}


class Type(NamedTuple):
    """A type of institution (iestādes tips): how many there are in the whole country, whose they are, what they are called and offer."""

    how_many: int
    kind: str
    name: str
    programmes: tuple[str, ...] = ()
    private: float = 0.0


_GENERAL = (BASIC, BASIC_MINORITY, SPECIAL_INTEGRATED)
_SECONDARY = (SECONDARY, SECONDARY_OLD)
TYPES = {
    "01": Type(659, "V1", 'pirmsskolas izglītības iestāde "{word}"', (PRESCHOOL, PRESCHOOL_MINORITY), 0.25),
    "03": Type(3, "V1", 'pirmsskolas izglītības konsultatīvais centrs "{word}"', (), 0.7),
    "11": Type(57, "V2", "{number}. sākumskola", (BASIC_1, SPECIAL_INTEGRATED_1, PRESCHOOL), 0.2),
    "12": Type(261, "V2", "{number}. pamatskola", _GENERAL, 0.1),
    "13": Type(284, "V2", "{number}. vidusskola", (*_GENERAL, *_SECONDARY), 0.1),
    "14": Type(1, "V2", "{number}. vakara (maiņu) vidusskola", (SECONDARY_EVENING, SECONDARY_EXTRAMURAL)),
    "15": Type(8, "V2", "{number}. tālmācības vidusskola", (BASIC_DISTANCE, SECONDARY_DISTANCE, SECONDARY_EXTRAMURAL), 0.8),
    "16": Type(6, "V2", "{number}. ģimnāzija", (BASIC_2, *_SECONDARY)),
    "18": Type(1, "V2", 'sociālās korekcijas iestāde "{word}"'),
    "19": Type(31, "V2", "{number}. valsts ģimnāzija", (BASIC_2, *_SECONDARY)),
    "20": Type(5, "V9", '{number}. speciālā pamatskola "{word}"', SPECIAL),
    "22": Type(28, "V9", '{number}. speciālā pamatskola "{word}"', SPECIAL),
    "24": Type(10, "V9", "{number}. internātskola - attīstības centrs", SPECIAL),
    "25": Type(1, "V9", "{number}. speciālā vidusskola", SPECIAL),
    "31": Type(25, "V8", "{number}. tehnikums", VOCATIONAL, 0.3),
    "32": Type(5, "V8", "{number}. arodskola", (TRADE,)),
    "33": Type(1, "V8", "{number}. profesionālā pamatskola", (VOCATIONAL_BASIC,)),
    "34": Type(24, "V8", '{number}. profesionālās izglītības kompetences centrs "{word}"', VOCATIONAL),
    "41": Type(5, "V7", '{number}. augstskola "{word}"', (BACHELOR, PROFESSIONAL_BACHELOR)),
    "42": Type(5, "V7", '{number}. augstskola "{word}"', (BACHELOR, PROFESSIONAL_BACHELOR)),
    "43": Type(16, "V7", '{number}. augstskola "{word}"', (BACHELOR, PROFESSIONAL_BACHELOR), 0.6),
    "44": Type(31, "V7", "{number}. augstskolas filiāle"),
    "45": Type(3, "V7", "{number}. ārvalstu augstskolas filiāle", (), 1.0),
    "46": Type(1, "V7", '{number}. akadēmija "{word}"', (BACHELOR,)),
    "47": Type(25, "V7", "{number}. koledža", (COLLEGE,), 0.3),
    "48": Type(11, "V7", "{number}. koledžas filiāle"),
    "51": Type(125, "V6", 'bērnu un jauniešu centrs "{word}"', (ARTS[0], ARTS[1]), 0.5),
    "60": Type(640, "V3", 'mācību centrs "{word}"', (), 0.95),
    "70": Type(5, "V4", "{number}. sporta skola", SPORTS),
    "71": Type(104, "V4", "{number}. bērnu un jaunatnes sporta skola", SPORTS, 0.25),
    "72": Type(5, "V4", '{number}. deju skola "{word}"', ARTS, 0.8),
    "74": Type(63, "V4", "{number}. mūzikas un mākslas skola", ARTS),
    "75": Type(26, "V4", "{number}. mākslas skola", ARTS),
    "76": Type(46, "V4", "{number}. mūzikas skola", ARTS),
    "80": Type(192, "V5", 'pieaugušo izglītības centrs "{word}"', (), 0.98),
}
PEOPLE_OF_THE_WHOLE_COUNTRY = 400_000
