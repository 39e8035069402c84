"""The public fashion set: its boutique, and its reasons carried over to the client."""

import json
from pathlib import Path

import pytest

from recsys.data.fashion_reasons import (
    fashion_interactions,
    fashion_items,
    is_fashion_folder,
    read_fashion_references,
)
from recsys.data.fashion_wording import MAX_WORDS, MIN_WORDS, Refused, to_client
from recsys.data.text_files import Reject
from recsys.errors import InputError
from recsys.schema import Item

FASHION = Path(__file__).parents[2] / "shared/data/fashion-reasons"
ITEMS = {
    "0": {"title": "Lace Dress in Red", "brand": "Ada", "description": "\n\nA lace dress."},
    "1": {"title": "Wool Coat", "price": "$12.50", "description": ""},
    "2": {"title": "Silk Scarf", "price": "$5.99 - $8.99", "description": "Soft."},
    "3": {"description": "nameless"},
}
RATINGS = "item,user,rating,timestamp\n0,7,5.0,1452816000\n1,7,2.0,1453766400\n2,7,4.0,1463766400\n2,8,4.0,1463766400\n"
PROMPT = (
    "User purchased the following items in the given order. List of recent items and their description -\n"
    "        Liked Lace Dress in Red Brand: Ada Description: \n\nA lace dress.\nDisliked Wool Coat Description: \n\n"
    "The user will purchase the next target item - Silk Scarf Price: 5.99 Description: \n\nSoft.\nDo not use more."
)
REASON = (
    "The user will like the next item because it is a soft scarf in silk, which aligns with the user's preference "
    "for fine materials."
)


def answer(reason=REASON, prediction="Yes"):
    return f"Prediction: {prediction} \n 1. The user likes lace. 2. {reason}"


def folder_with(path, rows):
    path.mkdir(exist_ok=True)
    (path / "items.json").write_text(json.dumps(ITEMS), encoding="utf-8")
    (path / "ratings.csv").write_text(RATINGS, encoding="utf-8")
    (path / "train.json").write_text(json.dumps(rows), encoding="utf-8")
    (path / "valid.json").write_text("[]", encoding="utf-8")
    return path


def row(**changes):
    return {"instruction": "-", "input": PROMPT, "output": answer()} | changes


# ---------------------------------------------------------------- the boutique


def test_the_folder_is_recognised(tmp_path):
    folder = folder_with(tmp_path / "f", [])
    assert is_fashion_folder(folder)

    (folder / "ratings.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert not is_fashion_folder(folder)
    assert not is_fashion_folder(tmp_path)


def test_items_have_what_the_set_states(tmp_path):
    entries = list(fashion_items(folder_with(tmp_path / "f", []) / "items.json"))

    dress, coat, scarf = (entry[1] for entry in entries[:3])
    assert (dress.item_id, dress.title, dress.brand, dress.description) == (
        "0",
        "Lace Dress in Red",
        "Ada",
        "A lace dress.",
    )
    assert (coat.price_minor, coat.currency) == (1250, "USD")
    assert (scarf.price_minor, scarf.currency) == (None, None)
    assert entries[3] == Reject(4, "no title")


def test_an_item_that_is_no_object_is_reported(tmp_path):
    (tmp_path / "items.json").write_text('{"0": ["Lace Dress"], "1": null}', encoding="utf-8")
    assert list(fashion_items(tmp_path / "items.json")) == [Reject(1, "no title"), Reject(2, "no title")]


def test_every_rating_is_a_purchase_on_its_day(tmp_path):
    entries = list(fashion_interactions(folder_with(tmp_path / "f", []) / "ratings.csv"))

    events = [event for _, event in entries]
    assert {event.kind for event in events} == {"purchase"}
    assert [(event.client_id, event.item_id, event.at.date().isoformat()) for event in events] == [
        ("7", "0", "2016-01-15"),
        ("7", "1", "2016-01-26"),
        ("7", "2", "2016-05-20"),
        ("8", "2", "2016-05-20"),
    ]


# ---------------------------------------------------------------- the references


def test_a_reason_becomes_a_reference(tmp_path):
    found = read_fashion_references(folder_with(tmp_path / "f", [row()]), 0)

    (one,) = found.references
    assert (one.user, one.history, one.target, one.order) == ("7", ("0", "1"), "2", False)
    assert one.text == (
        "You may like the Silk Scarf because it is a soft scarf in silk, which aligns with your preference for fine "
        "materials."
    )
    assert (found.n_rows, found.n_titles, found.n_matched, found.dropped) == (1, 3, 3, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"output": answer(prediction="No")}, "prediction is not Yes"),
        ({"output": answer(REASON[:-1])}, "cut off: no final full stop"),
        ({"output": "Prediction: Yes. The user likes lace."}, "no second paragraph"),
        ({"input": PROMPT.replace("Wool Coat", "Fur Coat")}, "a title is not in the catalogue"),
        ({"input": "The next target item - Silk Scarf Description: \n\nSoft."}, "no history"),
        ({"input": "nothing"}, "no target title"),
    ],
)
def test_what_cannot_be_used_is_counted(tmp_path, changes, why):
    found = read_fashion_references(folder_with(tmp_path / "f", [row(**changes)]), 0)

    assert found.references == ()
    assert found.dropped == {why: 1}


