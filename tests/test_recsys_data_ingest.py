import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data import ingest as ingest_module
from recsys.data.boutique import Boutique
from recsys.data.ingest import ingest
from recsys.data.report import MAX_REJECTS
from recsys.errors import InputError, NotReady

MAPPING = """
items:
  file: products.csv
  fields:
    item_id: sku
    title: name
    category: {column: path, separator: " > "}
    price: {column: price, currency: EUR}
    image: image
  attributes: [season]
clients:
  file: clients.csv
  fields: {client_id: id, name: name, associate_id: by}
interactions:
  file: sales.csv
  fields: {client_id: client, item_id: sku, at: at, kind: kind, quantity: n}
guided_scores: {file: scores.csv, attributes: attributes.yaml, scorer: our stylists}
"""
FILES = {
    "clienteller.yaml": MAPPING,
    "products.csv": "sku,name,path,price,image,season\nb1,Tote,Bags > Totes,1250,https://a/1,autumn\nh1,Hat,Hats,99.50,,\n",
    "clients.csv": "id;name;by\nanna;Anna;s1\nben;Ben;\n",
    "sales.csv": (
        "client,sku,at,kind,n\nanna,b1,2024-01-01,purchase,1\nanna,h1,2024-01-02T10:00:00+01:00,purchase,2\n"
        "anna,b1,2024-01-05,return,1\ncarl,h1,2024-01-03,purchase,\n"
    ),
    "attributes.yaml": "domain: boutique\nstance: Score.\nattributes: [{name: boldness, anchors: {'0': quiet}}]\n",
    "scores.csv": "item_id,boldness\nb1,7\nh1,2\n",
}
PRODUCTS_HEADER = FILES["products.csv"].partition("\n")[0]


def shop(folder, **changed):
    """Write a shop's export; keys of `changed` are file names with _ for the dot, None leaves the file out."""
    folder.mkdir(exist_ok=True)
    contents = FILES | {key.replace("_", "."): value for key, value in changed.items()}
    for name, content in contents.items():
        if content is not None:
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def products(*rows):
    return "\n".join([PRODUCTS_HEADER, *rows]) + "\n"


def state(path):
    """Return everything a boutique holds, or None where there is none."""
    try:
        boutique = Boutique.open(path)
    except NotReady:
        return None
    clients = boutique.clients()
    rows = [boutique.interactions(client.client_id) for client in clients]
    boutique_state = (boutique.items(), clients, rows, boutique.text_fingerprint())
    boutique.close()
    return boutique_state


def counts(report):
    return [(file.file, file.read, file.new, file.changed, file.unchanged, file.rejected) for file in report.files]


def test_a_shops_export_comes_in_whole(tmp_path):
    report = ingest(shop(tmp_path / "data"), tmp_path / "boutique")
    boutique = Boutique.open(tmp_path / "boutique")

    assert counts(report) == [
        ("products.csv", 2, 2, 0, 0, 0),
        ("clients.csv", 2, 2, 0, 0, 0),
        ("sales.csv", 4, 4, 0, 0, 0),
        ("scores.csv", 2, 2, 0, 0, 0),
    ]
    assert (report.n_items, report.n_clients, report.n_interactions) == (2, 3, 4)
    tote = boutique.item("b1")
    assert (tote.category, tote.price_minor, tote.attributes) == (("Bags", "Totes"), 125_000, {"season": "autumn"})
    assert boutique.client("anna").associate_id == "s1"
    assert boutique.sequence("anna") == ("h1",)
    assert boutique.interactions("anna")[1].at.hour == 9
    assert boutique.guided_scores().scorer == "our stylists"


def test_the_same_files_again_change_nothing(tmp_path):
    data = shop(tmp_path / "data")
    ingest(data, tmp_path / "boutique")
    before = state(tmp_path / "boutique")
    report = ingest(data, tmp_path / "boutique")

    assert [(file.new, file.changed, file.unchanged) for file in report.files] == [
        (0, 0, 2),
        (0, 0, 2),
        (0, 0, 4),
        (0, 0, 2),
    ]
    assert state(tmp_path / "boutique") == before


