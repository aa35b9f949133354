"""JSON and CSV of visitors' files: a small file that would become gigabytes of objects is refused before it does."""

from __future__ import annotations

from pathlib import Path

import pytest

import quickdemo as gr
from quickdemo.runtime import figures, json_files, models3d
from quickdemo.runtime.components import table_csv, table_wire
from quickdemo.runtime.errors import InvalidValueError


def test_parts_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST_PARTS", 3)
    assert json_files.parsed(b"[[1], {}]") == [[1], {}]
    assert json_files.parsed("[NaN]", str) == ["NaN"]
    for text in ("[[1], {}, []]", b"[[1], {}, []]", b"[[[[" + b"x" * 9):
        with pytest.raises(json_files.TooManyPartsError, match="it has 4 lists and objects; at most 3 are read"):
            json_files.parsed(text)


def test_what_is_nested_too_deeply_is_no_json() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        json_files.parsed(b"[" * 1_000_000)


def test_tables_models_and_figures_count_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST_PARTS", 4)
    with pytest.raises(InvalidValueError, match="Sheet cannot be read: it has 5 lists and objects"):
        table_wire.stored(gr.Dataframe(label="Sheet"), b'{"data": [[1], [2], [3]]}')
    model = tmp_path / "a.gltf"
    model.write_text('{"asset": {}, "nodes": [{}, {}]}')
    with pytest.raises(models3d.ModelError, match="its description is no JSON"):
        models3d.kind_of(str(model))
    with pytest.raises(figures.FigureError, match="is no JSON: it has 5 lists"):
        figures.checked("plotly", '{"data": [{}, {}], "layout": {}}')


def test_rows_and_fields_of_a_csv_file_are_counted_as_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b",".join([b"a"] * 1000) + b"\n" + b"1\n" * 100_000
    with pytest.raises(ValueError, match="this one has 6,000 rows of 1000"):  # the other 94,000 were not read
        table_csv.read_csv(rows)
    monkeypatch.setattr(table_csv, "MAX_CELLS", 50)
    with pytest.raises(ValueError, match="Line 2 of the CSV file has 61 fields"):
        table_csv.read_csv(b"a,b\n" + b"," * 60)
