import datetime as dt
import stat

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from recsys.data.boutique import Boutique
from recsys.data.service_tables import handovers
from recsys.data.tables import clients
from recsys.errors import InputError, NotFound, NotReady
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.scores import GuidedScores
from recsys.schema import Client, Interaction, Item, Note

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
FULL = Item(
    item_id="bag-1",
    title="Tote «Ligne»",
    brand="Maison",
    category=("Bags", "Tote bags"),
    price_minor=125_000,
    currency="EUR",
    colour="cognac",
    material="calf",
    description="Soft.",
    attributes={"season": "autumn"},
    image="https://example.org/1.jpg",
    available=False,
)
ANNA = Client(
    client_id="anna",
    name="Anna",
    associate_id="s1",
    preferences={"size": "38"},
    notes=(Note(at=dt.date(2024, 1, 2), text="Likes walking."),),
)


@pytest.fixture
def boutique(tmp_path):
    opened = Boutique.create(tmp_path / "boutique")
    with opened.writer() as writer:
        writer.upsert_items([FULL, Item(item_id="shoe-1", title="Shoe"), Item(item_id="hat-1", title="Hat")])
        writer.upsert_clients([ANNA, Client(client_id="ben", associate_id="s2")])
    yield opened
    opened.close()


def bought(item_id, day, client_id="anna", **fields):
    return Interaction(client_id=client_id, item_id=item_id, at=NOON + dt.timedelta(days=day), **fields)


def guided(values, scorer="house rules 1", names=("boldness",), ids=("bag-1", "hat-1")):
    attributes = tuple(GuidedAttribute(name=name, anchors={"0": "none"}) for name in names)
    attribute_set = AttributeSet(domain="boutique", stance="Score.", attributes=attributes)
    return GuidedScores(attribute_set, ids, np.array(values, dtype=np.float32), scorer)


def test_records_come_back_as_they_were_given(boutique):
    assert boutique.item("bag-1") == FULL
    assert [item.item_id for item in boutique.items()] == ["bag-1", "shoe-1", "hat-1"]
    assert boutique.client("anna") == ANNA
    assert [client.client_id for client in boutique.clients()] == ["anna", "ben"]
    assert [client.client_id for client in boutique.clients("s2")] == ["ben"]
    assert (boutique.n_items(), boutique.n_clients(), boutique.n_interactions()) == (3, 2, 0)


def test_upsert_counts_new_changed_and_unchanged_and_keeps_the_order(boutique):
    with boutique.writer() as writer:
        counts = writer.upsert_items(
            [
                Item(item_id="new", title="New"),
                FULL.model_copy(update={"title": "Tote 2"}),
                Item(item_id="hat-1", title="Hat"),
            ]
        )

    assert counts == (1, 1, 1)
    assert [item.title for item in boutique.items()] == ["Tote 2", "Shoe", "Hat", "New"]


def test_interactions_come_oldest_first_and_only_once(boutique):
    rows = [bought("hat-1", 3), bought("bag-1", 1), bought("shoe-1", 2, kind="view")]
    with boutique.writer() as writer:
        assert writer.add_interactions(rows) == (3, 0, 0)
    with boutique.writer() as writer:
        assert writer.add_interactions([*rows, bought("hat-1", 4)]) == (1, 0, 3)

    assert [row.item_id for row in boutique.interactions("anna")] == ["bag-1", "shoe-1", "hat-1", "hat-1"]
    assert boutique.interactions("anna")[0] == rows[1]
    assert boutique.sequence("anna") == ("bag-1", "hat-1", "hat-1")


def test_position_orders_what_has_no_time_and_keeps_repeats(boutique):
    rows = [
        Interaction(client_id="ben", item_id=name, position=place)
        for place, name in enumerate(["hat-1", "bag-1", "hat-1"])
    ]
    with boutique.writer() as writer:
        writer.add_interactions(rows[::-1])
        assert writer.add_interactions(rows) == (0, 0, 3)

    assert boutique.sequence("ben") == ("hat-1", "bag-1", "hat-1")


def test_time_without_zone_counts_as_utc_and_zones_are_told_apart(boutique):
    plus_two = dt.timezone(dt.timedelta(hours=2))
    with boutique.writer() as writer:
        writer.add_interactions(
            [
                Interaction(client_id="ben", item_id="hat-1", at=dt.datetime(2024, 5, 1, 12)),
                Interaction(client_id="ben", item_id="bag-1", at=dt.datetime(2024, 5, 1, 13, tzinfo=plus_two)),
            ]
        )

    assert boutique.sequence("ben") == ("bag-1", "hat-1")
    assert [row.at.hour for row in boutique.interactions("ben")] == [11, 12]


def test_sequences_drop_returned_purchases_and_clients_without_any(boutique):
    with boutique.writer() as writer:
        writer.add_interactions(
            [
                bought("hat-1", 1),
                bought("bag-1", 2),
                bought("hat-1", 3, kind="return"),
                bought("shoe-1", 1, client_id="ben", kind="view"),
                bought("shoe-1", 1, client_id="carla"),
                bought("shoe-1", 2, client_id="carla", kind="return"),
                bought("hat-1", 1, client_id="dora"),
            ]
        )
    sequences = boutique.sequences()

    assert sequences.items.external == ("bag-1", "shoe-1", "hat-1")
    assert sequences.clients == ("anna", "dora")
    assert [sequences.of(index).tolist() for index in range(2)] == [[1], [3]]
    assert sequences.values.dtype == sequences.offsets.dtype == np.int64
    assert boutique.sequence("carla") == ()


