// PostGraphile 5 on the database, the role and the row level security of Panoh's server. Prints `ready` when it serves.
import cluster from "node:cluster";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import "./with-resolvers.cjs";

const { DATABASE, PORT, CONNECTIONS, WORKERS, PRINT_SCHEMA } = process.env;

// PostGraphile sends a statement of its own for each edge to one row from what a function lists, for fear that a join unsorts
// it. These functions are written into the query by the planner, which keeps their order; the comparison of answers shows it.
const JoinsToFunctions = {
    name: "JoinsToFunctions",
    gather: {
        hooks: {
            pgProcedures_PgResourceOptions(_, { resourceOptions }) {
                resourceOptions.hasImplicitOrder = false;
            },
        },
    },
};

async function serve() {
    const { default: pg } = await import("pg");
    const { postgraphile } = await import("postgraphile");
    const { makePgService } = await import("postgraphile/adaptors/pg");
    const { grafserv } = await import("postgraphile/grafserv/node");
    const { PostGraphileAmberPreset } = await import("postgraphile/presets/amber");

    const pool = new pg.Pool({ connectionString: DATABASE, max: Math.ceil(CONNECTIONS / WORKERS), idleTimeoutMillis: 0 });
    const open = readFileSync(new URL("../sql/open.sql", import.meta.url), "utf8");

    // What the database granted opens each further transaction, as in Panoh.
    const openings = new Map();
    function opening(request) {
        const key = request.headers.authorization?.slice("Bearer ".length) ?? "";
        if (!openings.has(key)) {
            const hash = createHash("sha256").update(key).digest("hex");
            const granted = pool.query(open, [hash, null, new Date().toISOString().slice(0, 10)]);
            const settings = ([row]) => Object.fromEntries(Object.entries(row).map(([name, value]) => [`panoh.${name}`, value]));
            openings.set(key, granted.then(({ rows }) => settings(rows)));
        }
        return openings.get(key);
    }

    const instance = postgraphile({
        extends: [PostGraphileAmberPreset],
        plugins: [JoinsToFunctions],
        pgServices: [
            makePgService({
                pool,
                schemas: ["public", "benchmark"],
                pubsub: false,
                pgSettings: ({ node }) => node.req.opening,
            }),
        ],
        schema: {
            // Plain lists if no cursor is asked for; reads only.
            defaultBehavior: "list connection -insert -update -delete -order -filter",
        },
        grafast: { explain: false },
        grafserv: { graphiql: false, watch: false, websockets: false, outputDataAsString: true },
    });
    if (PRINT_SCHEMA) {
        const { printSchema } = await import("postgraphile/graphql");
        console.log(printSchema(await instance.getSchema()));
        process.exit();
    }
    await instance.getSchema();
    const server = createServer();
    const handler = instance.createServ(grafserv).createHandler();
    server.on("request", async (request, response) => {
        try {
            request.opening = await opening(request);
            handler(request, response);
        } catch (error) {
            console.error(error);
            response.writeHead(503).end();
        }
    });
    server.listen(Number(PORT), "127.0.0.1", () => process.send?.("ready"));
}

if (PRINT_SCHEMA || !cluster.isPrimary) {
    await serve();
    process.on("disconnect", () => process.exit());
} else {
    let waiting = Number(WORKERS);
    for (let worker = 0; worker < WORKERS; worker++) {
        cluster.fork().on("message", () => --waiting || console.log("ready"));
    }
    cluster.on("exit", (_, code) => process.exit(code || 1));
}
