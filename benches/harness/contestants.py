"""Who answers: Panoh on either database, PostGraphile, and PostgreSQL itself asked by hand."""

import datetime
import hashlib
import json
import os
import pathlib
import shutil
import urllib.error
import urllib.request

from . import works
from .machine import Failed, Process, free_port, run

BENCHES = pathlib.Path(__file__).parent.parent
ROLE = "panoh_serving"


class Served:
    """A server of GraphQL over HTTP."""

    def __init__(self, name, group, process, url, site, request):
        self.name, self.process, self.url, self.site, self.request = name, process, url, site, request
        self.groups = {group: process}

    def post(self, viewer, request):
        """The data of the answer to one request."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.site.keys[viewer]}"}
        asked = urllib.request.Request(self.url, json.dumps(request).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=120) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise Failed(f"{self.name} as {viewer}: {error} {error.read()[:500]}") from error
        if answer.get("errors"):
            raise Failed(f"{self.name} as {viewer}: {answer['errors']}")
        return answer["data"]

    def answer(self, work, viewer):
        """The people, or the number, that it answers with."""
        [found] = self.post(viewer, self.request(self, work, viewer)).values()
        if work.name == "count":
            return found["totalCount"]
        if work.name == "one":
            return [found]
        return found["nodes"] if isinstance(found, dict) else found

    def warm(self, work, viewer, clients):
        """Asks for a second, in which connections and plans are made; tells nothing."""
        self.wrk(work, viewer, 1, clients)

    def wrk(self, work, viewer, seconds, clients):
        """Asks the same again and again from all clients at once."""
        at = self.site.folder / "request.json"
        at.write_text(json.dumps(self.request(self, work, viewer)))
        environment = {**os.environ, "REQUEST": str(at), "KEY": self.site.keys[viewer]}
        command = ["wrk", "-t2", f"-c{clients}", f"-d{seconds}s", "--timeout", "120s", "-s", BENCHES / "wrk.lua", self.url]
        return json.loads(run(command, seconds + 150, env=environment).strip().splitlines()[-1])

    def measure(self, work, viewer, seconds, clients):
        """Times what `wrk` asks; for longer, if no answer comes within the time."""
        while seconds < 120:
            found = self.wrk(work, viewer, seconds, clients)
            if found["requests"]:
                return found
            seconds *= 4
        raise Failed(f"{self.name} as {viewer} did not answer `{work.name}`")


class ByHand:
    """The statement, in a transaction that is opened as Panoh's are, through pgbench."""

    def __init__(self, name, role, site):
        self.name, self.role, self.site, self.groups = name, role, site, {}

    def script(self, work, viewer):
        """The transaction."""
        settings = self.site.opening(viewer).items()
        sets = ", ".join(f"set_config('panoh.{name}', {works.quoted(value)}, true)" for name, value in settings)
        statement = works.statement(work, viewer, self.site.people.get((self.site.postgres, work.name, viewer)))
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        return f"{begin};\nSELECT {sets};\n{statement.strip()};\nCOMMIT;\n"

    def answer(self, work, viewer):
        """The people, or the number, that it answers with."""
        told = self.site.cluster.psql(self.site.database, self.script(work, viewer), self.role)
        return json.loads(told.splitlines()[-1])

    def warm(self, work, viewer, clients):
        """Nothing: connections do not outlive a run."""

    def measure(self, work, viewer, seconds, clients):
        """Runs the transaction again and again from all clients at once; the first second, in which they plan it, is left out."""
        at = self.site.folder / "transaction.sql"
        at.write_text(self.script(work, viewer))
        logs = self.site.folder / "log"
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        command = [self.site.cluster.binaries / "pgbench", "-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", seconds + 1]
        command += ["-f", at, "-l", "--log-prefix", logs / "log", "-h", self.site.cluster.folder, "-U", self.role]
        run([*command, self.site.database], seconds + 91)
        lines = [line.split() for log in logs.iterdir() for line in log.read_text().splitlines()]
        if not lines:
            raise Failed(f"{self.name} as {viewer} did not answer")
        ends = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
        since = min(ends) + 1 if max(ends) > min(ends) + 1 else 0
        times = sorted(int(line[2]) / 1000 for line, end in zip(lines, ends) if end >= since)
        at_most = lambda share: times[min(len(times) - 1, int(len(times) * share))]
        found = {"requests": len(times), "seconds": max(ends) - since if since else seconds + 1, "p50": at_most(0.5), "p99": at_most(0.99)}
        return found | {"all_requests": len(lines)}


