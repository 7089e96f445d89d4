"""The `csv` and `table` components."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import Condition, WeftError
from weft.catalog import Component
from weft.testing import run_flow


@pytest.fixture
def csv(stock: Callable[[str], Component]) -> Component:
    return stock("csv")


@pytest.fixture
def table(stock: Callable[[str], Component]) -> Component:
    return stock("table")


async def use(component: Component, **given: Any) -> dict[str, Any]:
    return await component.call(given, Alone())


async def refused(component: Component, **given: Any) -> WeftError:
    with pytest.raises(WeftError) as failed:
        await use(component, **given)
    assert failed.value.hint
    assert failed.value.retryable is False
    return failed.value


# --- csv -------------------------------------------------------------------------------------------------------------


async def test_a_csv_is_rows_with_types(csv: Component) -> None:
    text = '\ufeffname,price,ok,code\r\n"Tea, green",2.50,TRUE,007\r\n\r\n"say ""hi""",-3,,1e3\r\nshort\r\n'
    assert await use(csv, text=text) == {
        "rows": [
            {"name": "Tea, green", "price": 2.5, "ok": True, "code": "007"},
            {"name": 'say "hi"', "price": -3, "ok": None, "code": 1000.0},
            {"name": "short", "price": None, "ok": None, "code": None},
        ],
        "columns": ["name", "price", "ok", "code"],
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_what_stands_between_cells_is_found_out(csv: Component, delimiter: str) -> None:
    text = f'"a,;|b"{delimiter}c\n1{delimiter}2'
    assert (await use(csv, text=text))["rows"] == [{"a,;|b": 1, "c": 2}]


async def test_without_a_header_and_as_texts(csv: Component, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufeff1;ä\n2;\n".encode())
    found = await use(csv, file=tmp_path / "a.csv", header=False, types=False)
    assert found == {"rows": [{"a": "1", "b": "ä"}, {"a": "2", "b": ""}], "columns": ["a", "b"]}
    assert await use(csv, text="\n\n") == {"rows": [], "columns": []}
    wide = await use(csv, text=",".join("x" * 30), header=False)
    assert wide["columns"][25:28] == ["z", "aa", "ab"]


async def test_rows_are_written_and_read_again(csv: Component) -> None:
    rows = [{"a": 'x,"y"\nz', "b": 1.5}, {"b": True, "c": None}]
    text = (await use(csv, action="write", rows=rows))["text"]
    assert text == 'a,b,c\n"x,""y""\nz",1.5,\n,true,\n'
    assert (await use(csv, text=text))["rows"] == [{"c": None, **rows[0]}, {"a": None, **rows[1]}]
    assert (await use(csv, action="write", rows=rows, columns=["b"], delimiter="tab"))[
        "text"
    ] == "b\n1.5\ntrue\n"
    assert (await use(csv, action="write", rows=[[1, "a"], []]))["text"] == "1,a\n\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\tx"])
async def test_no_cell_is_a_formula(csv: Component, text: str) -> None:
    assert (await use(csv, action="write", rows=[[text]]))["text"].startswith("'")
    assert (await use(csv, action="write", rows=[[-1]]))["text"] == "-1\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "a,b\n1,2,3"}, "row 2 has 3 cells, and there are 2 columns"),
        ({"text": "a,a\n"}, "two columns are called 'a'"),
        ({"text": 'a\n"x'}, "row 2: "),
        ({"file": Path("missing.csv")}, "'missing.csv' can't be read"),
        ({"action": "write", "rows": [{"a": 1}, 5]}, "row 2 is no object"),
        ({"action": "write", "rows": [[1], {"a": 1}]}, "row 1 is no object"),
    ],
)
async def test_what_is_no_csv_is_told(csv: Component, given: dict[str, Any], said: str) -> None:
    failed = await refused(csv, **given)
    assert failed.code == "bad-csv"
    assert said in failed.message


def test_the_ports_of_a_csv_follow_what_is_done(csv: Component) -> None:
    assert [port.name for port in csv.ports({"text": ""}).outputs] == ["rows", "columns"]
    assert [port.name for port in csv.ports({"action": "write", "rows": []}).outputs] == ["text"]


# --- table -----------------------------------------------------------------------------------------------------------

ORDERS = [
    {"id": 1, "customer": 7, "price": 10, "what": "tea"},
    {"id": 2, "customer": 8, "price": 2.5, "what": "Bread"},
    {"id": 3, "customer": 7, "price": None, "what": "apple"},
    {"id": 4, "customer": 9, "price": 4, "what": "tea"},
]
PEOPLE = [
    {"key": 7.0, "name": "Ann", "id": "a"},
    {"key": 8, "name": "Bo", "id": "b"},
    {"key": "9", "name": "No"},
]


