import type { DocumentStore } from '../../src/ports/document-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { toMember } from '../../src/services/identity/users.ts';
import { toPendingKey } from '../../src/services/uploads/upload-records.ts';
import { BUCKET, createImage, type Services } from './memory/bed.ts';
import { makePng } from './png.ts';

/** What somebody does about one key, beside others who do the same or something else. */
export interface KeyRace {
  readonly userId: string;
  readonly key: string;
  /** Which of the callers it is. */
  readonly caller: number;
  /** Of the image that was there at first. */
  readonly deleteToken: string;
  /** Of an upload to the key that was put past the service and waits for its commit. */
  readonly uploadId: string;
}

const MOUNT = 'http://127.0.0.1/imagepic';
const PICTURE = makePng(3, 3);

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const memberOf = async ({ users }: Services, { userId }: KeyRace) => toMember(userId, await users.get(userId));

/** Everything that changes what stands at a key. */
export const OPERATIONS = {
  put: async (bed: Services, race: KeyRace) =>
    bed.put(await memberOf(bed, race), at(race.key), createImage(), { onConflict: 'error' }),
  overwrite: async (bed: Services, race: KeyRace) =>
    bed.put(await memberOf(bed, race), at(race.key), createImage({ bytes: Buffer.alloc(race.caller + 1) })),
  copy: async (bed: Services, race: KeyRace) =>
    bed.objects.copy(await memberOf(bed, race), at(`${race.key}.source`), at(race.key)),
  copyAway: async (bed: Services, race: KeyRace) =>
    bed.objects.copy(await memberOf(bed, race), at(race.key), at(`${race.key}.copy`)),
  move: async (bed: Services, race: KeyRace) =>
    bed.objects.move(await memberOf(bed, race), at(race.key), at(`${race.key}.moved`)),
  remove: async (bed: Services, race: KeyRace) => bed.objects.remove(await memberOf(bed, race), BUCKET, race.key),
  removeMany: async (bed: Services, race: KeyRace) =>
    bed.objects.removeMany(await memberOf(bed, race), BUCKET, [race.key, `${race.key}.source`]),
  deleteLink: async (bed: Services, race: KeyRace) => bed.deleteCapabilities.redeemAll([race.deleteToken]),
  commit: async (bed: Services, race: KeyRace) =>
    bed.directUploads.commit(await memberOf(bed, race), race.uploadId, MOUNT),
  abort: async (bed: Services, race: KeyRace) => bed.directUploads.abort(await memberOf(bed, race), race.uploadId),
} as const;

/** One of them. */
export type Operation = keyof typeof OPERATIONS;

/** Each with each, also with itself. */
export const PAIRS: readonly (readonly [Operation, Operation])[] = namesOf().flatMap((one, index) =>
  namesOf()
    .slice(index)
    .map((other) => [one, other] as const),
);

function namesOf(): readonly Operation[] {
  // The keys of the table above, which `Object.keys` gives as text.
  return Object.keys(OPERATIONS) as Operation[];
}

/** What lies below a prefix, by its owners. */
async function addUp(store: ObjectStore, prefix: string) {
  const sums = new Map<string, { bytes: number; objects: number }>();
  for (const { key } of (await store.list(BUCKET, { prefix, limit: 1000 })).objects) {
    const { size = 0, metadata = {} } = (await store.head(BUCKET, key)) ?? {};
    const { bytes, objects } = sums.get(metadata['owner'] ?? '') ?? { bytes: 0, objects: 0 };
    sums.set(metadata['owner'] ?? '', { bytes: bytes + size, objects: objects + 1 });
  }
  return sums;
}

/** A bed that races are run on. */
export interface Arena {
  readonly bed: Services;
  readonly store: ObjectStore;
  readonly documents: DocumentStore;
  /** Does it as one of several instances, and tells what refused it. */
  run(operation: Operation, race: KeyRace): Promise<string | undefined>;
}

