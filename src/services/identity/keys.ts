import { hkdfSync, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** What the one secret is stretched into, so that no key serves two purposes. */
export type KeyPurpose = 'access-token' | 'signed-request' | 'delete-capability' | 'admin-code' | 'variant' | 'share';

/** Derives a 32-byte key. @see https://datatracker.ietf.org/doc/html/rfc5869 */
export const deriveKey = (secret: string, purpose: KeyPurpose): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, 'imagepic', purpose, 32));

/** Derives a key of each secret: the first signs, all of them verify. */
export const deriveKeys = (
  [secret, ...previous]: readonly [string, ...string[]],
  purpose: KeyPurpose,
): readonly [Uint8Array, ...Uint8Array[]] => [
  deriveKey(secret, purpose),
  ...previous.map((key) => deriveKey(key, purpose)),
];

/** Keys that a bed has made for itself. */
export const KEYS = defineCollection({
  name: 'settings',
  schema: v.object({ key: v.string() }),
  retention: { kept: 'without them nothing that was signed or hashed holds' },
});

/** The 32-byte key, hex, that is kept in the documents under `settings/<name>`; the first to ask makes it. */
export async function readOrCreateKey(documents: DocumentStore, name: string): Promise<string> {
  const keys = openCollection(documents, KEYS);
  const { key } = await keys.upsert(name, (kept) => kept ?? { key: randomBytes(32).toString('hex') });
  return key;
}
