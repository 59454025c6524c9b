import { type Context, withoutFile } from '../../src/middleware/context.ts';
import { ANONYMOUS } from '../../src/services/access/access.ts';

/** A call on its way through the middleware, as the tests of one middleware want it. */
export const createContext = (change: Partial<Context> = {}): Context => ({
  $url: 'object/statObject',
  transport: 'local',
  requestId: 'r-1',
  language: 'zh',
  mountUrl: 'http://127.0.0.1/imagepic',
  clientIp: '10.0.0.1',
  identity: undefined,
  idempotencyKey: undefined,
  token: undefined,
  body: withoutFile(async () => ({})),
  caller: ANONYMOUS,
  input: undefined,
  image: undefined,
  given: undefined,
  output: undefined,
  envelope: undefined,
  ...change,
});
