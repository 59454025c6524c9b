import { beforeEach, expect, it, vi } from 'vitest';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const WHOLE = { bucketName: BUCKET, prefix: '', pageSize: 1, pageNum: 1, recursive: true };
let bed: MemoryBed;
let ann: MemoryPerson;
let ben: MemoryPerson;
let opened: () => void;
let walks: number;

beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  ben = await bed.person();
  walks = 0;
  const gate = new Promise<void>((resolve) => {
    opened = resolve;
  });
  bed.store.hooks.before = async ({ method }) => {
    if (method !== 'list') return;
    walks += 1;
    await gate;
  };
});

it('S14 a caller walks a whole bucket once at a time, and keeps nobody else waiting', async () => {
  const list = (who: MemoryPerson) => bed.reader.list(who.caller, WHOLE);
  const all = [list(ann), list(ann), list(ann), list(ben)];
  await vi.waitFor(() => expect(walks).toBe(2));
  opened();
  expect((await Promise.all(all)).map(({ total }) => total)).toEqual([0, 0, 0, 0]);
  expect(walks).toBe(4);
});

it('S14 a caller whose walks do not end is told to page by token', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const first = bed.reader.list(ann.caller, WHOLE);
    const second = refusalOf(bed.reader.list(ann.caller, WHOLE));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await second).toBe('TooManyRequests');
    opened();
    expect((await first).total).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
