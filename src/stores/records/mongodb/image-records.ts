import type {
  ImageFilter,
  ImageGroup,
  ImageGrouping,
  ImageRecord,
  ImageRecords,
} from '../../../ports/image-records.ts';
import { checkLimit } from '../../arguments.ts';
import { toAppError } from '../../failure.ts';
import type { MongodbConnection } from '../../mongodb/client.ts';
import { explain, failureOf } from '../../mongodb/failure.ts';
import { type Call, createRequests } from '../../requests.ts';
import { type Change, isRevision, nextRevision } from '../../revision.ts';
import { writeOnce } from '../../write-once.ts';
import { checkFilter, checkGrouping, checkImageId, checkRecord } from '../checks.ts';
import { parseCursor } from '../cursor.ts';
import { decodeRecord } from '../encoding.ts';
import { type MongodbDatabase, openDatabase, type Stored, toStored } from './database.ts';
import { countGroups, countRows, searchRows } from './search.ts';

/** Which database; the collection `imagepic_images` is made in it when something is first stored. */
export interface MongodbImageRecordsOptions extends MongodbConnection {
  readonly now: () => Date;
  /** After how many milliseconds without a request its connections are closed; 10,000 unless given. */
  readonly idleMs?: number;
  readonly random?: () => number;
}

/**
 * Creates image records in MongoDB ≥ 4.2, or in a server of its protocol, by the driver, which is loaded on first use.
 *
 * A row is the record as JSON, and beside it its terms, all in one multikey index. The server is asked for nothing that not
 * every one of them does: what terms do not tell is compared here. A request takes at most 2 s, a call 5 s; what becomes of
 * a write whose answer is lost is looked up.
 */
export function createMongodbImageRecords(options: MongodbImageRecordsOptions): ImageRecords {
  const { now, random = Math.random } = options;
  const requests = createRequests({ failureOf, now, random });
  let opened: Promise<MongodbDatabase> | undefined;
  let indexed: Promise<void> | undefined;
  const run = async <Result>(work: (call: Call, database: MongodbDatabase) => Promise<Result>): Promise<Result> => {
    try {
      opened ??= openDatabase(options, options.idleMs);
      const database = await opened;
      return await work(requests.begin(), database);
    } catch (error) {
      throw toAppError(error, explain);
    }
  };
  /** Whoever writes first makes what is missing, once. */
  const makeIndexes = (call: Call, database: MongodbDatabase): Promise<void> => {
    indexed ??= call.repeatedly(database.makeIndexes).catch((error: unknown) => {
      indexed = undefined;
      throw error;
    });
    return indexed;
  };
  const write = (record: ImageRecord, expected: string | undefined): Promise<boolean> => {
    const change: Change = { written: nextRevision(expected), expected };
    const row = toStored(record, change.written);
    return run(async (call, database) => {
      await makeIndexes(call, database);
      const findRevision = async (): Promise<string | undefined> => {
        const found = await call.repeatedly(() => database.find(record.imageId));
        return found && decode(found).revision;
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
      return row && decode(row);
    },
    replace: async (record, revision) => {
      checkRecord(record);
      return isRevision(revision) && write(record, revision);
    },
    remove: async (imageId) => {
      checkImageId(imageId);
      await run((call, database) => call.repeatedly(() => database.remove(imageId)));
    },
    search: async (search) => {
      checkFilter(search);
      checkLimit(search.limit);
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
  };
}

const decode = ({ record, revision }: Stored) => decodeRecord(record, revision);

function falseIfDuplicate(error: unknown): false {
  if (failureOf(error) !== 'duplicate') throw error;
  return false;
}
