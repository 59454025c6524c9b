import type { CallLimits } from '../../../concurrency/resilience.ts';
import type { ObjectBody, Part } from '../../../ports/object-store.ts';
import { SourceFailure } from '../../disk/storage-error.ts';
import { exactly, readBody } from '../byte-source.ts';
import type { S3Object } from './address.ts';
import type { Description } from './description.ts';
import type { OpenUpload, PartCalls } from './part-calls.ts';

const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** Parts held in memory: one that is being read while the others are sent. */
const LANES = 3;
/** So short that a store which has gone silent is reported within 5 s. */
const CLEAN_UP: CallLimits = { idempotent: true, budgetMs: 1000 };

/** An object that is too large to be sent whole. */
export interface LargeWrite {
  readonly target: S3Object & Description & { readonly IfNoneMatch?: '*' };
  readonly body: ObjectBody;
  readonly size: number;
}

/** Stores an object in parts with bounded memory; when it fails, the parts are removed. */
export async function putInParts(calls: PartCalls, write: LargeWrite): Promise<{ readonly etag: string }> {
  const { IfNoneMatch, ...target } = write.target;
  const UploadId = await calls.create(target);
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  try {
    return await calls.complete(upload, await sendParts(calls, upload, write), IfNoneMatch);
  } catch (error) {
    // What this leaves behind, the sweep of stale uploads finds.
    await calls.abort(upload, CLEAN_UP).catch(() => undefined);
    throw error instanceof SourceFailure ? error.cause : error;
  }
}

async function sendParts(calls: PartCalls, upload: OpenUpload, write: LargeWrite): Promise<Part[]> {
  const failed = new AbortController();
  const sending: Promise<Part>[] = [];
  try {
    for await (const bytes of inParts(write)) {
      const part = calls.send(upload, sending.length + 1, bytes, failed.signal);
      // It is waited for below, maybe after it has failed.
      part.catch(() => undefined);
      sending.push(part);
      // The next part is read into the memory of this one.
      await sending[sending.length - LANES];
    }
    return await Promise.all(sending);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(sending);
    throw error;
  }
}

async function* inParts({ body, size }: LargeWrite): AsyncGenerator<Uint8Array> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS));
  const nextLane = createLanes(partBytes);
  let lane = nextLane();
  let filled = 0;
  for await (const chunk of exactly(readBody(body))) {
    for (let taken = 0; taken < chunk.byteLength; ) {
      const slice = chunk.subarray(taken, taken + partBytes - filled);
      lane.set(slice, filled);
      taken += slice.byteLength;
      filled += slice.byteLength;
      if (filled < partBytes) continue;
      yield lane;
      lane = nextLane();
      filled = 0;
    }
  }
  if (filled > 0) yield lane.subarray(0, filled);
}

/** Gives the same few buffers over and over. */
function createLanes(bytes: number): () => Buffer {
  const lanes: Buffer[] = [];
  let turn = 0;
  return () => {
    const index = turn % LANES;
    turn += 1;
    lanes[index] ??= Buffer.allocUnsafeSlow(bytes);
    return lanes[index];
  };
}
