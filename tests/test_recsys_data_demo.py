"""The bundled demo boutique: what is committed, how it was made, and that the one follows from the other."""

import csv
import datetime as dt
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from recsys.data.demo import load_truth, open_source
from recsys.data.demo.authored import load_tables, load_yaml
from recsys.data.demo.build import N_CLIENTS, build
from recsys.data.demo.build_catalogue import CODES, boutique_attributes, list_pieces
from recsys.data.demo.guided_rules import score
from recsys.data.demo.personas import ASSOCIATES, END, START
from recsys.data.demo.simulator import MAX_EVENTS, RETURN_DAYS
from recsys.data.ingest import ingest
from recsys.schema import Client, Interaction, Item

DATA_FILES = ("items.jsonl", "guided_scores.csv", "clients.jsonl", "interactions.csv", "truth.jsonl")
SILHOUETTES = frozenset(
    """tote shoulder-bag clutch backpack weekender wallet card-case belt pump sandal loafer boot sneaker dress-slip
    dress-wrap dress-gown shirt blouse tee sweater cardigan blazer coat trench parka trousers jeans skirt scarf hat
    gloves sunglasses ring necklace earrings bracelet watch perfume lipstick compact nail-polish jar pump-bottle tube
    dropper soap candle brush umbrella pouch swimsuit jumpsuit""".split()
)
PATTERNS = frozenset("plain stripe check dots floral herringbone quilt weave monogram".split())
PRICES = {  # EUR, what would be believed of a house of this kind
    "Bags": (90, 6000), "Small leather goods": (50, 1000), "Shoes": (100, 2500), "Ready-to-wear": (70, 1800),
    "Dresses": (200, 8000), "Tailoring": (250, 5000), "Knitwear": (200, 3500), "Outerwear": (400, 9000),
    "Scarves & silks": (120, 800), "Eyewear": (200, 900), "Hats & gloves": (60, 500), "Jewellery": (50, 15000),
    "Watches": (1000, 20000), "Fragrance": (30, 500), "Make-up": (18, 120), "Skin care": (12, 450),
    "Home & travel": (10, 3000),
}  # fmt: skip


def records(name):
    return [json.loads(line) for line in (open_source() / name).read_text(encoding="utf-8").splitlines()]


