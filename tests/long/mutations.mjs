// How long mutations take in a small and in a large caseload: the same changes on both, in turn, one after another.
//     node tests/long/mutations.mjs SMALL LARGE [TIMES]     (databases as in hostile.mjs, of 1,500 and of PEOPLE people)
import { asking, demo, pause } from './server.mjs';

const [small, large, times = '60'] = process.argv.slice(2);
const MAX_RATIO = 1.5;
const run = Date.now();
const day = (ahead) => new Date(run + ahead * 86_400_000).toISOString().slice(0, 10);
const PROGRAMME = 'XM-DAC-41121-TJK';

/** A caseload, and how long each mutation took there. */
async function caseload(database, people) {
    const { server, port, keys, log } = await demo(database, people);
    const [ask, took] = [asking(port), {}];
    const asked = async (key, query) => {
        for (;;) {
            const answer = await ask(key, query);
            if (answer.status !== 429) return { ...JSON.parse(answer.text), ms: answer.ms };
            await pause(1000 * answer.retryAfter);
        }
    };
    /** Does one mutation, and gives what it shows of `noun`. */
    const change = async (mutation, input, select = 'id', noun = 'individual', key = keys.unhcr) => {
        const answer = await asked(key, `mutation { ${mutation}(input: { ${input} }) { ${noun} { ${select} } userErrors { field message } } }`);
        const changed = answer.data?.[mutation];
        if (!changed?.[noun]) throw new Error(`${mutation}: ${JSON.stringify(answer).slice(0, 400)}`);
        (took[mutation] ??= []).push(answer.ms);
        return changed[noun];
    };
    const ride = `holderCode: "unhcr", cityCodes: ["3501000"], opensOn: "${day(1)}", closesOn: "${day(100)}", capacity: 5000, interviewers: 50`;
    await change('requestCircuitRide', ride, 'id', 'circuitRide', keys['embassy-us']);
    const rides = await asked(keys.unhcr, '{ circuitRides(first: 1) { nodes { id } } }');
    return { server, log, took, change, ride: rides.data.circuitRides.nodes[0].id };
}

/** A person's way through all of it, and what the agencies do beside it. */
async function once({ change, ride }, nth) {
    const record = 'givenName: "Test", familyName: "Testova", sex: FEMALE, nationality: "AFG", legalStatus: REFUGEE, arrivedOn: "2019-05-06", registeredOn: "2019-06-01"';
    const person = await change('registerIndividual', `caseNumber: "T-${run}-${nth}", record: { registrationNumber: "T-${run}-${nth}", ${record} }`, 'id updatedAt');
    const of = `individualId: "${person.id}"`;
    await change('addSpecificNeed', `${of}, code: "SP"`);
    const needs = await change('addSpecificNeed', `${of}, code: "ER"`, 'id updatedAt');
    await change('correctIndividual', `${of}, updatedAt: "${needs.updatedAt}", record: { phone: "+992 00 000 0000" }`);
    await change('moveIndividual', `${of}, caseNumber: "U-${run}-${nth}"`);
    await change('recordConsent', `${of}, recipientCode: "embassy-us", purpose: RESETTLEMENT, given: true`);

    const identified = await change('identifySolution', `${of}, kind: RESETTLEMENT, on: "2024-01-10"`, 'solutions { id }');
    await change('moveSolution', `solutionId: "${identified.solutions[0].id}", stage: SUBMITTED, on: "2024-02-10", details: { destination: "USA", submissionCategory: LPN }`);
    await change('nominateCase', `circuitRideId: "${ride}", ${of}`);
    const slot = `startsAt: "${day(2 + Math.floor(nth / 50))}T08:00:00Z", minutes: 60, interviewer: ${1 + (nth % 50)}, room: "${nth}"`;
    await change('scheduleInterview', `circuitRideId: "${ride}", ${of}, cityCode: "3501000", ${slot}`);

    await change('payStipend', `${of}, programmeIdentifier: "${PROGRAMME}-CASH", period: { from: "${day(-9)}", until: "${day(0)}" }, amount: "25.00", currency: "USD", paidOn: "${day(0)}"`);
    const micro = `${of}, programmeIdentifier: "${PROGRAMME}-MICRO"`;
    await change('enrolIndividual', `${micro}, startedOn: "${day(-60)}"`);
    await change('grantLoan', `${micro}, amount: "600", currency: "USD", disbursedOn: "${day(-30)}", instalments: 6, firstDueOn: "${day(-1)}"`);
    await change('recordRepayment', `${micro}, amount: "100", paidOn: "${day(-1)}"`);
    await change('recordIncident', `individualIds: ["${person.id}"], kind: BRIBE_DEMAND, actor: STATE_MIGRATION_SERVICE, occurredOn: "2024-03-01"`);
    await change('closeIndividual', `${of}, closedAs: DECEASED, closedOn: "${day(0)}"`);

    const cash = `programmeIdentifiers: ["${PROGRAMME}-CASH"]`;
    const handover = await change('proposeHandover', `receiverCode: "undp", cutOverOn: "${day(20)}", ${cash}`, 'id', 'handover');
    await change('withdrawHandover', `handoverId: "${handover.id}", ${cash}`, 'id', 'handover');
    const demarche = await change('draftDemarche', `subject: "Bribes", addressee: "Ministry", asks: [{ kind: CITIZENSHIP, followUpOn: "${day(30)}" }]`, 'id', 'demarche');
    await change('withdrawDemarche', `demarcheId: "${demarche.id}"`, 'id', 'demarche');
    const plan = await change('recordRelocationPlan', `fromPlaceCodes: ["3501000"], toPlaceCodes: ["3507217"], announcedBy: STATE_MIGRATION_SERVICE, announcedOn: "${day(0)}"`, 'id', 'relocationPlan');
    await change('closeRelocationPlan', `relocationPlanId: "${plan.id}", outcome: AVERTED, closedOn: "${day(0)}"`, 'id', 'relocationPlan');
}

const both = [await caseload(small, '1500'), await caseload(large, process.env.PEOPLE ?? '100000')];
for (let nth = 0; nth < Number(times); nth++) for (const one of both) await once(one, nth);

const median = (all) => all.sort((one, other) => one - other)[all.length >> 1];
let failed = false;
for (const mutation of Object.keys(both[0].took).filter((name) => both[0].took[name].length >= 20)) {
    const [few, many] = both.map(({ took }) => median(took[mutation]));
    failed ||= many > few * MAX_RATIO;
    console.log(`${mutation}: p50 ${few.toFixed(1)} and ${many.toFixed(1)} ms, ${(many / few).toFixed(2)} times`);
}
both.forEach(({ server, log }) => {
    if (log.length) console.log(log.slice(0, 3).join('\n'));
    server.kill();
});
process.exit(failed ? 1 : 0);
