import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../../src/naming/scope.ts';
import type { PresignedRequest } from '../../../../src/ports/object-store.ts';
import { ANONYMOUS, type Member, type Narrowing } from '../../../../src/services/access/access.ts';
import type { Announcement } from '../../../../src/services/uploads/upload-records.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { announce, BYTES, MOUNT, putTo } from '../../../support/memory/direct-put.ts';
import { refusalOf } from '../../../support/refusal.ts';

const MIB = 1024 ** 2;

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed({ takesAnything: true });
  [ann, bob] = [await bed.person(), await bed.person()];
});

const narrow = (caller: Member, narrowing: Partial<Narrowing>): Member => ({
  ...caller,
  narrowing: { scopes: ['upload'], ...narrowing },
});
const begin = async (objectName: string, more: Partial<Announcement> = {}, caller = ann.caller): Promise<string> =>
  (await bed.directUploads.createMultipart(caller, announce(objectName, more))).uploadId;
const presign = (objectName: string, more: Partial<Announcement> = {}, caller = ann.caller, expiry = 300) =>
  bed.directUploads.presign(caller, announce(objectName, more), expiry, MOUNT);
const presignPart = (uploadId: string, partNumber = 1, caller = ann.caller) =>
  bed.directUploads.presignPart(caller, { uploadId, partNumber, expiry: 3600 }, MOUNT);

const send = (to: PresignedRequest, bytes: Uint8Array, length?: number) => putTo(bed, to, bytes, length);
const sendPart = async (uploadId: string, bytes: Uint8Array, partNumber = 1): Promise<{ readonly etag: string }> =>
  send(await presignPart(uploadId, partNumber), bytes);
const listed = async (caller = ann.caller): Promise<readonly string[]> =>
  (await bed.directUploads.listMultiparts(caller, BUCKET)).map(({ uploadId }) => uploadId);
const stored = async (): Promise<readonly string[]> =>
  (await bed.store.list(BUCKET, { limit: 1000 })).objects.map(({ key }) => key);

describe('an upload that was begun', () => {
  /** Everything that can be asked of it by its id. */
  const calls = {
    'sign a part': (uploadId: string, caller: Member) => presignPart(uploadId, 1, caller),
    'list its parts': (uploadId: string, caller: Member) => bed.directUploads.listParts(caller, uploadId),
    complete: (uploadId: string, caller: Member) =>
      bed.directUploads.complete(caller, uploadId, [{ partNumber: 1, etag: 'x' }], MOUNT),
    commit: (uploadId: string, caller: Member) => bed.directUploads.commit(caller, uploadId, MOUNT),
    abort: (uploadId: string, caller: Member) => bed.directUploads.abort(caller, uploadId),
  } satisfies Record<string, (uploadId: string, caller: Member) => Promise<unknown>>;

  const callers: Readonly<Record<string, () => Member>> = {
    'somebody else': () => bob.caller,
    'a token for another folder': () => narrow(ann.caller, { prefix: 'blog/' }),
    'a token for another bucket': () => narrow(ann.caller, { bucketName: 'others' }),
    'a token for smaller images': () => narrow(ann.caller, { maxBytes: BYTES.length - 1 }),
    'a token that may not upload': () => narrow(ann.caller, { scopes: ['list', 'read', 'delete'] }),
    'its owner when the grant is gone': () => ({ ...ann.caller, grants: [] }),
    'its owner when the grant is for another folder': () => ({
      ...ann.caller,
      grants: [{ bucketName: BUCKET, prefix: 'team/', actions: ['upload'] }],
    }),
  };

  const rows = Object.entries(callers).flatMap(([who, caller]) =>
    Object.entries(calls).map(([what, call]) => [who, what, caller, call] as const),
  );
  it.each(rows)('R25 answers %s who wants to %s as if it were not there', async (_who, _what, caller, call) => {
    const uploadId = await begin('private/plan.png');
    expect(await refusalOf(call(uploadId, caller()))).toBe('NoSuchUpload');
    await sendPart(uploadId, BYTES);
    expect(await refusalOf(call(uploadId, caller()))).toBe('NoSuchUpload');
    expect(await listed()).toEqual([uploadId]);
  });

  it.each(['somebody else', 'a token for another folder', 'a token for smaller images', 'a token that may not upload'])(
    'is not listed for %s',
    async (who) => {
      await begin('private/plan.png');
      expect(await listed(callers[who]?.())).toEqual([]);
      expect(await listed()).toHaveLength(1);
    },
  );

  it('S4 may be gone on with by whoever may begin it, also by another token', async () => {
    const uploadId = await begin('blog/a.png', {}, narrow(ann.caller, { prefix: 'blog/' }));
    const other = narrow(ann.caller, { prefix: 'blog/a', maxBytes: BYTES.length });
    expect(await listed(other)).toEqual([uploadId]);
    const { etag } = await send(await presignPart(uploadId, 1, other), BYTES);
    const done = await bed.directUploads.complete(other, uploadId, [{ partNumber: 1, etag }], MOUNT);
    expect(done).toMatchObject({ objectName: 'blog/a.png', size: BYTES.length });
    expect(await bed.directUploads.commit(ann.caller, uploadId, MOUNT)).toEqual(done);
    expect(await refusalOf(calls.commit(uploadId, narrow(ann.caller, { prefix: 'else/' })))).toBe('NoSuchUpload');
  });

  it('is over when its time is, for every call', async () => {
    const uploadId = await begin('a.png');
    const part = await presignPart(uploadId);
    bed.clock.now += 24 * 3600 * 1000;
    for (const call of Object.values(calls)) expect(await refusalOf(call(uploadId, ann.caller))).toBe('NoSuchUpload');
    expect(await listed()).toEqual([]);
    expect(await refusalOf(send(part, BYTES))).toBe('AccessDenied');
  });
});