def table(name):
    with (open_source() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ITEMS = TypeAdapter(tuple[Item, ...]).validate_python(records("items.jsonl"))
BY_ID = {item.item_id: item for item in ITEMS}
CLIENTS = TypeAdapter(tuple[Client, ...]).validate_python(records("clients.jsonl"))
EVENTS = TypeAdapter(tuple[Interaction, ...]).validate_python(table("interactions.csv"))
OF_CLIENT = defaultdict(list)
for event in EVENTS:
    OF_CLIENT[event.client_id].append(event)
ATTRIBUTES = boutique_attributes()
SCORES = np.array([[float(row[name]) for name in ATTRIBUTES.names] for row in table("guided_scores.csv")])
TRUTH = load_truth()
TABLES = load_tables()
PIECES = list_pieces(TABLES)


def purchases(client_id):
    return [event for event in OF_CLIENT[client_id] if event.kind == "purchase"]


# ---------------------------------------------------------------- the files


def test_a_rebuild_writes_the_committed_bytes(tmp_path):
    build(tmp_path)

    for name in DATA_FILES:
        assert (tmp_path / name).read_bytes() == (open_source() / name).read_bytes(), name


def test_everything_committed_stays_small():
    files = [path for path in open_source().rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_authored_tables_stay_readable():
    for path in open_source().rglob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 400, path.name


def test_the_folder_can_be_ingested_as_it_is(tmp_path):
    report = ingest(open_source(), tmp_path / "boutique", strict=True)

    assert (report.n_items, report.n_clients, report.n_interactions) == (len(ITEMS), len(CLIENTS), len(EVENTS))


def test_whoever_wants_e_mails_has_an_address_of_their_own_at_a_domain_kept_for_examples():
    filed = [client.preferences for client in CLIENTS]
    addresses = [one["e-mail address"] for one in filed if "e-mail address" in one]

    assert all(("e-mail address" in one) == (one["contact"] == "e-mail") for one in filed)
    assert len(addresses) == len(set(addresses)) > 50
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\.c[0-9]{3}@example\.org", one) for one in addresses)


# ---------------------------------------------------------------- the catalogue


def test_the_catalogue_is_large_and_nothing_is_told_twice():
    assert len(ITEMS) >= 420
    assert len(BY_ID) == len({item.title for item in ITEMS}) == len({item.description for item in ITEMS}) == len(ITEMS)


def test_every_item_is_complete():
    for item in ITEMS:
        assert item.brand in TABLES.lines
        assert 2 <= len(item.category) <= 3
        assert item.item_id.startswith(CODES[item.category[0]])
        assert item.material
        assert item.colour or item.category[0] in ("Fragrance", "Skin care", "Home & travel"), item.title
        assert len(item.description.split()) >= 8, item.title
        assert item.attributes["care"]


def test_prices_are_believable():
    assert set(PRICES) == {item.category[0] for item in ITEMS}
    for item in ITEMS:
        low, high = PRICES[item.category[0]]
        assert item.currency == "EUR"
        assert low * 100 <= item.price_minor <= high * 100, item.title


def test_a_few_items_are_sold_out():
    assert 0.02 <= np.mean([not item.available for item in ITEMS]) <= 0.06


def test_drawings_are_specified_in_known_tokens():
    for item in ITEMS:
        parts = urlsplit(item.image)
        values = parse_qs(parts.query, strict_parsing=True)
        assert parts.scheme == "drawing"
        assert parts.path in SILHOUETTES, item.title
        assert values["pattern"][0] in PATTERNS
        assert all(re.fullmatch(r"#[0-9a-f]{6}", values[name][0]) for name in ("colour", "accent"))
        assert all(re.fullmatch(r"[a-z0-9,-]+", detail) for detail in values.get("detail", []))


def test_the_text_of_one_item_is_not_the_skeleton_of_the_next():
    openings = Counter(" ".join(item.description.split()[:2]).casefold() for item in ITEMS)

    assert max(openings.values()) <= 10
    assert not re.search(r"[{}]", " ".join(item.text() for item in ITEMS))


# ---------------------------------------------------------------- guided scores


def test_guided_scores_cover_the_catalogue_in_attribute_order():
    rows = table("guided_scores.csv")

    assert [row["item_id"] for row in rows] == [item.item_id for item in ITEMS]
    assert tuple(rows[0]) == ("item_id", *ATTRIBUTES.names)
    assert SCORES.min() >= 0
    assert SCORES.max() <= 9


def test_guided_scores_use_their_scale():
    assert SCORES.std(axis=0).min() >= 1.3
    assert SCORES.min(axis=0).max() <= 2
    assert SCORES.max(axis=0).min() >= 8.5


def test_guided_attributes_say_different_things():
    above = np.abs(np.corrcoef(SCORES.T)[np.triu_indices(len(ATTRIBUTES.names), k=1)])

    assert above.mean() < 0.3
    assert above.max() < 0.85


@pytest.mark.parametrize(
    ("attribute", "more", "less"),
    [
        ("minimal", "Point hoop earrings in sterling silver", "Cour d'Honneur embroidered coat"),
        ("classic", "Averse trench coat in sand", "Gredin shield sunglasses in black"),
        ("formality", "Sirocco evening gown in emerald", "Matelot striped tee in navy"),
        ("boldness", "Farandole pumps in fuchsia", "Col Vif crew sweater in dove grey"),
        ("romantic", "Bal des Roses gown in lilac", "Enclume biker boots in black"),
        ("edgy", "Enclume biker boots in black", "Herbier silk square in ivory"),
        ("sporty", "Plongeoir one-piece swimsuit in navy", "Nuit d'Octobre gown"),
        ("craft", "Ombelle plaited shoulder bag in ivory", "Anémone jelly sandals in mint"),
        ("comfort", "Pan open cardigan in slate", "Lame pointed pumps in black"),
        ("warmth", "Bergerie shearling coat in tobacco", "Haute Mer sunscreen, 75 ml"),
        ("evening", "Entracte satin sandals in black", "Bosco ribbed beanie in navy"),
        ("playful", "Souffleur canvas tote in cobalt", "Notaire double-breasted coat in camel"),
        ("versatility", "Second Teint lipstick in Nu no. 1", "Cour d'Honneur embroidered coat"),
        ("natural", "Vannier basket tote in honey", "Vertige sequin trousers in midnight"),
        ("prestige", "Treillage diamond bracelet", "Pain de Verger soap"),
        ("travel", "Bivouac roll-top backpack in olive", "Salon d'Hiver candle, 240 g"),
    ],
)
def test_a_reader_would_nod_at_the_scores(attribute, more, less):
    column = ATTRIBUTES.names.index(attribute)

    def value(title):
        return SCORES[next(row for row, item in enumerate(ITEMS) if item.title.startswith(title)), column]

    assert value(more) >= 7
    assert value(less) <= 3


@settings(max_examples=25, deadline=None)
@given(row=st.integers(0, len(ITEMS) - 1), rise=st.integers(1, 5000))
def test_a_higher_price_never_lowers_the_prestige_of_an_item(row, rise):
    dearer = [*PIECES]
    dearer[row] = replace(PIECES[row], price=PIECES[row].price + rise)
    column = ATTRIBUTES.names.index("prestige")

    assert score(dearer, ATTRIBUTES.names)[row, column] >= SCORES[row, column]


def test_points_for_an_unknown_attribute_are_refused():
    with pytest.raises(ValueError, match="unknown guided attribute 'minimal'"):
        score(PIECES[:3], ("prestige",))


# ---------------------------------------------------------------- clients and events


def test_clients_are_known_and_looked_after():
    assert [client.client_id for client in CLIENTS] == [f"c{number:03d}" for number in range(1, N_CLIENTS + 1)]
    assert len({client.name for client in CLIENTS}) == N_CLIENTS
    assert {client.associate_id for client in CLIENTS} == set(ASSOCIATES)
    wanted = {"clothing size", "shoe size", "favourite colours", "budget", "language", "birthday month", "contact"}
    assert all(wanted <= set(client.preferences) for client in CLIENTS)


def test_every_client_has_a_sequence_inside_the_window():
    assert set(OF_CLIENT) == {client.client_id for client in CLIENTS}
    for events in OF_CLIENT.values():
        times = [event.at for event in events]
        assert 6 <= len(events) <= MAX_EVENTS
        assert times == sorted(set(times))
        assert times[0].date() >= START
        assert times[-1].date() <= END
        assert all(event.item_id in BY_ID for event in events)


def test_clients_buy_enough_to_learn_from():
    counts = np.array([len(purchases(client.client_id)) for client in CLIENTS])

    assert np.mean(counts >= 6) >= 0.97
    assert 12 <= counts.mean() <= 17


def test_what_comes_back_was_bought_shortly_before():
    returned = [event for event in EVENTS if event.kind == "return"]
    for back in returned:
        bought = [e.at for e in purchases(back.client_id) if e.item_id == back.item_id and e.at < back.at]
        assert bought
        assert back.at - bought[-1] <= dt.timedelta(days=RETURN_DAYS + 1)
    assert len(returned) >= 30
    assert max(Counter((back.client_id, back.item_id) for back in returned).values()) == 1


def test_many_purchases_were_looked_at_first_and_some_wished_for():
    seen = {"view": 0, "wishlist": 0}
    for client in CLIENTS:
        for bought in purchases(client.client_id):
            before = {e.kind for e in OF_CLIENT[client.client_id] if e.item_id == bought.item_id and e.at < bought.at}
            seen["view"] += "view" in before
            seen["wishlist"] += "wishlist" in before

    assert seen["view"] > 1500
    assert seen["wishlist"] > 30


def test_nobody_buys_far_over_what_one_piece_may_cost():
    over = [
        BY_ID[event.item_id].price_minor / truth.cap_minor for truth in TRUTH for event in purchases(truth.client_id)
    ]

    assert np.mean(np.array(over) > 1) < 0.02


def test_the_same_thing_again_is_rare_and_only_what_is_used_up():
    again = [
        item_id
        for client in CLIENTS
        for item_id, times in Counter(event.item_id for event in purchases(client.client_id)).items()
        for _ in range(times - 1)
    ]
    kept = [item_id for item_id in again if BY_ID[item_id].category[0] not in ("Fragrance", "Make-up", "Skin care")]

    assert 0.01 < len(again) / len([event for event in EVENTS if event.kind == "purchase"]) < 0.06
    assert len(kept) < 0.2 * len(again)


# ---------------------------------------------------------------- notes


def test_notes_are_dated_and_finished():
    texts = [note.text for client in CLIENTS for note in client.notes]

    assert all(len(client.notes) <= 4 for client in CLIENTS)
    assert all(START <= note.at <= END for client in CLIENTS for note in client.notes)
    assert np.mean([bool(client.notes) for client in CLIENTS]) > 0.8
    assert not any(re.search(r"[{}]|\.\.|^[a-z]| ,", text) for text in texts)


def test_notes_hold_no_figures_and_names_of_other_clients():
    names = {client.name.rsplit(" ", 1)[-1] for client in CLIENTS}
    for client in CLIENTS:
        titles = [BY_ID[event.item_id].title for event in OF_CLIENT[client.client_id]]
        own = set(re.findall(r"\d+", " ".join([*client.preferences.values(), *titles])))
        for note in client.notes:
            assert set(re.findall(r"\d+", note.text)) <= own
            assert not {name for name in names if re.search(rf"\b{name}\b", note.text)}


def test_what_a_note_says_of_a_thing_follows_the_event():
    models = [model.name for model in TABLES.models]
    for client in CLIENTS:
        for note in client.notes:
            for model in (model for model in models if model in note.text):
                bought = [e for e in purchases(client.client_id) if BY_ID[e.item_id].title.startswith(model)]
                assert any(event.at.date() <= note.at for event in bought), note.text


# ---------------------------------------------------------------- the truth


def test_about_half_of_the_clients_drift():
    assert [truth.client_id for truth in TRUTH] == [client.client_id for client in CLIENTS]
    assert 0.4 <= np.mean([bool(truth.drifts) for truth in TRUTH]) <= 0.6
    assert {len(truth.drifts) for truth in TRUTH} == {0, 1, 2}


def test_drifts_lie_inside_the_time_a_client_buys():
    for truth in TRUTH:
        bought = [event.at.date() for event in purchases(truth.client_id)]
        for drift in truth.drifts:
            assert 1 <= len(drift.moves) <= 3
            assert sum(day < drift.at for day in bought) >= 2
            assert sum(day >= drift.at for day in bought) >= 2


def test_tastes_move_where_the_drifts_say():
    for truth in TRUTH:
        assert [span.start for span in truth.tastes] == [START, *(drift.at for drift in truth.drifts)]
        for drift, before, after in zip(truth.drifts, truth.tastes[:-1], truth.tastes[1:], strict=True):
            for name in ATTRIBUTES.names:
                change = after.weights[name] - before.weights[name]
                assert np.sign(round(change, 1)) == drift.moves.get(name, 0)


def test_the_latent_taste_shows_in_what_is_bought_and_its_drift_too():
    standard = (SCORES - SCORES.mean(axis=0)) / SCORES.std(axis=0)
    row = {item.item_id: index for index, item in enumerate(ITEMS)}
    fits, moved = [], []
    for truth in TRUTH:
        means = []
        for number, span in enumerate(truth.tastes):
            end = truth.drifts[number].at if number < len(truth.drifts) else dt.date.max
            mine = [e for e in purchases(truth.client_id) if span.start <= e.at.date() < end]
            means.append(standard[[row[event.item_id] for event in mine]].mean(axis=0))
            taste = np.array([span.weights[name] for name in ATTRIBUTES.names])
            fits.append(means[-1] @ taste / np.linalg.norm(taste))
        for drift, change in zip(truth.drifts, np.diff(means, axis=0), strict=True):
            moved += [sign * change[ATTRIBUTES.names.index(name)] for name, sign in drift.moves.items()]

    assert np.mean(np.array(fits) > 0.3) > 0.9
    assert np.mean(np.array(moved) > 0) > 0.85


def test_the_order_of_purchases_matters():
    """What complements a purchase comes soon after it more often than it comes at all."""
    kinds = {item.item_id: piece.kind.type for item, piece in zip(ITEMS, PIECES, strict=True)}
    follow = {bought: set(after) for bought, after in load_yaml("complements").items()}
    next_fits, any_fits = [], []
    for client in CLIENTS:
        types = [kinds[event.item_id] for event in purchases(client.client_id)]
        for place in range(len(types) - 1):
            next_fits.append(types[place + 1] in follow[types[place]])
            any_fits += [other in follow[types[place]] for other in types[:place]]

    assert np.mean(next_fits) > 1.5 * np.mean(any_fits)


def test_knowing_the_taste_beats_popularity_by_far():
    standard = (SCORES - SCORES.mean(axis=0)) / SCORES.std(axis=0)
    row = {item.item_id: index for index, item in enumerate(ITEMS)}
    sequences = {truth.client_id: [row[e.item_id] for e in purchases(truth.client_id)] for truth in TRUTH}
    popularity = np.bincount([one for rows in sequences.values() for one in rows[:-1]], minlength=len(ITEMS))
    families = [item.category[0] for item in ITEMS]
    hits = {"taste": 0, "popularity": 0}
    for truth in TRUTH:
        taste = np.array([truth.tastes[-1].weights[name] for name in ATTRIBUTES.names])
        needs = np.array([truth.needs.get(family, -9.0) for family in families])
        for name, scores in (("taste", standard @ taste + needs), ("popularity", popularity.astype(float))):
            *past, last = sequences[truth.client_id]
            scores[past] = -np.inf
            hits[name] += int((scores > scores[last]).sum() < 10)

    assert hits["taste"] > 3 * hits["popularity"]
