import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rooms that know what a client has sent. */
const ROOMS = ['app.ts', 'contract', 'dialects', 'events', 'http', 'images', 'middleware', 'routes', 'services'];
/** What of the modules that can open a connection opens none. */
const HARMLESS = new Set(['createServer', 'isIP', 'STATUS_CODES', 'Server']);
const NETWORK = /import\s+(type\s+)?([^;]*?)\s+from 'node:(?:http|https|http2|net|tls|dgram|dns)(?:\/promises)?'/g;

/** What in a source could open a connection. */
function findOutgoing(source: string): readonly string[] {
  const imported = [...source.matchAll(NETWORK)].flatMap(([, type, names = '']) =>
    type !== undefined
      ? []
      : names
          .replace(/[{}]/g, ' ')
          .split(',')
          .map((name) => name.trim().replace(/ as .*/, ''))
          .filter((name) => name !== '' && !/^type /.test(name)),
  );
  const called = source.match(/\bfetch\(|\bWebSocket\b|import\('node:(?:http|net|tls)/gi) ?? [];
  return [...imported.filter((name) => !HARMLESS.has(name)), ...called];
}

describe('what a client has sent', () => {
  it.each(ROOMS)('R36 is fetched by nothing in src/%s', async (room) => {
    const below = room.endsWith('.ts') ? [''] : await readdir(join('src', room), { recursive: true });
    const files = below.map((name) => join('src', room, name)).filter((name) => name.endsWith('.ts'));
    expect(files).not.toEqual([]);
    for (const file of files) expect(findOutgoing(await readFile(file, 'utf8')), file).toEqual([]);
  });

  it.each([
    ['await fetch(url)', 'fetch('],
    ["import { request } from 'node:https';", 'request'],
    ["import http, { type Server } from 'node:http';", 'http'],
    ["import { connect, isIP } from 'node:net';", 'connect'],
    ["await import('node:http')", "import('node:http"],
  ])('R36 would be found to be, in %s', (source, found) => {
    expect(findOutgoing(source)).toEqual([found]);
  });
});
