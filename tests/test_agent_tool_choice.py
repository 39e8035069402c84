from agent.intent.tool_choice import NO_TOOL, ToolSpec, arguments_schema, possible_tools

SEARCH = ToolSpec.from_openai(
    {
        "function": {
            "name": "search_catalogue",
            "description": "Find items.\n\nArgs:\n  query: words",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string"},
                    "max_price": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
                },
                "required": ["query"],
            },
        }
    }
)
COMPARE = ToolSpec(
    "compare",
    "Side by side.",
    {"properties": {"items": {"type": "array", "items": {"type": "string"}}}, "required": ["items"]},
)
PROFILE = ToolSpec("client_profile", "Tell.", {})


def names(specs: list[ToolSpec]) -> list[str]:
    return [spec.name for spec in specs]


def test_a_tool_is_told_by_signature_and_first_line() -> None:
    assert (SEARCH.signature, SEARCH.purpose) == ("search_catalogue(query, max_price?)", "Find items.")
    assert PROFILE.signature == "client_profile()"


def test_tools_on_items_need_items() -> None:
    specs = [SEARCH, COMPARE, PROFILE]
    assert names(possible_tools(specs, 0, None)) == ["search_catalogue", "client_profile", "reply"]
    assert names(possible_tools(specs, 2, None)) == ["search_catalogue", "compare", "client_profile", "reply"]


def test_a_demanded_tool_leaves_no_choice() -> None:
    specs = [SEARCH, PROFILE]
    assert possible_tools(specs, 0, "client_profile") == [PROFILE]
    assert NO_TOOL not in possible_tools(specs, 0, "any")


def test_a_schema_holds_only_what_is_to_be_written() -> None:
    schema = arguments_schema(SEARCH, ["max_price"], 0)
    assert schema["properties"] == {"max_price": {"type": "integer", "minimum": 0, "maximum": 1_000_000}}
    assert schema["required"] == []


def test_a_text_is_short_and_cannot_leave_its_quotes() -> None:
    text = arguments_schema(SEARCH, ["query"], 0)["properties"]["query"]
    assert text["pattern"].endswith("{0,60}$")


def test_references_are_limited_to_what_is_shown() -> None:
    items = arguments_schema(COMPARE, ["items"], 3)["properties"]["items"]
    assert items["items"]["enum"] == ["1", "2", "3"]
