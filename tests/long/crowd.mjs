// Many clients with one key ask for pages and counts at once, and come back when they are told to: who is refused, after how long, and
// who is served when it comes back.
//     node tests/long/crowd.mjs DATABASE [SECONDS] [AT_ONCE] [COUNTS]     (as hostile.mjs; one in so many clients counts)
import { asking, demo, pause } from './server.mjs';

const [database, seconds = '30', at_once = '256', counts = '8'] = process.argv.slice(2);
const MAX_MS = 100;
const PAGE = `{ individuals(first: 50) { nodes { id familyName place { name } case { number } specificNeeds { code }
    enrolments { programme { name } } } } }`;
const COUNT = '{ individuals(first: 1, filter: { familyName: { startsWith: "a" } }) { totalCount } }';

const { server, port, keys } = await demo(database, process.env.PEOPLE ?? '100000');
const ask = asking(port);
await ask(keys.unhcr, PAGE);
const [served, refused, again] = [[], [], { served: 0, refused: 0 }];
const until = performance.now() + Number(seconds) * 1000;
await Promise.all(Array.from({ length: Number(at_once) }, async (_, nth) => {
    let told = false;
    const query = `query of${nth} ${nth % Number(counts) === 0 ? COUNT : PAGE}`;
    while (performance.now() < until) {
        const { status, ms, retryAfter } = await ask(keys.unhcr, query);
        if (told) again[status === 200 ? 'served' : 'refused']++;
        (status === 200 ? served : refused).push(ms);
        told = status !== 200;
        if (told && performance.now() + 1000 * retryAfter > until) break;
        if (told) await pause(1000 * retryAfter);
    }
}));
const quantile = (times, share) => times.sort((one, other) => one - other)[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(0);
const late = refused.filter((ms) => ms > MAX_MS).length;
console.log(`${at_once} at once: ${served.length} served, ms: median ${quantile(served, 0.5)}, 99 % ${quantile(served, 0.99)}; ` +
    `${refused.length} refused, ms: median ${quantile(refused, 0.5)}, 99 % ${quantile(refused, 0.99)}, ${late} after more than ${MAX_MS}; ` +
    `of those that came back as told ${again.served} were served, ${again.refused} refused`);
server.kill();
process.exit(late > refused.length / 100 || again.refused ? 1 : 0);
