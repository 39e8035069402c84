import gzip
import json
from pathlib import Path

import pytest

from recsys.data.boutique import Boutique
from recsys.data.ingest import ingest
from recsys.data.sequences import leave_one_out
from recsys.errors import InputError

BEAUTY = Path(__file__).parents[2] / "shared/data/amazon-beauty"

REVIEWS_2014 = [
    {"reviewerID": "A1", "asin": "B1", "reviewerName": "x", "overall": 5.0, "unixReviewTime": 1_400_000_000},
    {"reviewerID": "A1", "asin": "B2", "overall": 1.0, "unixReviewTime": 1_300_000_000},
    {"reviewerID": "A2", "asin": "B1", "overall": 4.0, "unixReviewTime": 1_400_000_000},
    {"reviewerID": "A2", "asin": "B9", "overall": 4.0, "unixReviewTime": 1_400_000_000},
    {"reviewerID": "A2", "asin": "B3", "overall": 4.0, "unixReviewTime": 1_400_000_000},
]
META_2014 = [
    {
        "asin": "B1",
        "title": "Cr&egrave;me \u200bde   nuit",
        "price": 12.99,
        "brand": "Maison &amp; Fils",
        "categories": [["Beauty", "Skin Care"], ["Other"]],
        "description": "x" * 12_000,
        "imUrl": "http://ecx.images-amazon.com/1.jpg",
        "related": {"also_bought": ["B7"]},
    },
    {"asin": "B2", "title": "It's plain", "price": "n/a", "categories": [["Beauty"]]},
    {"asin": "B3", "categories": [["Beauty"]]},
    {"asin": "B8", "title": "Never reviewed"},
]


def write_gz(path, lines):
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def raw_2014(folder, literal=True):
    write_gz(folder / "reviews_Beauty_5.json.gz", [json.dumps(row) for row in REVIEWS_2014])
    write_gz(folder / "meta_Beauty.json.gz", [repr(row) if literal else json.dumps(row) for row in META_2014])
    return folder


@pytest.mark.parametrize("literal", [True, False])
def test_raw_2014(tmp_path, literal):
    (tmp_path / "data").mkdir()
    report = ingest(raw_2014(tmp_path / "data", literal), tmp_path / "boutique")
    boutique = Boutique.open(tmp_path / "boutique")

    meta, reviews = report.files
    assert (meta.read, meta.new, [(reject.line, reject.reason) for reject in meta.rejects]) == (3, 2, [(3, "no title")])
    assert [(reject.line, reject.reason) for reject in reviews.rejects] == [
        (4, "no metadata for asin 'B9'"),
        (5, "no metadata for asin 'B3'"),
    ]
    night = boutique.item("B1")
    assert (night.title, night.brand, night.category) == ("Crème de nuit", "Maison & Fils", ("Beauty", "Skin Care"))
    assert (night.price_minor, night.currency) == (1299, "USD")
    assert len(night.description) == 10_000
    assert night.image == "https://ecx.images-amazon.com/1.jpg"
    assert boutique.item("B2").price_minor is None
    assert boutique.sequence("A1") == ("B2", "B1")
    assert boutique.interactions("A1")[0].at.year == 2011


