// Both databases are given the same changes, of all kinds and drawn at random, by all agencies: what each is told, and sees then, is the same.
//     node tests/long/alike.mjs SQLITE POSTGRESQL [SECONDS [SEED]]     (databases that are not there, or empty)
import { readFileSync } from 'node:fs';
import { buildSchema, getNamedType, getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { asking, demo, pause } from './server.mjs';

const [sqlite, postgresql, seconds = '120', seed = '1'] = process.argv.slice(2);
const AGENCIES = ['unhcr', 'unhcr', 'unhcr', 'undp', 'embassy-us', 'embassy-ca'];
const PURPOSES = { 'embassy-us': ['RESETTLEMENT', 'PROTECTION_ADVOCACY'] };
// What makes coverage be decided in the background, at a moment of the server's own.
const LEFT_OUT = /^(propose|renew|sign|revoke|suspend|resume)Agreement$|^openEmergencyAccess$/;
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const mutations = Object.values(schema.getMutationType().getFields()).filter(({ name }) => !LEFT_OUT.test(name));

let state = Number(seed);
const random = () => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
const one = (of) => of[Math.floor(random() * of.length)];
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
let made = 0;

/** What an agency sees of what it may name. */
const VIEW = `{
    individuals(first: 14, filter: { registrationNumber: { startsWith: "ALIKE" } }, orderBy: { field: REGISTRATION_NUMBER, direction: ASC }) { nodes {
        id updatedAt registrationNumber closedAs closedOn givenName legalStatus phone case { number } place { code } specificNeeds { code }
        consents { recipient { code } purpose decision } solutions { id kind stage stageOn destination }
        nominations { withdrawnOn outcome outcomeOn interview { startsAt } } enrolments { startedOn endedOn programme { identifier } }
        assistance { amount currency paidOn } loans { amount currency disbursedOn } housing { dwelling movedInOn movedOutOn }
        schoolYears { grade startedOn endedOn completed }
        incidents { id kind actor occurredOn verification emergency { id status outcome known { question answer } steps { id action dueOn doneOn } } } } }
    agreements(first: 3) { nodes { id status reference } } emergencyAccesses(first: 2) { nodes { id } } handovers(first: 3) { nodes { id cutOverOn } }
    circuitRides(first: 4) { nodes { id status opensOn closesOn } } incidentPatterns(first: 3) { nodes { id name kind actor events people } }
    relocationPlans(first: 3) { nodes { id closedOn outcome } }
    demarches(first: 4) { nodes { id status digest subject parties { agency { code } decision } asks { id kind answer followUpOn followUps { id followedUpOn } } patterns { name } } } }`;
/** Which objects of the view a field names. */
const NAMES = {
    individualId: 'individuals', individualIds: 'individuals', duplicateId: 'individuals', agreementId: 'agreements', handoverId: 'handovers',
    emergencyAccessId: 'emergencyAccesses', circuitRideId: 'circuitRides', solutionId: 'solutions', incidentId: 'incidents', emergencyId: 'emergency',
    stepId: 'steps', patternId: 'incidentPatterns', demarcheId: 'demarches', askId: 'asks', followUpId: 'followUps', relocationPlanId: 'relocationPlans',
};
const place = () => one(['3501000', '3505000', '3507217', 'nowhere']);
const agency = () => one(AGENCIES);
const programme = () => `XM-DAC-41121-TJK-${one(['CASH', 'MICRO', 'HOUSING', 'SCHOOL'])}`;
const TEXTS = {
    registrationNumber: () => `ALIKE-${Math.floor(random() * 14)}`, caseNumber: () => `ALIKE-${Math.floor(random() * 6)}`,
    code: () => one(['SP', 'DS', 'ER', 'none']), nationality: () => one(['AFG', 'IRN']), destination: () => one(['USA', 'CAN', 'AFG']),
    placeCode: place, cityCode: place, cityCodes: place, fromPlaceCodes: place, toPlaceCodes: place, invitedCodes: agency, recipientCode: agency, agencyCode: agency,
    receiverCode: agency, providerCode: agency, holderCode: agency, programmeIdentifier: programme, programmeIdentifiers: programme,
    subject: () => `Subject ${made++}`, name: () => `Name ${made++}`, idempotencyKey: () => `key-${seed}-${made++}`,
};
const SCALARS = {
    Date: () => day(one([-1500, -400, -60, -30, -10, -2, -1, 0, 0, 1, 5, 20, 60, 400])), Int: () => one([0, 1, 1, 2, 3, 6, 30, 60, -1, 100_000]),
    DateTime: () => `${day(one([1, 3, 6]))}T${one(['08:00', '08:30', '12:00'])}:00Z`, Boolean: () => random() < 0.5, Long: () => one([0, 1, 5, -1]),
    Decimal: () => one(['25.00', '600', '0', '-5', '1.234']), CurrencyCode: () => one(['USD', 'USD', 'TJS', 'XXX']), String: () => one(['x', 'two words', '']),
};

/** What must be the same: all but ids, moments, and digests over them. */
const OWN = ['id', 'updatedAt', 'digest', 'extensions'];
const shared = (answer) => JSON.stringify(answer, (key, part) => (OWN.includes(key) ? undefined : part));

/** The paths in a view to what `wanted` says of a field and of what it is in. Of two that look the same neither is named: their order is open. */
function paths(view, wanted, within = [], found = []) {
    const looks = Array.isArray(view) ? view.map(shared) : [];
    for (const [key, value] of Object.entries(view ?? {})) {
        if (looks.indexOf(looks[key]) !== looks.lastIndexOf(looks[key])) continue;
        const noun = [...within].reverse().find((part) => !/^(\d+|nodes)$/.test(part));
        if (typeof value === 'object') paths(value, wanted, [...within, key], found);
        else if (wanted(key, noun)) found.push([...within, key]);
    }
    return found;
}

/** A value of a type, as a function of the side, since each has ids of its own; nothing if the view has none. */
function value(type, field, sides) {
    const named = getNamedType(type);
    const read = (wanted) => {
        const path = one(paths(sides[0].view, wanted));
        return path && ((side) => path.reduce((part, key) => part?.[key], side.view));
    };
    const single = () => {
        if (isInputObjectType(named)) return object(named, sides);
        if (named.name === 'ID') return read((key, noun) => key === 'id' && noun === NAMES[field]);
        if (['updatedAt', 'digest'].includes(field)) return read((key) => key === field);
        const drawn = isEnumType(named) ? one(named.getValues()).name : (TEXTS[field] ?? SCALARS[named.name] ?? (() => one(['AFG', 'USA'])))();
        return () => drawn;
    };
    if (!isListType(getNullableType(type))) return single();
    const items = Array.from({ length: one([1, 1, 2, 3]) }, single);
    return items.every(Boolean) ? (side) => items.map((item) => item(side)) : undefined;
}

function object(type, sides) {
    const fields = [];
    for (const { name, type: of, defaultValue } of Object.values(type.getFields())) {
        const isRequired = isNonNullType(of) && defaultValue === undefined;
        if (!isRequired && random() > (name === 'idempotencyKey' ? 0.03 : 0.45)) continue;
        const given = value(of, name, sides);
        if (given) fields.push([name, given]);
        else if (isRequired) return undefined;
    }
    return (side) => Object.fromEntries(fields.map(([name, given]) => [name, given(side)]));
}

let differ = 0;

/** Asks both sides, and compares. */
async function ask(sides, key, question, purpose) {
    const answers = [];
    for (const side of sides) {
        const [query, variables] = question(side);
        let answer = await side.ask(side.keys[key], query, purpose, {}, variables);
        while (answer.status === 429) {
            await pause(1000 * answer.retryAfter);
            answer = await side.ask(side.keys[key], query, purpose, {}, variables);
        }
        answers.push(JSON.parse(answer.text));
    }
    const [few, many] = answers.map(shared);
    if (few !== many || /INTERNAL|UNAVAILABLE/.test(JSON.stringify(answers))) {
        const at = Math.max(0, [...few].findIndex((letter, nth) => letter !== many[nth]) - 200);
        console.log(`${key} ${purpose ?? ''} ${JSON.stringify(question(sides[0]))}\n  ${few.slice(at, at + 500)}\n  ${many.slice(at, at + 500)}`);
        differ += 1;
    }
    return answers;
}

const side = async (database) => {
    const { server, port, keys, log } = await demo(database, '300');
    return { server, keys, log, ask: asking(port), view: null };
};
const sides = [await side(sqlite), await side(postgresql)];
for (let nth = 0; nth < 8; nth++) {
    const record = `registrationNumber: "ALIKE-${nth}", nationality: "AFG", legalStatus: REFUGEE, registeredOn: "2020-01-01", dateOfBirth: "${nth % 2 ? 1990 : 2012}-01-01"`;
    await ask(sides, 'unhcr', () => [`mutation { registerIndividual(input: { caseNumber: "ALIKE-${nth % 4}", record: { ${record} } }) { userErrors { message } } }`]);
}
const told = {};
const end = Date.now() + 1000 * Number(seconds);
while (Date.now() < end && differ < 5) {
    const [who, mutation] = [agency(), one(mutations)];
    const purpose = one(PURPOSES[who] ?? [undefined]);
    const views = await ask(sides, who, () => [VIEW], purpose);
    sides.forEach((one, nth) => (one.view = views[nth].data));
    const input = value(mutation.args[0].type, 'input', sides);
    if (!input) continue;
    const document = `mutation Change($input: ${mutation.args[0].type}) { ${mutation.name}(input: $input) { userErrors { field code message } } }`;
    const [answer] = await ask(sides, who, (of) => [document, { input: input(of) }], purpose);
    const code = answer.data ? (answer.data[mutation.name].userErrors[0]?.code ?? 'made') : answer.errors[0].extensions.code;
    (told[mutation.name] ??= {})[code] = (told[mutation.name][code] ?? 0) + 1;
}
for (const mutation of mutations) console.log(`${mutation.name}: ${JSON.stringify(told[mutation.name] ?? {})}`);
const all = Object.values(told).flatMap(Object.entries);
const count = (of) => all.filter(([code]) => of(code)).reduce((sum, [, times]) => sum + times, 0);
console.log(`${count(() => true)} changes, of which ${count((code) => code === 'made')} were made; ${differ} differ`);
sides.forEach(({ server, log }) => {
    if (log.length) console.log(log.slice(0, 3).join('\n'));
    server.kill();
});
process.exit(differ ? 1 : 0);
