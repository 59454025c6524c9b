import type { ImageRecords } from '../../src/ports/image-records.ts';
import type { CloudBaseConnection } from '../../src/stores/cloudbase/client.ts';
import type { MongodbConnection } from '../../src/stores/mongodb/client.ts';
import type { PostgresConnection } from '../../src/stores/postgres/pool.ts';
import { createCloudBaseImageRecords } from '../../src/stores/records/cloudbase/image-records.ts';
import { createMongodbImageRecords } from '../../src/stores/records/mongodb/image-records.ts';
import { createPostgresImageRecords } from '../../src/stores/records/postgres/image-records.ts';
import { createSqliteImageRecords } from '../../src/stores/records/sqlite/image-records.ts';
import { serveTasks } from './cloudbase-emulator/process.ts';
import { imageRecord, numberedImageId } from './image-record.ts';

const now = (): Date => new Date();

/** Where the parent, a test, keeps them: a file of SQLite, or a database of PostgreSQL, MongoDB or CloudBase. */
function openRecords(kind: string, place: string): ImageRecords {
  if (kind === 'sqlite') return createSqliteImageRecords({ file: place, now });
  if (kind === 'mongodb') {
    const connection: MongodbConnection = JSON.parse(place);
    return createMongodbImageRecords({ ...connection, now });
  }
  if (kind === 'cloudbase') {
    const connection: CloudBaseConnection = JSON.parse(place);
    return createCloudBaseImageRecords({ ...connection, now });
  }
  const connection: PostgresConnection = JSON.parse(place);
  return createPostgresImageRecords({ ...connection, now });
}

const [kind = '', place = ''] = process.argv.slice(2);
const records = openRecords(kind, place);

serveTasks({
  /** Tells in which rounds this process was the one that put the record of the round. */
  put: async (rounds: number) => {
    const won: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      if (await records.put(imageRecord({ imageId: numberedImageId(round), title: `${process.pid}` }))) won.push(round);
    }
    return won;
  },

  /** Adds one to the size of a record so often. */
  addByCompareAndSet: async (imageId: string, rounds: number) => {
    for (let done = 0; done < rounds; ) {
      const { revision = '', ...record } = (await records.get(imageId)) ?? {
        revision: undefined,
        ...imageRecord({ imageId }),
      };
      if (await records.replace({ ...record, size: record.size + 1 }, revision)) done += 1;
    }
  },

  /** Puts a record under a number, says a word of another one, and removes one; what is acknowledged is the answer. */
  write: async (number: number, shared: string) => {
    const put = await records.put(imageRecord({ imageId: numberedImageId(number), title: `no${number}` }));
    const { revision = '', ...record } = (await records.get(shared)) ?? {
      revision: undefined,
      ...imageRecord({ imageId: shared }),
    };
    const replaced = await records.replace({ ...record, title: `now${number}`, size: number }, revision);
    await records.remove(numberedImageId(number - 2));
    return { put, replaced };
  },
});
