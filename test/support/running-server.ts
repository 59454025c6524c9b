import type { AddressInfo } from 'node:net';
import { bootstrap } from '../../src/bootstrap.ts';
import { createNodeServer } from '../../src/http/node-server.ts';
import { openHttpEntry } from './http-entry.ts';
import { createTempConfig } from './temp-config.ts';

/** A service on a free loopback port, streaming as `npm start` does, with its data in a folder of its own. */
export interface RunningServer {
  /** Address of the HTTP mount. */
  readonly mountUrl: string;
  readonly folder: string;
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts a service. */
export async function startServer(
  env: Readonly<Record<string, string>> = {},
  now: () => Date = () => new Date(),
): Promise<RunningServer> {
  const { config, folder, remove } = await createTempConfig(env);
  const log: string[] = [];
  const app = await bootstrap(config, { writeLog: (line) => log.push(line), now });
  const server = createNodeServer(openHttpEntry(app, config, { writeLog: (line) => log.push(line) }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await remove();
  };
  return { mountUrl: `http://127.0.0.1:${port}${config.mount}`, folder, log, close };
}
