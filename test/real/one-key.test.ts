import { expect, inject, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { type BucketCapabilities, createCapabilities } from '../../src/services/buckets/capabilities.ts';
import { createLeftovers } from '../../src/services/leftovers.ts';
import { openS3 } from '../../src/stores/objects/s3/object-store.ts';
import { toS3Options } from '../support/ceph.ts';
import { BUCKET, createServices } from '../support/memory/bed.ts';
import { createMemoryDocumentStore } from '../support/memory/document-store.ts';
import { type Arena, OPERATIONS, raceAll } from '../support/one-key.ts';

const ROUNDS_A_PAIR = Number(process.env['IMAGEPIC_FAULT_ROUNDS_ON_CEPH'] ?? 1);
const now = (): Date => new Date();

it('R34 keeps books and loses nothing at one key on Ceph, whatever two instances do there', async () => {
  const documents = createMemoryDocumentStore(now);
  let capabilities: BucketCapabilities | undefined;
  const { store, trials } = openS3({
    ...toS3Options(inject('ceph')),
    capabilities: async (bucketName) => capabilities?.of(bucketName) ?? {},
  });
  await store.makeBucket(BUCKET);
  const leftovers = createLeftovers(documents, now);
  capabilities = createCapabilities({ store, trials, documents, leftovers, now });
  const instances = [createServices({ documents, store, now }), createServices({ documents, store, now })] as const;
  const arena: Arena = {
    ...{ documents, store, bed: instances[0] },
    run: async (operation, keyRace) => {
      try {
        await OPERATIONS[operation](instances[keyRace.caller % 2 ? 1 : 0], keyRace);
        return undefined;
      } catch (error) {
        return error instanceof AppError ? error.code : String(error);
      }
    },
  };
  expect(await raceAll(arena, ROUNDS_A_PAIR)).toEqual([]);
}, 300_000);
