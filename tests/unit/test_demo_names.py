"""Names of made-up people."""

import pytest

from adapters.demo.names import BOYS, GIRLS, SURNAMES, borne, without_diacritics


@pytest.mark.parametrize(
    ("family", "woman"),
    [
        ("Bērziņš", "Bērziņa"),
        ("Lācis", "Lāce"),
        ("Žukovskis", "Žukovska"),
        ("Savickis", "Savicka"),
        ("Liepa", "Liepa"),
        ("Butkus", "Butkus"),
        ("Adamovičs", "Adamoviča"),
        ("Kalniņš-Zaķis", "Kalniņa-Zaķe"),
        ("Tarasenko", "Tarasenko"),
    ],
)
def test_a_woman_bears_the_feminine_form(family, woman):
    assert borne(family, girl=True) == woman
    assert borne(family, girl=False) == family


def test_every_letter_of_the_latvian_alphabet_occurs_small_and_capital():
    written = "".join([*GIRLS, *BOYS, *SURNAMES])
    assert set("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ") <= set(written)


def test_a_school_that_types_plainly_loses_only_the_diacritics():
    assert without_diacritics("Šķēle-Ņukša Ūla Čarlote") == "Skele-Nuksa Ula Carlote"
