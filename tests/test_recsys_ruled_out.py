import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ruled_out import hear

NAMES = ("Duna", "Alba", "wool", "leather", "red", "navy", "navy blue", "Scarves", "Bags", "silk", "black")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("anything but Duna", ("Duna",)),
        ("no Duna please", ("Duna",)),
        ("not wool", ("wool",)),
        ("without leather", ("leather",)),
        ("other than red", ("red",)),
        ("another brand than Duna", ("Duna",)),
        ("no Duna or Alba, in navy", ("Duna", "Alba")),
        ("not red but black", ("red",)),
        ("leather-free", ("leather",)),
        ("I don't want wool", ("wool",)),
        ("she hates leather and silk", ("leather", "silk")),
        ("cheaper, but nothing in red", ("red",)),
        ("not navy blue", ("navy blue",)),
        ("no more scarves", ("Scarves",)),
        ("no heavy wool", ("wool",)),
        ("except Duna", ("Duna",)),
        ("not red, navy please", ("red",)),
        ("something by Duna", ()),
        ("not only Duna", ()),
        ("why not Duna", ()),
        ("no thanks, show me Duna", ()),
        ("not too formal and in navy", ()),
        ("", ()),
    ],
)
def test_what_is_ruled_out_is_heard(said: str, expected: tuple[str, ...]) -> None:
    assert hear(said, NAMES).ruled_out == expected


def test_what_is_not_ruled_out_stays_in_the_rest() -> None:
    assert "black" in hear("not red but black", NAMES).rest
    assert "red" not in hear("not red but black", NAMES).rest
    assert hear("something by Duna", NAMES).rest == "something by Duna"


@given(
    st.sampled_from(("not", "no", "without", "anything but", "other than", "except", "nothing in")),
    st.sampled_from(NAMES),
)
def test_a_name_right_after_a_negation_is_ruled_out_and_never_kept(negation: str, name: str) -> None:
    heard = hear(f"{negation} {name}", NAMES)
    assert heard.ruled_out == (name,)
    assert name.casefold() not in heard.rest


@given(st.text(max_size=120))
def test_any_text_is_heard(said: str) -> None:
    assert set(hear(said, NAMES).ruled_out) <= set(NAMES)
