import type { Server } from 'node:http';
import { beforeDeadline } from '../concurrency/deadline.ts';
import type { Logger } from '../logger.ts';
import { closeServer } from './close-server.ts';

/** Within the 30 s that Kubernetes and most others wait between asking and killing. */
const GRACE_MS = 25_000;
/** For saying goodbye to databases, which manage without. */
const CLOSE_MS = 2_000;
/** A terminal sends Ctrl-C to everybody, and npm hands it on once more; nobody presses twice so quickly. */
const ECHO_MS = 500;

interface StopOptions {
  /** The process that the server is in, as far as it is needed here. */
  readonly process: Pick<NodeJS.Process, 'on' | 'exit'>;
  readonly logger: Logger;
  /** Gives up what the service holds, once nothing is under way. */
  readonly close?: () => Promise<void>;
  /** How long requests under way may take. */
  readonly graceMs?: number;
}

/** Ends the process with its server when it is asked to: once requests under way are done, or at once when it is asked again. */
export function stopWhenAsked(server: Server, { process, logger, close, graceMs = GRACE_MS }: StopOptions): void {
  let askedAt: number | undefined;
  const stop = (signal: string, exitCode: number): void => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > ECHO_MS) process.exit(1);
      return;
    }
    askedAt = performance.now();
    logger.info('stopping', { signal });
    void closeServer(server, graceMs)
      .then(() => close && beforeDeadline(close(), CLOSE_MS, () => new Error('Closing took too long')))
      .catch((cause: unknown) => logger.error('close', { cause }))
      .then(() => process.exit(exitCode));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal, 0));
  process.on('uncaughtException', (cause) => {
    // Nobody knows what is still whole after this; whoever started the process starts it again.
    logger.error('uncaught-exception', { cause });
    stop('uncaught-exception', 1);
  });
}
