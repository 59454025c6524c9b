// Writes what is served at /openapi.json and /reference beside a server of one's own.
import { resolve } from 'node:path';
import { writeReference } from './openapi/write-reference.ts';

await writeReference(resolve('.build/reference'));
