import pytest
import yaml

from recsys.data import mapping as mapping_module
from recsys.data.mapping import columns_of, read_mapping
from recsys.errors import InputError

EXAMPLE = mapping_module.__doc__.partition("```yaml")[2].partition("```")[0]


def write(folder, text):
    path = folder / "clienteller.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_documented_example_is_a_mapping(tmp_path):
    mapping = read_mapping(write(tmp_path, EXAMPLE))

    assert columns_of(mapping.items) == ("sku", "name", "label", "path", "price", "season", "care")
    assert columns_of(mapping.clients) == ("id", "full_name", "advisor", "size", "style")
    assert columns_of(mapping.interactions) == ("customer", "sku", "sold_at", "type", "qty")
    assert mapping.guided_scores.scorer == "our stylists"


def test_every_section_of_the_example_is_optional_but_not_all(tmp_path):
    for name, section in yaml.safe_load(EXAMPLE).items():
        assert getattr(read_mapping(write(tmp_path, yaml.safe_dump({name: section}))), name) is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# nothing\n", "the document: Input should be a valid dictionary"),
        ("items", "the document: Input should be a valid dictionary"),
        ("{}", "has no section"),
        ("a: [", "not YAML"),
        ("a: !!python/object/apply:os.system ['true']", "not YAML"),
        ("a: 2024-13-40", "not YAML"),
        ("[" * 1000, "not YAML"),
        ("item: {}", "item is not an entry of a mapping"),
        ("items: {file: a.csv, fields: {item_id: a, title: b, colr: c}}", "items.fields.colr is not an entry"),
        ("items: {file: a.csv, fields: {item_id: a}}", "items.fields.title: Field required"),
        ("items: {file: ../a.csv, fields: {item_id: a, title: b}}", "inside the folder"),
        ("items: {file: /etc/passwd, fields: {item_id: a, title: b}}", "inside the folder"),
        ("items: {file: a.csv, fields: {item_id: 1, title: b}}", "items.fields.item_id"),
        ("items: {file: a.csv, fields: {item_id: a, title: b, price: p}}", "items.fields.price"),
        (
            "items: {file: a.csv, fields: {item_id: a, title: b, price: {column: p}}}",
            "give currency or currency_column",
        ),
        (
            "items: {file: a.csv, fields: {item_id: a, title: b, price: {column: p, currency: euro}}}",
            "items.fields.price",
        ),
        ("interactions: {file: a.csv, fields: {client_id: a, item_id: b}}", "give at (a time) or position"),
        (
            "interactions: {file: a, fields: {client_id: a, item_id: b, at: c, kind: {column: k, values: {S: sold}}}}",
            "interactions.fields.kind.values.S",
        ),
    ],
)
def test_faults_name_the_entry(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        read_mapping(write(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mapping_must_be_text_of_a_sane_size(tmp_path):
    path = write(tmp_path, "")
    path.write_bytes(b"items: \xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_mapping(path)
    path.write_bytes(b"#" * (2 << 20))
    with pytest.raises(InputError, match="larger than a mapping"):
        read_mapping(path)
