"""The swap report: totals of both sides, and each turn that differs."""

from dataclasses import replace

from agent.journeys.swap import swap_report
from tests.test_agent_tracing import recorded


def test_the_report_tells_what_is_the_same_and_every_turn_that_differs() -> None:
    one = recorded()
    other = replace(
        one,
        tools=(replace(one.tools[0], arguments={"category": "Hats"}, ok=False),),
        models=(replace(one.models[0], backend="server", input_tokens=70),),
        struck=(),
        first_words_s=9.0,
    )
    report = swap_report(("embedded", "server"), {"j1": [one, one], "j2": [one]}, {"j1": [one, other], "j2": []})
    told = report.as_dict()
    assert told["turns"] == 2
    assert told["same"] == {"tools": 2, "arguments": 1, "outcomes": 1, "items shown": 2}
    assert [(turn["journey"], turn["turn"]) for turn in told["differences"]] == [("j1", 2)]
    assert told["sides"]["embedded"]["tokens read"] == 100
    assert told["sides"]["server"]["tokens read"] == 120
    assert told["sides"]["server"]["tool calls that failed"] == 1
    assert "j1, turn 2: something for her" in report.table()
    assert "'Hats'" in report.table()


def test_two_equal_runs_differ_nowhere() -> None:
    report = swap_report(("a", "b"), {"j": [recorded()]}, {"j": [recorded()]})
    assert report.as_dict()["differences"] == []
    assert "The same: tools 1 of 1; arguments 1 of 1; outcomes 1 of 1; items shown 1 of 1." in report.table()
