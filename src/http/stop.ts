import type { Server } from 'node:http';
import type { Logger } from '../logger.ts';
import { closeServer } from './close-server.ts';

/** Within the 30 s that Kubernetes and most others wait between asking and killing. */
const GRACE_MS = 25_000;
/** A terminal sends Ctrl-C to everybody, and npm hands it on once more; nobody presses twice so quickly. */
const ECHO_MS = 500;

interface StopOptions {
  /** The process that the server is in, as far as it is needed here. */
  readonly process: Pick<NodeJS.Process, 'on' | 'exit'>;
  readonly logger: Logger;
  /** How long requests under way may take. */
  readonly graceMs?: number;
}

/** Ends the process with its server when it is asked to: once requests under way are done, or at once when it is asked again. */
export function stopWhenAsked(server: Server, { process, logger, graceMs = GRACE_MS }: StopOptions): void {
  let askedAt: number | undefined;
  const stop = (signal: string, exitCode: number): void => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > ECHO_MS) process.exit(1);
      return;
    }
    askedAt = performance.now();
    logger.info('stopping', { signal });
    void closeServer(server, graceMs).then(() => process.exit(exitCode));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal, 0));
  process.on('uncaughtException', (cause) => {
    // Nobody knows what is still whole after this; whoever started the process starts it again.
    logger.error('uncaught-exception', { cause });
    stop('uncaught-exception', 1);
  });
}
