// PostgreSQL fails in every way that it can, in the middle of load: errors while it lasts, then answers again within five seconds;
// nothing that was acknowledged is lost, and no answer is without its record.
//     node tests/long/failures.mjs [ONE]
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { asking, demo, pause } from './server.mjs';

const only = process.argv[2];
const MAX_MS = 5_000;
const LASTS = Number(process.env.LASTS ?? 30_000);
const bin = `/usr/lib/postgresql/${readdirSync('/usr/lib/postgresql').sort().at(-1)}/bin`;
const asPostgres = userInfo().uid === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
const folder = mkdtempSync(join(tmpdir(), 'panoh-failures-'));
if (asPostgres.length) execFileSync('chown', ['postgres', folder]);
const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
/** The same, while requests go on. */
const meanwhile = (...command) =>
    new Promise((resolve, reject) => {
        const [program, ...given] = [...asPostgres, join(bin, command[0]), ...command.slice(1)];
        spawn(program, given, { stdio: 'ignore' }).on('exit', (code) => (code ? reject(new Error(command[0])) : resolve()));
    });
const pg = (...command) => run(...asPostgres, join(bin, command[0]), ...command.slice(1));

/** A cluster on a port of its own. */
class Cluster {
    constructor(name, port) {
        [this.data, this.port] = [join(folder, name), port];
    }
    init() {
        pg('initdb', '-D', this.data, '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C.UTF-8');
        const config = `listen_addresses = '127.0.0.1'\nport = ${this.port}\nunix_socket_directories = '${folder}'\nmax_connections = 60\nwal_level = replica\n`;
        appendFileSync(join(this.data, 'postgresql.conf'), config);
        appendFileSync(join(this.data, 'pg_hba.conf'), 'host replication all 127.0.0.1/32 trust\n');
        return this;
    }
    start() {
        pg('pg_ctl', '-w', '-D', this.data, '-l', join(folder, `${this.port}.log`), 'start');
        return this;
    }
    stop(mode) {
        pg('pg_ctl', '-w', '-m', mode, '-D', this.data, 'stop');
    }
    get pids() {
        const postmaster = readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0];
        return [postmaster, ...run('sh', '-c', `pgrep -P ${postmaster} || true`).split('\n').filter(Boolean)];
    }
    signal(name) {
        for (const pid of this.pids) try { process.kill(Number(pid), name); } catch { /* it has ended */ }
    }
    sql(statement) {
        return pg('psql', '-qtA', '-h', '127.0.0.1', '-p', this.port, '-U', 'postgres', '-d', 'panoh', '-c', statement).trim();
    }
}

/** A proxy before the cluster, which can freeze, cut all connections, and lead to another one. */
class Proxy {
    constructor(target) {
        this.target = target;
        this.pairs = new Set();
        this.frozen = false;
        this.server = net.createServer({ pauseOnConnect: false }, (client) => {
            const server = net.connect(this.target, '127.0.0.1');
            const pair = [client, server];
            this.pairs.add(pair);
            for (const [from, to] of [pair, [server, client]]) {
                from.on('data', (data) => to.write(data));
                from.on('error', () => {});
                from.on('close', () => { to.destroy(); this.pairs.delete(pair); });
            }
            if (this.frozen) pair.forEach((socket) => socket.pause());
        });
    }
    listen() {
        return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => resolve(this.server.address().port)));
    }
    freeze(frozen) {
        this.frozen = frozen;
        for (const pair of this.pairs) pair.forEach((socket) => (frozen ? socket.pause() : socket.resume()));
    }
    cut() {
        for (const pair of [...this.pairs]) pair.forEach((socket) => socket.destroy());
    }
}

