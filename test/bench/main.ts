import { run as auth } from './auth.bench.ts';
import { run as cold } from './cold.bench.ts';
import { run as listings } from './listings.bench.ts';
import { run as objects } from './objects.bench.ts';
import { run as records } from './records.bench.ts';
import { run as router } from './router.bench.ts';
import { run as users } from './users.bench.ts';
import { run as variants } from './variants.bench.ts';
import { run as whole } from './whole.bench.ts';

const BENCHES = new Map([
  ['auth', auth],
  ['cold', cold],
  ['listings', listings],
  ['objects', objects],
  ['records', records],
  ['router', router],
  ['users', users],
  ['variants', variants],
]);

const name = process.argv[2];
const run = name === undefined || name.startsWith('--') ? whole : BENCHES.get(name);
if (run === undefined) {
  console.error(`usage: npm run bench -- [${[...BENCHES.keys()].join(' | ')} | --against <commit> | --only <text>]`);
  process.exitCode = 2;
} else await run();
