// One client does its worst while another asks for pages, or changes something: how long the other waits, and what memory the server takes.
//     node tests/long/hostile.mjs DATABASE [SECONDS [PATTERN]]     (sqlite://… or postgres://…; the demo is made there if it is not)
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { asking, demo, memory, pause } from './server.mjs';

/** The other client, in a process of its own: asks for a page every 20 ms and tells how long each took. */
if (process.argv[2] === '--other') {
    const [port, key, query] = process.argv.slice(3);
    for (const ask = asking(port); ; await pause(20)) {
        const { status, ms } = await ask(key, query);
        console.log(`${status} ${ms}`);
    }
}

const [database, seconds = '60', only] = process.argv.slice(2);
const MAX_MS = 250;
const PAGE = `{ individuals(first: 50) { nodes { id familyName place { name } case { number } specificNeeds { code }
    enrolments { programme { name } } } } }`;

const { server, port, keys, log } = await demo(database, process.env.PEOPLE ?? '100000');
const ask = asking(port);
const descriptors = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/FDSize:\s+(\d+)/)[1]);

const many = (number, text) => Array.from({ length: number }, (_, nth) => text(nth)).join(' ');
const counts = (conditions, times) => `{ individuals(first: 1, filter: { or: [${many(conditions, (nth) => `{ familyName: { startsWith: "z${nth}" } }`)}] }) {
    ${many(times, (nth) => `c${nth}: totalCount`)} } }`;
const dear = counts(49, 180);
const wide = `{ individuals(first: 100) { nodes { case { members { ${many(130, (nth) => `${'n'.repeat(110)}${nth}: familyName`)} } } } } }`;
const preview = `{ agreementPreview(input: { terms: { reference: "X-1", providerCode: "unhcr", recipientCode: "undp", purpose: PROGRAMME_DELIVERY,
    level: IDENTIFIED, categories: [DEMOGRAPHICS, IDENTITY], consentRequired: false, validFrom: "2020-01-01", validUntil: "2040-01-01" } }) { preview { people } userErrors { message } } }`;
const hundred = JSON.parse((await ask(keys.unhcr, '{ individuals(first: 100) { nodes { id } } }')).text).data.individuals.nodes.map(({ id }) => id);
const people = hundred.slice(0, 3);
const person = people[0];
const members = `individual { case { members { ${many(9, (nth) => `n${nth}: familyName`)} } } }`;
const consents = (time) => `mutation { ${people.map((id, nth) => `m${nth}: recordConsent(input: { individualId: "${id}", recipientCode: "undp",
    purpose: PROGRAMME_DELIVERY, given: ${(time + nth) % 2 === 0} }) { ${members} userErrors { message } }`).join(' ')} }`;
const incidents = `mutation { ${many(3, (nth) => `m${nth}: recordIncident(input: { individualIds: ${JSON.stringify(hundred.slice(33 * nth, 33 * nth + 33))}, kind: DETENTION,
    account: "${'x'.repeat(3_900)}", emergency: true }) { userErrors { message } }`)} }`;
const proposals = (time) => `mutation { proposeAgreement(input: { terms: { reference: "X-${Date.now()}-${time}", providerCode: "unhcr", recipientCode: "undp",
    purpose: PROGRAMME_DELIVERY, level: IDENTIFIED, categories: [DEMOGRAPHICS, IDENTITY], consentRequired: false, validFrom: "2020-01-01",
    validUntil: "2040-01-01" } }) { userErrors { message } } }`;
const CHANGE = `mutation { recordPlaceService(input: { placeCode: "3507217", kind: MEDICAL_CARE, reachKilometres: 5 }) { place { code } userErrors { message } } }`;

