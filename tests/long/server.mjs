// A server with the demo, and who asks it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Serves the demo of so many people, which is made if it is not there: gives the process, its port, the keys, and the log as it grows. */
export async function demo(database, people) {
    const folder = mkdtempSync(join(tmpdir(), 'panoh-long-'));
    const keys = join(folder, 'keys.json');
    const given = ['demo', '--people', people, '--database', database, '--keys', keys, '--secret-key-file', process.env.SECRET ?? join(folder, 'secret')];
    const server = spawn(process.env.PANOH ?? 'target/release/panoh', [...given, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = [];
    createInterface({ input: server.stderr }).on('line', (line) => line.trim() && !line.includes(' INFO ') && log.push(line));
    const port = await new Promise((resolve) =>
        createInterface({ input: server.stdout }).on('line', (line) => line.includes('/graphql') && resolve(Number(line.match(/:(\d+)\/graphql/)[1]))));
    return { server, port, keys: JSON.parse(readFileSync(keys, 'utf8')), log };
}

/** Asks a server: gives the status, the text, the milliseconds and after how many seconds to come back; status 0 if there is no answer. */
export function asking(port) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 600 });
    return (key, query, purpose, more, variables) =>
        new Promise((resolve) => {
            const started = performance.now();
            const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more };
            if (purpose) headers['panoh-purpose'] = purpose;
            const request = http.request({ port, path: '/graphql', method: 'POST', agent, headers }, (answer) => {
                const pieces = [];
                answer.on('data', (data) => pieces.push(data));
                answer.on('close', () => resolve({
                    status: answer.statusCode, text: String(Buffer.concat(pieces)), ms: performance.now() - started,
                    retryAfter: Number(answer.headers['retry-after'] ?? 0),
                }));
            });
            request.on('error', (error) => resolve({ status: 0, text: String(error), ms: performance.now() - started, retryAfter: 0 }));
            request.end(JSON.stringify({ query, variables }));
        });
}

/** The memory of a process, in MB. */
export const memory = ({ pid }) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
