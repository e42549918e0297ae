// What in a schema breaks the clients of an earlier one, one line each: node breaking-changes.mjs EARLIER LATER
import { buildSchema, findBreakingChanges } from "graphql";
import { readFileSync } from "node:fs";

const [earlier, later] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, "utf8")));
for (const { type, description } of findBreakingChanges(earlier, later)) {
  console.log(`${type}: ${description}`);
}
