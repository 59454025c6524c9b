import { bootstrap } from './bootstrap.ts';
import { loadConfig } from './config/config.ts';
import { createCallFunctionEntry } from './events/call-function.ts';
import { createInvocation, type Triggers } from './events/invocation.ts';
import { createTimerEntry } from './events/timer.ts';
import type { HttpEntry } from './http/request.ts';
import { createLogger } from './logger.ts';

const writeLog = (line: string): void => void process.stdout.write(line);
const logger = createLogger(writeLog, () => new Date());
const logStrayRejection = (cause: unknown): void => logger.error('stray-rejection', { cause });

/** Loaded when the first upload client comes. */
const loadDialects = () => import('./dialects/registry.ts');

async function open(): Promise<Triggers> {
  // Else a promise that an SDK forgot would end the instance, and with it the event under way.
  process.off('unhandledRejection', logStrayRejection).on('unhandledRejection', logStrayRejection);
  const config = loadConfig(process.env);
  const app = await bootstrap(config, { writeLog });
  const mountUrl = config.publicUrl ?? config.mount;
  let http: Promise<HttpEntry> | undefined;
  return {
    callFunction: createCallFunctionEntry(app, { transport: 'call-function', mountUrl }),
    http: async (request) => {
      // Mini-programs call and never request, so their cold starts do without it.
      http ??= import('./http/entry.ts').then(({ createHttpEntry }) =>
        createHttpEntry(app, { ...config, loadDialects, logger }),
      );
      return (await http)(request);
    },
    timer: createTimerEntry(app.jobs, logger),
  };
}

/** The cloud function: one event in, exactly one answer out. */
export const main = createInvocation({ open, logger });
