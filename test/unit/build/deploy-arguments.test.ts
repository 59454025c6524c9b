import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';

const ENV = `ENV_ID=test-env-0001
IMAGEPIC_SECRET=f3a9c1d27be84560a1b2c3d4e5f60718
IMAGEPIC_DEFAULT_BUCKET=images-1250000000
IMAGEPIC_S3_REGION=ap-shanghai
IMAGEPIC_S3_ENDPOINT=https://cos.ap-shanghai.myqcloud.com
IMAGEPIC_S3_ACCESS_KEY_ID=AKIDexampleexampleexample
IMAGEPIC_S3_SECRET_ACCESS_KEY=yD4Zw8pQm1Vt6Xs3Rn9Kb5Lc7Hf2Gj0A
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** O3: whoever spells the dry run in another way must not be deployed for. */
describe('O3 npm run deploy', () => {
  let folder: TempFolder;
  const place = (name: string): string => `${folder.path}/${name}`;

  beforeAll(async () => {
    folder = await makeTempFolder();
    await Promise.all(['bin', '.build'].map((name) => mkdir(place(name))));
    await writeFile(place('.env'), ENV);
    await copyFile('cloudbaserc.json', place('cloudbaserc.json'));
    // In the place of npm and the deploy tool: they only say that they were run.
    for (const name of ['npm', 'npx']) {
      await writeFile(place(`bin/${name}`), `#!/bin/sh\necho "${name} $* ✔" >> '${place('ran')}'\necho ✔\n`);
      await chmod(place(`bin/${name}`), 0o755);
    }
    const outfile = place('.build/deploy.mjs');
    await build({ entryPoints: ['src/build/deploy.ts'], bundle: true, platform: 'node', format: 'esm', outfile });
  }, 60_000);
  afterAll(() => folder.remove());

  const deploy = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    await writeFile(place('ran'), '');
    const options = { cwd: folder.path, env: { PATH: `${place('bin')}:${process.env['PATH']}`, ...env } };
    const ended = await new Promise<Ended>((resolve) => {
      const child = execFile(process.execPath, [place('.build/deploy.mjs'), ...args], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
    return { ...ended, ran: await readFile(place('ran'), 'utf8') };
  };

  it.each(['--dryrun', '--dry_run', 'dry-run', '--force', '-x', '--dry-run=false'])('refuses %s', async (argument) => {
    const { code, ran, stderr } = await deploy([argument]);
    expect([code, ran]).toEqual([2, '']);
    expect(stderr).toContain('npm run deploy -- --dry-run');
  });

  it.each([['--dry-run'], ['-n']])('is dry with %s', async (...args) => {
    const { code, ran, stdout } = await deploy(args);
    expect([code, ran]).toEqual([0, '']);
    expect(stdout).toContain('Ready.');
  });

  it('is dry as npm run deploy --dry-run, which npm keeps for itself', async () => {
    expect(await deploy([], { npm_config_dry_run: 'true' })).toMatchObject({ code: 0, ran: '' });
  });

  it.each([['--help'], ['-h'], ['--help', '--dry-run']])('helps with %s', async (...args) => {
    const { code, ran, stdout } = await deploy(args);
    expect([code, ran]).toEqual([0, '']);
    expect(stdout).toContain('--dry-run');
  });

  it('deploys when nothing else is said', async () => {
    const { code, ran } = await deploy([]);
    expect(code).toBe(0);
    expect(ran).toMatch(/npm run check.*npx tcb fn deploy imagepic/s);
  });
});