def test_the_same_client_and_item_count_once(tmp_path):
    found = read_fashion_references(folder_with(tmp_path / "f", [row(), row()]), 0)

    assert len(found.references) == 1
    assert found.dropped == {"client and target occur twice": 1}


@pytest.mark.parametrize(
    ("content", "problem"),
    [("{}", "must hold one JSON array"), ("[", "is not JSON"), ('[{"input": 1}]', "row 1 is no object with the texts")],
)
def test_a_file_of_another_form_is_refused(tmp_path, content, problem):
    folder = folder_with(tmp_path / "f", [])
    (folder / "train.json").write_text(content, encoding="utf-8")

    with pytest.raises(InputError, match=problem):
        read_fashion_references(folder, 0)


# ---------------------------------------------------------------- the wording

SCARF = Item(item_id="2", title="Silk Scarf")
DRESS = Item(item_id="0", title="Lace Dress in Red, Size 38 (Women)", brand="Ada")


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            'The user will like the next item, "Silk Scarf", because it is soft and light and the user values comfort '
            "and colour.",
            "You may like the Silk Scarf because it is soft and light and you value comfort and colour.",
        ),
        (
            "The user will likely enjoy the Silk Scarf as it is soft, light and warm, which the user has shown a "
            "liking for.",
            "You may like the Silk Scarf as it is soft, light and warm, which you have shown a liking for.",
        ),
        (
            "The user will like the next item because it is soft and matches their previous choices, which they "
            "appreciate. It also suits evenings out.",
            "You may like the Silk Scarf because it is soft and matches your previous choices, which you appreciate. "
            "It also suits evenings out.",
        ),
        (  # the second sentence has a doubt, so the first stands alone
            "The user will like the next item because it is soft, light and warm and goes well with coats. However, it "
            "is cheap.",
            "You may like the Silk Scarf because it is soft, light and warm and goes well with coats.",
        ),
    ],
)
def test_the_wording_turns_to_the_client(reason, text):
    assert to_client(answer(reason), SCARF, [DRESS]).text == text


def test_a_purchase_named_by_its_full_title_is_shortened_and_cited():
    reason = f"The user will like the next item because it goes so well with the {DRESS.title} the user owns."

    wording = to_client(answer(reason), SCARF, [DRESS])

    assert wording.cites == ("0",)
    assert wording.text == "You may like the Silk Scarf because it goes so well with the Lace Dress in Red you own."


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("The scarf is soft and light and warm and suits the user very well.", "does not begin with what the client"),
        (
            "The user will like the next item because many customers say that they wear it daily in town.",
            "still speaks",
        ),
        ("The user will like the next item because it is soft although it is not made very well.", "a doubt"),
        ("The user will like the next item because it is soft and light at a price of only $5.99.", "a doubt, a price"),
        ("The user will like the next item because it is soft.", "not 12 to 45 words"),
        (
            f"The user will like the next item because it is {'soft and ' * 20}light.",
            "not 12 to 45 words",
        ),
    ],
)
def test_what_the_rules_do_not_cover_is_refused(reason, why):
    with pytest.raises(Refused, match=why):
        to_client(answer(reason), SCARF, [DRESS])


@pytest.mark.parametrize(
    ("why", "angle"),
    [
        ("it is soft and light and suits your evening at a party in town", "occasion"),
        ("it is soft and light and from a brand that you know very well", "brand"),
        ("it is soft and light and as blue as the things you have", "style"),
    ],
)
def test_the_angle_follows_from_the_words(why, angle):
    assert to_client(answer(f"The user will like the next item because {why}."), SCARF, [DRESS]).angle == angle


@pytest.mark.skipif(not FASHION.exists(), reason="the fashion set lies outside the checkout")
def test_the_public_set():
    found = read_fashion_references(FASHION, 0)

    assert found.n_rows == 1792
    assert found.n_matched == found.n_titles
    assert len(found.references) + sum(found.dropped.values()) == found.n_rows
    assert len(found.references) > 500
    clients = {split: {one.user for one in found.references if one.split == split} for split in ("train", "test")}
    assert not clients["train"] & clients["test"]
    for one in found.references:
        assert one.text.startswith("You may like the ")
        assert MIN_WORDS <= len(one.text.split()) <= MAX_WORDS
        assert " user" not in one.text
    assert read_fashion_references(FASHION, 0) == found
