// Runs the built function through what its users do most, and keeps what V8 has compiled by then. Started by precompile.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Script } from 'node:vm';
import { isRecord } from '../naming/record.ts';
import { cacheFolderIn, createLoader } from './loader.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const PLACE = { bucketName: 'images', objectName: 'a.png' };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Mostly data, whose compiled form is no quicker to read. */
const DATA = /^(common-passwords|hash-wasm)/;

const folder = join(process.cwd(), 'chunks');
const scripts = new Map<string, Script>();
const load = createLoader({
  folder,
  require: createRequire(join(process.cwd(), 'index.js')),
  onCompiled: (name, script) => scripts.set(name, script),
});

async function walk(main: (event: object, context: object) => Promise<unknown>): Promise<void> {
  const call = async ($url: string, input: object = {}): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await main({ $url, ...input }, { request_id: 'warm-up' });
    return isRecord(answer) && isRecord(answer['data']) ? answer['data'] : {};
  };
  const request = (httpMethod: string, path: string, body = '') =>
    main({ path, httpMethod, headers: { 'content-type': 'application/json' }, requestContext: {}, body }, {});

  await call('auth/login', { phone: '1', upwd: '1' });
  await call('auth/register', { ...PERSON, name: 'w', tfs: '', email: 'w@example.com' });
  const { token: $token } = await call('auth/login', PERSON);
  await call('object/putObject', { $token, ...PLACE, base64: PNG });
  await call('object/presignedGetObject', { $token, ...PLACE });
  await call('object/presignedPutObject', { $token, ...PLACE, contentType: 'image/png', size: 70 });
  await call('object/listObjects', { $token, bucketName: PLACE.bucketName });
  await call('health');
  await request('POST', '/imagepic/auth/login', JSON.stringify(PERSON));
  await request('GET', `/imagepic/i/${PLACE.bucketName}/${PLACE.objectName}`);
}

const loaded = load('main.js');
if (!isRecord(loaded) || typeof loaded['main'] !== 'function') throw new TypeError('main.js exports no main');
const { main } = loaded;
await walk(async (event, context) => main(event, context));
mkdirSync(cacheFolderIn(folder), { recursive: true });
for (const [name, script] of scripts) {
  if (!DATA.test(name)) writeFileSync(join(cacheFolderIn(folder), name), script.createCachedData());
}
process.exit();
