"""The demo's released tables beside those of an independent counter, the UK statistics office's cell-key package, on the same people.

    python3 -m venv /tmp/cell-key && /tmp/cell-key/bin/pip install -r tests/long/requirements.txt
    PANOH=target/release/panoh /tmp/cell-key/bin/python tests/long/cell_key.py

For each table: the share of cells with people, and of people, that are withheld; the mean absolute error of the cells that are shown.
The package's own sample table is used (`10_5`: a threshold of 10, and rounding to the nearest five, whatever the record keys).
"""

import contextlib, json, os, subprocess, sys, tempfile, urllib.request
from collections import Counter
from itertools import product

import pandas
from cell_key_perturbation import create_perturbed_table as package
from cell_key_perturbation.utils.generate_record_key import generate_random_rkey
from cell_key_perturbation.utils.generate_test_ptable import generate_ptable_10_5_rule

create_perturbed_table = getattr(package, "create_perturbed_table", package)
TABLES = {
    ("undp", "STATISTICS"): ["NATIONALITY SEX AGE_BAND", "REGION LEGAL_STATUS", "SPECIFIC_NEED SEX", "REGION PROGRAMME", "ARRIVAL_YEAR"],
    ("embassy-us", "PROTECTION_ADVOCACY"): ["LEGAL_STATUS REGION", "INCIDENT_KIND REGION"],
}
PEOPLE = """query ($after: String) { individuals(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sex ageBand nationality
    region { code } legalStatus arrivedOn specificNeeds { code } enrolments { programme { identifier } } incidents { kind } } } }"""


def asking(address, keys):
    def ask(agency, purpose, query, **variables):
        headers = {"Authorization": "Bearer " + keys[agency], "Panoh-Purpose": purpose, "Content-Type": "application/json"}
        body = json.dumps({"query": query, "variables": variables}).encode()
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
            answer = json.load(answer)
        assert "errors" not in answer, answer
        return answer["data"]

    return ask


def values(person, dimension, programmes):
    match dimension:
        case "REGION":
            return [(person["region"] or {}).get("code")]
        case "ARRIVAL_YEAR":
            return [(person["arrivedOn"] or "")[:4] or None]
        case "SPECIFIC_NEED":
            return sorted({need["code"][:2] for need in person["specificNeeds"]}) or [None]
        case "PROGRAMME":
            return sorted({one["programme"]["identifier"] for one in person["enrolments"]} & programmes) or [None]
        case "INCIDENT_KIND":
            return sorted({incident["kind"] for incident in person["incidents"]}) or [None]
    return [person[{"SEX": "sex", "AGE_BAND": "ageBand", "NATIONALITY": "nationality", "LEGAL_STATUS": "legalStatus"}[dimension]]]


def told(truth, shown):
    """Shares of cells and people that are withheld, in percent, and the mean absolute error of the others."""
    hidden = [people for cell, people in truth.items() if cell not in shown]
    errors = [abs(shown[cell] - people) for cell, people in truth.items() if cell in shown]
    return 100 * len(hidden) / len(truth), 100 * sum(hidden) / sum(truth.values()), sum(errors) / max(1, len(errors))


def released(ask, agency, purpose, dimensions):
    query = "{ caseloadStatistics(groupBy: [%s]) { cells { key { value } cell { count } } } }" % " ".join(dimensions)
    cells = ask(agency, purpose, query)["caseloadStatistics"]["cells"]
    counts = {tuple(part["value"] for part in cell["key"]): cell["cell"]["count"] for cell in cells}
    return {cell: count for cell, count in counts.items() if count is not None}


def perturbed(rows, dimensions):
    # A person with several values is a row for each: the package counts rows.
    data = pandas.DataFrame([[value or "unknown" for value in cell] for cell in rows], columns=dimensions)
    data = generate_random_rkey(data)
    with contextlib.redirect_stdout(sys.stderr):
        table = create_perturbed_table(data, generate_ptable_10_5_rule(), [], list(dimensions), "record_key", False, 10)
    shown = table.dropna(subset=["count"])
    known = lambda value: None if value == "unknown" else value
    return {tuple(known(row[name]) for name in dimensions): int(row["count"]) for _, row in shown.iterrows() if row["count"] > 0}


def main():
    with tempfile.TemporaryDirectory() as folder:
        compare(folder)


def compare(folder):
    command = [os.environ.get("PANOH", "target/release/panoh"), "demo", "--database", f"sqlite://{folder}/panoh.db", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen([*command, "--keys", f"{folder}/keys.json"], stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in server.stdout if line.startswith("GraphQL:"))
        ask = asking(line.split()[1], json.load(open(f"{folder}/keys.json")))
        people, after = [], None
        while True:
            page = ask("unhcr", "CASE_MANAGEMENT", PEOPLE, after=after)["individuals"]
            people += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        print("| table | Panoh: cells, people withheld, error | cell-key, 10-5: cells, people withheld, error |\n| --- | --- | --- |")
        for (agency, purpose), tables in TABLES.items():
            known = ask(agency, purpose, "{ programmes(first: 100) { nodes { identifier } } }")["programmes"]["nodes"]
            programmes = {programme["identifier"] for programme in known}
            for table in tables:
                dimensions = table.split()
                rows = [cell for one in people for cell in product(*(values(one, name, programmes) for name in dimensions))]
                truth = Counter(rows)
                figures = [told(truth, released(ask, agency, purpose, dimensions)), told(truth, perturbed(rows, dimensions))]
                shares = ["%.0f %%, %.1f %%, %.1f" % figure for figure in figures]
                print(f"| {' × '.join(dimensions)} | {' | '.join(shares)} |")
    finally:
        server.terminate()
        server.wait()


sys.exit(main())