async def rows(table: Component, **given: Any) -> list[Any]:
    if "where" in given:
        given["where"] = Condition(given["where"])
    found = await use(table, **{"rows": ORDERS, **given})
    assert found["count"] == len(found["rows"])
    return found["rows"]


async def test_rows_are_filtered(table: Component) -> None:
    found = await rows(table, where="row.what == wanted and row.price > 5", wanted="tea")
    assert found == [ORDERS[0]]
    assert await rows(table, where="row.price != null and row.customer in [8, 9]") == [ORDERS[1], ORDERS[3]]
    node = {"component": "table", "params": {"rows": ORDERS, "where": "row.price == least", "least": 4}}
    result = await run_flow({"format": 1, "nodes": {"a": node}})
    assert result.values["a"] == {"rows": [ORDERS[3]], "count": 1}
    assert [port.name for port in table.ports({"where": "row.a > least"}).inputs][-1] == "least"


async def test_rows_are_sorted_without_a_value_last(table: Component) -> None:
    async def order(*by: str, given: Any = ORDERS) -> list[Any]:
        return [row["id"] for row in await rows(table, rows=given, sort_by=list(by))]

    assert await order("price") == [2, 4, 1, 3]
    assert await order("-price") == [1, 4, 2, 3]
    assert await order("what", "-id") == [3, 2, 4, 1]
    mixed = [{"id": n, "v": v} for n, v in enumerate(["b", 2, True, [1], {"a": 1}, "A", 1.5, None])]
    assert await order("v", given=mixed) == [2, 6, 1, 5, 0, 3, 4, 7]


async def test_rows_are_joined(table: Component) -> None:
    found = await rows(table, other=PEOPLE, on="customer = key", columns=["id", "name", "other = id_2"])
    assert found == [
        {"id": 1, "name": "Ann", "other": "a"},
        {"id": 2, "name": "Bo", "other": "b"},
        {"id": 3, "name": "Ann", "other": "a"},
    ]
    left = await rows(table, other=PEOPLE, on="customer = key", join="left", columns=["id", "name"])
    assert left[3] == {"id": 4, "name": None}
    assert await rows(table, rows=[{"a": None}, {"a": 1}], other=[{"a": None}, {"a": 1, "b": 2}], on="a") == [
        {"a": 1, "b": 2}
    ]


async def test_rows_are_grouped(table: Component) -> None:
    totals = {"n": "count", "sum": "sum price", "mean": "mean price", "most": "max what", "all": "list id"}
    assert await rows(table, group_by=["customer"], totals=totals, sort_by=["-n", "customer"]) == [
        {"customer": 7, "n": 2, "sum": 10, "mean": 10.0, "most": "tea", "all": [1, 3]},
        {"customer": 8, "n": 1, "sum": 2.5, "mean": 2.5, "most": "Bread", "all": [2]},
        {"customer": 9, "n": 1, "sum": 4, "mean": 4.0, "most": "tea", "all": [4]},
    ]
    assert await rows(table, totals={"least": "min price", "one": "first what"}) == [
        {"least": 2.5, "one": "tea"}
    ]
    assert await rows(table, rows=[], totals={"n": "count", "s": "sum x"}) == [{"n": 0, "s": 0}]
    assert await rows(table, group_by=["what"], first=1) == [{"what": "tea", "count": 2}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rows": [1]}, "row 1 of `rows` is no object"),
        ({"other": [[]], "on": "id"}, "row 1 of `other` is no object"),
        ({"other": PEOPLE}, "no column to join them by"),
        ({"sort_by": ["prize"]}, "no row has a column 'prize'"),
        ({"columns": ["a = prize"]}, "no row has a column 'prize'"),
        ({"group_by": ["prize"]}, "no row has a column 'prize'"),
        ({"totals": {"a": "median price"}}, "'a' in `totals` is no total"),
        ({"totals": {"a": "sum what"}}, "'tea' in row 1, column 'what', is no number"),
        (
            {"rows": [{"a": 1}] * 500, "other": [{"a": 1}] * 500, "on": "a"},
            "the join gives more than 200,000 rows",
        ),
    ],
)
async def test_what_cannot_be_done_is_told(table: Component, given: dict[str, Any], said: str) -> None:
    failed = await refused(table, **{"rows": ORDERS, **given})
    assert failed.code == "bad-table"
    assert said in failed.message


async def test_a_condition_that_fails_names_its_row(table: Component) -> None:
    failed = await refused(table, rows=[{"a": 1}, {"a": "x"}], where=Condition("row.a > 0"))
    assert failed.message.startswith("Row 2: ")


@pytest.mark.parametrize(
    ("params", "port"),
    [
        ({"totals": {"a": 5}}, "totals"),
        ({"where": "state.a"}, "where"),
    ],
)
def test_what_makes_no_sense_is_told_beforehand(table: Component, params: dict[str, Any], port: str) -> None:
    assert [fault.port for fault in table.ports(params).faults] == [port]
