"""Medians of the rounds as tables, and a chart."""

import html
import json
import os
import statistics

from .machine import Failed, run
from .works import WORKS

BEGIN, END = "<!-- results -->", "<!-- end of results -->"
COLOURS = ["#2f6f9f", "#8c3f5d", "#d9862b", "#8a8a8a", "#c9c9c9"]


def versions(panoh, cluster, benches):
    """What was timed, on what."""
    model = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    postgraphile = json.loads((benches / "node_modules" / "postgraphile" / "package.json").read_text())["version"]
    return {
        "processor": f"{os.cpu_count()} × {model[0] if model else 'unknown'}",
        "panoh": run(["git", "describe", "--always", "--dirty"], cwd=benches).strip(),
        "PostgreSQL": run([cluster.binaries / "postgres", "--version"]).split()[2],
        "Node": run(["node", "--version"]).strip(),
        "PostGraphile": postgraphile,
    }


class Figures:
    """Medians by size, work, viewer and contestant."""

    def __init__(self, runs):
        self.runs, self.grouped = runs, {}
        for one in runs:
            self.grouped.setdefault((one["people"], one["work"], one["viewer"], one["contestant"]), []).append(one)

    def named(self, field):
        """The values of a field, in the order of their first run."""
        return list(dict.fromkeys(one[field] for one in self.runs))

    def median(self, key, of):
        """The median of a figure over the rounds; none if it was not asked."""
        runs = self.grouped.get(key)
        return statistics.median(of(one) for one in runs) if runs else None

    def p50(self, *key):
        return self.median(key, lambda one: one["p50"])


def number(value):
    """A figure with three digits that count."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * 2 + " ---: |" * (len(head) - 2)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def page_table(figures, people, work):
    """All figures of one work."""
    head = ["viewer", "", "requests/s", "p50 ms", "p99 ms", "CPU ms a request", "of which PostgreSQL", "MiB", "of PostgreSQL"]
    rows = []
    for viewer in figures.named("viewer"):
        for contestant in figures.named("contestant"):
            key = (people, work, viewer, contestant)
            if key not in figures.grouped:
                continue
            requests = lambda one: one.get("all_requests", one["requests"])
            cpu = lambda one: 1000 * sum(one["cpu"].values()) / requests(one)
            of_postgres = lambda one: 1000 * one["cpu"].get("postgres", 0) / requests(one)
            server = lambda one: sum(memory for name, memory in one["memory"].items() if name != "postgres")
            shown = [lambda one: (one["requests"] - one.get("bad", 0)) / one["seconds"], lambda one: one["p50"], lambda one: one["p99"], cpu]
            shown += [of_postgres, server, lambda one: one["memory"].get("postgres", 0)]
            values = [number(figures.median(key, of)) for of in shown]
            rows.append([viewer, contestant, *(value if value != "0.00" else "–" for value in values)])
    return table(head, rows)


def p50_table(figures, people):
    """The p50 of every work."""
    contestants = figures.named("contestant")
    rows = []
    for work in figures.named("work"):
        for viewer in figures.named("viewer"):
            values = [number(figures.p50(people, work, viewer, contestant)) for contestant in contestants]
            if set(values) != {"–"}:
                rows.append([work, viewer, *values])
    return table(["p50 ms", "viewer", *contestants], rows)


def growth_table(figures, work):
    """How much longer a page takes of a larger caseload: the median of the rounds' ratios."""
    sizes, contestants, rows = sorted(figures.named("people")), figures.named("contestant"), []
    for small, large in zip(sizes, sizes[1:]):
        for viewer in figures.named("viewer"):
            row = [f"{large:,} : {small:,}", viewer]
            for contestant in contestants:
                pair = [figures.grouped.get((size, work, viewer, contestant), []) for size in (large, small)]
                ratios = [above["p50"] / below["p50"] for above, below in zip(*pair)]
                row.append(number(statistics.median(ratios)) if ratios else "–")
            rows.append(row)
    return table([f"p50 of `{work}`", "viewer", *contestants], rows) if rows else ""


def chart(figures, people, work):
    """The p50 of a page as bars, by viewer and contestant."""
    viewers, contestants = figures.named("viewer"), figures.named("contestant")
    bars = {(v, c): figures.p50(people, work, v, c) for v in viewers for c in contestants}
    most = max(value for value in bars.values() if value is not None)
    drawn, top = [], 44
    for viewer in viewers:
        drawn.append(f'<text x="112" y="{top + 9 * len(contestants) + 4}" text-anchor="end">{html.escape(viewer)}</text>')
        for position, contestant in enumerate(contestants):
            if bars[viewer, contestant] is None:
                continue
            width, at = 420 * bars[viewer, contestant] / most, top + 18 * position
            drawn.append(f'<rect x="120" y="{at}" width="{width:.1f}" height="15" fill="{COLOURS[position]}"/>')
            label = f"{number(bars[viewer, contestant])} ms · {contestant}"
            drawn.append(f'<text x="{126 + width:.1f}" y="{at + 12}" font-size="11">{html.escape(label)}</text>')
        top += 18 * len(contestants) + 14
    title = f"Half of the pages come within (p50), {people:,} people; shorter is better"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{top}" font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{top}" fill="white"/><text x="12" y="24" font-weight="bold">{title}</text>', *drawn, "</svg>\n"])


def text(told, charted=False):
    """The tables, and if there is one the chart, as Markdown."""
    figures = Figures(told["runs"])
    first = figures.named("work")[0]
    title = next(work.title for work in WORKS if work.name == first)
    machine = ", ".join(f"{name} {value}" for name, value in told["machine"].items())
    rounds = len(figures.named("round"))
    parts = [f"{told['began']}; {machine}. {told['clients']} clients, {rounds} rounds of {' or '.join(map(str, told['seconds']))} s each,"
        f" PostGraphile in {told['workers']} processes.\n"]
    if charted:
        parts.append(f"![p50 of `{first}`]({first}.svg)\n")
    for people in figures.named("people"):
        parts += [f"### {people:,} people: {title}\n", page_table(figures, people, first)]
        parts += [f"### {people:,} people: every question\n", p50_table(figures, people)]
    if len(figures.named("people")) > 1:
        parts += [f"### How `{first}` grows with the caseload\n", growth_table(figures, first)]
    for key, runs in figures.grouped.items():
        bad = sum(one.get("bad", 0) for one in runs)
        if bad:
            asked = sum(one["requests"] for one in runs)
            parts.append(f"- {key[3]} refused {bad} of {asked} requests: `{key[1]}` as {key[2]}, {key[0]:,} people.\n")
    return "\n".join(parts)


def added(told, output):
    """What was told before in a folder, to which this is added."""
    before = json.loads((output / "results.json").read_text())
    if before["machine"] != told["machine"]:
        raise Failed(f"the results in {output} are of another panoh or machine: {before['machine']}")
    return before | {"seconds": sorted({*before["seconds"], *told["seconds"]})}


def write(told, output):
    """Puts the tables between the marks of the folder's README.md, with the chart and all figures beside it."""
    figures = Figures(told["runs"])
    first = figures.named("work")[0]
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    (output / f"{first}.svg").write_text(chart(figures, max(figures.named("people")), first))
    readme = output / "README.md"
    before, rest = (readme.read_text() if readme.exists() else BEGIN + END).split(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{text(told, charted=True)}\n{END}{rest.split(END)[1]}")
