import { startCloudBaseEmulator } from '../cloudbase-emulator.ts';
import type { Fault } from './faults.ts';
import { serveTasks } from './process.ts';

const [port = '0', journal = ''] = process.argv.slice(2);
const started = startCloudBaseEmulator({ port: Number(port), journal });

serveTasks({
  port: async () => (await started).port,
  inject: async (fault: Fault) => (await started).inject(fault),
  heal: async () => (await started).heal(),
  close: async () => (await started).close(),
});
