import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.mapping import ClientSource, InteractionFields, ItemSource, columns_of
from recsys.data.records import converted, parse_moment, price_minor, reason_of, to_client, to_interaction, to_item
from recsys.data.text_files import Reject, Row
from recsys.money import exponent
from recsys.schema import Client, Item

ITEMS = ItemSource.model_validate(
    {
        "file": "items.csv",
        "fields": {
            "item_id": "sku",
            "title": "name",
            "brand": "label",
            "category": {"column": "path", "separator": ">"},
            "price": {"column": "price", "currency_column": "currency"},
            "image": "image",
            "available": "stock",
        },
        "attributes": ["season"],
    }
)
SALES = InteractionFields.model_validate(
    {
        "client_id": "who",
        "item_id": "sku",
        "at": {"column": "at", "format": "%d/%m/%Y"},
        "kind": {"column": "type", "values": {"SALE": "purchase", "REFUND": "return"}},
        "quantity": "n",
    }
)


def item(**cells):
    empty = dict.fromkeys(columns_of(ITEMS))
    return to_item({**empty, "sku": "a", "name": "Bag", **cells}, ITEMS)


def sale(**cells):
    return to_interaction({"who": "c", "sku": "a", "at": "31/05/2024", "type": "SALE", "n": "1", **cells}, SALES)


def reason(build, **cells):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is what the tests are about
        build(**cells)
    return reason_of(caught.value)


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("19.99", "EUR", 1999),
        (" 1250 ", "USD", 125_000),
        ("19.990", "EUR", 1999),
        ("0", "EUR", 0),
        ("500", "JPY", 500),
        ("500.0", "JPY", 500),
        ("1.234", "KWD", 1234),
        (19.99, "EUR", 1999),
        (0.1, "EUR", 10),
        (7, "EUR", 700),
        (Decimal("1E+3"), "EUR", 100_000),
        (Decimal("0.10"), "EUR", 10),
        (-0.0, "EUR", 0),
    ],
)
def test_prices_are_exact(value, currency, minor):
    assert price_minor(value, currency) == minor


def test_price_with_a_decimal_comma():
    assert price_minor("1234,50", "EUR", ",") == 123_450
    with pytest.raises(ValueError, match="at most one ',', such as 1234,50"):
        price_minor("1.234,50", "EUR", ",")


@pytest.mark.parametrize(
    "value",
    [
        "1.234,56",
        "$5",
        "5 EUR",
        "1,234.56",
        "-3",
        "+3",
        "NaN",
        "inf",
        "1e3",
        ".5",
        "5.",
        "",
        "١٢",
        "1_000",
        "9" * 16,
        "12.3.4",
    ]
    + [float("nan"), float("inf"), -0.01, 1e308, 10**13, Decimal("1E+999999"), Decimal("1E-999999"), Decimal("NaN")]
    + [True, [5], {"amount": 5}, b"5", "19.999", 19.999, Decimal("0.001")],
)
def test_prices_that_are_none_say_why(value):
    with pytest.raises(ValueError, match="price .* (must be|has more decimals)"):
        price_minor(value, "EUR")


@given(st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_every_price_comes_back(minor, currency):
    amount = Decimal(minor).scaleb(-exponent(currency))
    assert price_minor(f"{amount:f}", currency) == minor
    assert price_minor(f"{amount:f}".replace(".", ","), currency, ",") == minor
    assert price_minor(amount, currency) == minor


@given(st.integers(0, 10**11))
def test_every_price_as_a_float_comes_back(minor):
    assert price_minor(minor / 100, "EUR") == minor


@given(st.text(max_size=12) | st.floats() | st.decimals() | st.integers())
def test_prices_are_whole_and_not_negative_or_refused(value):
    try:
        minor = price_minor(value, "EUR")
    except ValueError:
        return
    assert isinstance(minor, int)
    assert minor >= 0


def test_item_with_everything():
    full = item(
        label="Maison",
        path="Bags > Totes >",
        price="12.50",
        currency="EUR",
        image="https://a/b",
        stock="0",
        season="autumn",
    )
    assert full == Item(
        item_id="a",
        title="Bag",
        brand="Maison",
        category=("Bags", "Totes"),
        price_minor=1250,
        currency="EUR",
        image="https://a/b",
        available=False,
        attributes={"season": "autumn"},
    )


def test_item_with_little():
    assert item() == Item(item_id="a", title="Bag")
    assert item(sku=7, path=["Bags", None, "Totes"]) == Item(item_id="7", title="Bag", category=("Bags", "Totes"))


def test_texts_that_look_the_same_are_the_same():
    assert item(name="Cafe\u0301") == item(name="  Café ")


@pytest.mark.parametrize(
    ("cell", "available"), [("yes", True), ("No", False), (True, True), ("12", True), ("0.0", False)]
)
def test_stock_in_words_and_numbers(cell, available):
    assert item(stock=cell).available is available


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"sku": None}, "column 'sku' is empty"),
        ({"sku": "../etc/passwd"}, "item_id '../etc/passwd': may have letters"),
        ({"sku": "a' OR 1=1"}, "may have letters"),
        ({"sku": "1.23E+11"}, "may have letters"),
        ({"sku": 1.5}, "store ids as text"),
        ({"sku": Decimal("12.0")}, "store ids as text"),
        ({"sku": "x" * 65}, "at most 64"),
        ({"sku": "\U000e0041"}, "'\\U000e0041': may have letters"),
        ({"name": None}, "column 'name' is empty"),
        ({"name": "  "}, "column 'name' is empty"),
        ({"name": "a\u202eb"}, "title 'a\\u202eb': holds control, hidden"),
        ({"name": "a\x00b"}, "holds control, hidden"),
        ({"name": "a\U000e0041b"}, "holds control, hidden"),
        ({"name": "\ud800"}, "half of a surrogate pair"),
        ({"name": "x" * 501}, "at most 500"),
        ({"name": {"en": "Bag"}}, "column 'name' holds a dict, not text"),
        ({"label": float("nan")}, "holds NaN"),
        ({"price": "12"}, "column 'currency' is empty"),
        ({"price": "12", "currency": "euro"}, "currency 'euro': must be a code of three capitals"),
        ({"price": "-1", "currency": "EUR"}, "price '-1' must be"),
        ({"image": "javascript:alert(1)"}, "must be an https:// address"),
        ({"image": "http://169.254.169.254/"}, "must be an https:// address"),
        ({"image": "data:text/html;base64,x"}, "must be an https:// address"),
        ({"stock": "-2"}, "must be yes, no or a number of pieces"),
        ({"season": [1]}, "column 'season' holds a list"),
    ],
)
def test_items_that_are_none_say_why(cells, message):
    why = reason(item, **cells)
    assert message in why
    assert why.isascii()
    assert "\n" not in why


