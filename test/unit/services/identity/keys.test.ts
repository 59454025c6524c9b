import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKey, readOrCreateKey } from '../../../../src/services/identity/keys.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';
import { refusalOf } from '../../../support/refusal.ts';

const open = () => createMemoryDocumentStore(() => new Date(0));

describe('a derived key', () => {
  it('is another one for each purpose and each secret, and always the same', () => {
    const keys = (['access-token', 'signed-request', 'delete-capability'] as const).flatMap((purpose) =>
      ['a', 'b', ''].map((secret) => Buffer.from(deriveKey(secret, purpose)).toString('hex')),
    );
    expect(new Set(keys).size).toBe(9);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(deriveKey('a', 'access-token')).toEqual(deriveKey('a', 'access-token'));
  });

  it('is HKDF of RFC 5869, so that what was signed holds over releases', () => {
    const expected = new Uint8Array(hkdfSync('sha256', 'secret', 'imagepic', 'access-token', 32));
    expect(deriveKey('secret', 'access-token')).toEqual(expected);
  });
});

describe('a key that the bed keeps', () => {
  it('is made once, whoever asks, and one for each name', async () => {
    const documents = open();
    const keys = await Promise.all(Array.from({ length: 10 }, () => readOrCreateKey(documents, 'identity')));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await readOrCreateKey(documents, 'other')).not.toBe(keys[0]);
    expect(await readOrCreateKey(open(), 'identity')).not.toBe(keys[0]);
  });

  it('that is damaged is not made anew, which would make strangers of all people', async () => {
    const documents = open();
    await documents.create('settings', 'identity', { key: 5 });
    expect(await refusalOf(readOrCreateKey(documents, 'identity'))).toBe('ServiceUnavailable');
    expect(documents.texts().get('settings/identity')).toBe('{"key":5}');
  });
});