describe('an address of our own mount', () => {
  const ends: Readonly<Record<string, (tokenId: string) => Promise<unknown>>> = {
    'its token is revoked': (tokenId) => bed.apiTokens.revoke(ann.userId, tokenId),
    'its token has run out': async () => {
      bed.clock.now += 601_000;
    },
    'its owner is disabled': () => bed.users.update(ann.userId, (user) => ({ ...user, disabled: true })),
    'its owner loses the grant': () => bed.users.update(ann.userId, (user) => ({ ...user, grants: [] })),
  };
  const withToken = async (scopes: readonly Scope[] = ['upload']) => {
    const { token, id } = await bed.apiTokens.create(ann.userId, { name: 't', scopes, expiresIn: 600 });
    const caller = await bed.credentials.identify(token, undefined);
    if (caller.kind === 'anonymous') throw new TypeError('the token should hold');
    return { caller, id };
  };

  it.each(Object.entries(ends))('R5 takes nothing any more when %s', async (_, end) => {
    const { caller, id } = await withToken();
    const whole = await presign('a/late.png', {}, caller, 604_800);
    const part = await presignPart(await begin('a/parts.png', {}, caller), 1, caller);
    await end(id);
    for (const address of [whole, part]) {
      const sent = send(address, BYTES);
      expect(await refusalOf(sent)).toMatch(/^(AccessDenied|NoSuchUpload)$/);
      expect(sent.state.read).toBe(false);
    }
    expect(await stored()).toEqual([]);
  });

  it.each(Object.entries(ends))('R5 shows nothing any more when %s', async (_, end) => {
    const place = { bucketName: BUCKET, objectName: 'a/seen.png' };
    await bed.put(ann.caller, place);
    const { caller, id } = await withToken(['upload', 'read']);
    const { url } = await bed.reader.presignGet(caller, place, { expiresInSeconds: 604_800, mountUrl: MOUNT });
    const open = () =>
      bed.reader.openSigned(ANONYMOUS, { ...place, query: new URL(url).searchParams, withBody: false });
    expect(await refusalOf(open())).toBeUndefined();
    await end(id);
    expect(await refusalOf(open())).toBe('AccessDenied');
  });

  it('ends with the sessions of its account, and with no other token', async () => {
    const { token } = await bed.sessions.open({ userId: ann.userId, user: ann.user });
    const caller = await bed.credentials.identify(token, undefined);
    if (caller.kind === 'anonymous') throw new TypeError('the session should hold');
    const { id } = await withToken();
    const first = await presign('a/1.png', {}, caller);
    const second = await presign('a/2.png', {}, caller);
    await bed.apiTokens.revoke(ann.userId, id);
    expect(await refusalOf(send(first, BYTES))).toBeUndefined();
    await bed.users.update(ann.userId, (user) => ({ ...user, epoch: user.epoch + 1 }));
    expect(await refusalOf(send(second, BYTES))).toBe('AccessDenied');
  });

  it.each(['overwrite', 'rename', 'error'] as const)(
    'R31 makes one image, however many use it at once (%s)',
    async (onConflict) => {
      const address = await presign('a/p.png', { onConflict });
      const answers = await Promise.all(Array.from({ length: 8 }, () => refusalOf(send(address, BYTES))));
      expect(answers.filter((refusal) => refusal === undefined)).toHaveLength(1);
      expect(new Set(answers.filter((refusal) => refusal !== undefined))).toEqual(new Set(['AccessDenied']));
      expect(await stored()).toEqual(['a/p.png']);
      expect(await bed.usage.read(ann.userId)).toEqual({ bytes: BYTES.length, objects: 1 });
    },
  );

  it('may be used again when storing failed', async () => {
    const address = await presign('a/p.png');
    bed.store.hooks.before = ({ method }) => {
      if (method === 'put') throw new Error('the store is away');
    };
    await expect(send(address, BYTES)).rejects.toThrow('away');
    bed.store.hooks.before = undefined;
    expect(await refusalOf(send(address, BYTES))).toBeUndefined();
  });
});

