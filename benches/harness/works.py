"""What is asked: the same of everybody, in the words of each."""

import dataclasses
import pathlib

SQL = pathlib.Path(__file__).parent.parent / "sql"
VIEWERS = ["unhcr", "undp", "embassy-us", "embassy-ca"]
NEED = "DS"
DEEP = 1000

NESTED = """id familyName place { name } case { number members { id } } specificNeeds { code } solutions { stage }
    enrolments { programme { name } }"""
SCALARS = """id sex nationality registrationNumber givenName familyName dateOfBirth phone legalStatus arrivedOn registeredOn"""

# The same fields of the tables that PostGraphile shows.
TABLE_NESTED = """rowId familyName placeByPlaceId { name } caseByCaseId { number individualsByCaseIdList { rowId } }
    specificNeedsByIndividualIdList { code } solutionsByIndividualIdList { stage }
    enrolmentsByIndividualIdList { programmeByProgrammeId { name } }"""
TABLE_SCALARS = SCALARS.replace("id ", "rowId ", 1)


@dataclasses.dataclass
class Person:
    """Where someone stands, in the terms of each: a sealed id or cursor, a row key, a value that is ordered by."""

    sealed: str
    key: str
    value: str


@dataclasses.dataclass(frozen=True)
class Work:
    """A question, and which fields it asks of people."""

    name: str
    title: str
    scalars: bool = False


WORKS = [
    Work("page", "50 people with five nested edges"),
    Work("need", f"the same, of those with specific need {NEED}"),
    Work("count", "`totalCount`"),
    Work("deep", f"the page after the first {DEEP:,} people"),
    Work("one", "one person by id, with five nested edges"),
    Work("scalars", "50 people, scalars only", scalars=True),
]


def panoh(work, person):
    """The request to Panoh."""
    page = {
        "page": "individuals(first: 50)",
        "need": 'individuals(first: 50, filter: { specificNeed: { eq: "%s" } })' % NEED,
        "deep": "individuals(first: 50, after: $at)",
        "scalars": "individuals(first: 50)",
    }
    if work.name == "count":
        return {"query": "{ individuals(first: 1) { totalCount } }"}
    if work.name == "one":
        query = "query ($at: ID!) { node(id: $at) { ... on Individual { %s } } }" % NESTED
        return {"query": query, "variables": {"at": person.sealed}}
    query = "{ %s { nodes { %s } } }" % (page[work.name], SCALARS if work.scalars else NESTED)
    if work.name == "deep":
        return {"query": "query ($at: String!) " + query, "variables": {"at": person.sealed}}
    return {"query": query}


def postgraphile(work, viewer, person):
    """The request to PostGraphile, on the functions that `functions` makes."""
    of = "".join(part.capitalize() for part in viewer.split("-"))
    asks = {
        "page": f"{{ benchmarkPage{of}List(first: 50)",
        "need": f'{{ benchmarkNeed{of}List(need: "{NEED}", first: 50)',
        "deep": f"query ($value: String, $key: BigInt) {{ benchmarkAfter{of}List(value: $value, key: $key, first: 50)",
        "one": "query ($key: BigInt!) { individualByRowId(rowId: $key)",
        "scalars": f"{{ benchmarkPage{of}List(first: 50)",
    }
    if work.name == "count":
        return {"query": "{ allIndividuals { totalCount } }"}
    query = "%s { %s } }" % (asks[work.name], TABLE_SCALARS if work.scalars else TABLE_NESTED)
    variables = {"value": person.value, "key": person.key} if work.name in ("deep", "one") else None
    return {"query": query, "variables": variables}


def parts(viewer):
    """The viewer's parts of statements, by name."""
    text = (SQL / "viewers" / f"{viewer}.sql").read_text()
    split = [part.split("\n", 1) for part in text.split("--@ ")[1:]]
    return {name.strip(): body.strip() for name, body in split}


def quoted(value):
    """A value as SQL text; colons are pgbench's."""
    return "E'" + str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a") + "'"


def statement(work, viewer, person):
    """The hand-written statement."""
    part = parts(viewer)
    where = {
        "need": lambda: part["need"].format(need=quoted(NEED)),
        "deep": lambda: part["after"].format(value=quoted(person.value), key=person.key),
        "one": lambda: f"individuals.id = {person.key}",
    }
    rows = part["rows"] + (f" AND {where[work.name]()}" if work.name in where else "")
    if work.name == "count":
        return (SQL / "count.sql").read_text().format(rows=rows)
    listing = f"SELECT {part['columns']} {rows} {part['order']}"
    template = (SQL / ("scalars.sql" if work.scalars else "page.sql")).read_text()
    return template.format(listing=listing, member=part["member"], programme=part["programme"])


def nth(viewer, number):
    """The statement for the key and value of a person by position."""
    part = parts(viewer)
    listing = f"SELECT {part['columns']} {part['rows']} {part['order']}"
    return f"SELECT id, coalesce(value, '') FROM ({listing} OFFSET {number - 1} LIMIT 1) AS person"


def functions(cluster, database):
    """Functions of the viewers' lists for PostGraphile, which it shows as fields; the planner writes them into the query."""
    columns = cluster.psql(database, """
        SELECT string_agg(CASE WHEN has_column_privilege('panoh_server', attrelid, attnum, 'SELECT')
            THEN format('individuals.%I', attname) ELSE 'NULL::' || format_type(atttypid, atttypmod) END, ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = 'individuals'::regclass AND attnum > 0 AND NOT attisdropped""")
    made = ["DROP SCHEMA IF EXISTS benchmark CASCADE; CREATE SCHEMA benchmark; GRANT USAGE ON SCHEMA benchmark TO panoh_server;"]
    for viewer in VIEWERS:
        part = parts(viewer)
        kinds = {
            "page": ("", ""),
            "need": ("need text", " AND " + part["need"].format(need="$1")),
            "after": ("value text, key bigint", " AND " + part["after"].format(value="$1", key="$2")),
        }
        for kind, (arguments, where) in kinds.items():
            name = f"{kind}_{viewer.replace('-', '_')}"
            made.append(f"CREATE FUNCTION benchmark.{name}({arguments}) RETURNS SETOF individuals LANGUAGE sql STABLE AS $$"
                f" SELECT {columns} {part['rows']}{where} {part['order']} $$;")
    cluster.psql(database, "\n".join(made))