/** So many requests at a time, until the attack ends: the same, or one for each time; of a client, or of several in turn. */
const flood = (key, query, at_once, headers, variables) => (state) =>
    Promise.all(Array.from({ length: at_once }, async (_, nth) => {
        const of = Array.isArray(key) ? key[nth % key.length] : key;
        for (let time = nth; !state.stopped; time++) {
            const { status, text, ms } = await ask(of, typeof query === 'function' ? query(time) : query, undefined, headers, variables);
            count(state, status);
            if (status === 503) state.unavailable ??= text.slice(0, 120);
            if (status === 429 || status === 503) {
                state.refused.push(ms);
                await pause(20);
            }
        }
    }));

const count = (state, what, times = 1) => (state.statuses[what] = (state.statuses[what] ?? 0) + times);

/** Sockets that say something at once, and once more whenever they are closed; from so many addresses, taking the answers or not, or gone after a while. */
const sockets = (text, at_once, { addresses = 1, takes = false, gone_after } = {}) => async (state) => {
    const open = (nth) => {
        const socket = net.connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${1 + (nth % addresses)}` }, () => socket.write(typeof text === 'function' ? text() : text));
        if (takes) socket.on('data', (data) => (data.toString('latin1').match(/HTTP\/1.1 \d+/g) ?? []).forEach((line) => count(state, line.slice(9))));
        else socket.pause();
        if (gone_after) setTimeout(() => socket.destroy(), Math.random() * gone_after);
        socket.on('error', () => {});
        socket.on('close', () => {
            state.sockets.delete(socket);
            count(state, 'closed');
            if (!state.stopped) setTimeout(open, 20, nth);
        });
        state.sockets.add(socket);
    };
    for (let nth = 0; nth < at_once; nth++) open(nth);
    while (!state.stopped) await pause(100);
    state.sockets.forEach((socket) => socket.destroy());
};
const post = (more, text) => `POST /graphql HTTP/1.1\r\nHost: panoh\r\nContent-Type: application/json\r\n${more}\r\n\r\n${text}`;
const get = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: panoh\r\n${more}\r\n`;
const asked = (key, query) => {
    const body = JSON.stringify({ query });
    return post(`Authorization: Bearer ${key}\r\nContent-Length: ${body.length}`, body);
};
const three = [keys.unhcr, keys['embassy-us'], keys['embassy-ca']];
/** Demarches with asks of 3,900 characters, a hundred of them, which lists then ask for. */
const demarches = async (state) => {
    const ask = { kind: 'OTHER', detail: 'x'.repeat(3_900), followUpOn: tomorrow };
    for (let nth = 0; nth < 100 && !state.stopped; nth++) await ask_of(draft, { asks: Array(20).fill(ask) });
    await flood(keys.unhcr, `{ ${many(20, (nth) => `r${nth}: demarches(first: 100) { nodes { asks { detail } } }`)} }`, 6)(state);
};
const draft = 'mutation ($asks: [DemarcheAskInput!]!) { draftDemarche(input: { subject: "X", addressee: "X", asks: $asks }) { userErrors { message } } }';
const tomorrow = new Date(Date.now() + 864e5).toISOString().slice(0, 10);
const smile = '\u{1F600}';
/** Five demarches with the longest texts, which lists then ask for again and again. */
const longest = (query) => async (state) => {
    for (let nth = 0; nth < 5; nth++) await ask_of(draft, { asks: Array(20).fill({ kind: 'OTHER', detail: smile.repeat(4_000), followUpOn: tomorrow }) });
    const { demarches: { nodes: [{ id }] } } = JSON.parse((await ask_of('{ demarches(first: 1) { nodes { id } } }')).text).data;
    await flood(keys.unhcr, query, 4, {}, { ids: Array(100).fill(id) })(state);
};
/** A hundred demarches that ask for twenty things each, of which an attack then asks. */
const short = (attack) => async (state) => {
    for (let nth = 0; nth < 100 && !state.stopped; nth++) await ask_of(draft, { asks: Array(20).fill({ kind: 'RELEASE', followUpOn: tomorrow }) });
    await attack(state);
};
/** As many sessions of a programme, with as many participants, as there may be; then an attack. */
const training = 'XM-DAC-41121-TJK-BORDER';
const session = (nth, lines) => `recordTrainingSession(input: { programmeIdentifier: "${training}", topic: BORDERS, heldOn: "${new Date(Date.UTC(2024, 5, 1 + nth)).toISOString().slice(0, 10)}",
    placeCode: "3507217", participants: ${lines} })`;
const trained = (attack) => async (state) => {
    const lines = Array.from({ length: 100 }, (_, nth) => ({ institution: nth + smile.repeat(195), sex: 'FEMALE', number: 1 }));
    const record = (nth) => `mutation ($lines: [TrainingParticipantsInput!]!) { ${many(3, (one) => `m${one}: ${session(3 * nth + one, '$lines')} { userErrors { message } }`)} }`;
    for (let nth = 0; nth < 20 && !state.stopped; nth++) await ask_of(record(nth), { lines });
    await attack(state);
};
const trainings = (aliases, fields) => `{ programmes(first: 1, filter: { identifier: { eq: "${training}" } }) { nodes { ${many(aliases, (nth) => `t${nth}: trainingSessions { ${fields} }`)} } } }`;
/** Seventy incidents that affected the same hundred people, of which an attack then asks: each list is long, and none has a page. */
const suffered = (attack) => async (state) => {
    const record = `mutation { recordIncident(input: { individualIds: ${JSON.stringify(hundred)}, kind: OTHER }) { userErrors { message } } }`;
    for (let nth = 0; nth < 70 && !state.stopped; nth++) await ask_of(record);
    await attack(state);
};
const affected = 'incidents { kind affected { familyName } }';
const told = (aliases) => (time) => `mutation { ${people.map((id, nth) => `m${nth}: recordConsent(input: { individualId: "${id}", recipientCode: "undp",
    purpose: PROGRAMME_DELIVERY, given: ${(time + nth) % 2 === 0} }) { individual { ${many(aliases, (alias) => `a${alias}: ${affected}`)} } userErrors { message } }`).join(' ')} }`;
const ask_of = (query, variables) => ask(keys.unhcr, query, undefined, {}, variables);
const together = (...attacks) => (state) => Promise.all(attacks.map((attack) => attack(state)));

/** An attack while the other client asks something else than for pages. */
const against = (query, attack) => Object.assign(attack, { query });

/** A request of 500 KB but for its last byte. */
const unfinished = (more) => post(`${more}Content-Length: 500001`, ' '.repeat(500_000));
const TYPE = 'type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }';
const introspection = `{ __schema { types { name description enumValues { name description } inputFields { name description ${TYPE} }
    fields(includeDeprecated: true) { name description args { name description ${TYPE} } ${TYPE} } } } }`;

const ATTACKS = {
    nothing: async (state) => { while (!state.stopped) await pause(100); },
    'filters of 49 conditions, 180 counts each, 16 at once': flood(keys.unhcr, dear, 16),
    'answers of 8 MB, 8 at once': flood(keys.unhcr, wide, 8),
    'the same, compressed': flood(keys.unhcr, wide, 8, { 'accept-encoding': 'gzip' }),
    'the same, not taken': sockets(asked(keys.unhcr, wide), 40),
    'previews, 16 at once': flood(keys.unhcr, preview, 16),
    'the audit counted, 16 at once': flood(keys.unhcr, '{ auditEntries(first: 100) { totalCount nodes { detail disclosures { people } } } }', 16),
    'access logs counted, 16 at once': flood(keys.unhcr, `{ accessLog(individualId: "${person}", first: 100) { totalCount nodes { recordedAt } } }`, 16),
    'documents that do not fit, 16 at once': flood(keys.unhcr, `{ ${many(2000, (nth) => `x${nth}`)} }`, 16),
    'pages, 64 at once': flood(keys.unhcr, PAGE.replace('50', '100'), 64),
    'pages, 256 at once': flood(keys.unhcr, PAGE, 256),
    'pages of 100 whose client is gone after 0 to 40 ms, 200 at once': sockets(asked(keys.unhcr, PAGE.replace('50', '100')), 200, { gone_after: 40 }),
    'introspection, 16 at once': flood(keys.unhcr, introspection, 16),
    'pages, 400 in one write, 450 sockets': sockets(asked(keys.unhcr, PAGE).repeat(400), 450, { takes: true }),
    'pages, 400 in one write, 450 sockets, not taken': sockets(asked(keys.unhcr, PAGE).repeat(400), 450),
    'bodies that never end, 300 sockets': sockets(post('Transfer-Encoding: chunked', '5\r\nhello\r\n'), 300),
    'bodies of 500 KB but for a byte, 505 sockets': sockets(unfinished(`Authorization: Bearer ${keys.unhcr}\r\n`), 505),
    'the same from 3 addresses': sockets(unfinished(`Authorization: Bearer ${keys.unhcr}\r\n`), 1_500, { addresses: 3 }),
    'the same without a key': sockets(unfinished(''), 1_500, { addresses: 3 }),
    'bodies of 70,000 values, 48 at once': flood(keys.unhcr, '{ viewer { purpose } }', 48, {}, { v: Array(70_000).fill({ '': 0 }) }),
    'heads of 100 KB that do not end, 1,500 sockets from 3 addresses': sockets(`GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 1_500, { addresses: 3 }),
    'the explorer, 200 in one write, not taken, 1,500 sockets from 3 addresses': sockets(get('/').repeat(200), 1_500, { addresses: 3 }),
    'small requests of an unauthenticated client in one write, 1,500 sockets from 3 addresses': sockets('GET / HTTP/1.1\r\n\r\n'.repeat(30_000), 1_500, { addresses: 3 }),
    'the schema, not taken, 1,500 sockets from 3 addresses': sockets(get('/schema.graphql').repeat(100), 1_500, { addresses: 3 }),
    'the schema, compressed, not taken, 1,500 sockets from 3 addresses': sockets(get('/schema.graphql', 'Accept-Encoding: gzip\r\n').repeat(200), 1_500, { addresses: 3 }),
    'the schema, compressed, 64 sockets': sockets(get('/schema.graphql', 'Accept-Encoding: gzip\r\n').repeat(100), 64, { takes: true }),
    'wrong keys, 16 at once': flood('panoh_wrong', PAGE, 16),
    'wrong keys, a new one each time, 1,500 sockets from 250 addresses': sockets(() => asked(`panoh_${Math.random()}`, PAGE), 1_500, { addresses: 250, takes: true }),
    'nothing; the other changes something': against(CHANGE, async (state) => { while (!state.stopped) await pause(100); }),
    '3 consents in a mutation, 8 at once; the other changes something': against(CHANGE, flood(keys.unhcr, consents, 8)),
    '3 incidents of 33 people in a mutation, 6 at once; the other changes something': against(CHANGE, flood(keys.unhcr, incidents, 6)),
    'agreements over everybody are proposed, 4 at once; the other changes something': against(CHANGE, flood(keys.unhcr, proposals, 4)),
    'the smallest questions, 24 at once; the other changes something': against(CHANGE, flood(keys.unhcr, '{ __typename }', 24)),
    'questions that do not fit, 24 at once; the other changes something': against(CHANGE, flood(keys.unhcr, '{ nope }', 24)),
    '3 consents in a mutation, and filters of 49 conditions, 180 counts each, 16 at once; the other changes something': against(CHANGE, together(flood(keys.unhcr, consents, 2), flood(keys.unhcr, dear, 16))),
    '3 consents in a mutation, and filters of 5 conditions, 4 counts each, 16 at once; the other changes something': against(CHANGE, together(flood(keys.unhcr, consents, 8), flood(keys.unhcr, counts(5, 4), 16))),
    'a text of 480 KB in 49 conditions of nine lists, 8 at once': flood(keys.unhcr, `query ($s: String) { ${many(9, (list) => `i${list}: individuals(first: 1, filter: { or: [${many(49, () => '{ familyName: { startsWith: $s } }')}] }) { totalCount }`)} }`, 8, {}, { s: 'y'.repeat(480_000) }),
    'what a relocation breaks, 8 at once': flood(keys.unhcr, '{ relocationImpact { people isComplete } }', 8),
    'statistics by three dimensions, 16 at once': flood(keys.unhcr, '{ caseloadStatistics(groupBy: [NATIONALITY SEX AGE_BAND]) { cells { cell { count } } } }', 16),
    'the situation, 16 at once': flood(keys.unhcr, '{ situation(country: "TJK") { asOf } }', 16),
    'cases with their members, 16 at once': flood(keys.unhcr, `{ cases(first: 100) { nodes { number members { ${many(9, (nth) => `n${nth}: familyName`)} } } } }`, 16),
    'pages one after another, from the end, 16 at once': flood(keys.unhcr, (time) => `{ individuals(last: 100, orderBy: { field: FAMILY_NAME, direction: ${time % 2 ? 'ASC' : 'DESC'} }) { nodes { familyName } } }`, 16),
    'three people are moved between cases in a mutation, 8 at once; the other changes something': against(CHANGE, flood(keys.unhcr, (time) => `mutation { ${people.map((id, nth) => `m${nth}: moveIndividual(input: { individualId: "${id}", caseNumber: "X-${time % 2}-${nth}" }) { userErrors { message } }`).join(' ')} }`, 8)),
    'merges that are refused, 8 at once; the other changes something': against(CHANGE, flood(keys.unhcr, `mutation { ${people.map((id, nth) => `m${nth}: mergeIndividuals(input: { individualId: "${id}", duplicateId: "${id}" }) { userErrors { message } }`).join(' ')} }`, 8)),
    'demarches with long texts, in 20 lists, 6 at once': demarches,
    'incidents with all whom they affected, 8 at once': suffered(flood(keys.unhcr, `{ individuals(first: 100) { nodes { ${affected} } } }`, 8)),
    'incidents with all whom they affected, in a large request, 8 at once': suffered(flood(keys.unhcr, `{ individuals(first: 100) { nodes { id sex givenName familyName dateOfBirth
        phone legalStatus arrivedOn registeredOn registrationNumber nationality ${many(195, (nth) => `n${nth}: sex`)} ${affected} } } }`, 8)),
    'incidents under 20 aliases, 8 at once': suffered(flood(keys.unhcr, `{ individuals(first: 100) { nodes { ${many(20, (nth) => `i${nth}: incidents { kind }`)} } } }`, 8)),
    'incidents of one person under 60 aliases, 8 at once': suffered(flood(keys.unhcr, `{ nodes(ids: ["${person}"]) { ... on Individual { ${many(60, (nth) => `i${nth}: ${affected}`)} } } }`, 8)),
    'the same in mutations, 4 at once; the other changes something': against(CHANGE, suffered(flood(keys.unhcr, told(35), 4))),
    'incidents in mutations, 4 at once; the other changes something': against(CHANGE, suffered(flood(keys.unhcr, told(1), 4))),
    'training sessions under 190 aliases, 8 at once': trained(flood(keys.unhcr, trainings(190, 'place { name } participants { institution }'), 8)),
    'training sessions in mutations, 4 at once; the other changes something': against(CHANGE, trained(flood(keys.unhcr, `mutation { ${many(3, (nth) =>
        `m${nth}: ${session(0, '[{ institution: "A", sex: MALE, number: 1 }]')} { programme { trainingSessions { topic } } userErrors { message } }`)} }`, 4))),
    'texts of 4,000 characters under 190 aliases, 4 at once': longest(`{ demarches(first: 5) { nodes { asks { ${many(190, (nth) => `d${nth}: detail`)} } } } }`),
    'a demarche a hundred times in 6 lists, 4 at once': longest(`query ($ids: [ID!]!) { ${many(6, (nth) => `r${nth}: nodes(ids: $ids) { ... on Demarche { drafter { code } } }`)} }`),
    'types of 2,000 asks under 190 aliases, 4 at once': short(flood(keys.unhcr, `{ demarches(first: 100) { nodes { ${many(190, (nth) => `a${nth}: asks { __typename }`)} } } }`, 4)),
    'types of cells under 190 aliases, 4 at once': flood(keys.unhcr, `{ caseloadStatistics(groupBy: [ARRIVAL_YEAR, SPECIFIC_NEED, PLACE]) { ${many(190, (nth) => `c${nth}: cells { __typename }`)} } }`, 4),
    'results of a programme, 8 at once; the other changes something': against(CHANGE, flood(keys.unhcr, (time) => `mutation { ${many(3, (nth) => `m${nth}: reportResult(input: {
        programmeIdentifier: "${training}", indicator: "${time} ${nth} ${smile.repeat(450)}", participants: ALL, measure: UNIT, periodFrom: "2026-01-01", periodUntil: "2026-12-31" })
        { programme { results { measure } } userErrors { message } }`)} }`, 8)),
    'filters of 5 conditions, 4 counts each, 16 at once': flood(keys.unhcr, counts(5, 4), 16),
    'bodies of 9,000 values in 480 KB, 24 at once of three clients': flood(three, '{ viewer { purpose } }', 24, {}, { v: Array(9_000).fill({ ['a'.repeat(20)]: 'b'.repeat(20) }) }),
    'filters of 49 conditions, 180 counts each, 48 at once of three clients': flood(three, dear, 48),
    'bodies and answers that are not taken, of three clients, and long URLs of unauthenticated clients': together(
        flood(three, '{ viewer { purpose } }', 24, {}, { v: Array(9_000).fill({ ['a'.repeat(20)]: 'b'.repeat(20) }) }),
        ...three.map((key) => sockets(asked(key, wide), 20)),
        sockets(get(`/graphql?query=${'x'.repeat(20_000)}`, 'Authorization: Bearer panoh_wrong\r\n'), 1_200, { addresses: 250 })),
};

const quantile = (times, share) => times.sort((one, other) => one - other)[Math.min(times.length - 1, Math.floor(times.length * share))];
let failed = false;
// Both have proved to be clients.
await ask(keys.undp, PAGE);
for (const [name, attack] of Object.entries(ATTACKS)) {
    if (only && !new RegExp(only).test(name)) continue;
    const state = { stopped: false, statuses: {}, refused: [], sockets: new Set() };
    const [times, others, peak] = [[], {}, { memory: 0 }];
    const attacked = attack(state);
    const until = performance.now() + Number(seconds) * 1000;
    const other = spawn(process.execPath, [process.argv[1], '--other', port, keys.undp, attack.query ?? PAGE], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: other.stdout }).on('line', (line) => {
        const [status, ms] = line.split(' ');
        others[status] = (others[status] ?? 0) + 1;
        times.push(Number(ms));
    });
    while (performance.now() < until) {
        peak.memory = Math.max(peak.memory, memory(server));
        await pause(50);
    }
    other.kill();
    state.stopped = true;
    await attacked;
    const p99 = quantile(times, 0.99);
    const line = `${name}: the other client ${times.length} answers ${JSON.stringify(others)}, ms: median ${quantile(times, 0.5).toFixed(0)}, ` +
        `99 % ${p99.toFixed(0)}, longest ${quantile(times, 1).toFixed(0)}; memory ${peak.memory.toFixed(0)} MB; attacker ${JSON.stringify(state.statuses)}` +
        (state.refused.length ? `, refused after ${quantile(state.refused, 0.5).toFixed(0)}, at most ${quantile(state.refused, 1).toFixed(0)} ms` : '') +
        (state.unavailable ? ` ${state.unavailable}` : '');
    console.log(line);
    failed ||= p99 > MAX_MS || Object.keys(others).some((status) => status !== '200');
    const calm = performance.now();
    while ((await ask(keys.undp, PAGE)).ms > MAX_MS) if (performance.now() - calm > 30_000) { failed = true; break; }
}
console.log(`descriptors ${descriptors()}; log: ${log.slice(0, 3).join(' | ') || 'empty'}`);
server.kill();
process.exit(failed ? 1 : 0);
