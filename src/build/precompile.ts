import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const SECRET = 'f3a9c1d27be84560a1b2c3d4e5f60718';

/**
 * Puts beside the chunks of a built function what this very Node makes of them, so that the same V8, wherever it runs,
 * need not compile them again.
 */
export async function precompile(folder: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'imagepic-warm-up-'));
  const stand = await startStandIn();
  try {
    const script = await bundleWarmUp(scratch);
    // One after the other, because each keeps what the one before has compiled.
    for (const env of waysToRun(scratch, stand.url)) {
      await promisify(execFile)(process.execPath, [script], { cwd: folder, env });
    }
  } finally {
    stand.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function bundleWarmUp(scratch: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/build/warm-up.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const script = join(scratch, 'warm-up.mjs');
  await writeFile(script, outputFiles[0]?.contents ?? '');
  return script;
}

/** With every store but PostgreSQL and MongoDB, whose chunks stay behind where they are not used. */
function waysToRun(scratch: string, standInUrl: string): readonly Readonly<Record<string, string>>[] {
  const files = { IMAGEPIC_SECRET: SECRET, IMAGEPIC_DATA_DIR: join(scratch, 'data') };
  const s3 = {
    IMAGEPIC_S3_ENDPOINT: standInUrl,
    IMAGEPIC_S3_ACCESS_KEY_ID: 'id',
    IMAGEPIC_S3_SECRET_ACCESS_KEY: 'key',
  };
  const cloud = {
    IMAGEPIC_DOCUMENTS: 'cloudbase',
    IMAGEPIC_CLOUDBASE_ENV: 'warm-up',
    IMAGEPIC_CLOUDBASE_URL: `${standInUrl}/admin`,
    TENCENTCLOUD: 'true',
    TENCENTCLOUD_SECRETID: 'id',
    TENCENTCLOUD_SECRETKEY: 'key',
  };
  return [files, { ...files, ...s3 }, { ...files, ...s3, ...cloud }];
}

/** Says just enough to what an S3 store or a database is asked for the SDKs to go on. */
async function startStandIn(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url?.startsWith('/admin')) {
      const data = { list: [], total: 0, updated: 1, deleted: 1, insertedIds: idsIn(body) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ requestId: 'r', data }));
      return;
    }
    response.statusCode = request.method === 'PUT' ? 200 : 404;
    response.setHeader('etag', '"0123456789abcdef0123456789abcdef"').end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const idsIn = (body: string): readonly string[] => [/\\"_id\\":\\"([^"\\]+)/.exec(body)?.[1] ?? ''];