def test_a_later_export_adds_and_changes(tmp_path):
    ingest(shop(tmp_path / "data"), tmp_path / "boutique")
    later = shop(
        tmp_path / "data",
        products_csv=products("h1,Beret,Hats,99.50,,", "n1,New,Hats,1,,"),
        scores_csv="item_id,boldness\nh1,3\nn1,1\n",
    )
    report = ingest(later, tmp_path / "boutique")

    assert counts(report)[0] == ("products.csv", 2, 1, 1, 0, 0)
    assert counts(report)[3] == ("scores.csv", 2, 1, 1, 0, 0)
    assert [item.title for item in Boutique.open(tmp_path / "boutique").items()] == ["Tote", "Beret", "New"]


def test_sections_may_come_apart(tmp_path):
    sales_only = MAPPING[MAPPING.index("interactions:") : MAPPING.index("guided_scores:")]
    data = shop(tmp_path / "data", clienteller_yaml=sales_only)
    with pytest.raises(InputError, match="no row could be taken; sales.csv, line 2: unknown item 'b1'"):
        ingest(data, tmp_path / "boutique")
    assert not (tmp_path / "boutique").exists()

    ingest(shop(tmp_path / "data"), tmp_path / "boutique")
    (tmp_path / "sales.yaml").write_text(sales_only)
    report = ingest(data, tmp_path / "boutique", mapping=tmp_path / "sales.yaml")
    assert counts(report) == [("sales.csv", 4, 0, 0, 4, 0)]


def test_clients_alone_are_no_catalogue(tmp_path):
    data = shop(tmp_path / "data", clienteller_yaml="clients: {file: clients.csv, fields: {client_id: id}}")
    with pytest.raises(InputError, match="the catalogue would be empty"):
        ingest(data, tmp_path / "boutique")


