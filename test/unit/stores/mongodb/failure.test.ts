import { MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../../src/stores/failure.ts';
import { explain, failureOf, MalformedAnswer, RowTooLarge } from '../../../../src/stores/mongodb/failure.ts';

/** What the server says no with. */
const answer = (code: number | undefined, errmsg = 'some text'): Error =>
  new MongoServerError({ message: errmsg, errmsg, ...(code !== undefined && { code }) });
/** What the driver throws, some of which nobody else can construct. */
const named = (name: string, more: object = {}): Error => Object.assign(new Error('some text'), { name, ...more });
const coded = (code: string): Error => Object.assign(new Error('some text'), { code });
const unconnected = (cause: Error, servers: readonly Error[] = []): Error =>
  named('MongoServerSelectionError', {
    cause,
    reason: { servers: new Map(servers.map((error, index) => [`h${index}`, { error }])) },
  });
const inHandshake = (): Error => {
  const error = new MongoNetworkError('connection closed');
  error.addErrorLabel('HandshakeError');
  return error;
};

describe('what a failed request of MongoDB means', () => {
  it.each<[string, unknown, Failure]>([
    ['a row that is there', answer(11000), 'duplicate'],
    ['a conflict of writes', answer(112), 'busy'],
    ['a member that does not lead', answer(10107), 'busy'],
    ['a member that leads no more', answer(189), 'unknown'],
    ['a server that is shut down under the request', answer(11600), 'unknown'],
    ['the time of the server', answer(50), 'unknown'],
    ['a write that most do not have in time', named('MongoWriteConcernError', { code: 64 }), 'unknown'],
    ['a write that most cannot have', named('MongoWriteConcernError', { code: 100 }), 'unknown'],
    ['a wrong password', answer(18), 'refused'],
    ['a right that is missing', answer(13), 'refused'],
    ['a full disk', answer(14031), 'refused'],
    ['a no in words alone', answer(undefined), 'refused'],
    ['a document that is too large', new RowTooLarge(), 'refused'],
    ['a server that is too old', named('MongoCompatibilityError'), 'refused'],
    ['a certificate that nobody signed', unconnected(coded('DEPTH_ZERO_SELF_SIGNED_CERT')), 'refused'],
    ['one of another host, at one of them', unconnected(coded(''), [coded('ERR_TLS_CERT_ALTNAME_INVALID')]), 'refused'],
    ['a CA that is not there', coded('ENOENT'), 'refused'],
    ['a server without TLS', unconnected(coded('EPROTO')), 'refused'],
    ['no server in time', unconnected(coded('ECONNREFUSED')), 'busy'],
    ['no connection in time', named('MongoWaitQueueTimeoutError'), 'busy'],
    ['a name that is not known now', coded('EAI_AGAIN'), 'busy'],
    ['an end before anything was sent', inHandshake(), 'busy'],
    ['a connection that breaks amid the answer', new MongoNetworkError('connection closed'), 'unknown'],
    ['no answer in time', named('MongoNetworkTimeoutError'), 'unknown'],
    ['connections that are dropped as another broke', named('PoolClearedOnNetworkError'), 'unknown'],
    ['an answer that counts no rows', new MalformedAnswer(), 'unknown'],
    ['what is no error', 'text', 'unknown'],
  ])('%s', (_, error, failure) => {
    expect(failureOf(error)).toBe(failure);
  });

  it('is told as no room where there is none, and as nothing where waiting is all that helps', () => {
    expect(explain(answer(14031))).toMatchObject({ name: 'InsufficientStorage' });
    expect(explain(answer(8000, 'you are over your space quota'))).toMatchObject({ name: 'InsufficientStorage' });
    for (const error of [answer(112), answer(189), named('MongoNetworkTimeoutError'), new MalformedAnswer(), 'text'])
      expect(explain(error)).toBeUndefined();
  });

  it('is told in both languages with the variable to look at, and never in the words of the server', () => {
    const told = [
      answer(18, 'hunter2'),
      answer(13, 'hunter2'),
      answer(8000, 'bad auth: hunter2'),
      coded('ENOENT'),
      unconnected(coded('ECONNREFUSED')),
      unconnected(coded('CERT_HAS_EXPIRED')),
      unconnected(coded('EPROTO')),
    ].map(explain);
    for (const text of told) {
      for (const said of [text?.zh, text?.en]) expect(said).toContain('IMAGEPIC_DATABASE_URL');
      expect(JSON.stringify(text)).not.toContain('hunter2');
    }
  });

  it.each([
    [answer(2, "cannot use 'j' option when a host does not have journaling enabled"), /journal/],
    [named('MongoWriteConcernError', { code: 100 }), /members/],
    [named('MongoCompatibilityError'), /4\.2/],
    [new RowTooLarge(), /16 MB/],
  ])('is explained: %s', (error, expected) => {
    expect(explain(error)?.en).toMatch(expected);
  });
});
