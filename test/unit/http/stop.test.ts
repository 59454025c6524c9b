import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stopWhenAsked } from '../../../src/http/stop.ts';
import { createLogger } from '../../../src/logger.ts';

/** Hears signals and says with which code it would have ended. */
class Process extends EventEmitter {
  readonly exit = vi.fn<(code: number) => never>();
}

let server: Server;
let line: Socket;
let process: Process;
let log: string[];

/** A server with a request under way. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address of this kind.
  line = connect((server.address() as AddressInfo).port, '127.0.0.1');
  line.write('GET / HTTP/1.1\r\nHost: bed\r\n\r\n');
  const [, reply] = await once(server, 'request');
  line.on('data', () => {}).once('end', () => line.end());
  server.once('answer', () => reply.end('done'));
  [process, log] = [new Process(), []];
});
afterEach(() => {
  vi.useRealTimers();
  line.destroy();
  server.close();
});

const logger = createLogger(
  (written) => log.push(written),
  () => new Date(),
);
const events = (): readonly unknown[] => log.map((written) => JSON.parse(written));
const exited = (): Promise<void> => vi.waitFor(() => expect(process.exit).toHaveBeenCalled(), 5000);
const ask = (graceMs = 10_000, close = async (): Promise<void> => undefined): void =>
  // Of a process, only what is called here.
  stopWhenAsked(server, { process: process as unknown as NodeJS.Process, logger, close, graceMs });

describe('a process that is asked to stop', () => {
  it.each(['SIGTERM', 'SIGINT'])('by %s ends well when its request is answered, and not before', async (signal) => {
    ask();
    process.emit(signal);
    await once(
      server.once('x', () => {}),
      'x',
      { signal: AbortSignal.timeout(150) },
    ).catch(() => undefined);
    expect(process.exit).not.toHaveBeenCalled();
    server.emit('answer');
    await exited();
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(0);
    expect(events()).toEqual([expect.objectContaining({ event: 'stopping', signal })]);
  });

  it('closes what the service holds when nothing is under way any more, and ends well even if that fails', async () => {
    const steps: string[] = [];
    process.exit.mockImplementation((code) => steps.push(`exit ${code}`) as never);
    server.once('answer', () => steps.push('answer'));
    ask(10_000, async () => {
      steps.push('close');
      throw new Error('gone already');
    });
    process.emit('SIGTERM');
    server.emit('answer');
    await exited();
    expect(steps).toEqual(['answer', 'close', 'exit 0']);
    expect(events()).toContainEqual(expect.objectContaining({ level: 'error', event: 'close' }));
  });

  it('does not wait for ever for a database that takes no leave', async () => {
    ask(10_000, () => new Promise(() => undefined));
    process.emit('SIGTERM');
    server.emit('answer');
    await exited();
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(0);
  });

  it('ends when the grace is over, whatever is under way', async () => {
    ask(100);
    process.emit('SIGTERM');
    await exited();
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(0);
  });

  it('takes the echo of a signal for the same, and a second one for the last word', () => {
    ask();
    process.emit('SIGINT');
    vi.advanceTimersByTime(100);
    process.emit('SIGINT');
    expect(process.exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    process.emit('SIGINT');
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(1);
  });

  it('by an error that nobody caught logs it, finishes what is under way and ends badly', async () => {
    ask();
    process.emit('uncaughtException', new Error('nobody’s'));
    server.emit('answer');
    await exited();
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(events()).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'uncaught-exception',
        cause: expect.objectContaining({ message: 'nobody’s' }),
      }),
      expect.objectContaining({ event: 'stopping' }),
    ]);
  });
});