def test_raw_2023(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    reviews = [
        {"user_id": "U1", "parent_asin": "P1", "asin": "P1x", "rating": 5.0, "timestamp": 1_600_000_000_123},
        {"user_id": "U1", "parent_asin": "P2", "asin": "P2", "rating": 5.0, "timestamp": 1_500_000_000_000},
        {"user_id": "U1", "parent_asin": "P2", "asin": "P2", "rating": 5.0},
        {"parent_asin": "P2", "timestamp": 1_500_000_000_000},
    ]
    metadata = [
        {
            "parent_asin": "P1",
            "title": "Serum",
            "store": "Lab",
            "price": 9.5,
            "categories": ["Beauty", "Serums"],
            "features": ["Light", "Quick"],
            "description": [],
            "images": [{"thumb": "https://m.example/t.jpg", "large": "https://m.example/l.jpg"}],
        },
        {"parent_asin": "P2", "title": "Balm", "price": "from 3.00", "categories": [], "images": [], "store": None},
    ]
    write_gz(data / "All_Beauty.jsonl.gz", map(json.dumps, reviews))
    write_gz(data / "meta_All_Beauty.jsonl.gz", map(json.dumps, metadata))
    report = ingest(data, tmp_path / "boutique")
    boutique = Boutique.open(tmp_path / "boutique")

    assert boutique.sequence("U1") == ("P2", "P1")
    serum = boutique.item("P1")
    assert (serum.brand, serum.price_minor, serum.description) == ("Lab", 950, "Light Quick")
    assert serum.image == "https://m.example/l.jpg"
    assert boutique.item("P2").price_minor is None
    assert [reject.line for reject in report.files[1].rejects] == [3, 4]


@pytest.mark.parametrize(
    "line",
    [
        "{'asin': __import__('os').system('true'), 'title': 'x'}",
        "{'asin': " + "(" * 5000 + "}",
        "{'asin': " + "-" * 90_000 + "1}",
        "{'asin': 'B1', 'title': '" + "x" * 300_000 + "'}",
        "{'asin'}",
        "{'asin': 'B1'} extra",
        "{1: 2}",
        "[]",
    ],
)
def test_lines_that_are_no_literal_dict_are_refused(tmp_path, line):
    (tmp_path / "data").mkdir()
    data = raw_2014(tmp_path / "data")
    write_gz(data / "meta_Beauty.json.gz", [line, *map(repr, META_2014)])
    report = ingest(data, tmp_path / "boutique")
    assert [reject.line for reject in report.files[0].rejects] == [1, 4]
    assert report.n_items == 2


def test_a_folder_with_two_pairs_is_ambiguous(tmp_path):
    (tmp_path / "data").mkdir()
    data = raw_2014(tmp_path / "data")
    write_gz(data / "meta_Toys.json.gz", ["{}"])
    with pytest.raises(InputError, match="holds several review or metadata files"):
        ingest(data, tmp_path / "boutique")


def folder_form(
    folder, items="1,B1,Cream,Maison,Skin Care > Face\n2,B2,,,Hair > Care\n3,,,,\n", sequences="u1 1 2 1\nu2 3 2\n"
):
    folder.mkdir(exist_ok=True)
    (folder / "items.csv").write_text("item_id,asin,title,brand,categories\n" + items)
    (folder / "sequences.txt").write_text(sequences)
    return folder


def test_folder_form_keeps_ids_order_and_repeats(tmp_path):
    report = ingest(folder_form(tmp_path / "data"), tmp_path / "boutique")
    boutique = Boutique.open(tmp_path / "boutique")

    assert report.form == "items.csv and sequences.txt"
    assert [item.title for item in boutique.items()] == ["Cream", "Untitled Care", "Untitled item"]
    assert boutique.item("1").attributes == {"asin": "B1"}
    assert boutique.item("1").category == ("Skin Care", "Face")
    assert boutique.sequence("u1") == ("1", "2", "1")
    assert boutique.guided_scores() is None


def test_folder_form_reports_lines_it_cannot_take(tmp_path):
    data = folder_form(tmp_path / "data", sequences="u1 1 9\n\nu2\nu! 1\n")
    (report,) = ingest(data, tmp_path / "boutique").files[1:]
    assert [(reject.line, reject.reason.partition(":")[0]) for reject in report.rejects] == [
        (1, "unknown item '9'"),
        (3, "client 'u2' has no items; write the client id, then item ids"),
        (4, "client_id 'u!'"),
    ]


SET = "domain: {domain}\nstance: Score.\nattributes:\n  - name: prestige\n    anchors: {{'0': cheap}}\n"


def test_folder_form_takes_guided_scores(tmp_path):
    data = folder_form(tmp_path / "data")
    (data / "guided_attributes.yaml").write_text(SET.format(domain="beauty"))
    (data / "guided_scores.csv").write_text("item_id,prestige\n2,7\n1,3\n9,1\n")
    report = ingest(data, tmp_path / "boutique")
    scores = Boutique.open(tmp_path / "boutique").guided_scores()

    assert scores.scorer == "large language model"
    assert (scores.item_ids, scores.values.tolist()) == (("1", "2"), [[3], [7]])
    assert scores.attribute_set.attributes[0].anchors == {"0": "cheap"}  # other names than the packaged set
    assert [(reject.line, reject.reason) for reject in report.files[2].rejects] == [
        (4, "unknown item '9': it is not in the catalogue")
    ]


@pytest.mark.parametrize("domain", ["nowhere", "../../../etc/passwd", "beauty"])
def test_a_domain_of_any_name_is_harmless(tmp_path, domain):
    data = folder_form(tmp_path / "data")
    (data / "guided_attributes.yaml").write_text(SET.format(domain=domain))
    (data / "guided_scores.csv").write_text("item_id,prestige\n1,3\n")
    ingest(data, tmp_path / "boutique")
    assert Boutique.open(tmp_path / "boutique").guided_scores().attribute_set.domain == domain


def test_scores_without_their_attributes_are_refused(tmp_path):
    data = folder_form(tmp_path / "data")
    (data / "guided_scores.csv").write_text("item_id,prestige\n1,3\n")
    with pytest.raises(InputError, match=r"guided_attributes.yaml: cannot be read"):
        ingest(data, tmp_path / "boutique")


@pytest.mark.skipif(not BEAUTY.exists(), reason="the Amazon Beauty data are not beside the checkout")
def test_amazon_beauty_whole_and_again(tmp_path):
    first = ingest(BEAUTY, tmp_path / "boutique")
    assert (first.n_items, first.n_clients, first.n_interactions) == (12_101, 22_363, 198_502)
    assert [file.rejected for file in first.files] == [0, 0, 0]

    boutique = Boutique.open(tmp_path / "boutique")
    sequences = boutique.sequences()
    lines = [line.split() for line in (BEAUTY / "sequences.txt").read_text().splitlines()]
    assert list(sequences.clients) == [line[0] for line in lines]
    for index in (0, 77, 22_362):
        assert [sequences.items.to_external(i) for i in sequences.of(index).tolist()] == lines[index][1:]
    assert len(leave_one_out(sequences).clients) == 22_363
    scores = boutique.guided_scores()
    assert scores.values.shape == (12_101, 16)
    assert scores.item_ids == sequences.items.external

    stamp = boutique.text_fingerprint()
    again = ingest(BEAUTY, tmp_path / "boutique")
    assert [(file.new, file.changed) for file in again.files] == [(0, 0)] * 3
    assert boutique.text_fingerprint() == stamp
    assert again.duration_s < 40
