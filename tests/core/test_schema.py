"""The gate: what comes through it has the type, the range and the length that its field is annotated with."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest

from cvae.core.schema import Count, Most, Share, Within, make, one_line


@dataclass(frozen=True)
class Inner:
    share: Share


@dataclass(frozen=True)
class Record:
    count: Count
    kind: Literal["one", "two"] = "one"
    weight: Annotated[float, Within(0, 10)] | None = None
    words: Annotated[tuple[Annotated[str, Most(5)], ...], Most(2)] = ()
    table: dict[str, Share] = field(default_factory=dict)
    on: bool = False
    inner: Inner = Inner(0.5)


def test_a_whole_record_is_made_and_unknown_names_are_passed_over():
    values = {"count": 3, "kind": "two", "weight": 10, "words": ["go", "\u0645\u06cc\u200cر"], "table": {"a": 1}}
    made = make(Record, {**values, "on": True, "inner": {"share": 0}, "later": [1]})
    assert made == Record(3, "two", 10.0, ("go", "\u0645\u06cc\u200cر"), {"a": 1.0}, True, Inner(0.0))
    assert make(Record, {"count": 1}) == Record(1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("count", [None, True, -1, 2**63, 10**400, 1.0, "1", [], {}, float("nan")]),
        ("kind", [None, "three", 1, []]),
        ("weight", [True, -0.1, 10.1, float("nan"), float("inf"), 10**400, "1"]),
        ("words", [None, "go", [1], ["too long"], ["go"] * 3, ["\ud800"], ["\0"], ["\u202e"], ["a\nb"], [["go"]]]),
        ("table", [None, [], {"a": 2}, {"a": None}, {"\ud800": 0.5}, {str(i): 0.5 for i in range(1001)}]),
        ("on", [None, 0, "true"]),
        ("inner", [None, [], {}, {"share": 2}]),
    ],
)
def test_a_value_that_does_not_belong_is_named(name, values):
    for value in values:
        with pytest.raises(ValueError, match=f"has no usable '{name}'"):
            make(Record, {"count": 1, name: value})


@pytest.mark.parametrize("value", [None, [], 1, "text", {}])
def test_what_is_no_object_or_lacks_a_field_is_no_record(value):
    with pytest.raises(ValueError, match=r"is not a valid record|has no 'count'"):
        make(Record, value)


def test_a_text_that_is_made_one_line_passes_the_gate_and_keeps_the_joiners_of_words():
    assert one_line("\u0645\u06cc\u200cر\n\u202ea\0", most=7) == "\u0645\u06cc\u200cر  a"
