import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createS3ObjectStore } from '../../../src/stores/objects/s3/object-store.ts';
import { startCeph, toS3Options } from '../../support/ceph.ts';
import { BARE, EVENTS, env, OURS, populate, start, TELL } from '../cold.bench.ts';
import type { Contestant, Row, Subject } from '../contestants.ts';
import { BUCKET, s3Env } from '../servers.ts';

const bare: Contestant = {
  ...{ name: BARE, role: 'limit' },
  measure: async () => {
    const { endMs } = await start({ name: BARE, script: '0' });
    // What it cost, only one that tells can tell.
    const { cpuMs } = await start({ name: BARE, script: `${TELL} tell();` });
    return { value: endMs, cpu: cpuMs };
  },
};

interface Answer {
  readonly name: string;
  readonly route: keyof typeof EVENTS;
  readonly onS3?: boolean;
}

const row = ({ name, route, onS3 = false }: Answer, subjects: readonly Subject[]): Row => ({
  name: `cold start to ${name}`,
  unit: 'ms',
  rounds: 11,
  during: async (work) => {
    const begun = onS3 ? await startCeph().catch(() => undefined) : { stop: async () => undefined };
    if (begun === undefined) return undefined;
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
    try {
      const store = 'endpoint' in begun ? s3Env(begun) : {};
      if ('endpoint' in begun) await createS3ObjectStore(toS3Options(begun)).makeBucket(BUCKET);
      const common = { ...env(folder), ...store };
      const contestants: Contestant[] = [];
      for (const { name, function: load } of subjects) {
        const token = await populate(folder, load, common);
        const [event, expected] = EVENTS[route](token);
        const script = {
          name,
          script: OURS,
          env: { ...common, LOAD: load, EVENT: JSON.stringify(event), EXPECT: expected },
        };
        contestants.push({
          ...{ name, role: 'subject' },
          measure: async () => {
            const { answerMs = Number.NaN, cpuMs } = await start(script);
            return { value: answerMs, cpu: cpuMs };
          },
        });
      }
      return await work([...contestants, bare]);
    } finally {
      await begun.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
});

const ANSWERS: readonly Answer[] = [
  { name: 'a refused login', route: 'auth/login, refused' },
  { name: 'a presigned GET', route: 'object/presignedGetObject' },
  { name: 'a login', route: 'auth/login' },
  { name: 'an image stored on S3', route: 'object/putObject', onS3: true },
];

/** From the start of a process to its first answer. */
export const coldStarts = (subjects: readonly Subject[]): readonly Row[] =>
  ANSWERS.map((answer) => row(answer, subjects));