def test_sequences_of_an_empty_boutique_are_empty(tmp_path):
    boutique = Boutique.create(tmp_path)
    assert len(boutique.sequences()) == 0
    assert boutique.sequences().values.tolist() == []


def test_unknown_item_refuses_the_batch_and_unknown_clients_are_made(boutique):
    with pytest.raises(NotFound, match="unknown item 'nothing'"), boutique.writer() as writer:
        writer.add_interactions([bought("hat-1", 1, client_id="zoe"), bought("nothing", 1)])
    assert boutique.n_clients() == 2

    with boutique.writer() as writer:
        writer.add_interactions([bought("hat-1", 1, client_id="zoe")])
    assert boutique.client("zoe") == Client(client_id="zoe")


def test_a_failing_block_changes_nothing(boutique):
    def fail():
        with boutique.writer() as writer:
            writer.upsert_items([Item(item_id="new", title="New"), FULL.model_copy(update={"title": "Other"})])
            writer.add_interactions([bought("new", 1)])
            assert writer.n_items == 4
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert boutique.n_items() == 3
    assert boutique.item("bag-1") == FULL
    assert boutique.n_interactions() == 0


def test_ids_that_do_not_exist_say_what_to_do(boutique):
    with pytest.raises(NotFound, match="unknown item 'x'"):
        boutique.item("x")
    for ask in (boutique.client, boutique.interactions, boutique.sequence):
        with pytest.raises(NotFound, match="unknown client 'x': .* 'clienteller clients'"):
            ask("x")


def test_guided_scores_are_merged_or_replaced_with_their_provenance(boutique):
    assert boutique.guided_scores() is None
    with boutique.writer() as writer:
        assert writer.put_guided_scores(guided([[1], [2.3]])) == (2, 0, 0)
        assert writer.put_guided_scores(guided([[1], [2.3]])) == (0, 0, 2)
        assert writer.put_guided_scores(guided([[5]], ids=("bag-1",))) == (0, 1, 0)
    stored = boutique.guided_scores()

    assert stored.item_ids == ("bag-1", "hat-1")
    assert np.array_equal(stored.values, np.array([[5], [2.3]], dtype=np.float32))
    assert stored.attribute_set == guided([[1], [1]]).attribute_set

    with boutique.writer() as writer:
        assert writer.put_guided_scores(guided([[5]], ids=("hat-1",), scorer="a model")) == (1, 0, 0)
    assert boutique.guided_scores().item_ids == ("hat-1",)
    assert boutique.guided_scores().scorer == "a model"

    with boutique.writer() as writer:
        writer.put_guided_scores(guided([[1, 2]], names=("boldness", "warmth"), ids=("bag-1",), scorer="a model"))
    assert boutique.guided_scores().values.tolist() == [[1, 2]]

    with pytest.raises(NotFound, match="unknown item 'none'"), boutique.writer() as writer:
        writer.put_guided_scores(guided([[1]], ids=("none",)))


def test_fingerprints_change_with_what_they_stamp(boutique):
    ids, texts = boutique.fingerprint(), boutique.text_fingerprint()
    assert len(ids) == len(texts) == 16

    with boutique.writer() as writer:
        writer.upsert_items([Item(item_id="hat-1", title="Beret")])
    assert boutique.fingerprint() == ids
    assert boutique.text_fingerprint() != texts

    texts = boutique.text_fingerprint()
    with boutique.writer() as writer:
        writer.put_guided_scores(guided([[1], [2]]))
        writer.add_interactions([bought("hat-1", 1)])
    assert boutique.fingerprint() == ids
    assert boutique.text_fingerprint() != texts

    with boutique.writer() as writer:
        writer.upsert_items([Item(item_id="new", title="New")])
    assert boutique.fingerprint() != ids


def test_files_are_private(boutique):
    assert stat.S_IMODE(boutique.path.stat().st_mode) == 0o700
    for file in boutique.path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_what_is_stored_survives_closing(boutique):
    boutique.close()
    again = Boutique.open(boutique.path)
    assert again.item("bag-1") == FULL
    assert Boutique.create(boutique.path).n_items() == 3


def test_no_boutique_says_how_to_make_one(tmp_path):
    with pytest.raises(NotReady, match=r"no boutique at '.*': run 'clienteller --boutique .* ingest DATA' or"):
        Boutique.open(tmp_path / "none")
    (tmp_path / "boutique.db").touch()
    with pytest.raises(NotReady, match="no boutique"):
        Boutique.open(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(InputError, match="cannot hold a boutique"):
        Boutique.create(tmp_path / "taken")


def test_reading_the_source_again_leaves_whoever_was_handed_over_with_the_new_associate(boutique):
    with boutique.database.transaction() as connection:
        number = connection.execute(select(clients.c.number).where(clients.c.client_id == "anna")).scalar_one()
        connection.execute(update(clients).where(clients.c.number == number).values(associate_id="s9"))
        row = {"key": "k", "client": number, "from_associate": "s1", "to_associate": "s9", "author": "m1"}
        connection.execute(insert(handovers).values(row | {"brief": [], "at": NOON}))

    with boutique.writer() as writer:
        counts = writer.upsert_clients([ANNA, Client(client_id="ben", associate_id="s3")])

    assert boutique.client("anna") == ANNA.model_copy(update={"associate_id": "s9"})
    assert boutique.client("ben").associate_id == "s3"
    assert (counts.changed, counts.unchanged) == (1, 1)
