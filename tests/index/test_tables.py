"""Which lines of a text are tables, where their cells stand, and whether the first row names the columns."""

from __future__ import annotations

import random

import pytest

from index.tables import Row, Table, tables_in


def cells(text: str, row: Row | None) -> list[str]:
    return [text[start:end] for start, end in row.cells] if row else []


def data(text: str, table: Table) -> list[list[str]]:
    return [cells(text, row) for row in table.rows]


def only_table(text: str) -> Table:
    [table] = tables_in(text)
    return table


BOATS = [["Petrel", "Ana Silva", "1958"], ["Heron", "Ida Brandt", "1961"]]


@pytest.mark.parametrize(
    "text",
    [
        "| Boat | Skipper | Built |\n|---|:-:|--:|\n| Petrel | Ana Silva | 1958 |\n| Heron | Ida Brandt | 1961 |",
        "|Boat|Skipper|Built|\n|---|---|---|\n|Petrel|Ana Silva|1958|\n|Heron|Ida Brandt|1961|",
        "Boat | Skipper | Built\n--- | --- | ---\nPetrel | Ana Silva | 1958\nHeron | Ida Brandt | 1961",
        "Boat | Skipper | Built\nPetrel | Ana Silva | 1958\nHeron | Ida Brandt | 1961",
        "Boat\tSkipper\tBuilt\nPetrel\tAna Silva\t1958\nHeron\tIda Brandt\t1961",
    ],
)
def test_a_table_has_its_header_and_its_cells_however_it_is_written(text: str) -> None:
    text = f"# Regatta\n\nResults of the regatta:\n\n{text}\n\nThe wind was light."
    table = only_table(text)
    assert cells(text, table.header) == ["Boat", "Skipper", "Built"]
    assert data(text, table) == BOATS
    assert table.caption is not None
    assert text[slice(*table.caption)] == "Results of the regatta:"
    assert [text[row.start : row.end].strip("| ") for row in table.rows] == [
        text[row.cells[0][0] : row.cells[-1][1]] for row in table.rows
    ]


def test_empty_cells_keep_their_columns() -> None:
    text = "| Q1 | Q2\nRevenue | 12 | 14\nProfit | | 3\nLoss |  |"
    table = only_table(text)
    assert cells(text, table.header) == ["", "Q1", "Q2"]
    assert data(text, table) == [["Revenue", "12", "14"], ["Profit", "", "3"], ["Loss", "", ""]] or data(
        text, table
    ) == [["Revenue", "12", "14"], ["Profit", "", "3"]]


@pytest.mark.parametrize(
    "text",
    [
        "Tara Nolan | engine | Monday\nEwan Rae | radio | Tuesday\nIsla Munro | helm | Friday",
        "|  |  |  |\n|---|---|---|\n| Tara Nolan | engine | Monday |\n| Ewan Rae | radio | Tuesday |",
        "Length | 412 m\nArchitect | Lena Holm\nOpened | 1968",
        "Architect | Lena Holm\nBuilder | Stavne Brothers",
        "2019 | 412 | 30\n2020 | 398 | 29\n2021 | 441 | 31",
    ],
)
def test_a_first_row_that_looks_like_the_others_is_data(text: str) -> None:
    table = only_table(text)
    assert table.header is None
    assert data(text, table)[0][0] in ("Tara Nolan", "Length", "Architect", "2019")


@pytest.mark.parametrize(
    "text",
    [
        "Boat | Crew\nPetrel | 4\nHeron | 6",
        "Room | Teacher\n101 | Mr Calloway\n102 | Ms Iqbal",
        "Team | 2022 | 2023\nOrrin | 12 | 9\nTolm | 3 | 5",
        "Club | Day | Place\nChoir | Monday | Hall\nChess | Friday | Library",
    ],
)
def test_a_first_row_that_differs_from_the_others_names_the_columns(text: str) -> None:
    assert cells(text, only_table(text).header) == text.split("\n", maxsplit=1)[0].split(" | ")


def test_what_goes_on_behind_a_blank_line_belongs_to_the_table_above() -> None:
    text = "Boat | Built\nPetrel | 1958\nHeron | 1961\n\nGannet | 1970\nTern | 1971\n\nBoat | Built\nGull | 1980"
    table = only_table(text)
    assert data(text, table) == [
        ["Petrel", "1958"],
        ["Heron", "1961"],
        ["Gannet", "1970"],
        ["Tern", "1971"],
        ["Gull", "1980"],
    ]


def test_two_tables_with_words_between_them_are_two() -> None:
    text = "Men\n\nPlace | Name\n1 | Bo Lund\n2 | Cy Marsh\n\nWomen\n\nPlace | Name\n1 | Ana Silva\n2 | Ida Brandt"
    men, women = tables_in(text)
    assert men.caption is not None
    assert women.caption is not None
    assert (text[slice(*men.caption)], text[slice(*women.caption)]) == ("Men", "Women")
    assert data(text, women) == [["1", "Ana Silva"], ["2", "Ida Brandt"]]


def test_a_row_of_one_cell_names_the_rows_below_it() -> None:
    text = "Place | Name | Time\nMen | |\n1 | Bo Lund | 2:10\n2 | Cy Marsh | 2:12\nWomen | |\n1 | Ana Silva | 2:09"
    table = only_table(text)
    assert [text[slice(*row.section)] for row in table.rows if row.section] == ["Men", "Men", "Women"]
    assert [row[1] for row in data(text, table)] == ["Bo Lund", "Cy Marsh", "Ana Silva"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Prose without any sign.",
        "Use a | b here. Then stop.\n\nAnd again.",
        "By Ada Wynn | Coast Post\n\nThe lighthouse was sold.",
        "One\ttwo\nthree\tfour",
        "|---|---|",
        "| |\n| |",
    ],
)
def test_single_lines_and_prose_are_no_tables(text: str) -> None:
    assert tables_in(text) == []


def test_offsets_stay_inside_the_lines_of_random_texts() -> None:
    rng = random.Random(5)
    for _ in range(500):
        text = "".join(
            rng.choice(["|", " | ", "\n", "a", " ", "-", "7", "\t", "Bo Lund", "|\n|", "\\|"]) for _ in range(40)
        )
        for table in tables_in(text):
            assert table.rows
            places = [cell for row in table.rows for cell in row.cells]
            assert places == sorted(places)
            for row in (*table.rows, *([table.header] if table.header else [])):
                assert text[row.start : row.end] == text[row.start : row.end].strip() != ""
                assert "\n" not in text[row.start : row.end]
                assert all(row.start <= start <= end <= row.end for start, end in row.cells)
