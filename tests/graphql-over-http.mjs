// Runs the GraphQL-over-HTTP audits against a server: node graphql-over-http.mjs URL KEY
import { auditServer } from "graphql-http";

const [url, key] = process.argv.slice(2);
if (!url || !key) {
  console.error("usage: node graphql-over-http.mjs URL KEY");
  process.exit(2);
}

const results = await auditServer({
  url: new URL("/graphql", url).href,
  fetchFn: (address, options = {}) =>
    fetch(address, { ...options, headers: { ...options.headers, Authorization: `Bearer ${key}` } }),
});

const failed = results.filter(({ status }) => status !== "ok");
for (const { id, name, reason } of failed) console.log(`${id} ${name}: ${reason}`);
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exitCode = failed.length ? 1 : 0;
