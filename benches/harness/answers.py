"""Finds out where everybody stands, and holds the answers against each other before anything is timed."""

from . import works
from .machine import Failed

PLACES = {"placeByPlaceId": "place", "caseByCaseId": "case", "individualsByCaseIdList": "members"}
PLACES |= {f"{name}ByIndividualIdList": name for name in ("specificNeeds", "solutions", "enrolments")}
PLACES |= {"programmeByProgrammeId": "programme"}


def plain(value):
    """An answer in the words of Panoh's schema, without ids, items of a list in one order."""
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, dict):
        kept = {PLACES.get(name, name): plain(item) for name, item in value.items() if name not in ("id", "rowId")}
        return dict(sorted(kept.items()))
    return value


def people(answer):
    """The answer in comparable form: people in the order of the answer."""
    return [plain(person) for person in answer] if isinstance(answer, list) else int(answer)


def holds(shown, whole):
    """Whether an answer holds all that Panoh shows. What Panoh hides or coarsens within a row, row level security does not."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return shown.keys() == whole.keys() and all(holds(value, whole[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(whole, list) and all(item == {} for item in shown):
        return len(shown) <= len(whole)
    if isinstance(shown, str) and isinstance(whole, str) and len(shown) == 10 and shown.endswith("-01-01"):
        return shown[:4] == whole[:4]
    return shown is None or shown == whole


def everybody(server, viewer):
    """All people of a viewer, whatever their order."""
    found, at = [], ""
    while True:
        query = "{ individuals(first: 100%s) { nodes { %s } pageInfo { hasNextPage endCursor } } }" % (at, works.SCALARS)
        page = server.post(viewer, {"query": query})["individuals"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return sorted(map(repr, people(found)))
        at = ', after: "%s"' % page["pageInfo"]["endCursor"]


def positions(site, viewer):
    """Finds the 25th person, and the last of the first thousand, of a viewer; who has fewer has no such work."""
    for server in (site.sqlite, site.postgres):
        query = "{ individuals(first: 25) { nodes { id } } }"
        nodes = server.post(viewer, {"query": query})["individuals"]["nodes"]
        at, walked = "", 0
        while walked < works.DEEP:
            page = "{ individuals(first: 100%s) { nodes { id } pageInfo { endCursor hasNextPage } } }" % at
            found = server.post(viewer, {"query": page})["individuals"]
            walked += len(found["nodes"])
            at = ', after: "%s"' % found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
        for name, number, sealed in (("one", len(nodes), nodes and nodes[-1]["id"]), ("deep", works.DEEP, at[10:-1])):
            if (name == "one" and nodes) or (name == "deep" and walked == works.DEEP and found["pageInfo"]["hasNextPage"]):
                key, value = row_key(site, viewer, number)
                site.people[server, name, viewer] = works.Person(sealed, key, value)


def row_key(site, viewer, number):
    """The key and the ordered value of a person by position."""
    sets = "; ".join(f"SET panoh.{name} = {works.quoted(value)}" for name, value in site.opening(viewer).items())
    told = site.cluster.psql(site.database, f"{sets}; {works.nth(viewer, number)}", site.sql.role)
    return told.split("\t")


def compared(site, work, viewer):
    """Whether there is something to ask; if answers differ that must not, says so."""
    if work.name in ("one", "deep") and (site.postgres, work.name, viewer) not in site.people:
        return False
    shown = people(site.postgres.answer(work, viewer))
    if not shown:
        return False
    problem = lambda other, found: Failed(
        f"{other.name} and Panoh differ in `{work.name}` as {viewer}, {site.size} people:\n{found}\n{shown}")
    found = people(site.sqlite.answer(work, viewer))
    if found != shown and (work.name == "count" or everybody(site.sqlite, viewer) != everybody(site.postgres, viewer)):
        raise problem(site.sqlite, found)
    for other in (site.sql, site.owner):
        found = people(other.answer(work, viewer))
        if found != shown:
            raise problem(other, found)
    found = people(site.postgraphile.answer(work, viewer))
    same = found == shown if work.name == "count" else len(found) == len(shown) and all(map(holds, shown, found))
    if not same:
        raise problem(site.postgraphile, found)
    return True
