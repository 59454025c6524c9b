import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/naming/uri.ts';
import type { S3Credentials } from '../../src/stores/objects/s3/options.ts';
import { createRequestSigner, type RequestToSign } from '../../src/stores/objects/s3/signature.ts';

const toIdentity = ({ sessionToken, ...keys }: S3Credentials) => ({
  ...keys,
  ...(sessionToken !== undefined && { sessionToken }),
});

const toKey = (secret: string | ArrayBuffer | ArrayBufferView): string | Buffer => {
  if (typeof secret === 'string') return secret;
  if (secret instanceof ArrayBuffer) return Buffer.from(secret);
  return Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength);
};

/** What the SDK's signer wants of a hash, by Node. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toKey(secret));
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('the signer never does this');
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
describe("the examples of AWS's documentation", () => {
  const sign = createRequestSigner({
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
    now: () => new Date('2013-05-24T00:00:00Z'),
  });
  const host = 'examplebucket.s3.amazonaws.com';

  it.each<[string, Omit<RequestToSign, 'payloadHash'>, string, string]>([
    [
      'reading a part of an object',
      { method: 'GET', path: '/test.txt', query: {}, headers: { host, range: 'bytes=0-9' } },
      '',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'storing an object',
      {
        method: 'PUT',
        path: `/${encodeKey('test$file.text')}`,
        query: {},
        headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      },
      'Welcome to Amazon S3.',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'asking for a rule of a bucket',
      { method: 'GET', path: '/', query: { lifecycle: '' }, headers: { host } },
      '',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'listing objects',
      { method: 'GET', path: '/', query: { prefix: 'J', 'max-keys': '2' }, headers: { host } },
      '',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_, request, body, signature) => {
    const { authorization } = sign({ ...request, payloadHash: sha256(body) });
    expect(authorization).toMatch(new RegExp(`Signature=${signature}$`));
  });
});

describe('a signed request', () => {
  const hostile = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
  /** As they go over the wire: what comes of other bytes is none of the signer's business. */
  const headerName = fc.stringMatching(/^x-amz-meta-[a-z0-9-]{1,20}$/);
  const request = fc.record({
    method: fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE'),
    key: fc
      .oneof(
        hostile,
        ascii.filter((text) => text !== ''),
      )
      .filter((key) => key.isWellFormed()),
    query: fc.dictionary(
      fc
        .oneof(hostile, fc.constantFrom('x-id', 'partNumber', 'a', 'A', 'a-', 'a.b', 'a+b', 'a b', 'a%', '图'))
        .filter((name) => name.isWellFormed() && !/^x-amz-signature$/i.test(name)),
      fc.oneof(hostile, ascii).filter((text) => text.isWellFormed()),
      { maxKeys: 5 },
    ),
    headers: fc.dictionary(
      fc.oneof(
        headerName,
        fc.constantFrom('content-type', 'range', 'if-match', 'if-none-match', 'user-agent', 'expect'),
      ),
      ascii,
      { maxKeys: 6 },
    ),
    host: fc.constantFrom('s3.example.com', 'images.s3.example.com:8443', '127.0.0.1:9000', '[::1]:9000'),
    body: fc.string(),
    isSigned: fc.boolean(),
  });
  const options = fc.record({
    region: fc.constantFrom('us-east-1', 'ap-shanghai', 'cn-north-1', 'auto', 'Default region'),
    accessKeyId: fc.stringMatching(/^[\w.:/+=-]{1,40}$/),
    secretAccessKey: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed()),
    sessionToken: fc.option(fc.stringMatching(/^[\w/+=]{1,200}$/), { nil: undefined }),
    at: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
  });

  it("is signed exactly as by the SDK's signer, whatever its key, query and headers", async () => {
    await fc.assert(
      fc.asyncProperty(options, request, async ({ region, at, ...keys }, { key, host, body, isSigned, ...rest }) => {
        const payloadHash = isSigned ? sha256(body) : 'UNSIGNED-PAYLOAD';
        const path = `/images/${encodeKey(key)}`;
        const headers = { ...rest.headers, host };
        const ours = createRequestSigner({ region, credentials: keys, now: () => at })({
          ...{ method: rest.method, path, query: rest.query, headers, payloadHash },
        });
        const signer = new SignatureV4({
          ...{ service: 's3', region, sha256: Sha256, uriEscapePath: false, applyChecksum: true },
          credentials: toIdentity(keys),
        });
        const [hostname = '', port] = /^(.*?)(?::(\d+))?$/.exec(host)?.slice(1) ?? [];
        const theirs = await signer.sign(
          {
            ...{ method: rest.method, protocol: 'https:', hostname, path, query: rest.query },
            ...(port !== undefined && { port: Number(port) }),
            headers: { ...headers, 'x-amz-content-sha256': payloadHash },
          },
          { signingDate: at },
        );
        expect(ours).toEqual(theirs.headers);
      }),
      { numRuns: 2000 },
    );
  });
});
