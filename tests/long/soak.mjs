// Mixed load for half an hour, five requests in a hundred mutations: memory, descriptors and waits stay as they are, nothing fails, and
// the log stays empty.
//     node tests/long/soak.mjs DATABASE [MINUTES]     (sqlite://… or postgres://…; the demo is made there if it is not)
import { readdirSync } from 'node:fs';
import { asking, demo, memory, pause } from './server.mjs';

const [database, minutes = '30'] = process.argv.slice(2);
const CLIENTS = Number(process.env.CLIENTS ?? 12);
const { server, port, keys, log } = await demo(database, process.env.PEOPLE ?? '100000');
const ask = asking(port);

const PAGE = `{ individuals(first: 50) { nodes { id familyName place { name } case { number } specificNeeds { code } enrolments { programme { name } } } } }`;
const people = JSON.parse((await ask(keys.unhcr, '{ individuals(first: 100) { nodes { id } } }')).text).data.individuals.nodes.map((node) => node.id);
const kinds = [
    ...Array.from({ length: 65 }, (_, nth) => () => ask(keys[['unhcr', 'undp', 'embassy-us', 'embassy-ca'][nth % 4]], PAGE)),
    ...Array.from({ length: 5 }, () => (nth) => ask(keys.unhcr, `{ individuals(first: 5, filter: { familyName: { startsWith: "${'ABHKNRSZ'[nth % 8]}" } }) { totalCount nodes { familyName } } }`)),
    ...Array.from({ length: 10 }, () => (nth) => ask(keys.undp, '{ caseloadStatistics(groupBy: [REGION, LEGAL_STATUS]) { total { count } cells { cell { count } } } }', 'STATISTICS')),
    ...Array.from({ length: 10 }, () => (nth) => ask(keys.unhcr, `{ accessLog(individualId: "${people[nth % 100]}", first: 10) { nodes { recordedAt } } }`)),
    ...Array.from({ length: 5 }, () => () => ask(keys.undp, '{ auditEntries(first: 10) { totalCount nodes { outcome } } rateLimit { remaining } }')),
    ...Array.from({ length: 5 }, () => (nth) => ask(keys.unhcr,
        `mutation { recordConsent(input: { individualId: "${people[nth % 100]}", recipientCode: "embassy-ca", purpose: RESETTLEMENT, given: ${nth % 2 === 0} }) { userErrors { message } } }`)),
];
const state = { times: [], errors: [], stopped: false, nth: 0, worst: {} };
const client = async () => {
    while (!state.stopped) {
        const nth = state.nth++;
        const { status, text, ms } = await kinds[(nth * 37) % 100](nth);
        state.times.push(ms);
        const kind = String(kinds[(nth * 37) % 100]).match(/individuals\(first: 5|caseloadStatistics|accessLog|auditEntries|mutation|PAGE/)[0];
        state.worst[kind] = Math.max(state.worst[kind] ?? 0, Math.round(ms));
        if (status !== 200 || text.includes('"errors"')) state.errors.push(`${status} ${text.slice(0, 150)}`);
        await pause(40);
    }
};
const clients = Array.from({ length: CLIENTS }, client);
const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
// Memory is that of a whole minute: from one second to the next it goes up and down with the answers that are being written.
const sampled = [];
const sampling = setInterval(() => sampled.push(memory(server)), 1000);
const lines = [];
for (let minute = 1; minute <= Number(minutes); minute++) {
    await pause(60_000);
    const times = state.times.splice(0).sort((one, other) => one - other);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    const used = sampled.splice(0);
    const usual = used.reduce((sum, one) => sum + one, 0) / used.length;
    lines.push({ minute, memory: usual, descriptors: descriptors(), p99: at(0.99) });
    console.log(`minute ${minute}: ${times.length} requests, ${state.errors.length} failed; ms: median ${at(0.5).toFixed(0)}, 99 % ${at(0.99).toFixed(0)}, longest ${at(1).toFixed(0)}; ` +
        `memory ${usual.toFixed(0)} MB (at most ${Math.max(...used).toFixed(0)}), descriptors ${descriptors()}, log ${log.length} lines; longest ${JSON.stringify(state.worst)} ${state.errors.at(-1) ?? ''}`);
}
state.stopped = true;
clearInterval(sampling);
await Promise.all(clients);
const [early, late] = [lines.filter(({ minute }) => minute > 5).slice(0, 5), lines.slice(-5)];
const mean = (some, what) => some.reduce((sum, line) => sum + line[what], 0) / Math.max(some.length, 1);
const grows = (what, by) => mean(late, what) > mean(early, what) * by;
const failed = state.errors.length > 0 || log.length > 0 || (lines.length >= 15 && (grows('memory', 1.1) || grows('descriptors', 1.1)));
console.log(`${failed ? 'FAILED' : 'flat'}; ${state.errors[0] ?? ''} ${log[0] ?? ''}`);
server.kill();
process.exit(failed ? 1 : 0);
