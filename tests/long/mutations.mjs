// How long mutations take, one after another, as the caseload grows.
//     node tests/long/mutations.mjs DATABASE [TIMES]     (as hostile.mjs; compare PEOPLE=1500 and PEOPLE=100000)
import { asking, demo, pause } from './server.mjs';

const [database, times = '100'] = process.argv.slice(2);
const { server, port, keys, log } = await demo(database, process.env.PEOPLE ?? '100000');
const ask = asking(port);
const took = {};

/** Does one mutation, and gives the person as it is then. */
async function change(mutation, input, select = 'id') {
    const query = `mutation { ${mutation}(input: { ${input} }) { individual { ${select} } userErrors { message } } }`;
    for (;;) {
        const { status, text, ms, retryAfter } = await ask(keys.unhcr, query);
        if (status === 429) {
            await pause(1000 * retryAfter);
            continue;
        }
        const changed = JSON.parse(text).data?.[mutation];
        if (!changed?.individual) throw new Error(`${mutation}: ${text.slice(0, 300)}`);
        (took[mutation] ??= []).push(ms);
        return changed.individual;
    }
}

const run = Date.now();
for (let nth = 0; nth < Number(times); nth++) {
    const record = 'givenName: "Test", familyName: "Testova", sex: FEMALE, nationality: "AFG", legalStatus: REFUGEE, arrivedOn: "2019-05-06", registeredOn: "2019-06-01"';
    const person = await change('registerIndividual', `caseNumber: "T-${run}-${nth}", record: { registrationNumber: "T-${run}-${nth}", ${record} }`, 'id updatedAt');
    await change('addSpecificNeed', `individualId: "${person.id}", code: "SP"`);
    const corrected = await change('addSpecificNeed', `individualId: "${person.id}", code: "WR"`, 'id updatedAt');
    await change('correctIndividual', `individualId: "${person.id}", updatedAt: "${corrected.updatedAt}", record: { phone: "+992 00 000 0000" }`);
    const identified = await change('identifySolution', `individualId: "${person.id}", kind: RESETTLEMENT, on: "2024-01-10"`, 'solutions { id }');
    const details = 'details: { destination: "USA", submissionCategory: LPN }';
    await change('moveSolution', `solutionId: "${identified.solutions[0].id}", stage: SUBMITTED, on: "2024-02-10", ${details}`);
    await change('recordIncident', `individualIds: ["${person.id}"], kind: BRIBE_DEMAND, actor: STATE_MIGRATION_SERVICE, occurredOn: "2024-03-01"`);
    await change('closeIndividual', `individualId: "${person.id}", closedAs: DEPARTED, closedOn: "2024-06-01"`);
}
for (const [mutation, each] of Object.entries(took)) {
    each.sort((one, other) => one - other);
    console.log(`${mutation}: ${each.length} times, ms: median ${each[each.length >> 1].toFixed(1)}, 95 % ${each[Math.floor(each.length * 0.95)].toFixed(1)}`);
}
if (log.length) console.log(log.join('\n'));
server.kill();
