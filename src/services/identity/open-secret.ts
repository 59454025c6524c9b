import { randomBytes } from 'node:crypto';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Bed } from '../bed.ts';
import { readOrCreateKey } from './keys.ts';

/** Where the documents are gone, their secret is too, and none is made in its place. */
export async function openSecret(documents: DocumentStore, bed: Bed, state: string | undefined): Promise<string> {
  if (state !== 'lost') return readOrCreateKey(documents, 'secret');
  bed.giveUp();
  return randomBytes(32).toString('hex');
}
