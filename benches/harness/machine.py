"""Processes that end with this one, a PostgreSQL cluster of our own, and what a group of processes uses."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """Something that the benchmark needs did not work."""


def run(command, seconds=600, **more):
    """Runs a command to its end, within a time, or to this program's; gives what it prints."""
    words = ["setpriv", "--pdeathsig=TERM", *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds, **more)
    if done.returncode != 0:
        raise Failed(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def as_postgres(command):
    """A command of PostgreSQL's, which refuses to run as root."""
    user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    return ["setpriv", *user, *map(str, command)]


def free_port():
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program in the background: it ends when this one does, however that ends."""

    def __init__(self, command, log, ready, seconds, ends=signal.SIGTERM, **more):
        self.ends, self.log = ends, log
        if command[0] == "setpriv":
            command = command[1:]
        with open(log, "w") as out:
            words = ["setpriv", f"--pdeathsig={ends.name[3:]}", *map(str, command)]
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)
        deadline = time.monotonic() + seconds
        while not ready(self):
            if self.child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failed(f"{command[0]} does not start: {self.said()[-2000:]}")
            time.sleep(0.05)

    def said(self):
        """What it printed."""
        return pathlib.Path(self.log).read_text(errors="replace")

    def stop(self):
        """Has it end, and waits for that."""
        if self.child.poll() is None:
            self.child.send_signal(self.ends)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def usage(self):
        """CPU seconds that it and its children used so far, and MiB that they hold now; shared pages count once."""
        parents, ticks, memory = {}, 0, 0
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1]), fields
        for pid, (_, fields) in parents.items():
            above = pid
            while above in parents and above != self.child.pid:
                above = parents[above][0]
            if above != self.child.pid:
                continue
            # Children that ended are in the parent's own account.
            ticks += sum(int(field) for field in fields[11:15])
            try:
                rollup = (pathlib.Path("/proc") / str(pid) / "smaps_rollup").read_text()
            except OSError:
                continue
            memory += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return ticks / TICK, memory / 1024


class Cluster:
    """A PostgreSQL of our own, reached through a socket in its folder, as durable as one in production."""

    def __init__(self, folder):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda at: int(at.parts[-3]))
        self.binaries, self.folder = found[-1].parent, folder
        folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        if not data.exists():
            words = ["-D", data, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
            run(as_postgres([self.binaries / "initdb", *words]), cwd=folder)
        settings = {
            "listen_addresses": "",
            "max_connections": "300",
            "shared_buffers": "1GB",
            "effective_cache_size": "4GB",
            "random_page_cost": "1.1",
            "max_wal_size": "8GB",
            "jit": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = as_postgres([self.binaries / "postgres", "-D", data, "-k", folder, *words])
        self.server = Process(command, folder.parent / "postgres.log", lambda _: self.answers(), 60, signal.SIGINT, cwd=folder)

    def answers(self):
        """Whether it takes connections."""
        try:
            return self.psql("postgres", "SELECT 1") == "1"
        except Failed:
            return False

    def psql(self, database, statements, role="postgres", seconds=600):
        """Runs statements one after the other; gives the rows of all, a column a tab apart."""
        words = [self.binaries / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.folder]
        return run([*words, "-U", role, "-d", database], seconds, input=statements).rstrip("\n")

    def address(self, database, role="postgres"):
        """The database's address, as libpq and node-postgres understand it."""
        return f"postgres:///{database}?host={self.folder}&user={role}"
