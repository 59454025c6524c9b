import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import { LARGEST_INPUT, measureInput } from '../../../src/contract/input-size.ts';
import type { RouteContract } from '../../../src/contract/route-contract.ts';

const ROUTES = Object.entries<RouteContract>(contract);
const sizeOf = (url: keyof typeof contract) => measureInput(contract[url].input);

describe('what a route can need', () => {
  it.each(ROUTES.filter(([, { access }]) => access === 'public'))('is a few kilobytes where %s is open', (_, route) => {
    const { bytes, values } = measureInput(route.input);
    expect(bytes).toBeLessThan(16 * 1024);
    expect(values).toBeLessThan(64);
  });

  it.each(ROUTES)('is bounded for %s', (_, route) => {
    const { bytes, values } = measureInput(route.input);
    expect(bytes).toBeGreaterThanOrEqual(1024);
    expect(bytes).toBeLessThanOrEqual(LARGEST_INPUT.bytes);
    expect(values).toBeLessThanOrEqual(LARGEST_INPUT.values);
  });

  it.each([
    ['auth/register', { name: '图'.repeat(64), tfs: '🐱'.repeat(32), email: `${'x'.repeat(242)}@example.com` }],
    ['object/removeObjects', { bucketName: 'images', objectNames: Array(1000).fill('图'.repeat(341)) }],
    [
      'object/completeMultipartUpload',
      { parts: Array(10_000).fill({ partNumber: 10_000, etag: `"${'a'.repeat(128)}"` }) },
    ],
    ['object/putObject', { base64: 'A'.repeat(6_000_000) }],
    [
      'object/putObject',
      { metaData: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, '图'.repeat(256)])) },
    ],
    ['bucket/setBucketCors', { rules: Array(100).fill({ allowedOrigins: Array(20).fill('https://www.example.com') }) }],
    ['policy/setBucketPolicy', { policy: { Statement: '图'.repeat(6000) } }],
  ] as const)('is enough for the largest honest input of %s, every letter escaped', (url, input) => {
    const escaped = JSON.stringify(input).replace(/[^\x20-\x7e]/g, () => '\\u0000');
    expect(Buffer.byteLength(escaped)).toBeLessThan(sizeOf(url).bytes);
    expect(escaped.split(/[,[{]/).length).toBeLessThan(sizeOf(url).values);
  });
});
