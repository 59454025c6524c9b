import { describe, expect, it } from 'vitest';
import { closeBody } from '../../../src/concurrency/close-body.ts';

describe('closing a body', () => {
  it('closes what it reads from, and takes no more than it must', async () => {
    const events: string[] = [];
    async function* read(): AsyncGenerator<Uint8Array> {
      try {
        for (let count = 0; count < 9; count += 1) {
          events.push(`chunk ${count}`);
          yield new Uint8Array(1);
        }
      } finally {
        events.push('closed');
      }
    }
    await closeBody(read());
    expect(events).toEqual(['chunk 0', 'closed']);
  });

  it('has nothing to do without one', async () => {
    await expect(closeBody(undefined)).resolves.toBeUndefined();
  });
});