// A disk of its own, which can be full; without the rights to make one that failure is left out.
const disk = join(folder, 'first');
let hasDisk = true;
try {
    run('mkdir', disk);
    run('mount', '-t', 'tmpfs', '-o', `size=400m,uid=${run('id', '-u', 'postgres').trim()},mode=700`, 'tmpfs', disk);
} catch {
    hasDisk = false;
}
const first = new Cluster('first/data', 28_431).init().start();
pg('createdb', '-h', '127.0.0.1', '-p', first.port, '-U', 'postgres', 'panoh');
const proxy = new Proxy(first.port);
const through = await proxy.listen();
const { server, port, keys, log } = await demo(`postgres://postgres@127.0.0.1:${through}/panoh`, '1500');
server.on('exit', (code) => { if (!ended) { console.log(`the server has ended: ${code}\n${log.slice(-5).join('\n')}`); process.exit(1); } });
let ended = false;
const ask = asking(port);
const ready = () => new Promise((resolve) => http.get({ port, path: '/health/ready' }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', () => resolve(0)));

const people = JSON.parse((await ask(keys.unhcr, '{ individuals(first: 100) { nodes { id } } }')).text).data.individuals.nodes.map((node) => node.id);
const load = { answered: { unhcr: 0, undp: 0 }, statuses: {}, consents: 0, longest: 0, wrong: [], stopped: false, lastGood: performance.now() };
const note = (agency, { status, text, ms }) => {
    load.statuses[status] = (load.statuses[status] ?? 0) + 1;
    load.longest = Math.max(load.longest, ms);
    const body = status ? JSON.parse(text) : {};
    if (status === 200 && body.data && !body.errors) { load.answered[agency]++; load.lastGood = performance.now(); return true; }
    if (status === 200) load.wrong.push(text.slice(0, 200));
    if (![0, 200, 503].includes(status) && !text.includes('"LIMIT"')) load.wrong.push(`${status} ${text.slice(0, 200)}`);
    return false;
};
const reader = async (agency) => {
    while (!load.stopped) {
        const answer = await ask(keys[agency], '{ individuals(first: 20) { totalCount nodes { familyName } } }');
        if (!note(agency, answer)) await pause(50);
        else if (agency === 'unhcr' && JSON.parse(answer.text).data.individuals.totalCount !== 1500) load.wrong.push('another count');
    }
};
const writer = async () => {
    for (let nth = 0; !load.stopped; nth++) {
        const mutation = `mutation { recordConsent(input: { individualId: "${people[nth % people.length]}", recipientCode: "embassy-ca", purpose: RESETTLEMENT, given: ${nth % 2 === 0} }) { userErrors { message } } }`;
        const answer = await ask(keys.unhcr, mutation);
        if (note('unhcr', answer)) answer.text.includes('"userErrors":[]') ? load.consents++ : load.wrong.push(answer.text.slice(0, 200));
        await pause(30);
    }
};
const consents = (cluster) => Number(cluster.sql('SELECT count(*) FROM consents'));
const before = { consents: consents(first), ...Object.fromEntries(['unhcr', 'undp'].map((agency) => [agency, recorded(first, agency)])) };
function recorded(cluster, agency) {
    return Number(cluster.sql(`SELECT count(*) FROM audit_entries WHERE outcome = 'OK' AND agency_id = (SELECT id FROM agencies WHERE code = '${agency}')`));
}
const working = [reader('unhcr'), reader('unhcr'), reader('undp'), reader('undp'), writer()];
let [current, failed] = [first, false];

/** Fails in one way for a while, mends it, and measures from then on until there are answers again. */
async function failure(name, begin, mend, is_away = true) {
    if (only && !name.includes(only)) return;
    await pause(1_000);
    Object.assign(load, { statuses: {}, longest: 0 });
    await begin();
    await pause(LASTS);
    const readiness = await ready();
    const longest = load.longest;
    await mend();
    const mended = performance.now();
    let good = 0;
    while (good < 20 && performance.now() - mended < 30_000) {
        const answer = await ask(keys.undp, '{ viewer { purpose } }');
        good = note('undp', answer) ? good + 1 : 0;
        if (!good) await pause(20);
    }
    const recovery = performance.now() - mended;
    console.log(`${name}: ready ${readiness}; ${JSON.stringify(load.statuses)}; longest wait ${(longest / 1000).toFixed(1)} s; twenty good answers in a row ${(recovery / 1000).toFixed(1)} s after`);
    failed ||= recovery > MAX_MS || longest > 13_000 || (is_away && readiness !== 503);
}

await failure('stopped', () => first.stop('fast'), () => first.start());
await failure('killed', () => { first.signal('SIGKILL'); }, async () => { for (let nth = 0; nth < 50; nth++) try { first.start(); return; } catch { await pause(100); } });
await failure('paused', () => first.signal('SIGSTOP'), () => first.signal('SIGCONT'));
await failure('frozen behind a proxy', () => proxy.freeze(true), () => proxy.freeze(false));
await failure('connections cut again and again', () => { proxy.cutting = setInterval(() => proxy.cut(), 50); }, () => clearInterval(proxy.cutting), false);
const startIfStopped = async () => {
    for (let nth = 0; nth < 20; nth++) {
        try { first.sql('SELECT 1'); return; } catch { try { first.start(); } catch { await pause(200); } }
    }
};
if (hasDisk) {
    const fill = () => { try { run('dd', 'if=/dev/zero', `of=${join(disk, 'full')}`, 'bs=1M'); } catch { /* now it is full */ } };
    await failure('disk full', () => fill(), async () => { rmSync(join(disk, 'full')); await startIfStopped(); }, false);
}
await failure('a standby promoted in the middle of load', async () => {
    const second = new Cluster('second', 28_432);
    await meanwhile('pg_basebackup', '-c', 'fast', '-h', '127.0.0.1', '-p', first.port, '-U', 'postgres', '-D', second.data, '-R', '-X', 'stream');
    appendFileSync(join(second.data, 'postgresql.conf'), `port = ${second.port}\n`);
    await meanwhile('pg_ctl', '-w', '-D', second.data, '-l', join(folder, 'second.log'), 'start');
    first.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    first.sql('SELECT pg_reload_conf()');
    await pause(2_000);
    proxy.target = second.port;
    proxy.cut();
    current = second;
}, async () => { pg('pg_ctl', '-w', '-D', current.data, 'promote'); });
load.stopped = true;
await Promise.all(working);
await pause(500);

const kept = consents(current) - before.consents;
console.log(`consents acknowledged ${load.consents}, kept ${kept}`);
failed ||= kept < load.consents;
for (const agency of ['unhcr', 'undp']) {
    const entries = recorded(current, agency) - before[agency];
    console.log(`${agency}: answers ${load.answered[agency]}, entries ${entries}`);
    failed ||= entries < load.answered[agency];
}
console.log(`wrong answers: ${load.wrong.length} ${load.wrong.slice(0, 3).join(' | ')}`);
failed ||= load.wrong.length > 0;
ended = true;
server.kill();
for (const cluster of [first, current]) try { cluster.stop('immediate'); } catch { /* it is stopped */ }
try { run('umount', disk); } catch { /* there is none */ }
if (existsSync(folder) && !failed) rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
