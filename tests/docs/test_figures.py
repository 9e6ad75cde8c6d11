"""Measured numbers in docs/costs.md: one core of each table measured again; tools/write_figures.py writes them all."""

import write_figures as figures

CORE, BOARD = "Cortex-M4F", "nucleo_f446re"


def test_tables_say_what_a_core_measures() -> None:
    types = {numeric: figures.measured(numeric, [BOARD])[BOARD] for numeric in figures.TYPES}
    rows = {
        "float": figures.float_row(CORE, types["float32"]),
        "integer": figures.integer_row(CORE, [types[numeric] for numeric in figures.TYPES]),
    }
    text = figures.PAGE.read_text("utf-8")
    for name, row in rows.items():
        assert row in figures.table(text, name).splitlines(), f"run tools/write_figures.py: {row}"
