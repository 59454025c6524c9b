import { sha256 } from '@noble/hashes/sha2.js';
import type { Hash } from './source.ts';

/** Begins a SHA-256 in JavaScript: WebCrypto hashes nothing piece by piece, and is not there where the page came by http. */
export const createSha256 = (): Hash => sha256.create();
