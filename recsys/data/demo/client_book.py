"""What the boutique knows of a simulated client: preferences, and dated notes in the voice of the client's associate.

A note says only what is true of the latent taste on its day, of the client's own events, or of the preferences.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.data.demo.authored import load_yaml
from recsys.data.demo.build_catalogue import DemoCatalogue
from recsys.data.demo.personas import END, FloatArray, Person, pick
from recsys.data.demo.simulator import Course
from recsys.schema import Client, Note

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_CONTACTS = ("e-mail", "letter", "text message in the morning", "text message in the evening")
_N_NOTES = (0.14, 0.24, 0.3, 0.2, 0.12)  # chances of 0, 1, ... 4 notes
_P_DRIFT_SAID, _P_TURN_SEEN = 0.65, 0.45  # a drift with, without a cause finds its way into the notes
_USED = frozenset({"Fragrance", "Make-up", "Skin care", "Home & travel"})
_STRONG = 0.6  # weight of a taste that an associate would notice
# letters that no accent is taken off of
_ASCII = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_HERS = {"She": "She", "she": "she", "Her": "Her", "her": "her", "them": "her"}
_HIS = {"She": "He", "she": "he", "Her": "His", "her": "his", "them": "him"}


@dataclass(frozen=True)
class _Remark:
    """A note that could be written: its day, the kind of template and what fills it."""

    at: dt.date
    kind: str
    values: Mapping[str, str]


class ClientBook:
    """Writes the clients of the boutique.

    Args:
        catalogue: Gives the names of what was bought and the names of the attributes.
        seed: Seed of the whole boutique.
    """

    def __init__(self, catalogue: DemoCatalogue, seed: int) -> None:
        self._names = catalogue.attribute_set.names
        self._standard: FloatArray = (catalogue.scores - catalogue.scores.mean(axis=0)) / catalogue.scores.std(axis=0)
        self._models = catalogue.models
        self._families = tuple(item.category[0] for item in catalogue.items)
        self._seed = seed
        table: dict[str, Any] = load_yaml("voices")
        self._voices, self._reasons, self._tastes = table["voices"], table["reasons"], table["tastes"]

    def client(self, person: Person, course: Course) -> Client:
        """Return the client with preferences and notes; the same seed gives the same text."""
        rng = np.random.default_rng([self._seed, 5, int(person.client_id[1:])])
        preferences = _preferences(person, course.favourites, rng)
        return Client(
            client_id=person.client_id,
            name=f"{person.first_name} {person.family_name}",
            associate_id=person.associate_id,
            preferences=preferences | _address(person, preferences),
            notes=self._notes(person, course, preferences, rng),
        )

    def _notes(
        self, person: Person, course: Course, preferences: Mapping[str, str], rng: np.random.Generator
    ) -> tuple[Note, ...]:
        wanted = int(rng.choice(len(_N_NOTES), p=_N_NOTES))
        drifts = [remark for remark in self._drift_remarks(person, rng) if remark.at <= END]
        others = [self._taste_remark(person, course, rng), *self._event_remarks(person, course, rng)]
        others += _file_remarks(person, rng)
        order = [0, *(1 + rng.permutation(len(others) - 1))] if rng.random() < 0.7 else rng.permutation(len(others))
        chosen = [*drifts, *(others[int(index)] for index in order)][:wanted]
        fixed = self._fixed(person, preferences)
        notes = [Note(at=remark.at, text=self._write(person, remark, fixed, rng)) for remark in chosen]
        return tuple(sorted(notes, key=lambda note: (note.at, note.text)))

    def _fixed(self, person: Person, preferences: Mapping[str, str]) -> dict[str, str]:
        return {
            **_pronouns(person),
            "first": person.first_name,
            "size": preferences["clothing size"],
            "month": preferences["birthday month"],
            "contact": preferences["contact"],
        }

    def _write(self, person: Person, remark: _Remark, fixed: Mapping[str, str], rng: np.random.Generator) -> str:
        """Fill a template of the associate's voice; names beginning with a capital get one."""
        values = {**fixed, **remark.values}
        values |= {"news_lower": _lower(values.get("news", "")), "contact_cap": _upper(values["contact"])}
        values |= {name.capitalize(): _upper(values[name]) for name in ("likes", "dislikes") if name in values}
        template = pick(self._voices[person.associate_id][remark.kind], rng)
        text: str = template.format(**values)
        return text

    def _taste_remark(self, person: Person, course: Course, rng: np.random.Generator) -> _Remark:
        """Tell, on some visit before the taste moved, what to show and what not: what it wants and what it shows."""
        settled = [day for day in person.visits[1:] if not person.drifts or day < person.drifts[0].at]
        day = pick(settled, rng)
        taste = person.taste(day)
        bought = [past.row for past in course.bought if past.day <= day]
        shown = self._standard[bought].mean(axis=0) if bought else np.sign(taste)
        order = np.argsort(-taste * shown)
        likes = [self._phrase(int(order[0]), taste, rng)]
        if abs(taste[order[1]]) > _STRONG:
            likes.append(self._phrase(int(order[1]), taste, rng))
        dislikes = self._phrase(int(order[0]), -taste, rng)
        return _Remark(day, "taste", {"likes": _joined(likes), "dislikes": dislikes})

    def _drift_remarks(self, person: Person, rng: np.random.Generator) -> list[_Remark]:
        remarks = []
        for drift in person.drifts:
            later = [visit for visit in person.visits if visit >= drift.at]
            moves = np.array([float(drift.moves.get(name, 0)) for name in self._names])
            moved = [int(index) for index in np.flatnonzero(moves)]
            likes = self._phrase(pick(moved, rng), moves, rng)
            if drift.cause and rng.random() < _P_DRIFT_SAID:
                news = drift.note.format(**_pronouns(person))
                remarks.append(_Remark(later[0], "drift", {"likes": likes, "news": news}))
            elif not drift.cause and rng.random() < _P_TURN_SEEN:
                remarks.append(_Remark(later[min(1, len(later) - 1)], "turn", {"likes": likes}))
        return remarks

    def _event_remarks(self, person: Person, course: Course, rng: np.random.Generator) -> list[_Remark]:
        """Tell of something kept with pleasure, and of the first thing that came back."""
        remarks = []
        if course.bought:
            past = pick(course.bought, rng)
            day = min(END, past.day + dt.timedelta(days=int(rng.integers(5, 20))))
            kind = "used" if self._families[past.row] in _USED else "worn"
            remarks.append(_Remark(day, kind, {"item": self._models[past.row]}))
        for back in course.returned[:1]:
            reason = self._reasons[self._names[back.attribute]][str(back.wanted)].format(**_pronouns(person))
            remarks.append(_Remark(back.day, "returned", {"item": self._models[back.row], "reason": reason}))
        return remarks

    def _phrase(self, column: int, taste: FloatArray, rng: np.random.Generator) -> str:
        phrases: list[str] = self._tastes[self._names[column]]["1" if taste[column] > 0 else "-1"]
        return pick(phrases, rng)


