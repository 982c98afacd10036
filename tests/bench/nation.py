"""A made-up population register for measuring: as many children as wanted, written in seconds, the same for the same seed."""

import json
import random
from datetime import date, timedelta
from pathlib import Path

from stdnum.lv import pvn

GIVEN = ("Anna", "Kārlis", "Elīna", "Jēkabs", "Šarlote", "Ņikita", "Ģirts", "Ķērsta", "Žanete", "Ļuba", "Emīls", "Čārlijs")
SURNAMES = ("Bērziņš", "Kalniņa", "Ozoliņš", "Liepiņa", "Krūmiņš", "Žagare", "Šķēle", "Ādamsone-Vītola", "Ķuzis", "Ļaudaks", "Ūdre")
MUNICIPALITIES = ("0001000", "0002000", "0003000", "0004000", "0005000", "0006000", "0007000")
UNUSED_SINCE = date(2017, 7, 1)


def personal_code(born_on: date, number: int, *, century: int | None = None) -> str:
    """A code that was never issued: of the old form, with the check digit wrong for all who were born when it was in use."""
    front = f"{born_on:%d%m%y}{(born_on.year - 1800) // 100 if century is None else century}{number:03d}"
    digit = int(pvn.calc_check_digit_pers(front))
    return front + str(digit if born_on >= UNUSED_SINCE else (digit + 5) % 10)


def write(folder: Path, children: int, *, seed: int = 1, born_from: date = date(2008, 1, 1), born_to: date = date(2021, 12, 31)) -> None:
    """`people.jsonl` as `viis demo-data` writes it: two parents for most children, a few codes changed, a few people restricted."""
    rng = random.Random(seed)
    days = (born_to - born_from).days + 1
    a_day = children // days + 1
    if a_day > 990:
        raise ValueError("Too many children for so few days.")
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    with (folder / "people.jsonl").open("w", encoding="utf-8") as file:
        for offset in range(days):
            born_on = born_from + timedelta(days=offset)
            people = [_child(rng, born_on, number) for number in range(min(a_day, children - written))]
            people.sort(key=lambda person: str(person["code"]))
            written += len(people)
            file.writelines(json.dumps(person, ensure_ascii=False) + "\n" for person in people)


def _child(rng: random.Random, born_on: date, number: int) -> dict[str, object]:
    code = personal_code(born_on, number)
    surname = rng.choice(SURNAMES)
    # Siblings share parents: a parent's code comes from a pool two thirds as large as the children.
    parent_born = date(1975, 1, 1) + timedelta(days=rng.randrange(8000))
    parents = [personal_code(parent_born + timedelta(days=shift), rng.randrange(12)) for shift in (0, 211)]
    return {
        "code": code,
        "former_codes": [personal_code(born_on, number, century=9)] if rng.random() < 0.005 else [],
        "given_name": rng.choice(GIVEN),
        "surname": surname,
        "born_on": born_on.isoformat(),
        "died_on": None,
        "status": "emigrated" if rng.random() < 0.05 else "resident",
        "restricted": rng.random() < 0.002,
        "residence": {
            "municipality": MUNICIPALITIES[0] if rng.random() < 0.33 else rng.choice(MUNICIPALITIES),
            "address": f"Brīvības iela {rng.randrange(300)} - {rng.randrange(80)}",
            "from": (born_on + timedelta(days=rng.randrange(1500))).isoformat(),
        },
        "guardians": [
            {"kind": "parent", "code": parent, "given_name": rng.choice(GIVEN), "surname": surname, "from": born_on.isoformat()}
            for parent in parents[: rng.choices((0, 1, 2), (2, 18, 80))[0]]
        ],
    }
