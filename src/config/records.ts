import * as v from 'valibot';
import { oneOf } from '../naming/one-of.ts';
import type { DocumentsConfig } from './documents.ts';
import type { Platform } from './platform.ts';
import { type Values, variable, wholeNumber } from './variable.ts';

const KINDS = ['none', 'sqlite', 'postgres', 'mongodb', 'cloudbase'] as const;

/** Where the records of images are. */
export type RecordsKind = (typeof KINDS)[number];

/** Where they are, and whether somebody has said so: a bed that was told to keep them does not start without. */
export interface RecordsConfig {
  readonly records: RecordsKind;
  readonly recordsAsked: boolean;
  /** How many days what is removed can come back, where there are records, 30 unless said; 0 for none. */
  readonly trashDays: number;
}

/** What says where they are. */
export const recordsVariables = {
  IMAGEPIC_RECORDS: variable(v.optional(v.picklist(KINDS)), oneOf(KINDS, 'en')),
  IMAGEPIC_TRASH_DAYS: variable(v.optional(wholeNumber(4), '30'), 'a number of days up to 9999, 0 for no trash'),
};

interface Reading {
  readonly documents: DocumentsConfig;
  readonly platform: Platform;
  readonly problems: string[];
}

/** Makes of it where the records are: in a file of this host, as documents are, or in the database of the documents. */
export function toRecords(
  { IMAGEPIC_RECORDS: asked, IMAGEPIC_TRASH_DAYS: trashDays }: Values<typeof recordsVariables>,
  { documents, platform, problems }: Reading,
): RecordsConfig {
  const isOnOneHost = documents.kind === 'file' && !platform.inCloud && !platform.allowsFiles;
  const kind = asked ?? (isOnOneHost ? 'sqlite' : 'none');
  if (kind !== 'none' && kind !== 'sqlite' && documents.kind !== kind) {
    problems.push(
      `IMAGEPIC_RECORDS=${kind} keeps records in the database of the documents: set IMAGEPIC_DOCUMENTS=${kind} too`,
    );
  }
  if (kind === 'sqlite' && (platform.inCloud || platform.allowsFiles)) {
    problems.push(
      'IMAGEPIC_RECORDS=sqlite needs a disk of one host, which instances of a cloud function and hosts of a shared mount are not: set postgres, mongodb, cloudbase or none',
    );
  }
  return { records: kind, recordsAsked: asked !== undefined, trashDays };
}
