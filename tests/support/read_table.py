"""Reads tables with the tools that people open them with.

One argument, a JSON list of {"tool", "path", "table"}; prints a JSON list of {"columns", "rows"}, or
{"error"}. A time is {"time": "<ISO 8601>"}, without an offset where the tool knows none.
"""

import csv
import datetime
import json
import math
import sqlite3
import sys

csv.field_size_limit(1 << 30)


def plain(value):
    """A value as JSON takes it, without the types of the tool."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime.datetime):
        return {"time": value.isoformat(timespec="microseconds")} if value == value else None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def by_csv(path, _):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def from_objects(objects):
    columns = list(dict.fromkeys(key for one in objects for key in one))
    return columns, [[one.get(key) for key in columns] for one in objects]


def by_json(path, _):
    with open(path, encoding="utf-8") as file:
        return from_objects([json.loads(line) for line in file] if path.endswith(".ndjson") else json.load(file))


def by_openpyxl(path, _):
    import openpyxl
    from openpyxl.utils.escape import unescape

    book = openpyxl.load_workbook(path, read_only=True)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    rows = [[unescape(value) if isinstance(value, str) else value for value in row] for row in rows]
    return rows[0], rows[1:]


def by_pandas(path, table):
    import pandas

    kept = {"keep_default_na": False, "na_filter": False}
    if path.endswith(".parquet"):
        frame = pandas.read_parquet(path)
    elif path.endswith(".xlsx"):
        from openpyxl.utils.escape import unescape

        frame = pandas.read_excel(path, dtype=object, **kept)
        frame = frame.map(lambda value: unescape(value) if isinstance(value, str) else value)
    elif path.endswith(".sqlite"):
        with sqlite3.connect(path) as database:
            frame = pandas.read_sql('SELECT * FROM "%s" ORDER BY rowid' % table, database)
        database.close()
    elif path.endswith("json"):
        options = {"lines": path.endswith(".ndjson"), "dtype": False, "convert_dates": False}
        frame = pandas.read_json(path, orient="records", precise_float=True, **options)
    else:
        frame = pandas.read_csv(path, dtype=str, **kept)
    # Row by row: iterating a frame would make one type of all columns.
    columns = [frame[name].tolist() for name in frame.columns]
    rows = [[None if value is pandas.NaT or value is None else value for value in row] for row in zip(*columns)]
    return list(frame.columns), rows


def by_pyarrow(path, _):
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    return table.column_names, [list(row) for row in zip(*(column.to_pylist() for column in table.columns))]


def by_duckdb(path, _):
    import duckdb

    def quoted(name, mark):
        return mark + name.replace(mark, 2 * mark) + mark

    if path.endswith(".parquet"):
        source = "read_parquet('%s')" % path
    elif path.endswith("json"):
        # As texts: left to itself, DuckDB makes a date of a text that looks like one.
        columns = ", ".join(quoted(name, "'") + ": 'VARCHAR'" for name in by_json(path, None)[0])
        source = "read_json('%s', columns = {%s}, maximum_object_size = 100000000)" % (path, columns)
    else:
        options = "header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', max_line_size = 10000000"
        source = "read_csv('%s', %s)" % (path, options)
    with duckdb.connect() as database:
        relation = database.sql("SELECT * FROM " + source)
        names = relation.columns
        # Reading times with a zone into Python would need another package.
        asked = [
            "strftime(%s AT TIME ZONE 'UTC', '%%Y-%%m-%%dT%%H:%%M:%%S.%%gZ')" % quoted(name, '"')
            if str(kind) == "TIMESTAMP WITH TIME ZONE"
            else quoted(name, '"')
            for name, kind in zip(names, relation.types)
        ]
        rows = database.sql("SELECT %s FROM %s" % (", ".join(asked), source)).fetchall()
    return names, [list(row) for row in rows]


def by_sqlite3(path, table):
    database = sqlite3.connect(path)
    found = database.execute('SELECT * FROM "%s" ORDER BY rowid' % table)
    rows = [list(row) for row in found]
    columns = [name for name, *_ in found.description]
    database.close()
    return columns, rows


TOOLS = {
    "csv": by_csv,
    "duckdb": by_duckdb,
    "json": by_json,
    "openpyxl": by_openpyxl,
    "pandas": by_pandas,
    "pyarrow": by_pyarrow,
    "sqlite3": by_sqlite3,
}


def read(job):
    try:
        columns, rows = TOOLS[job["tool"]](job["path"], job.get("table"))
        return {"columns": columns, "rows": [[plain(value) for value in row] for row in rows]}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


json.dump([read(job) for job in json.loads(sys.argv[1])], sys.stdout)
