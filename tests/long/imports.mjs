// Imports a world's population figures and a caseload while four clients read: none of their requests may fail or wait long.
//     node tests/long/imports.mjs DATABASE     (an empty one, sqlite://… or postgres://…)
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { caseload, places, population } from './files.mjs';

const database = process.argv[2];
const MAX_MS = database.startsWith('postgres') ? 1_000 : 5_000;
const PANOH = process.env.PANOH ?? 'target/release/panoh';
const PEOPLE = 100_000;
const QUERIES = [
    '{ viewer { agency { name } } }',
    '{ individuals(first: 50) { nodes { familyName place { name } case { number } specificNeeds { code } } } }',
    '{ populationFigures(first: 50) { nodes { year origin asylum value sources } } }',
    '{ populationFigures(first: 50, filter: { year: { from: 1990 }, origin: { eq: "AFG" }, asylum: { in: ["PAK", "IRN"] } }) { nodes { value } } }',
];

const folder = mkdtempSync(join(tmpdir(), 'panoh-long-'));
const file = (name) => join(folder, name);
const panoh = (...given) =>
    execFileSync(PANOH, given, { env: { ...process.env, PANOH_DATABASE: database }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** Runs a command without waiting for it. */
const running = (...given) =>
    new Promise((resolve, reject) => {
        const child = spawn(PANOH, given, { env: { ...process.env, PANOH_DATABASE: database }, stdio: ['ignore', 'pipe', 'inherit'] });
        let said = '';
        child.stdout.on('data', (data) => (said += data));
        child.on('exit', (code) => (code ? reject(new Error(`panoh ${given[0]} fails`)) : resolve(said.trim())));
    });

async function serve() {
    writeFileSync(file('secret'), '2a'.repeat(32));
    const given = ['serve', '--listen', '127.0.0.1:0', '--secret-key-file', file('secret')];
    const server = spawn(PANOH, given, { env: { ...process.env, PANOH_DATABASE: database, NO_COLOR: '1' }, stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = createInterface({ input: server.stderr });
    const address = await new Promise((resolve) =>
        lines.on('line', (line) => (line.includes('address=') ? resolve(line.match(/address=(\S+)/)[1]) : console.error(line))));
    return [server, address];
}

/** Four clients, until they are stopped: gives how long each request took, and what failed. */
function clients(address, key) {
    const state = { times: [], failures: [], stopped: false };
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const one = async (client) => {
        for (let nth = client; !state.stopped; nth++) {
            const [started, query] = [performance.now(), QUERIES[nth % QUERIES.length]];
            const answer = await fetch(`http://${address}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
            const text = await answer.text();
            state.times.push(performance.now() - started);
            if (answer.status !== 200 || text.includes('"errors"')) state.failures.push(`${answer.status} ${text}`);
        }
    };
    return [state, Promise.all([0, 1, 2, 3].map(one))];
}

let failed = false;
async function measured(what, address, key, work) {
    const [state, done] = clients(address, key);
    const started = performance.now();
    const said = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    state.stopped = true;
    await done;
    const times = state.times.sort((one, other) => one - other);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0);
    console.log(`${what}: ${seconds} s (${said}); ${times.length} requests, ${state.failures.length} failed; ms: median ${at(0.5)}, 99 % ${at(0.99)}, longest ${at(1)}`);
    if (state.failures.length) console.log(`  ${state.failures[0]}`);
    failed ||= state.failures.length > 0 || times.at(-1) > MAX_MS;
}

panoh('migrate');
panoh('agency', 'add', '--code', 'unhcr', '--name', 'UNHCR');
const key = panoh('client', 'add', '--agency', 'unhcr', '--role', 'DATA_OFFICER', '--purpose', 'CASE_MANAGEMENT');
places(file('places.csv'));
panoh('import', 'places', file('places.csv'));
console.log(`${population(file('world.csv'))} figures, ${caseload(file('caseload.csv'), PEOPLE)} people`);
copyFileSync(file('world.csv'), file('other.csv'));
const [server, address] = await serve();
await measured('nothing', address, key, () => new Promise((resolve) => setTimeout(resolve, 5_000, 'waited')));
await measured('population', address, key, () => running('import', 'population', file('world.csv')));
await measured('the same file', address, key, () => running('import', 'population', file('world.csv')));
await measured('another name', address, key, () => running('import', 'population', file('other.csv')));
await measured('caseload', address, key, () => running('import', 'caseload', '--holder', 'unhcr', file('caseload.csv')));
await measured('caseload again', address, key, () => running('import', 'caseload', '--holder', 'unhcr', file('caseload.csv')));
console.log(panoh('audit', 'verify'));
server.kill();
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
