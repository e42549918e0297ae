// Documents, judged by graphql-js and by a server alike: node documents.mjs URL KEY
import { buildSchema, parse, validate } from "graphql";
import { readFileSync } from "node:fs";

const [url, key] = process.argv.slice(2);
const schema = buildSchema(await (await fetch(new URL("/schema.graphql", url))).text());
const documents = (name) =>
  readFileSync(new URL(`documents/${name}.graphql`, import.meta.url), "utf8")
    .split(/^---$/m)
    .map((text) => text.trim());

/** What graphql-js makes of a document: PARSE, VALIDATION, or nothing if it is valid. */
function judged(text) {
  let document;
  try {
    document = parse(text);
  } catch {
    return "PARSE";
  }
  return validate(schema, document).length ? "VALIDATION" : null;
}

async function answered(query) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/graphql-response+json" };
  // Of several operations the first that has a name.
  const [, operationName] = query.match(/^(?:query|mutation) (\w+)/) ?? [];
  const answer = await fetch(new URL("/graphql", url), { method: "POST", headers, body: JSON.stringify({ query, operationName }) });
  const { errors = [] } = await answer.json();
  const codes = errors.map(({ extensions }) => extensions.code);
  const code = codes.find((code) => ["PARSE", "VALIDATION", "LIMIT"].includes(code)) ?? null;
  const placed = errors.every(({ locations }) => locations?.every(({ line, column }) => line > 0 && column > 0));
  return { code, placed, message: errors[0]?.message };
}

const counts = {};
let differ = 0;
for (const name of ["invalid", "valid"]) {
  for (const text of documents(name)) {
    const expected = judged(text);
    const { code, placed, message } = await answered(text);
    counts[name] = (counts[name] ?? 0) + 1;
    if ((expected === null) !== (name === "valid") || expected !== code || (code && !placed)) {
      differ += 1;
      console.log(`${name}: graphql-js ${expected}, the server ${code} (${message})${placed ? "" : ", without a place"}: ${text.slice(0, 150)}`);
    }
  }
}
console.log(`${counts.invalid} invalid and ${counts.valid} valid documents, ${differ} judged otherwise`);
process.exitCode = differ ? 1 : 0;
