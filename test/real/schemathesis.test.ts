import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { writeReference } from '../../src/build/openapi/write-reference.ts';
import { documentation } from '../../src/contract/documentation.ts';
import { cached, hasTool } from '../support/other-stores.ts';
import { startServer } from '../support/running-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';
/** What the embedded store cannot do it says by 501, which is no fault. */
const CONFIG = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 501]\n';
/** What ends the session, after which all is refused; images by their links; and what was built, which this bed does not serve. */
const ENDING =
  '^/(auth/(logout|logoutAll|change|deleteAccount|updateMe|resetPassword)|i/.*|s/.*|openapi.json|reference)$';

// https://schemathesis.readthedocs.io
describe.skipIf(!hasTool('python3'))('schemathesis 4.32.5', { timeout: 500_000 }, () => {
  it('finds no answer of a live bed that the OpenAPI document does not have', async () => {
    const venv = await cached(
      'schemathesis-4.32.5',
      async (folder) => {
        await run('python3', ['-m', 'venv', folder]);
        await run(join(folder, 'bin/pip'), ['install', '--quiet', 'schemathesis==4.32.5'], { timeout: 300_000 });
      },
      // The scripts of an environment know where it is.
      true,
    );
    const [bed, folder] = await Promise.all([startServer(), makeTempFolder()]);
    try {
      await writeReference(folder.path);
      const post = async (url: string, input: object) => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${bed.mountUrl}/${url}`, {
          method: 'POST',
          headers,
          body: JSON.stringify(input),
        });
        return JSON.parse(await response.text());
      };
      await post('auth/register', documentation['auth/register'].example);
      const { data } = await post('auth/login', documentation['auth/login'].example);
      const args = ['run', join(folder.path, 'openapi.json'), '--url', bed.mountUrl, '--checks', CHECKS, '--seed', '1'];
      const limits = ['--phases', 'examples,fuzzing', '--max-examples', '10', '--exclude-path-regex', ENDING];
      await writeFile(join(folder.path, 'schemathesis.toml'), CONFIG);
      const program = join(venv, 'bin/st');
      const { stdout } = await run(program, [...args, ...limits, '-H', `Authorization: Bearer ${data.token}`], {
        cwd: folder.path,
        timeout: 150_000,
      }).catch((failed: { readonly stdout: string }) => ({ stdout: failed.stdout }));
      expect(stdout).toMatch(/\b(\d{3,}) generated, \1 passed/);
    } finally {
      await Promise.all([bed.close(), folder.remove()]);
    }
  });
});
