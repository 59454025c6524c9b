import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../../src/stores/failure.ts';
import { explain, failureOf, RowExists, WrongEncoding } from '../../../../src/stores/postgres/failure.ts';

const errorOf = (code: string, message = 'some text'): Error => Object.assign(new Error(message), { code });

describe('what a failed request of PostgreSQL means', () => {
  it.each<[string, unknown, Failure]>([
    ['a row that is there', new RowExists(), 'duplicate'],
    ['a database of another encoding', new WrongEncoding(), 'refused'],
    ['a table that is missing', errorOf('42P01'), 'no-collection'],
    ['a conflict of transactions', errorOf('40001'), 'busy'],
    ['a deadlock', errorOf('40P01'), 'busy'],
    ['the time of a statement', errorOf('57014'), 'busy'],
    ['a server that starts', errorOf('57P03'), 'busy'],
    ['too many connections', errorOf('53300'), 'busy'],
    ['a server that is shut down under the request', errorOf('57P01'), 'unknown'],
    ['a server that crashes under the request', errorOf('57P02'), 'unknown'],
    ['a connection that the server calls broken', errorOf('08006'), 'unknown'],
    ['a failure within the server', errorOf('XX000'), 'unknown'],
    ['a failing disk', errorOf('58030'), 'unknown'],
    ['a full disk', errorOf('53100'), 'refused'],
    ['a wrong password', errorOf('28P01'), 'refused'],
    ['a database that is not there', errorOf('3D000'), 'refused'],
    ['a right that is missing', errorOf('42501'), 'refused'],
    ['a standby', errorOf('25006'), 'refused'],
    ['a certificate that nobody signed', errorOf('DEPTH_ZERO_SELF_SIGNED_CERT'), 'refused'],
    ['a certificate of another host', errorOf('ERR_TLS_CERT_ALTNAME_INVALID'), 'refused'],
    ['a certificate that is over', errorOf('CERT_HAS_EXPIRED'), 'refused'],
    ['a server without TLS', new Error('The server does not support SSL connections'), 'refused'],
    ['a port where nobody listens', errorOf('ECONNREFUSED'), 'busy'],
    ['a name that is not known now', errorOf('EAI_AGAIN'), 'busy'],
    ['no connection in time', new Error('timeout exceeded when trying to connect'), 'busy'],
    ['a reset', errorOf('ECONNRESET'), 'unknown'],
    ['an end amid the answer', new Error('Connection terminated unexpectedly'), 'unknown'],
    ['no answer in time', new Error('Query read timeout'), 'unknown'],
    ['what is no error', 'text', 'unknown'],
  ])('%s', (_, error, failure) => {
    expect(failureOf(error)).toBe(failure);
  });

  it('is told as no room where the disk is full, and as nothing where waiting is all that helps', () => {
    expect(explain(errorOf('53100'))).toMatchObject({ name: 'InsufficientStorage' });
    for (const code of ['40001', '57P01', 'ECONNRESET']) expect(explain(errorOf(code))).toBeUndefined();
  });

  it('is told in both languages with the variable to look at, and never in the words of the server', () => {
    const told = ['28P01', '28000', '3D000', '25006', 'ECONNREFUSED', 'CERT_HAS_EXPIRED'].map((code) =>
      explain(errorOf(code, 'hunter2')),
    );
    for (const text of told) {
      for (const said of [text?.zh, text?.en]) expect(said).toContain('IMAGEPIC_DATABASE_URL');
      expect(JSON.stringify(text)).not.toContain('hunter2');
    }
  });
});
