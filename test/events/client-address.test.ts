import { describe, expect, it } from 'vitest';
import { createInvocation } from '../../src/events/invocation.ts';
import { createLogger } from '../../src/logger.ts';

/** The address that a call through HTTP access is counted by. */
async function addressOf(requestContext: object, environment: object): Promise<string | undefined> {
  const seen: (string | undefined)[] = [];
  const refuse = (): never => {
    throw new TypeError('only HTTP is expected');
  };
  const main = createInvocation({
    open: async () => ({
      callFunction: refuse,
      timer: refuse,
      http: async ({ clientIp }) => {
        seen.push(clientIp);
        return { status: 204, headers: {}, body: '' };
      },
    }),
    logger: createLogger(
      () => {},
      () => new Date(0),
    ),
  });
  const headers = { 'x-forwarded-for': '203.0.113.66', 'x-real-ip': '203.0.113.66', 'x-client-ip': '203.0.113.66' };
  const event = { path: '/health', httpMethod: 'GET', headers, queryStringParameters: {}, requestContext, body: '' };
  await main(event, { request_id: 'r', environment: JSON.stringify(environment) });
  return seen[0];
}

describe('a request through HTTP access comes from the address', () => {
  it.each([
    ['of the context of the call', {}, { TCB_SOURCE_IP: '198.51.100.1' }, '198.51.100.1'],
    ['of the event, where the context has none', { sourceIp: '198.51.100.2' }, {}, '198.51.100.2'],
    ['that nobody knows, whatever the headers say', {}, {}, undefined],
    ['that nobody knows, where it is no address', { sourceIp: 'ann' }, { TCB_SOURCE_IP: '' }, undefined],
  ])('%s', async (_, requestContext, environment, expected) => {
    expect(await addressOf({ requestId: 'r', ...requestContext }, environment)).toBe(expected);
  });
});