/** How long a call may take that waits for others. */
export const BUDGET_MS = 10_000;
const REFUSALS = [
  'NoSuchKey',
  'NoSuchUpload',
  'ObjectExists',
  'AccessDenied',
  'IdempotencyInFlight',
  'ServiceUnavailable',
];
/** What may become of a call that others race with. */
export const ENDS: readonly (string | undefined)[] = [undefined, ...REFUSALS];
/** So many of Ann's calls race at once. */
export const CALLERS = 10;

/** Has Ann store an image at a key and another beside it, and put one past the service that may be committed to it. */
export async function prepare({ bed, store }: Arena, key: string) {
  const [ann, bob] = [await bed.person(), await bed.person()];
  await bed.put(ann.caller, at(`${key}.source`), createImage({ bytes: Buffer.alloc(7) }));
  const placed = await bed.put(ann.caller, at(key));
  const deleteToken = bed.deleteCapabilities.issue({ ...at(key), ...placed });
  const announced = { ...at(key), contentType: 'image/png', size: PICTURE.byteLength };
  const { uploadId } = await bed.directUploads.presign(ann.caller, announced, 60, MOUNT);
  await store.put(BUCKET, toPendingKey(uploadId), PICTURE, { contentType: 'image/png' });
  const raceOf = (userId: string, caller: number): KeyRace => ({ userId, key, caller, deleteToken, uploadId });
  return { ann, bob, raceOf };
}

/** Lists where the books of people are not what lies below a prefix. */
export async function compareBooks(
  { bed, store }: Arena,
  prefix: string,
  people: readonly { readonly userId: string }[],
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const stored = await addUp(store, prefix);
  for (const { userId } of people) {
    const { bytes, objects } = await bed.usage.read(userId);
    const there = stored.get(userId) ?? { bytes: 0, objects: 0 };
    if (bytes !== there.bytes || objects !== there.objects) {
      wrong.push(`the books say ${objects} (${bytes} bytes), the bucket ${there.objects} (${there.bytes} bytes)`);
    }
  }
  return wrong;
}

/**
 * Lets Ann do two things several times at once to an image of hers, while Bob stores one of the same bytes where nothing
 * is; answers with what was wrong.
 */
async function raceAtOneKey(arena: Arena, round: number, pair: readonly [Operation, Operation]) {
  const key = `round-${round}/a.png`;
  const { ann, bob, raceOf } = await prepare(arena, key);
  const wrong: string[] = [];
  const attempt = async (operation: Operation, userId: string, caller: number) => {
    const began = performance.now();
    const refusal = await arena.run(operation, raceOf(userId, caller));
    if (!ENDS.includes(refusal)) wrong.push(`${operation} ended with ${refusal}`);
    if (performance.now() - began > BUDGET_MS) wrong.push(`${operation} took too long`);
    return refusal === undefined;
  };
  const calls = Array.from({ length: CALLERS }, (_, caller) => attempt(pair[caller % 2 ? 1 : 0], ann.userId, caller));
  const [isAcknowledged] = await Promise.all([attempt('put', bob.userId, CALLERS), ...calls]);
  const owner = (await arena.store.head(BUCKET, key))?.metadata['owner'];
  if (isAcknowledged && owner !== bob.userId)
    wrong.push(`what Bob stored is ${owner === undefined ? 'gone' : 'replaced'}`);
  wrong.push(...(await compareBooks(arena, `round-${round}/`, [ann, bob])));
  return wrong.map((what) => `${pair.join(' and ')}: ${what}`);
}

/** Runs all pairs, each so often; answers with what was wrong. */
export async function raceAll(arena: Arena, roundsAPair: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  let round = 0;
  for (const pair of PAIRS) {
    for (let turn = 0; turn < roundsAPair; turn += 1) {
      round += 1;
      wrong.push(...(await raceAtOneKey(arena, round, pair)));
    }
  }
  return wrong;
}
