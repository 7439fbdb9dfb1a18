"""Opens the finished files of a recording with the tools of people, which know nothing of mqttrec.

Arguments: the base path, and what follows the extension (".gz" or nothing). Prints a JSON object: by
reader, the number of rows of each file and the SHA-256 of all their texts (topic, payload, encoding);
null where the reader, left to its defaults, makes other values of some texts.
"""

import csv
import glob
import gzip
import hashlib
import json
import subprocess
import sys

import duckdb
import pandas

base, suffix = sys.argv[1:]
TEXTS = ["topic", "payload", "encoding"]
# Python's own limit is 128 KB; a payload may be longer.
csv.field_size_limit(1 << 30)


def files(extension):
    return sorted(glob.glob("%s_*.%s%s" % (base, extension, suffix)))


def open_text(path):
    return (gzip.open if suffix else open)(path, "rt", newline="", encoding="utf-8")


def by_csv(path):
    with open_text(path) as file:
        return [[row[name] for name in TEXTS] for row in csv.DictReader(file)]


def texts_of(objects):
    return [[one[name] for name in TEXTS] for one in objects]


def by_json(path):
    with open_text(path) as file:
        return texts_of(json.load(file))


def by_ndjson(path):
    with open_text(path) as file:
        return texts_of(map(json.loads, file))


def by_jq(path, each):
    asked = each + "[.topic, .payload, .encoding]"
    command = "%s '%s' | jq -c '%s'" % ("zcat" if suffix else "cat", path, asked)
    output = subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.PIPE).stdout
    # Not splitlines(): U+2028 ends no line of JSON.
    return [json.loads(line) for line in output.decode().split("\n")[:-1]]


def of_frame(frame):
    return list(zip(*(frame[name].tolist() for name in TEXTS)))


def of_duckdb(source):
    # An empty field without quotes is NULL there.
    return duckdb.sql("SELECT topic, coalesce(payload, ''), encoding FROM %s" % source).fetchall()


def found(reader, paths):
    digest, rows = hashlib.sha256(), []
    for path in paths:
        texts = reader(path)
        rows.append(len(texts))
        for text in (text for row in texts for text in row):
            data = text.encode()
            digest.update(b"%d:" % len(data))
            digest.update(data)
    return {"rows": rows, "sha256": digest.hexdigest()}


def counted(count, paths):
    return {"rows": [count(path) for path in paths], "sha256": None}


def count_of(source):
    return duckdb.sql("SELECT count(*) FROM " + source).fetchone()[0]


csvs, jsons, ndjsons = (files(extension) for extension in ("csv", "json", "ndjson"))
all_csv, all_json, all_ndjson = (["%s_*.%s%s" % (base, extension, suffix)] for extension in ("csv", "json", "ndjson"))
as_text = {"dtype": str, "keep_default_na": False}
no_conversion = {"dtype": False, "convert_dates": False}
print(json.dumps({
    "csv": found(by_csv, csvs),
    "json": found(by_json, jsons),
    "ndjson": found(by_ndjson, ndjsons),
    "jq of json": found(lambda path: by_jq(path, ".[] | "), jsons),
    "jq of ndjson": found(lambda path: by_jq(path, ""), ndjsons),
    "pandas, as it is, of csv": counted(lambda path: len(pandas.read_csv(path)), csvs),
    "pandas, as it is, of json": counted(lambda path: len(pandas.read_json(path)), jsons),
    "pandas, as it is, of ndjson": counted(lambda path: len(pandas.read_json(path, lines=True)), ndjsons),
    "pandas of csv": found(lambda path: of_frame(pandas.read_csv(path, **as_text)), csvs),
    "pandas of json": found(lambda path: of_frame(pandas.read_json(path, **no_conversion)), jsons),
    "pandas of ndjson": found(lambda path: of_frame(pandas.read_json(path, lines=True, **no_conversion)), ndjsons),
    "DuckDB, as it is, of every csv": counted(lambda path: count_of("'%s'" % path), all_csv),
    "DuckDB, as it is, of every json": counted(lambda path: count_of("'%s'" % path), all_json),
    "DuckDB, as it is, of every ndjson": counted(lambda path: count_of("'%s'" % path), all_ndjson),
    "DuckDB of every csv": found(
        lambda path: of_duckdb("read_csv('%s', types = {'payload': 'VARCHAR'})" % path), all_csv
    ),
    "DuckDB of every json": found(lambda path: of_duckdb("read_json('%s')" % path), all_json),
    "DuckDB of every ndjson": found(lambda path: of_duckdb("read_json('%s')" % path), all_ndjson),
}))
