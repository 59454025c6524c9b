import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTempFolder } from '../../support/temp-folder.ts';
import { listSources, ROOT, toSpecifier } from './sources.ts';

/** One file of each kind that an import can lead to, and what is not ours. */
const TARGETS = [
  ...['src/errors.ts', 'src/envelope.ts', 'src/logger.ts', 'src/version.ts', 'src/naming/key.ts'],
  ...['src/concurrency/limit.ts', 'src/router/index.ts', 'src/router/compose.ts', 'src/images/inspect.ts'],
  ...['src/contract/object.ts', 'src/contract/fields/object.ts', 'src/contract/field.ts', 'src/ports/object-store.ts'],
  ...['src/stores/arguments.ts', 'src/stores/disk/lock.ts', 'src/stores/postgres/pool.ts'],
  'src/stores/mongodb/client.ts',
  'src/stores/cloudbase/client.ts',
  ...['src/stores/documents/counters.ts', 'src/stores/documents/file-system/document-store.ts'],
  ...['src/stores/documents/cloudbase/document-store.ts', 'src/stores/objects/byte-source.ts'],
  ...['src/stores/records/words.ts', 'src/stores/records/sqlite/image-records.ts'],
  ...['src/stores/records/postgres/image-records.ts', 'src/stores/records/mongodb/image-records.ts'],
  'src/stores/records/cloudbase/image-records.ts',
  ...['src/stores/objects/file-system/object-store.ts', 'src/stores/objects/s3/object-store.ts'],
  'src/caches/webhook.ts',
  'src/transformers/geometry.ts',
  'src/transformers/load-sharp.ts',
  'src/transformers/sharp/image-transformer.ts',
  'src/transformers/cos/variant-redirects.ts',
  ...['src/services/collection.ts', 'src/services/access/access.ts', 'src/services/identity/users.ts'],
  ...['src/middleware/audit.ts', 'src/routes/object.ts', 'src/app.ts', 'src/config/config.ts', 'src/bootstrap.ts'],
  'src/adapters.ts',
  ...[
    'src/http/request.ts',
    'src/http/body.ts',
    'src/http/text-body.ts',
    'src/http/form.ts',
    'src/http/entry.ts',
    'src/http/node-server.ts',
  ],
  ...['src/events/timer.ts', 'src/dialects/answers.ts', 'src/dialects/registry.ts', 'src/dialects/upload/upload.ts'],
  ...[
    'src/dialects/lsky/accounts.ts',
    'src/dialects/pic-go/pic-go-server.ts',
    'src/dialects/settings/client-settings.ts',
    'src/main.ts',
    'src/server.ts',
  ],
  ...[
    'src/index.ts',
    'src/admin.ts',
    'src/cli/run.ts',
    'src/client/client.ts',
    'src/client/index.ts',
    'src/client/node/index.ts',
    'src/contract/contract.ts',
    'src/web/state/bed.ts',
    'src/web/screens/enter/enter.tsx',
    'src/build/build.ts',
    'test/support/bed.ts',
  ],
  ...['node:fs', 'node:fs/promises', 'node:zlib', 'valibot', 'left-pad'],
];

const PACKAGES = ['valibot', 'left-pad'];
const OUTSIDE = ['node:', ...PACKAGES];
const BELOW_STORES = ['src/ports/', 'src/naming/', 'src/concurrency/', 'src/errors.ts', ...OUTSIDE];
const STORES_SHARE = ['src/stores/arguments.ts', 'src/stores/disk/', ...BELOW_STORES];
const OF_DATABASES = ['src/stores/postgres/', 'src/stores/mongodb/', 'src/stores/cloudbase/'];
const OF_TRANSFORMERS = ['src/transformers/geometry.ts', 'src/transformers/load-sharp.ts'];
const ANSWERS = ['src/naming/', 'src/concurrency/', 'src/errors.ts', 'src/envelope.ts', 'src/logger.ts'];
const READ_BY_DIALECTS = ['src/http/request.ts', 'src/http/body.ts', 'src/http/text-body.ts', 'src/http/form.ts'];
/** What an endpoint may take in, with its texts; what can be called is the app's to know. */
const FIELDS = ['src/contract/field.ts', 'src/contract/fields/'];

