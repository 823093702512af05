"""The operations of `cargo bench --bench python` with LanceModel, as LanceDB's documentation shows them.

    program.py serve FOLDER        reads commands from standard input, and answers each with a line of JSON
    program.py cold FOLDER         one search in a new process, with the time of each step since SPAWNED
    program.py peak KIND FOLDER    the peak memory of an operation in a new process

`ours.rs` has the same commands. FOLDER contains the files that `data.rs` wrote.
"""

import time

STARTED = time.time()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

import lancedb  # noqa: E402
import pyarrow as pa  # noqa: E402
from lancedb.index import FTS, Bitmap, BTree, IvfPq  # noqa: E402
from lancedb.pydantic import LanceModel, Vector  # noqa: E402

IMPORTED = time.time()

LIMIT = 10
WARM = 5

# Three values, which about 0.7% of the rows have, and three conditions, which about 33% of the rows pass.
NARROW = "database_name = 'database_7' AND schema_name = 'public' AND table_type = 'table'"
WIDE = "database_name < 'database_3' AND schema_name != 'mart' AND table_type = 'table'"


class Row(LanceModel):
    """The columns that are read: no vector, as in our program."""

    identifier: str
    database_name: str
    schema_name: str
    table_name: str
    table_type: str
    definition: str


class Table(Row):
    vector: Vector(384)


COLUMNS = Row.field_names()

# Lance requires the score of a search to be among its columns.
NEAREST = [*COLUMNS, "_distance"]
MATCHED = [*COLUMNS, "_score"]


def batches(path):
    """Batches of typed rows from an Arrow file."""
    with pa.memory_map(path) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield [Table(**row) for row in reader.get_batch(number).to_pylist()]


def typed_rows(path):
    return [row for batch in batches(path) for row in batch]


def timed(work):
    start = time.perf_counter()
    answer = work()
    return (time.perf_counter() - start) * 1e3, answer


def peak_memory():
    """MiB. Linux only."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


class Program:
    def __init__(self, folder):
        self.folder = folder
        self.db = lancedb.connect(os.path.join(folder, "python"))
        with open(os.path.join(folder, "queries.json")) as queries:
            self.queries = json.load(queries)
        self.rows = None
        self.table = None
        self.btree = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def empty(self, name):
        self.db.drop_table(name, ignore_missing=True)
        return self.db.create_table(name, schema=Table)

    def open(self):
        self.table = self.db.open_table("catalog")

    # Writes.

    def ingest(self):
        if self.rows is None:
            self.rows = typed_rows(self.path("rows.arrow"))
        self.table = self.empty("catalog")
        time, _ = timed(lambda: self.table.add(self.rows))
        return [time], [[str(self.table.count_rows())]]

    def ingest_arrow(self):
        with pa.memory_map(self.path("rows.arrow")) as source:
            rows = pa.ipc.open_file(source).read_all()
            table = self.empty("arrow")
            time, _ = timed(lambda: table.add(rows))
            return [time], [[str(table.count_rows())]]

    def indexes(self):
        def build():
            for column in ["database_name", "schema_name", "table_type"]:
                self.table.create_index(column, config=Bitmap())
            self.table.create_index("definition", config=FTS())
            # Our program creates one for the key of a table of 100,000 rows.
            self.table.create_index("identifier", config=BTree())

        time, _ = timed(build)
        self.btree = self.empty("catalog_btree")
        self.btree.add(self.rows)
        for column in ["database_name", "schema_name", "table_type"]:
            self.btree.create_index(column, config=BTree())
        return [time], []

    def vector_index(self):
        config = IvfPq(distance_type="cosine")
        time, _ = timed(lambda: self.table.create_index("vector", config=config))
        return [time], []

    def upsert(self, round):
        rows = typed_rows(self.path(f"changed-{round}.arrow"))
        merge = self.table.merge_insert("identifier").when_matched_update_all().when_not_matched_insert_all()
        time, result = timed(lambda: merge.execute(rows))
        return [time], [[str(result.num_updated_rows), str(result.num_inserted_rows)]]

    # Reads.

    def scan(self):
        time, rows = timed(lambda: self.table.search().select(COLUMNS).to_pydantic(Row))
        return [time], [[str(len(rows))]]

    def scan_vectors(self):
        time, rows = timed(lambda: self.table.search().to_pydantic(Table))
        return [time], [[str(len(rows))]]

    def value(self):
        def of(number):
            query = self.table.search().where(f"database_name = 'database_{number}'").select(COLUMNS)
            return query.to_pydantic(Row)

        return self.each(range(40), of, lambda rows: [str(len(rows))])

    def vector(self):
        return self.search(lambda query: self.table.search(query["vector"]).distance_type("cosine"))

    def full_text(self):
        return self.search(lambda query: self.table.search(query["text"], query_type="fts"), MATCHED)

    def hybrid(self):
        def of(query):
            search = self.table.search(query_type="hybrid").vector(query["vector"]).text(query["text"])
            return search.distance_type("cosine")

        return self.search(of, COLUMNS)

    def filtered(self, table, where):
        return self.search(lambda query: table.search(query["vector"]).distance_type("cosine").where(where))

    def bitmap_narrow(self):
        return self.filtered(self.table, NARROW)

    def bitmap_wide(self):
        return self.filtered(self.table, WIDE)

    def btree_narrow(self):
        return self.filtered(self.btree, NARROW)

    def btree_wide(self):
        return self.filtered(self.btree, WIDE)

    def search(self, of, columns=NEAREST):
        def rows(query):
            return of(query).select(columns).limit(LIMIT).to_pydantic(Row)

        return self.each(self.queries, rows, lambda rows: [row.identifier for row in rows])

    def each(self, queries, of, found):
        """Times each query, after some queries that fill the caches."""
        for query in queries[:WARM]:
            of(query)
        timings = [timed(lambda query=query: of(query)) for query in queries]
        return [time for time, _ in timings], [found(rows) for _, rows in timings]


def serve(folder):
    program = Program(folder)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        milliseconds, found = getattr(program, command)(*arguments)
        print(json.dumps({"milliseconds": milliseconds, "found": found}), flush=True)


def cold(folder):
    spawned = float(os.environ["SPAWNED"])
    steps = [["process started", STARTED], ["modules imported", IMPORTED]]
    with open(os.path.join(folder, "queries.json")) as queries:
        query = json.load(queries)[0]
    steps.append(["query read", time.time()])
    db = lancedb.connect(os.path.join(folder, "python"))
    steps.append(["connected", time.time()])
    table = db.open_table("catalog")
    steps.append(["table opened", time.time()])
    for name in ["first search", "second search"]:
        search = table.search(query["vector"]).distance_type("cosine").select(NEAREST).limit(LIMIT)
        assert len(search.to_pydantic(Row)) == LIMIT
        steps.append([name, time.time()])
    print(json.dumps([[name, (at - spawned) * 1e3] for name, at in steps]))


def peak(kind, folder):
    program = Program(folder)
    rows = program.path("rows.arrow")
    if kind == "ingest_list":
        rows = typed_rows(rows)
        program.empty("catalog").add(rows)
    elif kind == "ingest_stream":
        program.empty("catalog").add(batches(rows))
    elif kind == "scan":
        program.open()
        program.scan()
    elif kind == "search":
        program.open()
        program.vector()
    else:
        raise ValueError(kind)
    print(json.dumps(peak_memory()))


if __name__ == "__main__":
    {"serve": serve, "cold": cold, "peak": peak}[sys.argv[1]](*sys.argv[2:])
