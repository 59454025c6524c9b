import type { ImageFilter, ImageGroup, ImageGrouping, ImageRecord, ImageRecords } from '../../ports/image-records.ts';
import { checkLimit } from '../arguments.ts';
import { type Explain, type FailureOf, toAppError } from '../failure.ts';
import { type Call, createRequests } from '../requests.ts';
import { type Change, isRevision, nextRevision } from '../revision.ts';
import { writeOnce } from '../write-once.ts';
import { checkFilter, checkGrouping, checkImageId, checkPage, checkRecord } from './checks.ts';
import { parseCursor } from './cursor.ts';
import { countGroups, countRows, searchRows } from './row-search.ts';
import { decodeRow, type RowDatabase, toTermRow } from './rows.ts';

/** A database of rows with lists of terms. */
export interface RowImageRecordsOptions {
  /** Loads the SDK with the first call. */
  readonly open: () => Promise<RowDatabase>;
  readonly failureOf: FailureOf;
  readonly explain?: Explain;
  readonly now: () => Date;
  readonly random: () => number;
}

/**
 * Creates image records on rows of any database that writes one row where it still has a revision, and has an index of
 * each term in a list: what terms do not tell is compared here. A request takes at most 2 s, a call 5 s; what becomes of a
 * write whose answer is lost is looked up.
 */
export function createRowImageRecords(options: RowImageRecordsOptions): ImageRecords {
  const { failureOf, explain, now, random } = options;
  const requests = createRequests({ failureOf, now, random });
  let opened: Promise<RowDatabase> | undefined;
  let prepared: Promise<void> | undefined;
  const run = async <Result>(work: (call: Call, database: RowDatabase) => Promise<Result>): Promise<Result> => {
    try {
      opened ??= options.open();
      const database = await opened;
      return await work(requests.begin(), database);
    } catch (error) {
      throw toAppError(error, explain);
    }
  };
  /** Whoever writes first makes what is missing, once. */
  const prepare = (call: Call, database: RowDatabase): Promise<void> => {
    prepared ??= call.repeatedly(database.prepare).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
  const falseIfDuplicate = (error: unknown): false => {
    if (failureOf(error) !== 'duplicate') throw error;
    return false;
  };
  const write = (record: ImageRecord, expected: string | undefined): Promise<boolean> => {
    const change: Change = { written: nextRevision(expected), expected };
    const row = toTermRow(record, change.written);
    return run(async (call, database) => {
      await prepare(call, database);
      const findRevision = async (): Promise<string | undefined> => {
        const found = await call.repeatedly(() => database.find(record.imageId));
        return found && decodeRow(found).revision;
      };
      const send = () =>
        expected === undefined
          ? database.insert(row).then(() => true, falseIfDuplicate)
          : database.update(row, expected);
      return writeOnce(call, { change, send, findRevision }, failureOf);
    });
  };

  return {
    put: async (record) => {
      checkRecord(record);
      return write(record, undefined);
    },
    get: async (imageId) => {
      checkImageId(imageId);
      const row = await run((call, database) => call.repeatedly(() => database.find(imageId)));
      return row && decodeRow(row);
    },
    replace: async (record, revision) => {
      checkRecord(record);
      return isRevision(revision) && write(record, revision);
    },
    remove: async (imageId, revision) => {
      checkImageId(imageId);
      return run(async (call, database) => {
        await call.repeatedly(() => database.remove(imageId, revision));
        // What an attempt whose answer was lost has removed is gone too.
        return revision === undefined || (await call.repeatedly(() => database.find(imageId))) === undefined;
      });
    },
    search: async (search) => {
      checkFilter(search);
      checkPage(search);
      const after = parseCursor(search);
      if (search.within.length === 0) return { images: [] };
      return run((call, database) => searchRows({ call, database }, search, after));
    },
    count: async (filter) => {
      checkFilter(filter);
      if (filter.within.length === 0) return { images: 0, isExact: true };
      return run((call, database) => countRows({ call, database }, filter));
    },
    countBy: async (filter: ImageFilter, by: ImageGrouping, limit: number): Promise<readonly ImageGroup[]> => {
      checkFilter(filter);
      checkGrouping(by);
      checkLimit(limit);
      if (filter.within.length === 0) return [];
      const groups = await run((call, database) => countGroups({ call, database }, filter, by));
      return groups.slice(0, limit);
    },
    ping: () =>
      run(async (call, database) => {
        await call.repeatedly(() => database.find('ping'));
      }),
    close: async () => (await opened)?.close?.(),
  };
}
