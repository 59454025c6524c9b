import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import type { PostgresConnection } from '../../src/stores/postgres/pool.ts';
import { describeDocumentStore } from '../suites/document-store.suite.ts';
import { portOf } from '../support/chaos-proxy.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

const now = (): Date => new Date();

describe.skipIf(isPostgresMissing)('on PostgreSQL', () => {
  let postgres: Postgres;
  let offset = 0;
  const open = (changed: Partial<PostgresConnection> = {}) =>
    createPostgresDocumentStore({ ...postgres.connection, ...changed, now });

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  describeDocumentStore(
    'postgres',
    async () => {
      const moved = (): Date => new Date(Date.now() + offset);
      const store = createPostgresDocumentStore({ ...postgres.connection, now: moved });
      return { store, close: async () => undefined };
    },
    {
      advanceClock: (milliseconds) => {
        offset += milliseconds;
      },
    },
  );

  it('makes its table once, however many begin at once', async () => {
    await postgres.sql('CREATE DATABASE many');
    const stores = Array.from({ length: 12 }, () => open({ database: 'many' }));
    const made = await Promise.all(stores.map((store, index) => store.create('users', `u${index}`, { index })));
    expect(made).toEqual(stores.map(() => true));
    expect((await open({ database: 'many' }).list('users', { limit: 100 })).documents).toHaveLength(12);
  });

  it('lists ids byte by byte, whatever the language of the database', async () => {
    await postgres.sql(
      `CREATE DATABASE spoken TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C.UTF-8'`,
    );
    const store = open({ database: 'spoken' });
    const ids = ['-b', '0', '_a', 'a', 'a-', 'a_', 'aa', 'b'];
    await Promise.all(ids.map((id) => store.create('users', id, {})));
    expect((await store.list('users', { limit: 100 })).documents.map(({ id }) => id)).toEqual([...ids].sort());
  });

  it('keeps commits on the disk where the database is told not to wait for it', async () => {
    await postgres.sql('CREATE DATABASE hasty');
    await postgres.sql('ALTER DATABASE hasty SET synchronous_commit = off');
    const store = open({ database: 'hasty' });
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.create('users', `u${index}`, { index })));
    await postgres.crash();
    await postgres.restart();
    expect((await open({ database: 'hasty' }).list('users', { limit: 100 })).documents).toHaveLength(20);
  });

  describe('says what to do', () => {
    const refusal = (changed: Partial<PostgresConnection>) =>
      open(changed)
        .read('users', 'u1')
        .then(
          () => 'answered',
          (error) => `${error.code} ${error.message}`,
        );

    it.each<[string, Partial<PostgresConnection>, RegExp]>([
      ['a wrong password', { password: 'hunter2' }, /ServiceUnavailable.*refuses the login/],
      ['no password', { password: '' }, /ServiceUnavailable.*refuses the login/],
      ['an unknown user', { user: 'nobody' }, /refuses the login/],
      ['a database that is not there', { database: 'nowhere' }, /CREATE DATABASE/],
      ['a port where nobody listens', { port: 1 }, /cannot be reached/],
      ['a host that nobody knows', { host: 'no-such-host.invalid' }, /cannot be reached/],
      ['a certificate that nobody signed', { sslmode: 'verify-full' }, /sslrootcert=/],
      ['a CA that is not there', { sslmode: 'verify-full', sslrootcert: '/nowhere.crt' }, /cannot be read/],
    ])('of %s', async (_, changed, expected) => {
      const told = await refusal(changed);
      expect(told).toMatch(expected);
      expect(told).not.toContain('hunter2');
    });

    it('of a database in another encoding', async () => {
      await postgres.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'");
      expect(await refusal({ database: 'latin' })).toMatch(/not UTF8/);
    });

    it('of a user that may make no table', async () => {
      await postgres.sql("CREATE ROLE guest LOGIN PASSWORD 'guest'");
      expect(await refusal({ user: 'guest', password: 'guest' })).toMatch(/grant it CREATE/);
    });
  });

  describe('says what the server refuses', () => {
    const write = async (database: string): Promise<string> =>
      open({ database })
        .create('users', 'u1', {})
        .then(
          (done) => String(done),
          (error) => `${error.code} ${error.message}`,
        );

    it('as a full disk, and keeps what was there', async () => {
      await postgres.sql('CREATE DATABASE full_disk');
      await open({ database: 'full_disk' }).create('users', 'u0', { kept: true });
      await postgres.sql(
        `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END$$;
         CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON imagepic_documents FOR EACH ROW EXECUTE FUNCTION fill()`,
        'full_disk',
      );
      expect(await write('full_disk')).toMatch(/^InsufficientStorage .*make room/);
      expect((await open({ database: 'full_disk' }).read('users', 'u0'))?.doc).toEqual({ kept: true });
    });

    it('as a standby', async () => {
      await postgres.sql('CREATE DATABASE standby');
      await postgres.sql('ALTER DATABASE standby SET default_transaction_read_only = on');
      expect(await write('standby')).toMatch(/^ServiceUnavailable .*primary/);
    });

    it('as no TLS', async () => {
      // What a server without TLS says to a request for it: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
      const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end('N')));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const store = open({ port: portOf(server), sslmode: 'require' });
      await expect(store.ping()).rejects.toMatchObject({ message: expect.stringContaining('sslmode=disable') });
      await new Promise((resolve) => server.close(resolve));
    });
  });

  it.each(['require', 'verify-ca', 'verify-full'] as const)('speaks TLS with sslmode=%s', async (sslmode) => {
    const store = open({ sslmode, ...(sslmode !== 'require' && { sslrootcert: postgres.certificate }) });
    const counted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND datname = 'bed'";
    const before = Number(await postgres.sql(counted));
    await store.ping();
    expect(Number(await postgres.sql(counted))).toBeGreaterThan(before);
  });
});