def _file_remarks(person: Person, rng: np.random.Generator) -> list[_Remark]:
    """Tell a size or how to get in touch, from the first visit; not for everybody."""
    first = person.visits[0]
    return [_Remark(first, pick(("fitting", "habit"), rng), {})] if rng.random() < 0.5 else []


def _pronouns(person: Person) -> Mapping[str, str]:
    return _HERS if person.is_woman else _HIS


def _preferences(person: Person, favourites: Sequence[str], rng: np.random.Generator) -> dict[str, str]:
    """Draw what is on the client's card; the budget is the one the choices keep to."""
    sizes = range(34, 47, 2) if person.is_woman else range(46, 55, 2)
    shoes = range(36, 42) if person.is_woman else range(41, 46)
    preferences = {"clothing size": _size(sizes, rng), "shoe size": _size(shoes, rng)}
    if rng.random() < (0.6 if person.is_woman else 0.2):
        preferences["ring size"] = _size(range(48, 58) if person.is_woman else range(58, 66), rng)
    return preferences | {
        "favourite colours": ", ".join(favourites),
        "budget": f"usually up to EUR {person.cap:,} a piece",
        "language": person.language,
        "birthday month": pick(_MONTHS, rng),
        "contact": pick(_CONTACTS, rng),
    }


def _address(person: Person, preferences: Mapping[str, str]) -> dict[str, str]:
    """Return the address of whoever wants e-mails, at a domain kept for examples; no draw is spent on it."""
    if preferences["contact"] != "e-mail":
        return {}
    name = unicodedata.normalize("NFKD", f"{person.first_name}.{person.family_name}").casefold()
    local = re.sub(r"[^a-z.]", "", name.translate(_ASCII))
    return {"e-mail address": f"{local}.{person.client_id}@example.org"}


def _joined(phrases: Sequence[str]) -> str:
    """Join one or two plural phrases: "bold pieces" and "soft pieces" are "bold and soft pieces"."""
    first, *rest = phrases
    words = first.split()
    if rest and len(words) == 2 and rest[0].split()[1:] == words[1:]:
        first = words[0]
    return " and ".join([first, *rest])


def _size(sizes: range, rng: np.random.Generator) -> str:
    """Draw a size, those in the middle being likelier."""
    return str(sizes[int(rng.binomial(len(sizes) - 1, 0.4))])


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