describe('an address of a foreign store', () => {
  beforeEach(async () => {
    bed = await createMemoryBed({ takesAnything: true, isForeign: true });
    ann = await bed.person();
  });
  const HOUR = 3600 * 1000;
  const toPending = (uploadId: string) => `.imagepic/pending/${uploadId}`;
  const put = (uploadId: string) => bed.store.put(BUCKET, toPending(uploadId), BYTES, { contentType: 'image/png' });

  it('holds for an hour at most, whatever is asked for', async () => {
    const whole = await presign('a/1.png', {}, ann.caller, 604_800);
    const part = await bed.directUploads.presignPart(
      ann.caller,
      { uploadId: await begin('a/2.png'), partNumber: 1, expiry: 604_800 },
      MOUNT,
    );
    for (const { expiresAt } of [whole, part]) expect(expiresAt.getTime() - bed.clock.now).toBe(HOUR);
    const short = await presign('a/3.png', {}, ann.caller, 60);
    expect(short.expiresAt.getTime() - bed.clock.now).toBe(60_000);
  });

  it('leaves ten minutes to commit what was put by it, and as long counts as used', async () => {
    const [inTime, late] = [await presign('a/1.png'), await presign('a/2.png')];
    await put(inTime.uploadId);
    await put(late.uploadId);
    bed.clock.now += 300_000 + 599_999;
    const commit = (uploadId: string) => bed.directUploads.commit(ann.caller, uploadId, MOUNT);
    expect(await commit(inTime.uploadId)).toMatchObject({ objectName: 'a/1.png' });
    expect(await bed.openUploads.list(ann.userId)).toHaveLength(1);
    bed.clock.now += 1;
    expect(await refusalOf(commit(late.uploadId))).toBe('NoSuchUpload');
    await presign('a/3.png');
    expect(await bed.store.head(BUCKET, toPending(late.uploadId))).toBeUndefined();
  });

  it('S4 is committed by a token for its folder and size alone, however it was put', async () => {
    const { uploadId } = await presign('private/plan.png');
    await put(uploadId);
    for (const narrowing of [{ prefix: 'blog/' }, { maxBytes: 1 }, { bucketName: 'others' }]) {
      const commit = bed.directUploads.commit(narrow(ann.caller, narrowing), uploadId, MOUNT);
      expect(await refusalOf(commit)).toBe('NoSuchUpload');
    }
    const answers = await Promise.all([1, 2, 3].map(() => bed.directUploads.commit(ann.caller, uploadId, MOUNT)));
    expect(new Set(answers.map(({ etag }) => etag)).size).toBe(1);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: BYTES.length, objects: 1 });
  });
});

describe('an abort', () => {
  it('gives up an address for a whole image, with its room', async () => {
    const to = await presign('a/m.png');
    await bed.directUploads.abort(ann.caller, to.uploadId);
    expect(await bed.openUploads.list(ann.userId)).toEqual([]);
    expect(await refusalOf(send(to, BYTES))).toBe('NoSuchUpload');
    expect(await refusalOf(bed.directUploads.abort(ann.caller, to.uploadId))).toBe('NoSuchUpload');
    expect(await stored()).toEqual([]);
  });

  it('leaves alone what has become an image', async () => {
    const to = await presign('a/m.png');
    await send(to, BYTES);
    expect(await refusalOf(bed.directUploads.abort(ann.caller, to.uploadId))).toBe('NoSuchUpload');
    expect(await stored()).toEqual(['a/m.png']);
  });
});