/** The page stands on the client alone, and of the rest knows the leaves. */
const FOR_THE_PAGE = ['src/client/index.ts', 'src/contract/contract.ts', 'src/naming/', 'src/concurrency/', ...OUTSIDE];

interface Row {
  readonly room: string;
  /** Where the imports are planted. */
  readonly file: string;
  /** What an import there may begin with; every other one must be refused. */
  readonly may: readonly string[];
}

const ROWS: readonly Row[] = [
  { room: 'web', file: 'src/web/planted.ts', may: ['src/web/', ...OUTSIDE] },
  { room: 'web', file: 'src/web/state/planted.ts', may: ['src/web/state/', ...FOR_THE_PAGE] },
  { room: 'web', file: 'src/web/screens/planted/planted.ts', may: ['src/web/state/', ...FOR_THE_PAGE] },
  { room: 'errors, logger and version', file: 'src/errors.ts', may: [] },
  { room: 'errors, logger and version', file: 'src/logger.ts', may: [] },
  { room: 'errors, logger and version', file: 'src/version.ts', may: [] },
  { room: 'envelope', file: 'src/envelope.ts', may: ['src/errors.ts'] },
  { room: 'naming', file: 'src/naming/planted.ts', may: ['src/naming/', 'src/errors.ts', 'valibot'] },
  { room: 'concurrency', file: 'src/concurrency/planted.ts', may: ['src/concurrency/'] },
  { room: 'router', file: 'src/router/planted.ts', may: ['src/router/'] },
  { room: 'images', file: 'src/images/planted.ts', may: ['src/images/', 'node:zlib', 'saxes'] },
  {
    room: 'contract',
    file: 'src/contract/planted.ts',
    may: ['src/contract/', 'src/naming/', 'src/errors.ts', 'valibot'],
  },
  {
    room: 'contract',
    file: 'src/contract/fields/planted.ts',
    may: [
      'src/contract/object.ts',
      'src/contract/contract.ts',
      'src/contract/field',
      'src/naming/',
      'src/errors.ts',
      'valibot',
    ],
  },
  { room: 'ports', file: 'src/ports/planted.ts', may: ['src/ports/'] },
  { room: 'stores', file: 'src/stores/planted.ts', may: ['src/stores/arguments.ts', ...BELOW_STORES] },
  {
    room: 'stores',
    file: 'src/stores/disk/planted.ts',
    may: ['src/stores/disk/', 'src/stores/arguments.ts', ...BELOW_STORES],
  },
  ...['postgres', 'mongodb', 'cloudbase'].map((database) => ({
    room: 'stores',
    file: `src/stores/${database}/planted.ts`,
    may: [`src/stores/${database}/`, ...STORES_SHARE],
  })),
  {
    room: 'stores',
    file: 'src/stores/documents/planted.ts',
    may: ['src/stores/documents/counters.ts', ...STORES_SHARE],
  },
  {
    room: 'stores',
    file: 'src/stores/objects/planted.ts',
    may: ['src/stores/objects/byte-source.ts', ...STORES_SHARE],
  },
  { room: 'stores', file: 'src/stores/records/planted.ts', may: ['src/stores/records/words.ts', ...STORES_SHARE] },
  ...['file-system', 'postgres', 'mongodb', 'cloudbase'].map((adapter) => ({
    room: 'stores',
    file: `src/stores/documents/${adapter}/planted.ts`,
    may: [`src/stores/documents/${adapter}/`, ...OF_DATABASES, 'src/stores/documents/counters.ts', ...STORES_SHARE],
  })),
  ...['file-system', 's3'].map((adapter) => ({
    room: 'stores',
    file: `src/stores/objects/${adapter}/planted.ts`,
    may: [`src/stores/objects/${adapter}/`, ...OF_DATABASES, 'src/stores/objects/byte-source.ts', ...STORES_SHARE],
  })),
  ...['sqlite', 'postgres', 'mongodb', 'cloudbase'].map((adapter) => ({
    room: 'stores',
    file: `src/stores/records/${adapter}/planted.ts`,
    may: [`src/stores/records/${adapter}/`, ...OF_DATABASES, 'src/stores/records/words.ts', ...STORES_SHARE],
  })),
  { room: 'caches', file: 'src/caches/planted.ts', may: ['src/caches/', ...BELOW_STORES] },
  { room: 'transformers', file: 'src/transformers/planted.ts', may: [...OF_TRANSFORMERS, ...BELOW_STORES] },
  ...['sharp', 'cos'].map((adapter) => ({
    room: 'transformers',
    file: `src/transformers/${adapter}/planted.ts`,
    may: [`src/transformers/${adapter}/`, ...OF_TRANSFORMERS, ...BELOW_STORES],
  })),
  {
    room: 'services',
    file: 'src/services/planted.ts',
    may: ['src/services/collection.ts', 'src/logger.ts', ...BELOW_STORES],
  },
  {
    room: 'services',
    file: 'src/services/access/planted.ts',
    may: ['src/services/', 'src/images/', 'src/logger.ts', ...BELOW_STORES],
  },
  {
    room: 'middleware',
    file: 'src/middleware/planted.ts',
    may: ['src/middleware/', 'src/router/index.ts', 'src/contract/', 'src/services/', ...ANSWERS, ...PACKAGES],
  },
  {
    room: 'routes',
    file: 'src/routes/planted.ts',
    may: ['src/routes/', 'src/contract/', 'src/services/', 'src/naming/', 'src/errors.ts', ...PACKAGES],
  },
  {
    room: 'app',
    file: 'src/app.ts',
    may: [
      'src/middleware/',
      'src/routes/',
      'src/router/index.ts',
      'src/contract/',
      'src/services/',
      ...ANSWERS,
      ...PACKAGES,
    ],
  },
  {
    room: 'config',
    file: 'src/config/planted.ts',
    may: ['src/config/', 'src/naming/', 'src/errors.ts', ...OUTSIDE],
  },
  {
    room: 'bootstrap',
    file: 'src/bootstrap.ts',
    may: [
      ...['src/adapters.ts', 'src/app.ts', 'src/config/', 'src/services/', 'src/logger.ts', 'src/version.ts'],
      ...['src/dialects/settings/', ...BELOW_STORES],
    ],
  },
  {
    room: 'adapters',
    file: 'src/adapters.ts',
    may: ['src/caches/', 'src/config/', 'src/ports/', 'src/stores/', 'src/transformers/', ...OUTSIDE],
  },
  {
    room: 'http',
    file: 'src/http/planted.ts',
    may: ['src/http/', 'src/app.ts', 'src/version.ts', ...FIELDS, ...ANSWERS, ...OUTSIDE],
  },
  {
    room: 'events',
    file: 'src/events/planted.ts',
    may: ['src/events/', 'src/http/request.ts', 'src/app.ts', 'src/version.ts', ...ANSWERS, ...OUTSIDE],
  },
  {
    room: 'dialects',
    file: 'src/dialects/planted.ts',
    may: ['src/dialects/', ...READ_BY_DIALECTS, 'src/app.ts', ...FIELDS, ...ANSWERS, ...OUTSIDE],
  },
  {
    room: 'dialects',
    file: 'src/dialects/lsky/planted.ts',
    may: [
      ...['src/dialects/answers.ts', 'src/dialects/registry.ts', 'src/dialects/lsky/', 'src/dialects/upload/'],
      ...[...READ_BY_DIALECTS, 'src/app.ts', ...FIELDS, ...ANSWERS, ...OUTSIDE],
    ],
  },
  ...['src/main.ts', 'src/server.ts', 'src/index.ts', 'src/admin.ts'].map((file) => ({
    room: 'the entry points',
    file,
    may: [
      ...['src/main.ts', 'src/bootstrap.ts', 'src/app.ts', 'src/config/', 'src/http/', 'src/events/'],
      ...['src/dialects/answers.ts', 'src/dialects/registry.ts', 'src/version.ts', ...ANSWERS, ...OUTSIDE],
    ],
  })),
  { room: 'the command', file: 'src/cli/main.ts', may: ['src/cli/', 'src/admin.ts', 'src/version.ts', ...OUTSIDE] },
  {
    room: 'cli',
    file: 'src/cli/planted.ts',
    may: [
      ...['src/cli/', 'src/client/node/index.ts', 'src/contract/', 'src/naming/', 'src/concurrency/'],
      ...['src/version.ts', ...OUTSIDE],
    ],
  },
  ...[
    { file: 'src/client/planted.ts', outside: PACKAGES },
    { file: 'src/client/node/planted.ts', outside: OUTSIDE },
  ].map(({ file, outside }) => ({
    room: 'client',
    file,
    may: ['src/client/', 'src/contract/contract.ts', 'src/naming/', 'src/concurrency/', 'src/errors.ts', ...outside],
  })),
  {
    room: 'wx-emulator',
    file: 'src/wx-emulator/planted.ts',
    may: ['src/wx-emulator/', 'src/images/', 'src/naming/', 'src/concurrency/', ...OUTSIDE],
  },
  {
    room: 'build',
    file: 'src/build/planted.ts',
    may: [
      ...[
        'src/build/',
        'src/main.ts',
        'src/server.ts',
        'src/config/',
        'src/contract/',
        'src/naming/',
        'src/version.ts',
      ],
      ...OUTSIDE,
    ],
  },
  {
    room: 'build',
    file: 'src/build/openapi/planted.ts',
    may: [
      'src/build/openapi/',
      'src/app.ts',
      'src/dialects/',
      'src/http/request.ts',
      'src/http/page-session.ts',
      'src/contract/',
      'src/naming/',
      'src/version.ts',
      'src/errors.ts',
      'src/envelope.ts',
      ...OUTSIDE,
    ],
  },
];