@pytest.mark.parametrize(
    "text", ["=1+1", "<script>alert(1)</script>", "{{7*7}} ${7*7}", "'; DROP TABLE items; --", "🧥"]
)
def test_text_is_kept_as_it_is(text):
    assert item(name=text).title == text


def test_client_with_and_without_details():
    source = ClientSource.model_validate(
        {"file": "c.csv", "fields": {"client_id": "id", "name": "name", "associate_id": "by"}, "preferences": ["size"]}
    )
    full = to_client({"id": "c", "name": "Anna", "by": "s1", "size": 38}, source)
    assert full == Client(client_id="c", name="Anna", associate_id="s1", preferences={"size": "38"})
    assert to_client({"id": "c", "name": None, "by": None, "size": None}, source) == Client(client_id="c")


def test_interaction_with_the_shops_words():
    refund = sale(type="REFUND", n="2.0")
    assert (refund.kind, refund.quantity, refund.at) == ("return", 2, dt.datetime(2024, 5, 31, tzinfo=dt.UTC))
    assert sale(n=None).quantity == 1


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"at": "2024-05-31"}, "column 'at': '2024-05-31' is not a time (%d/%m/%Y)"),
        ({"at": "31/13/2024"}, "is not a time"),
        ({"at": "31/05/0001"}, "is not between 1900 and 2100"),
        ({"at": None}, "give a time (at) or an order"),
        ({"type": "GIFT"}, "column 'type': 'GIFT' is not among the values"),
        ({"type": None}, "column 'type' is empty"),
        ({"n": "0"}, "quantity '0': Input should be greater than or equal to 1"),
        ({"n": "-1"}, "column 'n': '-1' must be a whole number"),
        ({"n": "1.5"}, "must be a whole number"),
        ({"who": None}, "column 'who' is empty"),
    ],
)
def test_interactions_that_are_none_say_why(cells, message):
    assert message in reason(sale, **cells)


def test_kind_without_translation_must_be_one_of_ours():
    fields = InteractionFields.model_validate({"client_id": "c", "item_id": "i", "position": "p", "kind": "k"})
    assert to_interaction({"c": "c", "i": "i", "p": 3, "k": "View"}, fields).kind == "view"
    with pytest.raises(ValueError, match="'purchase', 'view'"):
        to_interaction({"c": "c", "i": "i", "p": 3, "k": "gift"}, fields)


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ("2024-05-31T16:20:00+02:00", None, "2024-05-31T14:20:00+00:00"),
        ("2024-05-31", None, "2024-05-31T00:00:00+00:00"),
        (dt.date(2024, 5, 31), None, "2024-05-31T00:00:00+00:00"),
        (dt.datetime(2024, 5, 31, 1), None, "2024-05-31T01:00:00+00:00"),
        (1_700_000_000, "unix", "2023-11-14T22:13:20+00:00"),
        ("1700000000500", "unix_ms", "2023-11-14T22:13:20.500000+00:00"),
    ],
)
def test_times_in_their_forms(value, form, expected):
    assert parse_moment(value, form) == dt.datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "value", ["", "yesterday", None, [1], True, "9" * 40, float("nan"), float("inf"), Decimal("1E+99")]
)
@pytest.mark.parametrize("form", [None, "unix", "unix_ms", "%Y"])
def test_times_that_are_none_are_refused(value, form):
    with pytest.raises(ValueError, match="is not"):
        parse_moment(value, form)


def test_converted_keeps_rejects_and_lines():
    rows = [Row(2, {"sku": "a", "name": "A"}), Reject(3, "broken"), Row(4, {"sku": None, "name": "B"})]
    source = ItemSource.model_validate({"file": "i.csv", "fields": {"item_id": "sku", "title": "name"}})
    assert list(converted(rows, lambda cells: to_item(cells, source))) == [
        (2, Item(item_id="a", title="A")),
        Reject(3, "broken"),
        Reject(4, "column 'sku' is empty; every row needs it"),
    ]