describe('a commit', () => {
  const complete = async (uploadId: string, etag: string, by = bed) =>
    by.directUploads.complete(ann.caller, uploadId, [{ partNumber: 1, etag }], MOUNT);

  it('that comes several times at once, to two instances, makes one image and has one answer', async () => {
    const uploadId = await begin('a/m.png', { onConflict: 'rename' });
    const { etag } = await sendPart(uploadId, BYTES);
    const other = { ...bed, ...bed.another() };
    const answers = await Promise.all([bed, other, bed, other].map((by) => complete(uploadId, etag, by)));
    expect(new Set(answers.map(({ objectName }) => objectName))).toEqual(new Set(['a/m.png']));
    expect(await stored()).toEqual(['a/m.png']);
  });

  it('is refused while another is not through, and may be tried again a minute after that one has died', async () => {
    const uploadId = await begin('a/m.png', { onConflict: 'rename' });
    const { etag } = await sendPart(uploadId, BYTES);
    bed.store.hooks.before = ({ method }) => (method === 'put' ? new Promise<void>(() => undefined) : undefined);
    void complete(uploadId, etag);
    await expect.poll(async () => (await bed.store.head(BUCKET, `.imagepic/pending/${uploadId}`))?.size).toBe(28);
    expect(await refusalOf(bed.directUploads.commit(ann.caller, uploadId, MOUNT))).toBe('IdempotencyInFlight');
    expect(await refusalOf(bed.directUploads.abort(ann.caller, uploadId))).toBe('IdempotencyInFlight');
    bed.store.hooks.before = undefined;
    bed.clock.now += 60_000;
    expect(await bed.directUploads.commit(ann.caller, uploadId, MOUNT)).toMatchObject({ objectName: 'a/m.png' });
  });

  it('gives up what is no image as announced, and the room with it', async () => {
    const uploadId = await begin('a/m.png', { contentType: 'image/jpeg' });
    const { etag } = await sendPart(uploadId, BYTES);
    expect(await refusalOf(complete(uploadId, etag))).toBe('InvalidImage');
    expect(await refusalOf(complete(uploadId, etag))).toBe('NoSuchUpload');
    expect(await bed.openUploads.list(ann.userId)).toEqual([]);
  });
});

describe('parts', () => {
  const SIZE = 20 * MIB;

  it.each([
    [1, SIZE, 8 * MIB],
    [2, SIZE, 8 * MIB],
    [3, SIZE, 4 * MIB],
    [1, 100, 100],
    [1, 8 * MIB, 8 * MIB],
    [2, 8 * MIB + 1, 1],
  ])('R31 let number %i of %i bytes have %i and no more', async (partNumber, size, most) => {
    const uploadId = await begin('a/huge.png', { size });
    const address = await presignPart(uploadId, partNumber);
    const tooMuch = send(address, Buffer.alloc(1), most + 1);
    expect(await refusalOf(tooMuch)).toBe('EntityTooLarge');
    expect(tooMuch.state.read).toBe(false);
    expect(await refusalOf(send(address, Buffer.alloc(most)))).toBeUndefined();
    expect(await refusalOf(send(address, Buffer.alloc(most)))).toBeUndefined();
  });

  it.each([
    [2, 100],
    [2, 8 * MIB],
    [4, SIZE],
    [10_000, SIZE],
  ])('have no number %i of %i bytes', async (partNumber, size) => {
    expect(await refusalOf(presignPart(await begin('a/huge.png', { size }), partNumber))).toBe('InvalidArgument');
  });

  it('that lie about their length leave nothing', async () => {
    const uploadId = await begin('a/huge.png', { size: 100 });
    const address = await presignPart(uploadId);
    for (const length of [99, 101]) {
      await expect(send(address, Buffer.alloc(length), 100)).rejects.toMatchObject({ code: 'InvalidArgument' });
    }
    expect(await bed.directUploads.listParts(ann.caller, uploadId)).toEqual([]);
  });
});

describe('the list of uploads under way', () => {
  const list = (caller = ann.caller) => bed.directUploads.listMultiparts(caller, BUCKET);

  it('has those in parts and whole ones, until they are given up or stored', async () => {
    const inParts = await begin('in/a.png');
    const put = await presign('in/b.png');
    expect(await list()).toEqual([
      { kind: 'parts', uploadId: inParts, objectName: 'in/a.png', size: BYTES.length, expiresAt: expect.any(String) },
      {
        kind: 'whole',
        uploadId: put.uploadId,
        objectName: 'in/b.png',
        size: BYTES.length,
        expiresAt: expect.any(String),
      },
    ]);
    await send(put, BYTES);
    expect(await listed()).toEqual([inParts]);
    const other = await presign('in/c.png');
    await bed.directUploads.abort(ann.caller, inParts);
    expect(await listed()).toEqual([other.uploadId]);
    await bed.directUploads.abort(ann.caller, other.uploadId);
    expect(await listed()).toEqual([]);
  });

  it('shows of whole ones what the caller may begin, and no other', async () => {
    const [inside, outside] = [await presign('in/a.png'), await presign('out/b.png')];
    expect(await listed(narrow(ann.caller, { prefix: 'in/' }))).toEqual([inside.uploadId]);
    expect(await listed(narrow(ann.caller, { prefix: 'out/' }))).toEqual([outside.uploadId]);
    expect(await listed(narrow(ann.caller, { maxBytes: BYTES.length - 1 }))).toEqual([]);
    expect(await listed(bob.caller)).toEqual([]);
  });
});
