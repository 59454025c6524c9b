import { once } from 'node:events';
import { Agent, request as httpRequest, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { closeServer } from '../../src/http/close-server.ts';
import { createNodeServer, listen, type ServerOptions } from '../../src/http/node-server.ts';
import type { HttpEntry } from '../../src/http/request.ts';
import { openHttpEntry } from '../support/http-entry.ts';
import { createTempConfig } from '../support/temp-config.ts';

const ORIGIN = /^http:\/\/127\.0\.0\.1:(\d+)$/;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Reads the whole body and says how many bytes it had. */
const counting: HttpEntry = async ({ body }) => {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(bytes) };
};

async function start(entry: HttpEntry, limits: Partial<ServerOptions> = {}): Promise<{ server: Server; port: number }> {
  const server = createNodeServer(entry, limits);
  const origin = await listen(server, { host: '127.0.0.1', port: 0 });
  cleanUps.push(() => closeServer(server, 0));
  return { server, port: Number(ORIGIN.exec(origin)?.[1]) };
}

async function startService(limits: Partial<ServerOptions> = {}): Promise<number> {
  const { config, remove } = await createTempConfig();
  cleanUps.push(remove);
  const app = await bootstrap(config, { writeLog: () => {} });
  return (await start(openHttpEntry(app, config), limits)).port;
}

/** A raw connection: what is written goes out as it is, what comes back is collected. */
interface Line {
  readonly socket: Socket;
  received(): string;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<unknown>;
}

async function dial(port: number): Promise<Line> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  cleanUps.push(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => received, closed };
}

/** Writes one byte every `everyMs` until the line is closed. */
function drip({ socket }: Line, everyMs: number): void {
  const timer = setInterval(() => socket.write('x'), everyMs);
  socket.once('close', () => clearInterval(timer));
}