class Site:
    """A caseload of one size in both databases, and everybody who serves it."""

    def __init__(self, panoh, cluster, folder, people, clients, workers):
        self.panoh, self.cluster, self.folder, self.size, self.clients = panoh, cluster, folder, people, clients
        self.database = f"people_{people}"
        self.openings, self.people = {}, {}
        folder.mkdir(parents=True, exist_ok=True)
        self.secret = ["--secret-key-file", folder / "panoh.secret"]
        sqlite = f"sqlite://{folder / 'panoh.db'}"
        self.load(sqlite)
        if cluster.psql("postgres", f"SELECT count(*) FROM pg_database WHERE datname = '{self.database}'") == "0":
            cluster.psql("postgres", f"CREATE DATABASE {self.database}")
        self.load(cluster.address(self.database))
        cluster.psql(self.database, f"""
            DO $$ BEGIN CREATE ROLE {ROLE} LOGIN IN ROLE panoh_server; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            VACUUM ANALYZE; CHECKPOINT;""")
        works.functions(cluster, self.database)
        self.keys = json.loads((folder / "keys.json").read_text())
        self.running = []
        self.sqlite = self.serve("Panoh, SQLite", sqlite)
        self.postgres = self.serve("Panoh, PostgreSQL", cluster.address(self.database, ROLE))
        self.postgraphile = self.start_postgraphile(workers)
        self.sql = ByHand("SQL by hand", ROLE, self)
        self.owner = ByHand("the same, no RLS", "postgres", self)
        self.contestants = [self.sqlite, self.postgres, self.postgraphile, self.sql, self.owner]
        for contestant in self.contestants[1:]:
            contestant.groups["postgres"] = cluster.server

    def load(self, address):
        """Makes the caseload if it is not there yet."""
        command = [self.panoh, "demo", "--people", self.size, "--database", address, *self.secret, "--listen", "127.0.0.1:0"]
        command += ["--keys", self.folder / "keys.json"]
        log = self.folder / "demo.log"
        Process(command, log, lambda process: "GraphQL:" in process.said(), 3600).stop()

    def serve(self, name, address):
        """Panoh's server on a database."""
        port = free_port()
        command = [self.panoh, "serve", "--database", address, *self.secret, "--listen", f"127.0.0.1:{port}"]
        command += ["--connections", self.clients]
        log = self.folder / f"panoh-{len(self.running)}.log"
        process = Process(command, log, lambda process: "serving" in process.said(), 60)
        self.running.append(process)
        ask = lambda contestant, work, viewer: works.panoh(work, self.people.get((contestant, work.name, viewer)))
        return Served(name, "panoh", process, f"http://127.0.0.1:{port}/graphql", self, ask)

    def start_postgraphile(self, workers):
        """PostGraphile on the same database."""
        port = free_port()
        settings = {
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
            "DATABASE": self.cluster.address(self.database, ROLE),
            "PORT": str(port),
            "CONNECTIONS": str(self.clients),
            "WORKERS": str(workers),
        }
        command = ["node", BENCHES / "postgraphile" / "server.mjs"]
        ready = lambda process: "ready\n" in process.said()
        process = Process(command, self.folder / "postgraphile.log", ready, 60, env={**os.environ, **settings})
        self.running.append(process)
        key = lambda work, viewer: self.people.get((self.postgres, work.name, viewer))
        ask = lambda _, work, viewer: works.postgraphile(work, viewer, key(work, viewer))
        return Served("PostGraphile 5", "node", process, f"http://127.0.0.1:{port}/graphql", self, ask)

    def opening(self, viewer):
        """The settings that open a transaction for a viewer."""
        if viewer not in self.openings:
            hashed = hashlib.sha256(self.keys[viewer].encode()).hexdigest()
            statement = (works.SQL / "open.sql").read_text()
            day = datetime.datetime.now(datetime.timezone.utc).date()
            for number, value in enumerate([f"'{hashed}'", "NULL", f"'{day}'"], 1):
                statement = statement.replace(f"${number}", value)
            statement = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
            told = self.cluster.psql(self.database, f"SELECT row_to_json(o) FROM ({statement}) AS o", ROLE)
            self.openings[viewer] = json.loads(told)
        return self.openings[viewer]

    def stop(self):
        """Stops everybody who serves it."""
        for process in self.running:
            process.stop()