const refusal = (room: string): string => `${room} must not import this: see the arrows in src/README.md`;

const toName = (from: string, target: string): string =>
  /^(?:src|test)\//.test(target) ? toSpecifier(from, target) : target;

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** Plants lines at paths of a folder of its own that has this repository's rules; `fault` says what Biome found there. */
async function plant(files: Readonly<Record<string, readonly string[]>>) {
  const folder = await makeTempFolder();
  try {
    for (const name of ['.biome.json', '.biome', '.gitignore']) {
      await cp(join(ROOT, name), join(folder.path, name), { recursive: true });
    }
    for (const [path, lines] of Object.entries(files)) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true });
      await writeFile(join(folder.path, path), `${lines.join('\n')}\n`);
    }
    const found = await lint(folder.path);
    return {
      fault: (rule: string, path: string, index: number): string | undefined =>
        found.find(
          ({ category, location }) =>
            category === (rule === 'plugin' ? rule : `lint/style/${rule}`) &&
            location.path === path &&
            location.start.line === index + 1,
        )?.message,
    };
  } finally {
    await folder.remove();
  }
}

async function lint(folder: string): Promise<readonly Diagnostic[]> {
  const report = await new Promise<string>((resolve) => {
    const options = ['lint', '--max-diagnostics=none', '--reporter=json', '.'];
    // It ends with an error when it finds something, as it should here.
    const whatever = (_: unknown, output: string): void => resolve(output);
    execFile(join(ROOT, 'node_modules/.bin/biome'), options, { cwd: folder, maxBuffer: 2 ** 27 }, whatever);
  });
  return JSON.parse(report).diagnostics;
}