const head = (path: string, type: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: bed\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

describe('a body that comes slowly', () => {
  it.each([
    ['JSON', head('/imagepic/auth/login', 'application/json', 1000)],
    ['a form', `${head('/imagepic/auth/login', 'multipart/form-data; boundary=b', 1000)}--b\r\n`],
    [
      'a picture in a form',
      `${head('/imagepic/upload', 'multipart/form-data; boundary=b', 1000)}--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`,
    ],
  ])('by a byte at a time, as %s, is answered with 408 and the connection closed', async (_, start) => {
    const line = await dial(await startService({ patienceMs: 300 }));
    line.socket.write(start);
    drip(line, 30);
    await line.closed;
    expect(line.received()).toMatch(/^HTTP\/1\.1 408 /);
    expect(line.received()).toMatch(/connection: close/i);
  });

  it('says so to the client', async () => {
    const line = await dial(await startService({ patienceMs: 100 }));
    line.socket.write(head('/imagepic/auth/login', 'application/json', 1000));
    await line.closed;
    expect(line.received()).toMatch(/"error":"RequestTimeout"/);
  });

  it('but steadily may take many times the patience', async () => {
    const { port } = await start(counting, { patienceMs: 200, bytesPerSecond: 10_000 });
    const line = await dial(port);
    line.socket.write(head('/', 'text/plain', 20 * 5000));
    for (let sent = 0; sent < 20; sent += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      line.socket.write('x'.repeat(5000));
    }
    await once(line.socket, 'data');
    expect(line.received()).toMatch(/^HTTP\/1\.1 200 (.|\r\n)*\r\n100000$/);
  });

  it('may bring 1 GiB', async () => {
    const { port } = await start(counting, { patienceMs: 500 });
    const chunk = Buffer.alloc(1024 * 1024);
    const upload = httpRequest({ port, method: 'POST', headers: { 'content-length': 1024 * chunk.byteLength } });
    Readable.from(
      (function* () {
        for (let sent = 0; sent < 1024; sent += 1) yield chunk;
      })(),
    ).pipe(upload);
    const [response] = await once(upload, 'response');
    expect(await text(response)).toBe(String(1024 ** 3));
  });

  it('wins no more patience than there was by beginning quickly', async () => {
    const { port } = await start(counting, { patienceMs: 300, bytesPerSecond: 1024 });
    const line = await dial(port);
    const since = performance.now();
    line.socket.write(head('/', 'text/plain', 10_000_000));
    line.socket.write('x'.repeat(5_000_000));
    await line.closed;
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it('does not lose patience with us', async () => {
    const { port } = await start(
      async ({ body }) => {
        let bytes = 0;
        for await (const chunk of body) {
          bytes += chunk.byteLength;
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        return { status: 200, headers: {}, body: String(bytes) };
      },
      { patienceMs: 200, bytesPerSecond: 1_000_000 },
    );
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: Buffer.alloc(400_000) });
    expect(await response.text()).toBe('400000');
  });

  it('does not lose patience for what had arrived while we computed', async () => {
    const { port } = await start(counting, { patienceMs: 200 });
    const line = await dial(port);
    line.socket.write(head('/', 'text/plain', 4));
    line.socket.write('ab');
    await new Promise((resolve) => setTimeout(resolve, 50));
    line.socket.write('cd');
    // The rest lies in the socket, and nobody looks at it.
    const until = performance.now() + 600;
    while (performance.now() < until);
    await once(line.socket, 'data');
    expect(line.received()).toMatch(/^HTTP\/1\.1 200 (.|\r\n)*\r\n4$/);
  });

  it('after the answer is dropped by the same patience, when it drips', async () => {
    const no: HttpEntry = async () => ({ status: 403, headers: {}, body: 'no' });
    const { port } = await start(no, { patienceMs: 200, lingerMs: 600_000 });
    const line = await dial(port);
    line.socket.write(head('/', 'text/plain', 1_000_000));
    drip(line, 20);
    await line.closed;
    expect(line.received()).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('after the answer is not waited for at all beyond the share of one address', async () => {
    const no: HttpEntry = async () => ({ status: 403, headers: {}, body: 'no' });
    const { port } = await start(no, { maxLingering: 1 });
    const lines = [await dial(port), await dial(port)];
    for (const line of lines) {
      line.socket.write(head('/', 'text/plain', 1_000_000));
      drip(line, 20);
    }
    await Promise.race(lines.map(({ closed }) => closed));
    expect(lines.filter(({ socket }) => socket.destroyed)).toHaveLength(1);
  });

  it('after the answer is not waited for without end', async () => {
    const { port } = await start(async () => ({ status: 403, headers: {}, body: 'no' }), { lingerMs: 200 });
    const line = await dial(port);
    line.socket.write(head('/', 'text/plain', 1_000_000));
    drip(line, 20);
    await line.closed;
    expect(line.received()).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a client that costs more than it should', () => {
  it('gets 408 for headers that do not end', async () => {
    const { port } = await start(counting, { headersMs: 200 });
    const line = await dial(port);
    line.socket.write('GET / HTTP/1.1\r\nHost: bed\r\nX-');
    await line.closed;
    expect(line.received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('gets 431 for headers of more than 16 KB', async () => {
    const { port } = await start(counting);
    const line = await dial(port);
    line.socket.write(`GET / HTTP/1.1\r\nHost: bed\r\nX: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
    await line.closed;
    expect(line.received()).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('is dropped when it does not take its answer', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1024 * 1024);
    }
    const { port, server } = await start(async () => ({ status: 200, headers: {}, body: endless() }), {
      idleAnswerMs: 200,
    });
    const line = await dial(port);
    line.socket.pause();
    line.socket.write('GET / HTTP/1.1\r\nHost: bed\r\n\r\n');
    const [, reply] = await once(server, 'request');
    await once(reply, 'close');
    line.socket.resume();
    await line.closed;
  });

  it('S19 is not let in beyond the number of connections', async () => {
    const { port } = await start(counting, { maxConnections: 3 });
    for (let taken = 0; taken < 3; taken += 1) await dial(port);
    const line = await dial(port);
    await line.closed;
    expect(line.received()).toBe('');
  });

  it('is not let in beyond the share of one address, and again when one of its connections has gone', async () => {
    const { port } = await start(counting, { maxPerAddress: 2 });
    const lines = [await dial(port), await dial(port)];
    const line = await dial(port);
    await line.closed;
    expect(line.received()).toBe('');
    lines[0]?.socket.destroy();
    await lines[0]?.closed;
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${port}`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('has a share of what is under way behind proxies, by its own address', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const entry: HttpEntry = async () => {
      await gate;
      return { status: 200, headers: {}, body: 'done' };
    };
    const { port, server } = await start(entry, { proxies: 1, maxPerAddress: 1 });
    const ask = (address: string) => fetch(`http://127.0.0.1:${port}`, { headers: { 'x-forwarded-for': address } });
    const first = ask('203.0.113.9');
    await once(server, 'request');
    const second = await ask('203.0.113.9');
    expect(second.status).toBe(429);
    const other = ask('203.0.113.8');
    release();
    expect([(await first).status, (await other).status, (await ask('203.0.113.9')).status]).toEqual([200, 200, 200]);
  });

  it('does not slow the others down: 200 slow uploads, and a health check takes less than three times as long', {
    retry: 2,
  }, async () => {
    const port = await startService();
    const measure = async (): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 60; count += 1) {
        const since = performance.now();
        await (await fetch(`http://127.0.0.1:${port}/imagepic/health`)).text();
        times.push(performance.now() - since);
      }
      return times.sort((one, other) => one - other)[30] ?? 0;
    };
    await measure();
    const alone = await measure();
    const lines = await Promise.all(Array.from({ length: 200 }, () => dial(port)));
    for (const line of lines) {
      line.socket.write(head('/imagepic/auth/login', 'application/json', 2000));
      drip(line, 200);
    }
    const amidst = await measure();
    expect(lines.every(({ socket }) => !socket.destroyed)).toBe(true);
    expect(amidst / alone).toBeLessThan(3);
  });
});

describe('a client behind proxies', () => {
  it.each([
    [0, '203.0.113.9', '127.0.0.1', 'http'],
    [1, '203.0.113.9', '203.0.113.9', 'https'],
    [1, '10.0.0.1, 203.0.113.9', '203.0.113.9', 'https'],
    [2, '198.51.100.7, 203.0.113.9, 10.0.0.1', '203.0.113.9', 'https'],
    [2, '203.0.113.9', '127.0.0.1', 'https'],
    [1, 'unknown', '127.0.0.1', 'https'],
    [1, '2001:db8::7', '2001:db8::7', 'https'],
  ])('of which %i are ours, told %j, has the address %s', async (proxies, forwarded, clientIp, scheme) => {
    const { port } = await start(
      async (request) => ({ status: 200, headers: {}, body: `${request.clientIp} ${request.scheme}` }),
      { proxies },
    );
    const headers = { 'x-forwarded-for': forwarded, 'x-forwarded-proto': 'https' };
    expect(await (await fetch(`http://127.0.0.1:${port}`, { headers })).text()).toBe(`${clientIp} ${scheme}`);
  });
});

describe('a server that is to stop', () => {
  /** A request that is answered when the test says so. */
  function held() {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const entry: HttpEntry = async () => {
      await gate;
      return { status: 200, headers: {}, body: 'done' };
    };
    return { entry, release };
  }

  it('finishes what is under way, takes nothing new, and is done then', async () => {
    const { entry, release } = held();
    const { server, port } = await start(entry);
    const agent = new Agent({ keepAlive: true });
    cleanUps.push(() => agent.destroy());
    const answer = new Promise<string>((resolve, reject) => {
      httpRequest({ port, agent }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    await once(server, 'request');
    const closed = closeServer(server, 10_000);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    release();
    expect(await answer).toBe('done');
    const since = performance.now();
    await closed;
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it('O13 resets nobody who keeps a connection and goes on calling', async () => {
    const { server, port } = await start(async () => ({ status: 200, headers: {}, body: 'ok' }));
    const ends: string[] = [];
    const told: (string | undefined)[] = [];
    const agent = new Agent({ keepAlive: true });
    cleanUps.push(() => agent.destroy());
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        httpRequest({ port, agent }, (response) => {
          told.push(response.headers.connection);
          response.resume().once('end', resolve);
        })
          .on('error', reject)
          .end();
      });
    const goOn = async (): Promise<void> => {
      for (;;) {
        await ask();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      }
    };
    const clients = Array.from({ length: 12 }, () => goOn().catch((error) => void ends.push(error.code)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = told.length;
    await closeServer(server, 10_000);
    await Promise.all(clients);
    expect(ends).toEqual(Array.from({ length: 12 }, () => 'ECONNREFUSED'));
    expect(told.slice(before).filter((connection) => connection === 'close')).toHaveLength(12);
  });

  it('drops what has not finished in time', async () => {
    const { server, port } = await start(held().entry);
    const line = await dial(port);
    line.socket.write('GET / HTTP/1.1\r\nHost: bed\r\n\r\n');
    await once(server, 'request');
    await closeServer(server, 100);
    await line.closed;
  });

  it('says where it listens, also on IPv6', async () => {
    const server = createNodeServer(counting);
    cleanUps.push(() => closeServer(server, 0));
    expect(await listen(server, { host: '::1', port: 0 })).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });

  it('fails to start where another listens already', async () => {
    const { port } = await start(counting);
    await expect(listen(createNodeServer(counting), { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('what never becomes a request', () => {
  const answerTo = async (bytes: string): Promise<{ status: string; envelope: Record<string, unknown> }> => {
    const line = await dial((await start(counting)).port);
    line.socket.write(bytes);
    await line.closed;
    const [headers = '', body = ''] = line.received().split('\r\n\r\n');
    expect(headers).toMatch(/content-type: application\/json/);
    expect(headers).toContain(`content-length: ${Buffer.byteLength(body)}`);
    return { status: headers.split(' ')[1] ?? '', envelope: JSON.parse(body) };
  };

  it.each([
    [
      'raw Chinese in a query',
      'GET /imagepic/upload?album=旅行 HTTP/1.1\r\nHost: bed\r\n\r\n',
      '400',
      'encodeURIComponent',
    ],
    ['no such method', 'GRAB / HTTP/1.1\r\nHost: bed\r\n\r\n', '400', 'HTTP/1.1'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001', '400', 'https'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: bed\r\n: x\r\n\r\n', '400', 'HTTP/1.1'],
    [
      'headers that are too long',
      `GET / HTTP/1.1\r\nHost: bed\r\nCookie: ${'x'.repeat(17_000)}\r\n\r\n`,
      '431',
      '16 KiB',
    ],
  ])('O11 is answered as every refusal is: %s', async (_, bytes, status, told) => {
    const answer = await answerTo(bytes);
    expect(answer.status).toBe(status);
    expect(answer.envelope).toMatchObject({ code: '-1', success: false, error: 'InvalidArgument' });
    expect(JSON.stringify(answer.envelope['data'])).toContain(told);
  });

  it('O11 is answered in the language that its headers wish for', async () => {
    const english = 'GET /?x=旅 HTTP/1.1\r\nHost: bed\r\nAccept-Language: en\r\n\r\n';
    expect(JSON.stringify((await answerTo(english)).envelope['data'])).toContain('not encoded');
  });
});
