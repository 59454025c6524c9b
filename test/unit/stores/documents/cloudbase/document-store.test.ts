import { describeDocumentStore } from '../../../../suites/document-store.suite.ts';
import { openStore } from '../../../../support/cloudbase-emulator/bed.ts';
import { type Dialect, startCloudBaseEmulator } from '../../../../support/cloudbase-emulator.ts';

const dialects: readonly Dialect[] = [
  { updated: 'matched', duplicate: 'multiple write errors', missing: 'coded' },
  { updated: 'modified', duplicate: 'bulk write error', missing: 'numbered' },
];

for (const dialect of dialects) {
  let offset = 0;

  describeDocumentStore(
    `cloudbase (${Object.values(dialect).join(', ')})`,
    async () => {
      const emulator = await startCloudBaseEmulator({ dialect });
      const now = (): Date => new Date(Date.now() + offset);
      return { store: openStore(emulator, { now }), close: emulator.close };
    },
    {
      advanceClock: (milliseconds) => {
        offset += milliseconds;
      },
    },
  );
}
