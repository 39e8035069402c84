import datetime as dt

from agent.state import View, empty_view, remembered, to_remember
from recsys.schema import Evidence, Explanation

FACT = Evidence("h1", "history", "i7", "You bought the tee", "tee", 1.0, 0.1, dt.date(2025, 4, 3), True)
REASON = Explanation("Like your tee, it is plain.", (FACT,), {"is plain text": True}, "seller", (("So.", ("h1",)),))


def test_a_reason_comes_back_as_it_was_shown() -> None:
    view = View(slate=["i8"], moves={}, filters={}, query="", like="", reasons=to_remember([REASON]))
    assert remembered(view, 0) == REASON
    assert remembered(view, 1) is None


def test_a_thread_without_reasons_or_of_another_version_has_none() -> None:
    assert remembered(empty_view(), 0) is None
    (kept,) = to_remember([REASON])
    other = View(slate=["i8"], moves={}, filters={}, query="", like="", reasons=[kept | {"source": "oracle"}])
    assert remembered(other, 0) is None