describe('the arrows between rooms', () => {
  let planted: Awaited<ReturnType<typeof plant>>;

  beforeAll(async () => {
    const lines = ROWS.map(({ file }) => [
      file,
      TARGETS.map((target) => `import type {} from '${toName(file, target)}';`),
    ]);
    planted = await plant(Object.fromEntries(lines));
  });

  it.each(ROWS)('let $file import what they point to, and refuse everything else', ({ room, file, may }) => {
    const wanted = TARGETS.map((target) => {
      const isAllowed = target === file || may.some((start) => target.startsWith(start));
      return [target, isAllowed ? undefined : refusal(room)];
    });
    const found = TARGETS.map((target, index) => [
      target,
      target === file ? undefined : planted.fault('noRestrictedImports', file, index),
    ]);
    expect(found).toEqual(wanted);
  });

  it('see every way to import', async () => {
    const file = 'src/ports/planted.ts';
    const lines = [
      "import { users } from '../services/identity/users.ts';",
      "import type { Users } from '../services/identity/users.ts';",
      "import '../services/identity/users.ts';",
      "export * from '../services/identity/users.ts';",
      "export type { Users } from '../services/identity/users.ts';",
      "export const users = await import('../services/identity/users.ts');",
    ];
    const { fault } = await plant({ [file]: lines });
    expect(lines.filter((_, index) => fault('noRestrictedImports', file, index) !== refusal('ports'))).toEqual([]);
  });

  it('are not gone round by what they do not look at', async () => {
    const file = 'src/http/planted.ts';
    const lines = [
      "export type A = import('../services/identity/users.ts').Users;",
      "export type B = typeof import('../services/identity/users.ts');",
      'export const c = await import(`../services/identity/users.ts`);',
      "export const d = await import('../services/' + 'identity/users.ts');",
      "import { e } from './../services/identity/users.ts';",
      "import type { F } from './../services/identity/users.ts';",
      "export * from '../contract/../services/identity/users.ts';",
      "export const g = await import('./../services/identity/users.ts');",
      "import { h } from 'imagepic';",
      "import type { I } from 'imagepic/images';",
      "export const j = await import('imagepic/router');",
      `import { k } from '${ROOT}src/services/identity/users.ts';`,
      "export const l = createRequire(import.meta.url)('../services/identity/users.ts');",
      "export const m = module.createRequire(import.meta.url)('../services/identity/users.ts');",
      "export const n = import.meta.resolve('../services/identity/users.ts');",
      "export const o = require('../services/identity/users.ts');",
    ];
    const good = [
      "import { a } from '../naming/key.ts';",
      "export const b = await import('./entry.ts');",
      "export type C = typeof import('busboy');",
    ];
    const { fault } = await plant({ [file]: [...lines, ...good] });
    const isRefused = (_: string, index: number): boolean =>
      ['plugin', 'noRestrictedImports', 'noCommonJs'].some((rule) => fault(rule, file, index) !== undefined);
    expect([...lines, ...good].filter(isRefused)).toEqual(lines);
  });

  it('leave no file of src without a rule, and the environment to those who start the service', async () => {
    const files = listSources('src');
    const lines = files.map((file) => [
      file,
      [`import type {} from '${toName(file, 'test/support/bed.ts')}';`, 'process.env;'],
    ]);
    const { fault } = await plant(Object.fromEntries(lines));
    expect(files.filter((file) => fault('noRestrictedImports', file, 0) === undefined)).toEqual([]);
    const readers = files.filter((file) => fault('noProcessEnv', file, 1) === undefined);
    // The client's SDK takes a switch from nowhere else.
    const allowed = /^src\/(?:main\.ts|server\.ts|cli\/|build\/|stores\/objects\/s3\/client\.ts$)/;
    expect(readers.filter((file) => !allowed.test(file))).toEqual([]);
    expect(readers).toContain('src/main.ts');
  });
});
