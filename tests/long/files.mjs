// Files as large as the world: made up, in the shapes of UNHCR's population table and of Panoh's caseload.
import { closeSync, openSync, writeSync } from 'node:fs';

const COUNTRIES = ('AFGSYRIRNIRQPAKTJKUZBKGZTKMKAZSOMSDNSSDCODETHERIKENUGARWABDITZAMOZAGOZMBZWEMWIBWANAMZAFLSOSWZMDGCOGCAFCMRTCDNGANERMLI' +
    'BFACIVGHATGOBENLBRSLEGINGNBSENGMBMRTDZATUNLBYEGYMARESHPSEISRJORLBNSAUYEMOMNAREQATBHRKWTTURGEOARMAZERUSUKRBLRMDAROUBGRGRC' +
    'CYPALBMKDSRBMNEBIHHRVSVNITAMLTAUTCHELIEDEUFRAMCOESPANDPRTBELNLDLUXGBRIRLISLNORSWEFINDNKESTLVALTUPOLCZESVKHUNCHNMNGPRKKOR' +
    'JPNINDNPLBTNBGDLKAMDVMMRTHALAOKHMVNMMYSSGPIDNBRNPHLTLSPNGAUSNZLFJISLBVUTWSMTONKIRTUVNRUPLWFSMMHLUSACANMEXGTMBLZSLVHNDNIC' +
    'CRIPANCUBJAMHTIDOMBHSBRBTTOGRDLCAVCTDMAATGKNAVENCOLECUPERBOLCHLARGURYPRYBRAGUYSURCPVSTPGNQGABCOMMUSSYC').match(/.{3}/g);
const FIRST_YEAR = 1951;
const YEARS = 74;
const ROWS = Math.ceil(1_250_000 / 9);

/** A number below `bound`, always the same for the same seed. */
function number(seed, bound) {
    let hash = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    return ((hash ^ (hash >>> 15)) >>> 0) % bound;
}

function write(file, header, count, row) {
    const out = openSync(file, 'w');
    let text = header + '\n';
    for (let nth = 0; nth < count; nth++) {
        text += row(nth).join(',') + '\n';
        if (text.length > 1 << 20) {
            writeSync(out, text);
            text = '';
        }
    }
    writeSync(out, text);
    closeSync(out);
}

/** UNHCR's population table: a few countries are the origin or the asylum of most figures, as in the world. */
export function population(file) {
    const pairs = COUNTRIES.flatMap((_, origin) => COUNTRIES.map((_, asylum) => [origin, asylum]));
    pairs.sort((one, other) => (one[0] + 1) * (one[1] + 1) - (other[0] + 1) * (other[1] + 1));
    const aYear = Math.ceil(ROWS / YEARS);
    const header = 'year,coo_name,coo,coo_iso,coa_name,coa,coa_iso,refugees,asylum_seekers,returned_refugees,idps,returned_idps,stateless,ooc,oip,hst';
    write(file, header, ROWS, (nth) => {
        const [origin, asylum] = pairs[nth % aYear];
        const from = COUNTRIES[origin];
        const to = COUNTRIES[(asylum * 7 + 3) % COUNTRIES.length];
        const cells = Array.from({ length: 9 }, (_, cell) => [number(nth * 9 + cell, 90_000), 0, 0, ''][number(nth * 9 + cell + 7, 4)]);
        return [FIRST_YEAR + Math.floor(nth / aYear), from, from, from, to, to, to, ...cells];
    });
    return ROWS * 9;
}

/** A caseload of so many people, four to a case. */
export function caseload(file, people) {
    const header = 'case_number,registration_number,given_name,family_name,sex,date_of_birth,nationality,place,phone,legal_status,' +
        'arrived_on,registered_on,specific_needs,solution_kind,solution_form,solution_stage,solution_destination,solution_on';
    const two = (value) => String(value).padStart(2, '0');
    write(file, header, people, (nth) => {
        const born = `${1940 + number(nth, 55)}-${two(1 + number(nth + 1, 12))}-${two(1 + number(nth + 2, 28))}`;
        const arrived = `${1996 + number(nth + 3, 6)}-0${1 + number(nth + 4, 9)}-01`;
        const solution = nth % 8 ? ['', '', '', '', ''] : ['RESETTLEMENT', '', 'SUBMITTED', 'USA', '2003-05-31'];
        return [`DUS-${Math.floor(nth / 4)}`, `TJK-${nth}`, `Given${number(nth, 999)}`, `Family${number(nth >> 2, 9999)}`,
            nth % 2 ? 'MALE' : 'FEMALE', born, nth % 50 ? 'AFG' : 'IRQ', '3501263', '', 'REFUGEE', arrived, '2002-10-12',
            nth % 5 ? '' : 'SP;ER-NF', ...solution];
    });
    return people;
}

export function places(file) {
    write(file, 'Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date', 2, (nth) =>
        [['TJK', 1, '3501000', 'Dushanbe', 'TJK', '2017-01-01'], ['TJK', 2, '3501263', 'Shah Mansur', '3501000', '2017-01-01']][nth]);
}
