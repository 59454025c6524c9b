import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const AT_ONCE = 20;
const MB = 1024 * 1024;

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess();
  for (const { path, type } of BODIES) await send(path, type, Buffer.from('{}'));
});
afterAll(() => server.close());

const JSON_TYPE = 'application/json';
const PAIRS_TYPE = 'application/x-www-form-urlencoded';
const FORM_TYPE = 'multipart/form-data; boundary=b';
const part = (name: string): string => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\nx\r\n`;
const nested = (bytes: number): string => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2);

/** What cost seconds and hundreds of megabytes before anybody had said who it is. */
const BODIES = [
  { path: 'auth/login', type: JSON_TYPE, name: 'nested JSON', make: () => nested(8 * MB) },
  { path: 'auth/login', type: JSON_TYPE, name: 'a million members', make: () => `{${'"k":1,'.repeat(1e6)}"k":1}` },
  { path: 'auth/login', type: PAIRS_TYPE, name: '900,000 fields', make: () => pairs(900_000) },
  { path: 'auth/login', type: FORM_TYPE, name: 'a form of tiny parts', make: () => parts(100_000) },
  { path: 'api/v1/tokens', type: JSON_TYPE, name: 'nested JSON for Lsky', make: () => nested(8 * MB) },
  { path: 'delete', type: PAIRS_TYPE, name: 'fields for a removal', make: () => pairs(900_000) },
  { path: 'upload', type: JSON_TYPE, name: 'nested JSON of the largest size', make: () => nested(2 * MB) },
  { path: 'upload', type: JSON_TYPE, name: 'one string', make: () => `{"base64":"${'A'.repeat(2 * MB - 20)}"}` },
  { path: 'upload', type: PAIRS_TYPE, name: 'escapes', make: () => `base64=${'%41'.repeat((2 * MB - 20) / 3)}` },
  { path: 'upload', type: FORM_TYPE, name: 'a form with a long preamble', make: () => 'x'.repeat(8 * MB) },
  { path: 'client/doctor', type: JSON_TYPE, name: 'members', make: () => `{${'"k":1,'.repeat(3e5)}"k":1}` },
];

const pairs = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}`).join('&');
const parts = (count: number): string =>
  `${Array.from({ length: count }, (_, index) => part(`k${index}`)).join('')}--b--\r\n`;

async function send(path: string, type: string, body: Buffer): Promise<number> {
  // Who is refused while still sending may find the connection closed.
  const headers = { 'content-type': type };
  const response = await fetch(`${server.mountUrl}/${path}`, { method: 'POST', headers, body }).catch(() => undefined);
  await response?.text();
  return response?.status ?? 0;
}

describe(`S6 ${AT_ONCE} hostile bodies at once`, () => {
  it.each(BODIES)('to $path, $name, cost little time and memory', async ({ path, type, make }) => {
    const body = Buffer.from(make());
    const { now: idle } = await server.memory();
    const samples = { most: idle, isOver: false };
    const watch = (async () => {
      while (!samples.isOver) {
        await (await fetch(`${server.mountUrl}/health`)).text();
        samples.most = Math.max(samples.most, (await server.memory()).now);
      }
    })();
    const since = await server.cpuMs();
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, () => send(path, type, body)));
    const cpuMs = ((await server.cpuMs()) - since) / AT_ONCE;
    samples.isOver = true;
    await watch;
    const mebibytes = Math.round((samples.most - idle) / MB);
    process.stdout.write(`${path}, ${type}, ${body.length} bytes: ${cpuMs} ms each, ${mebibytes} MiB more\n`);
    expect(statuses.every((status) => status < 500 || status === 503)).toBe(true);
    expect(statuses).not.toContain(408);
    expect(samples.most - idle).toBeLessThan(64 * MB);
    // All of it, that of the health checks too, in many pieces; one body took seconds in one piece.
    expect(cpuMs).toBeLessThan(150);
  });
});
