// Checks, builds and deploys the function to CloudBase; with --dry-run it only says what it would do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Deployment, planDeployment, saysThatItFailed } from './deployment.ts';

/** What is deployed, with the templates still in it, so that no secret lies in a file of ours. */
const CONFIG_FILE = '.build/cloudbaserc.json';

const hasEnv = existsSync('.env');
const env = hasEnv ? parseEnv(readFileSync('.env', 'utf8')) : {};
const plan = planDeployment(JSON.parse(readFileSync('cloudbaserc.json', 'utf8')), { ...env, ...process.env });
console.log(plan.summary.join('\n'));
if (plan.problems.length > 0) refuse(plan);
else await deploy(plan);

function refuse({ problems }: Deployment): void {
  const advice = hasEnv ? 'Put them into .env' : 'Copy .env.example to .env and fill it in';
  console.error(`\nNot ready:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  console.error(`\n${advice}; .env.example explains each.`);
  process.exitCode = 1;
}

async function deploy({ functionName, config }: Deployment): Promise<void> {
  const tool = ['npx', 'tcb', 'fn', 'deploy', functionName, '--force', '--yes', '--config-file', CONFIG_FILE];
  const steps = [['npm', 'run', 'check'], tool];
  writeFileSync(CONFIG_FILE, JSON.stringify(config, undefined, 2));
  if (process.argv.includes('--dry-run')) {
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
