// Checks, builds and deploys the function to CloudBase; with --dry-run it only says what it would do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { type Deployment, planDeployment, saysThatItFailed } from './deployment.ts';

/** What is deployed, with the templates still in it, so that no secret lies in a file of ours. */
const CONFIG_FILE = '.build/cloudbaserc.json';

const HELP = `npm run deploy              checks, builds and deploys the function to CloudBase
npm run deploy -- --dry-run says what that would do, and does nothing

The variables come from .env and the shell; .env.example explains each.`;

const ARGUMENTS = { 'dry-run': { type: 'boolean', short: 'n' }, help: { type: 'boolean', short: 'h' } } as const;

/** npm keeps `npm run deploy --dry-run` for itself and tells it by a variable. */
const isDryForNpm = /^(true|1)$/.test(process.env['npm_config_dry_run'] ?? '');
const wish = readArguments();
if (wish?.help === true) console.log(HELP);
else if (wish !== undefined) await plan(wish['dry-run'] === true || isDryForNpm);

/** `undefined` for what is not known: somebody who meant something else must not be deployed for. */
function readArguments() {
  try {
    return parseArgs({ options: ARGUMENTS }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function plan(isDry: boolean): Promise<void> {
  const hasEnv = existsSync('.env');
  const env = hasEnv ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const planned = planDeployment(JSON.parse(readFileSync('cloudbaserc.json', 'utf8')), { ...env, ...process.env });
  console.log(planned.summary.join('\n'));
  if (planned.problems.length > 0) refuse(planned, hasEnv);
  else await deploy(planned, isDry);
}

function refuse({ problems }: Deployment, hasEnv: boolean): void {
  const advice = hasEnv ? 'Put them into .env' : 'Copy .env.example to .env and fill it in';
  console.error(`\nNot ready:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  console.error(`\n${advice}; .env.example explains each.`);
  process.exitCode = 1;
}

async function deploy({ functionName, config }: Deployment, isDry: boolean): Promise<void> {
  const tool = ['npx', 'tcb', 'fn', 'deploy', functionName, '--force', '--yes', '--config-file', CONFIG_FILE];
  const steps = [['npm', 'run', 'check'], tool];
  writeFileSync(CONFIG_FILE, JSON.stringify(config, undefined, 2));
  if (isDry) {
    console.log(`\nReady. Without --dry-run this runs:\n${steps.map((step) => `  ${step.join(' ')}`).join('\n')}`);
    return;
  }
  for (const step of steps) {
    const { code, output } = await run(step);
    if (code === 0 && !(step === tool && saysThatItFailed(output))) continue;
    console.error(`\nNot deployed: ${step.join(' ')} failed`);
    process.exitCode = 1;
    return;
  }
}

/** Runs a command, shows what it says and keeps it. */
async function run([command = '', ...args]: readonly string[]): Promise<{
  readonly code: unknown;
  readonly output: string;
}> {
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', keep).pipe(process.stdout);
  child.stderr.setEncoding('utf8').on('data', keep).pipe(process.stderr);
  const [code] = await once(child, 'close');
  return { code, output };
}
