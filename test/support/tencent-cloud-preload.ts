// Loaded into the deploy tool before anything else: stands in for the API of Tencent Cloud, so that the tool's own code
// runs to its end without a network, and writes down what it was asked.
import { appendFileSync } from 'node:fs';
import https from 'node:https';
import { PassThrough, Writable } from 'node:stream';

const ENV_ID = process.env['FAKE_ENV_ID'];
const RECORD = process.env['FAKE_RECORD'] ?? '';
const REFUSED = process.env['FAKE_REFUSED'];
let isMade = false;

const environment = {
  EnvId: ENV_ID,
  Status: 'NORMAL',
  Region: 'ap-shanghai',
  Functions: [{ Namespace: ENV_ID, Region: 'ap-shanghai' }],
  Storages: [{ Bucket: 'bucket', AppId: '1250000000', Region: 'ap-shanghai' }],
  LogServices: [{ LogsetId: 'logset', TopicId: 'topic' }],
};

function answer(action: string): object {
  if (action === REFUSED) return { Error: { Code: 'InvalidParameter', Message: 'refused' } };
  if (action === 'DescribeEnvs') return { EnvList: [environment], Total: 1 };
  if (action === 'CreateFunction') isMade = true;
  if (action === 'GetFunction' && !isMade) return { Error: { Code: 'ResourceNotFound.FunctionName', Message: 'none' } };
  return action === 'GetFunction' ? { FunctionName: 'imagepic', Status: 'Active', Type: 'Event' } : {};
}

interface Options {
  readonly hostname?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** As much of a request as the tool's HTTP client touches. */
function request(options: Options): Writable {
  const action = String(options.headers?.['X-TC-Action'] ?? '');
  const chunks: Buffer[] = [];
  const sent = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
    final(done) {
      const body = Buffer.concat(chunks).toString();
      if (action !== '') appendFileSync(RECORD, `${JSON.stringify({ action, body: JSON.parse(body) })}\n`);
      const headers = { 'content-type': 'application/json' };
      const response = Object.assign(new PassThrough(), { statusCode: 200, headers, rawHeaders: [] });
      response.end(JSON.stringify({ Response: { RequestId: 'r', ...answer(action) } }));
      setImmediate(() => sent.emit('response', response));
      done();
    },
  });
  return Object.assign(sent, { abort() {}, setTimeout: () => sent, setNoDelay() {}, setSocketKeepAlive() {} });
}

Object.assign(https, { request });
