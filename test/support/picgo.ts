import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const CLIENTS = {
  picgo: dirname(require.resolve('picgo/package.json')),
  picgo2: dirname(require.resolve('picgo2/package.json')),
} as const;
const PLUGINS = {
  'picgo-plugin-web-uploader': dirname(require.resolve('picgo-plugin-web-uploader/package.json')),
  'picgo-plugin-lankong': dirname(require.resolve('picgo-plugin-lankong/package.json')),
  'picgo-plugin-lsky-uploader': dirname(require.resolve('picgo-plugin-lsky-uploader/package.json')),
  'picgo-plugin-custom-uploader': dirname(require.resolve('picgo-plugin-custom-uploader/package.json')),
} as const;

/**
 * Does what PicGo's window does: runs an upload, and a removal if asked to, and prints what it would show its user.
 * The arguments are PicGo's folder, its configuration, and what to do.
 */
const WINDOW = `
const [, home, config, task] = process.argv;
const { PicGo } = require(home);
const picgo = new PicGo(config);
const shown = { notifications: [], results: [] };
picgo.on('notification', (notification) => shown.notifications.push(notification));
const { upload, remove } = JSON.parse(task);
(async () => {
  try {
    const results = upload ? await picgo.upload(upload) : [];
    if (results instanceof Error) throw results;
    for (const { fileName, imgUrl, id, hash } of results) shown.results.push({ fileName, imgUrl, id, hash });
    for (const listener of remove ? picgo.rawListeners('remove') : []) await listener(remove, {});
  } catch (error) {
    shown.error = String(error && error.message || error);
  }
  process.stdout.write('\\n##' + JSON.stringify(shown) + '\\n', () => process.exit(0));
})();
`;

/** What PicGo's window has shown. */
interface Shown {
  readonly notifications: readonly { readonly title: string; readonly body?: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: items of the client's own
  readonly results: readonly any[];
  readonly error?: string;
  /** What it has written besides. */
  readonly output: string;
}

/** An installed PicGo in a home of its own. */
export interface InstalledPicGo {
  readonly version: string;
  /** Runs the command line `picgo upload`. */
  upload(files: readonly string[]): Promise<{ readonly output: string; readonly links: readonly string[] }>;
  /** Runs as the window does. */
  show(task: { readonly upload?: readonly string[]; readonly remove?: readonly object[] }): Promise<Shown>;
  uninstall(): Promise<void>;
}

/** Installs the PicGo of this folder of node_modules with all plugins and this configuration. */
export async function installPicGo(
  name: keyof typeof CLIENTS,
  config: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<InstalledPicGo> {
  const home = await mkdtemp(join(tmpdir(), 'imagepic-picgo-'));
  const client = CLIENTS[name];
  const path = join(home, 'config.json');
  await mkdir(join(home, 'node_modules'));
  for (const [plugin, path] of Object.entries(PLUGINS)) await symlink(path, join(home, 'node_modules', plugin), 'dir');
  const dependencies = Object.fromEntries(Object.keys(PLUGINS).map((plugin) => [plugin, '*']));
  await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'picgo-plugins', dependencies }));
  await writeFile(path, JSON.stringify(config));
  const { version } = JSON.parse(await readFile(join(client, 'package.json'), 'utf8'));
  const options = { env: { PATH: dirname(process.execPath), HOME: home, ...env }, cwd: home, timeout: 60_000 };
  return {
    version,
    upload: async (files) => {
      const { stdout, stderr } = await run(
        process.execPath,
        [join(client, 'bin/picgo'), '-c', path, 'upload', ...files],
        options,
      );
      return { output: stdout + stderr, links: stdout.match(/^https?:\S+$/gm) ?? [] };
    },
    show: async (task) => {
      const { stdout, stderr } = await run(
        process.execPath,
        ['-e', WINDOW, client, path, JSON.stringify(task)],
        options,
      );
      const [output = '', shown = '{}'] = stdout.split('\n##');
      return { ...JSON.parse(shown), output: output + stderr };
    },
    uninstall: () => rm(home, { recursive: true, force: true }),
  };
}