def test_jsonl_and_parquet_give_the_same_as_csv(tmp_path):
    ingest(shop(tmp_path / "data"), tmp_path / "csv")
    lines = [
        {
            "sku": "b1",
            "name": "Tote",
            "path": ["Bags", "Totes"],
            "price": 1250,
            "image": "https://a/1",
            "season": "autumn",
        },
        {"sku": "h1", "name": "Hat", "path": "Hats", "price": 99.5},
    ]
    data = shop(
        tmp_path / "data",
        clienteller_yaml=MAPPING.replace("products.csv", "products.jsonl.gz").replace("sales.csv", "sales.parquet"),
    )
    (data / "products.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    sales = [line.split(",") for line in FILES["sales.csv"].split()]
    columns = {name: [row[place] or None for row in sales[1:]] for place, name in enumerate(sales[0])}
    columns["n"] = [int(n) if n else None for n in columns["n"]]
    pq.write_table(pa.table(columns), data / "sales.parquet")
    ingest(data, tmp_path / "other")

    assert state(tmp_path / "other") == state(tmp_path / "csv")


REJECTED = {
    "price with thousands": ({"products_csv": products('b1,Tote,,"1.234,56",,')}, "price '1.234,56' must be"),
    "price with a sign": ({"products_csv": products("b1,Tote,,$5,,")}, "price '$5' must be"),
    "price NaN": ({"products_csv": products("b1,Tote,,NaN,,")}, "price 'NaN' must be"),
    "price infinite": ({"products_csv": products("b1,Tote,,inf,,")}, "price 'inf' must be"),
    "price negative": ({"products_csv": products("b1,Tote,,-1,,")}, "price '-1' must be"),
    "price too fine": ({"products_csv": products("b1,Tote,,1.001,,")}, "more decimals than EUR"),
    "price huge": ({"products_csv": products("b1,Tote,,1e308,,")}, "price '1e308' must be"),
    "id missing": ({"products_csv": products(",Tote,,1,,")}, "column 'sku' is empty"),
    "id with a path": ({"products_csv": products("../b1,Tote,,1,,")}, "item_id '../b1': may have"),
    "id with a quote": ({"products_csv": products("b'1,Tote,,1,,")}, "may have letters"),
    "title missing": ({"products_csv": products("b1,,,1,,")}, "column 'name' is empty"),
    "title with a direction override": ({"products_csv": products("b1,To\u202ete,,1,,")}, "hidden"),
    "title with tag characters": ({"products_csv": products("b1,To\U000e0041te,,1,,")}, "hidden"),
    "title with NUL": ({"products_csv": products("b1,To\0te,,1,,")}, "hidden"),
    "title too long": ({"products_csv": products(f"b1,{'x' * 501},,1,,")}, "at most 500"),
    "image of script": ({"products_csv": products("b1,Tote,,1,javascript:x,")}, "https:// address"),
    "image of the machine": ({"products_csv": products("b1,Tote,,1,http://169.254.169.254/,")}, "https:// address"),
    "too few columns": ({"products_csv": products("b1,Tote")}, "has 2 columns, the header has 6"),
    "too many columns": ({"products_csv": products("b1,Tote,,1,,,,")}, "has 8 columns"),
    "text after a quote": ({"products_csv": products('b1,"To"te,,1,,')}, "not well-formed CSV"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_rows_that_cannot_be_taken_are_left_out_and_named(tmp_path, case):
    changed, reason = REJECTED[case]
    text = changed["products_csv"].rstrip("\n") + "\nh1,Hat,Hats,99.50,,\n"
    report = ingest(shop(tmp_path / "data", products_csv=text), tmp_path / "boutique")

    (reject,) = report.files[0].rejects
    assert reject.line == 2
    assert reason in reject.reason
    assert [item.item_id for item in Boutique.open(tmp_path / "boutique").items()] == ["h1"]
    assert [reject.reason for reject in report.files[2].rejects] == [
        "unknown item 'b1': it is not in the catalogue"
    ] * 2
    assert f"  line 2: {reject.reason}" in report.lines()


REFUSED = {
    "empty file": ({"products_csv": ""}, "products.csv: is empty"),
    "header only": ({"products_csv": PRODUCTS_HEADER}, "a header and no rows"),
    "no header": ({"products_csv": "b1,Tote,,1,,\nh1,Hat,,1,,\n"}, "column 'sku' does not exist; the file has: 'b1'"),
    "doubled header": ({"products_csv": PRODUCTS_HEADER + ",sku\nb1,T,,1,,,b1\n"}, "column 'sku' occurs twice"),
    "missing column": ({"clients_csv": "id;name\na;A\n"}, "column 'by' does not exist; the file has: 'id', 'name'"),
    "Latin-1": ({"clients_csv": "id;name;by\na;Zoé;\n".encode("latin-1")}, "not UTF-8 text at line 2"),
    "UTF-16": ({"clients_csv": "id;name;by\na;Zoé;\n".encode("utf-16")}, "is UTF-16"),
    "gzip named csv": ({"sales_csv": gzip.compress(b"a,b\n")}, "is gzip, unlike its name"),
    "workbook named csv": ({"sales_csv": b"PK\x03\x04" + bytes(99)}, "a workbook"),
    "quote never closed": (
        {"sales_csv": FILES["sales.csv"] + 'anna,"b1,2024-01-01,purchase,1\n'},
        "is a quote never closed?",
    ),
    "field of megabytes": ({"sales_csv": FILES["sales.csv"] + "x" * (2 << 20)}, "is longer than"),
    "bad bytes at the end": ({"sales_csv": FILES["sales.csv"].encode() * 500 + b"\xff"}, "not UTF-8 text at line"),
    "missing file": ({"sales_csv": None}, "sales.csv: cannot be read (No such file"),
    "no row at all": (
        {"products_csv": products("b1,,,,,"), "clienteller_yaml": MAPPING.partition("clients:")[0]},
        "no row could be taken; products.csv, line 2",
    ),
    "score out of range": ({"scores_csv": "item_id,boldness\nb1,10\n"}, "line 2, column 'boldness': '10'"),
    "scores without a column": ({"scores_csv": "item_id\nb1\n"}, "column 'boldness' is missing"),
    "attributes that are none": ({"attributes_yaml": "domain: x"}, "attributes.yaml: "),
    "mapping with a typo": (
        {"clienteller_yaml": MAPPING.replace("season]", "saeson]")},
        "column 'saeson' does not exist",
    ),
    "mapping out of the folder": ({"clienteller_yaml": MAPPING.replace("sales.csv", "../s.csv")}, "inside the folder"),
    "kind of file unknown": ({"clienteller_yaml": MAPPING.replace("sales.csv", "sales.xlsx")}, "unknown kind of file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_files_that_cannot_be_used_change_nothing(tmp_path, case):
    changed, message = REFUSED[case]
    ingest(shop(tmp_path / "data"), tmp_path / "boutique")
    before = state(tmp_path / "boutique")
    fresh = products("b1,Tote 2,,1,,", "x1,New,,1,,")  # read before the fault, must not stay
    broken = shop(tmp_path / "broken", **({"products_csv": fresh, "clients_csv": "id,name,by\nnew,New,\n"} | changed))

    for target in ("boutique", "made-for-this"):
        with pytest.raises(InputError) as caught:
            ingest(broken, tmp_path / target)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert state(tmp_path / "boutique") == before
    assert not (tmp_path / "made-for-this").exists()


def test_ids_given_twice_are_refused_so_that_reading_again_changes_nothing(tmp_path):
    rows = ["b1,Tote,,1,,", "B1,Tote,,1,,", "b1,Other,,1,,", "h1,Hat,,1,,"]
    data = shop(tmp_path / "data", products_csv=products(*rows), clients_csv="id,name,by\na,A,\na,B,\n")
    report = ingest(data, tmp_path / "boutique")

    assert [reject.reason for reject in report.files[0].rejects] == ["'b1' is on line 2 already"]
    assert [reject.line for reject in report.files[1].rejects] == [3]
    assert [item.item_id for item in Boutique.open(tmp_path / "boutique").items()] == ["b1", "B1", "h1"]
    assert all((file.new, file.changed) == (0, 0) for file in ingest(data, tmp_path / "boutique").files)


def test_ids_of_clients_who_have_no_account_are_kept_for_guests(tmp_path):
    clients = "id;name;by\nguest:0ff;Anna;s1\nguests;Ben;\n"
    sales = "client,sku,at,kind,n\nguest:0ff,b1,2024-01-01,purchase,1\nguests,b1,2024-01-01,purchase,1\n"
    report = ingest(shop(tmp_path / "data", clients_csv=clients, sales_csv=sales), tmp_path / "boutique")

    for file in report.files[1:3]:
        (reject,) = file.rejects
        assert (reject.line, "'guest:0ff': ids that begin with 'guest:'" in reject.reason) == (2, True)
    assert [client.client_id for client in Boutique.open(tmp_path / "boutique").clients()] == ["guests"]


def test_rejects_are_all_counted_and_the_first_kept(tmp_path):
    rows = ["h1,Hat,,1,,"] * 2500
    report = ingest(shop(tmp_path / "data", products_csv=products("b1,Tote,,1,,", *rows)), tmp_path / "boutique")

    assert (report.files[0].read, report.files[0].rejected) == (2501, 2499)
    assert len(report.files[0].rejects) == MAX_REJECTS
    assert "  and 2,489 more" in report.lines()
    assert json.loads(json.dumps(report.as_dict()))["files"][0]["rejects"][0] == {
        "line": 4,
        "reason": "'h1' is on line 3 already",
    }


def test_strict_refuses_everything_at_the_first_row(tmp_path):
    data = shop(tmp_path / "data", sales_csv=FILES["sales.csv"] + "anna,none,2024-01-01,purchase,1\n")
    with pytest.raises(InputError, match="sales.csv, line 6: unknown item 'none'.*; nothing was taken"):
        ingest(data, tmp_path / "boutique", strict=True)
    assert not (tmp_path / "boutique").exists()
    assert ingest(data, tmp_path / "boutique").files[2].rejected == 1


@pytest.mark.parametrize("what", ["none", "file", "pipe", "empty", "unknown"])
def test_sources_that_are_none_say_what_is_needed(tmp_path, what):
    source = tmp_path / what
    if what == "file":
        source.write_text("x")
    elif what == "pipe":
        os.mkfifo(source)
    elif what != "none":
        source.mkdir()
    if what == "unknown":
        (source / "items.csv").write_text("id,name\n1,a\n")
        (source / "sequences.txt").write_text("1 1\n")
    with pytest.raises(InputError, match="does not exist|is not a folder|it needs clienteller.yaml .* or items.csv"):
        ingest(source, tmp_path / "boutique")
    assert not (tmp_path / "boutique").exists()


def test_pipes_and_folders_in_place_of_files_are_refused(tmp_path):
    data = shop(tmp_path / "data", sales_csv=None)
    os.mkfifo(data / "sales.csv")
    with pytest.raises(InputError, match="not a regular file"):
        ingest(data, tmp_path / "boutique")
    (data / "sales.csv").unlink()
    (data / "sales.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        ingest(data, tmp_path / "boutique")


def test_links_to_elsewhere_are_followed(tmp_path):
    (tmp_path / "elsewhere.csv").write_text(FILES["sales.csv"])
    data = shop(tmp_path / "data", sales_csv=None)
    (data / "sales.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert ingest(data, tmp_path / "boutique").n_interactions == 4


def test_an_interrupt_changes_nothing(tmp_path, monkeypatch):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(shop(tmp_path / "data"), tmp_path / "boutique", on_progress=interrupt)
    assert not (tmp_path / "boutique").exists()


def test_progress_grows_and_ends_at_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest_module, "_PROGRESS_EVERY_S", 0)
    monkeypatch.setattr(ingest_module, "_BATCH_ROWS", 1)
    told = []
    report = ingest(shop(tmp_path / "data"), tmp_path / "boutique", on_progress=lambda done, total: told.append(done))
    assert told == sorted(told)
    assert told[-1] == sum(file.read for file in report.files) == 10


def test_hundred_thousand_rows_in_bounded_memory(tmp_path):
    mapping = "items: {file: p.csv, fields: {item_id: sku, title: name, description: text}}"
    data = tmp_path / "data"
    data.mkdir()
    (data / "clienteller.yaml").write_text(mapping)
    with (data / "p.csv").open("w") as file:
        file.write("sku,name,text\n")
        file.writelines(f"p{n},Product {n},{'word ' * 100}\n" for n in range(100_000))  # 55 MB
    script = (
        "import sys, resource; from pathlib import Path; from recsys.data.ingest import ingest\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "report = ingest(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(report.n_items, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    command = [sys.executable, "-c", script, str(data), str(tmp_path / "boutique")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    n_items, grown_mb = map(int, done.stdout.split())

    assert n_items == 100_000
    assert grown_mb < 120


def test_files_in_our_own_form_need_no_mapped_fields(tmp_path: Path) -> None:
    (tmp_path / "clienteller.yaml").write_text(
        "items: {file: items.jsonl}\nclients: {file: clients.jsonl}\ninteractions: {file: sales.csv}\n"
    )
    item = '{"item_id": "i1", "title": "Tote", "category": ["Bags"], "price_minor": 5, "currency": "EUR"}'
    (tmp_path / "items.jsonl").write_text(f'{item}\n{{"item_id": "i2"}}\n{{"item_id": "i3", "title": "T", "x": 1}}\n')
    (tmp_path / "clients.jsonl").write_text('{"client_id": "c1", "notes": [{"at": "2025-01-02", "text": "Tea"}]}\n')
    (tmp_path / "sales.csv").write_text("client_id,item_id,kind,at,quantity\nc1,i1,view,2025-01-02T10:00:00Z,\n")
    report = ingest(tmp_path, tmp_path / "boutique")
    boutique = Boutique.open(tmp_path / "boutique")
    assert boutique.item("i1").category == ("Bags",)
    assert boutique.client("c1").notes[0].text == "Tea"
    assert [one.kind for one in boutique.interactions("c1")] == ["view"]
    assert "2 rejected" in "\n".join(report.lines())


def test_a_mapping_names_a_packaged_attribute_set(tmp_path: Path) -> None:
    (tmp_path / "clienteller.yaml").write_text("guided_scores: {file: s.csv, attributes: no-such, scorer: us}\n")
    with pytest.raises(InputError, match="no packaged attribute set 'no-such'"):
        ingest(tmp_path, tmp_path / "boutique")
