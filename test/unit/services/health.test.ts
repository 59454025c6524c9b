import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHealth } from '../../../src/services/health.ts';

const up = { kind: 'memory', ping: async () => undefined };
const down = { kind: 's3', ping: () => Promise.reject(new Error('a secret of the store')) };
const silent = { kind: 'cloudbase', ping: () => new Promise<void>(() => {}) };

afterEach(() => {
  vi.useRealTimers();
});

describe('the health check', () => {
  it.each([
    ['both answer', up, up, 'up', 'up', 'up'],
    ['documents fail', down, up, 'down', 'down', 'up'],
    ['objects fail', up, down, 'down', 'up', 'down'],
    ['both fail', down, down, 'down', 'down', 'down'],
  ])('says what it found when %s', async (_, documents, objects, state, ofDocuments, ofObjects) => {
    expect(await createHealth('1.2.3', { documents, objects })()).toEqual({
      state,
      versions: { imagepic: '1.2.3', node: process.versions.node },
      stores: {
        documents: { kind: documents.kind, state: ofDocuments },
        objects: { kind: objects.kind, state: ofObjects },
      },
    });
  });

  it('says no more of a failure than that it is there', async () => {
    expect(JSON.stringify(await createHealth('1', { documents: down, objects: down })())).not.toContain('secret');
  });

  it('waits for both at once, two seconds and no longer', async () => {
    vi.useFakeTimers();
    let report: unknown;
    void createHealth('1', { documents: silent, objects: silent })().then((found) => {
      report = found;
    });
    await vi.advanceTimersByTimeAsync(1999);
    expect(report).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(report).toMatchObject({
      state: 'down',
      stores: { documents: { state: 'down' }, objects: { state: 'down' } },
    });
  });

  it('looks again each time', async () => {
    let pings = 0;
    const ping = async (): Promise<void> => {
      pings += 1;
    };
    const counted = { kind: 'memory', ping };
    const health = createHealth('1', { documents: counted, objects: counted });
    await health();
    await health();
    expect(pings).toBe(4);
  });
});
