"""The part of LanceDB's Python client in the tests of `tests/python/main.rs`.

    program.py COMMAND FOLDER VECTORS

FOLDER is a database. VECTORS contains a JSON object per line, with a text and the vector that the Rust model computes for
it. Each command checks what it reads with `assert`, and ends with exit code 0 if everything is correct.
"""

import datetime
import json
import sys
from decimal import Decimal
from typing import List, Optional

import lancedb
import pyarrow as pa
from lancedb.embeddings import TextEmbeddingFunction, register
from lancedb.index import FTS, BTree
from lancedb.pydantic import LanceModel, Vector

DIMENSION = 384
DATABASE = lancedb.connect(sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as lines:
    VECTORS = {line["text"]: line["vector"] for line in map(json.loads, lines)}


@register("datus-hashing")
class Hashing(TextEmbeddingFunction):
    """The vectors of the Rust model."""

    name: str = "datus/hashing"

    def ndims(self):
        return DIMENSION

    def generate_embeddings(self, texts):
        return [VECTORS[text] for text in texts]


MODEL = Hashing.create(name="datus/hashing")


class Document(LanceModel):
    id: int
    text: str = MODEL.SourceField()
    note: Optional[str] = None
    vector: Vector(DIMENSION) = MODEL.VectorField()


def table_definition(name, definition):
    return {
        "identifier": f"sales.{name}",
        "catalog_name": "",
        "database_name": "sales",
        "schema_name": "public",
        "table_name": name,
        "table_type": "table",
        "definition": definition,
        "vector": VECTORS[definition],
    }


DEFINITIONS = {
    "orders": "CREATE TABLE orders (customer, amount, ordered_at)",
    "customers": "CREATE TABLE customers (name, country)",
    "weather": "CREATE TABLE weather (station, temperature)",
}


def make_datus():
    """The table of Datus-agent, as `pa.schema` makes it: every column may be null."""
    names = ["identifier", "catalog_name", "database_name", "schema_name", "table_name", "table_type", "definition"]
    fields = [pa.field(name, pa.string()) for name in names]
    schema = pa.schema([*fields, pa.field("vector", pa.list_(pa.float32(), DIMENSION))])
    table = DATABASE.create_table("schema_metadata", schema=schema)
    table.add([table_definition(name, text) for name, text in DEFINITIONS.items()])


def use_datus():
    """Runs after Rust has adopted the table, and upserted `orders` and `products`."""
    table = DATABASE.open_table("schema_metadata")
    rows = {row["table_name"]: row for row in table.to_arrow().to_pylist()}
    assert sorted(rows) == ["customers", "orders", "products", "weather"], sorted(rows)
    assert rows["orders"]["definition"] == "CREATE TABLE orders (customer, total)", rows["orders"]
    assert rows["products"]["vector"] == VECTORS[rows["products"]["definition"]], rows["products"]
    question = VECTORS["which customers are there"]
    hits = table.search(question).metric("cosine").limit(1).to_list()
    assert hits[0]["table_name"] == "customers", hits
    assert table.search(question).where("table_type = 'view'").to_list() == []
    # All ways to write: add, merge_insert, update, delete.
    table.add([table_definition("stations", "CREATE TABLE stations (height)")])
    changed = table_definition("weather", "CREATE TABLE weather (station, rain)")
    table.merge_insert("identifier").when_matched_update_all().when_not_matched_insert_all().execute([changed])
    table.update(where="table_name = 'stations'", values={"table_type": "view"})
    table.delete("table_name = 'customers'")
    table.create_index("definition", config=FTS())
    table.create_index("identifier", config=BTree(), replace=True)
    table.optimize()
    found = table.search("rain", query_type="fts", fts_columns="definition").to_list()
    assert [row["table_name"] for row in found] == ["weather"], found


def break_datus():
    """Writes to the adopted table every fault that `repair` repairs."""
    table = DATABASE.open_table("schema_metadata")
    # A text without a new vector, a row without a vector, an existing key, and an index that the struct does not declare.
    table.update(where="table_name = 'weather'", values={"definition": "CREATE TABLE stations (height)"})
    without = {**table_definition("products", "CREATE TABLE products (title, weight)"), "vector": None}
    again = {**table_definition("orders", "CREATE TABLE orders (customer, total)"), "catalog_name": "newer"}
    columns = pa.schema([field.remove_metadata() for field in table.schema])
    table.add(pa.Table.from_pylist([without, again], schema=columns), on_bad_vectors="null")
    table.create_index("table_type", config=BTree())
    rows = table.to_arrow().to_pylist()
    assert len(rows) == 5 and sum(row["vector"] is None for row in rows) == 1, rows


def make_documents():
    """A table of a `LanceModel`, whose texts Python embeds."""
    table = DATABASE.create_table("documents", schema=Document)
    table.add([{"id": 1, "text": "water the plants"}, {"id": 2, "text": "bake bread", "note": "on Sunday"}])


def use_documents():
    """Runs after Rust has adopted the table, upserted document 1 and added document 3."""
    table = DATABASE.open_table("documents")
    rows = {row["id"]: row for row in table.to_arrow().to_pylist()}
    assert sorted(rows) == [1, 2, 3], rows
    assert rows[1]["text"] == "water the garden" and rows[3]["text"] == "brew tea", rows
    hit = table.search("a garden with water").metric("cosine").limit(1).to_pydantic(Document)[0]
    assert hit.id == 1, hit
    # Python embeds the texts that it writes, since its metadata is still there.
    table.add([{"id": 4, "text": "bake a cake"}])
    table.optimize()


def use_ours():
    """A table created in Rust, with the function of the model in its metadata."""
    table = DATABASE.open_table("ours")
    hit = table.search("bake a cake").metric("cosine").limit(1).to_list()[0]
    assert hit["text"] == "bake bread", hit
    # Rust declared the key to LanceDB, which then refuses rows whose type allows a null there. Dictionaries become such rows.
    columns = pa.schema([table.schema.field(name) for name in ("id", "text")])
    table.add(pa.Table.from_pylist([{"id": 9, "text": "brew tea"}], schema=columns))


PLACE = pa.struct([
    pa.field("city", pa.string(), nullable=False),
    pa.field("code", pa.int32()),
])
EVERYTHING = pa.schema([
    pa.field("id", pa.int64(), nullable=False),
    pa.field("flag", pa.bool_(), nullable=False),
    pa.field("tiny", pa.int8()),
    pa.field("small", pa.int16()),
    pa.field("medium", pa.int32()),
    pa.field("byte", pa.uint8()),
    pa.field("word", pa.uint16()),
    pa.field("unsigned", pa.uint32()),
    pa.field("large", pa.uint64()),
    pa.field("single", pa.float32()),
    pa.field("double", pa.float64()),
    pa.field("text", pa.string()),
    pa.field("kind", pa.dictionary(pa.int32(), pa.string())),
    pa.field("content", pa.binary()),
    pa.field("hash", pa.binary(4)),
    pa.field("price", pa.decimal128(10, 2)),
    pa.field("day", pa.date32()),
    pa.field("clock", pa.time64("ns")),
    pa.field("took", pa.duration("ns")),
    pa.field("at", pa.timestamp("us", tz="UTC")),
    pa.field("local", pa.timestamp("ms")),
    pa.field("tags", pa.list_(pa.string())),
    pa.field("numbers", pa.list_(pa.int64())),
    pa.field("place", PLACE),
    pa.field("places", pa.list_(PLACE)),
    pa.field("point", pa.list_(pa.float32(), 3)),
    pa.field("vector", pa.list_(pa.float32(), DIMENSION)),
])


def everything(number):
    text = ["water the plants", "bake bread"][number % 2]
    return {
        "id": number,
        "flag": number % 2 == 0,
        "tiny": -number,
        "small": 1000 + number,
        "medium": 100_000 + number,
        "byte": 255,
        "word": 65_535,
        "unsigned": 4_000_000_000,
        "large": 2**64 - 1,
        "single": 0.5,
        "double": 0.1,
        "text": text,
        "kind": "red",
        "content": b"\x00\xff",
        "hash": b"abcd",
        "price": Decimal("-12.50"),
        "day": datetime.date(2026, 2, 28),
        "clock": datetime.time(23, 59, 58, 123456),
        "took": datetime.timedelta(seconds=90),
        "at": datetime.datetime(2026, 2, 28, 12, 30, 15, 123456, tzinfo=datetime.timezone.utc),
        "local": datetime.datetime(1969, 7, 20, 20, 17, 40, 5000),
        "tags": ["a", None, ""],
        "numbers": [],
        "place": {"city": "Oslo", "code": None},
        "places": [{"city": "Bergen", "code": 7}, None],
        "point": [0.0, -1.5, 2.0],
        "vector": VECTORS[text],
    }


NULLS = {name: None for name in EVERYTHING.names if name not in ("id", "flag")}


def make_everything():
    rows = [everything(1), everything(2), {**NULLS, "id": 3, "flag": False}]
    table = DATABASE.create_table("everything", schema=EVERYTHING)
    table.add(pa.Table.from_pylist(rows, schema=EVERYTHING), on_bad_vectors="null")


def use_everything():
    """The rows are those of `everything`, whichever program wrote them."""
    table = DATABASE.open_table("everything")
    rows = sorted(table.to_arrow().to_pylist(), key=lambda row: row["id"])
    for row in rows:
        expected = {**NULLS, "id": row["id"], "flag": False} if row["id"] == 3 else everything(row["id"])
        found = {name: row[name] for name in expected}
        for name, value in expected.items():
            assert found[name] == value, (row["id"], name, found[name], value)
    assert [row["id"] for row in rows] == [1, 2, 3, 4], [row["id"] for row in rows]
    stored = table.to_arrow().schema
    for field in EVERYTHING:
        assert stored.field(field.name).type == field.type, (field.name, stored.field(field.name).type)
    hit = table.search(VECTORS["bake a cake"], vector_column_name="vector").metric("cosine").limit(1).to_list()[0]
    assert hit["text"] == "bake bread", hit
    table.add(pa.Table.from_pylist([everything(5)], schema=EVERYTHING))
    table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(
        pa.Table.from_pylist([everything(4), everything(6)], schema=EVERYTHING)
    )
    table.optimize()


COMMANDS = [
    make_datus, use_datus, break_datus, make_documents, use_documents, use_ours, make_everything, use_everything,
]
{command.__name__: command for command in COMMANDS}[sys.argv[1]]()
