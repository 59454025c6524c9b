/**
 * Everything that is to be quick, in one table: this state of the code, a commit beside it (`--against <commit>`), who does
 * the same otherwise, and what nobody can do better. Contestants of a row take turns, so that a busy machine slows all
 * alike: ratios count, not figures. `--only <text>` measures the rows whose names have it,
 * `--rounds <n>` no more rounds than that. Also written as JSON.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type Contestant, type Measured, median, type Row, type Subject } from './contestants.ts';
import { coldStarts } from './rows/cold-starts.ts';
import { routing } from './rows/routing.ts';
import { scrubbing } from './rows/scrubbing.ts';
import { metadata, pictures } from './rows/serving.ts';
import { putsToDisk, uploadsToDisk, uploadsToS3 } from './rows/uploads.ts';
import { closeCommit, openCommit, openThis } from './subjects.ts';

const FILE = join('.build', 'bench', 'whole.json');

const toRows = (subjects: readonly Subject[]): readonly Row[] => [
  uploadsToS3(subjects),
  uploadsToDisk(subjects),
  putsToDisk(subjects),
  routing(subjects),
  ...coldStarts(subjects),
  pictures(subjects),
  metadata(subjects),
  ...scrubbing(subjects),
];

interface Result extends Pick<Contestant, 'name' | 'role'> {
  readonly value: number;
  readonly cpu?: number;
  /** How many times as good the first state of ours is, by the value and by processor time. */
  readonly ours?: number;
  readonly oursByCpu?: number;
}

interface Line {
  readonly row: string;
  readonly unit: Row['unit'];
  readonly results: readonly Result[];
}

/** Who is first changes with each round; the first one warms up. */
async function compete(contestants: readonly Contestant[], rounds: number): Promise<readonly Result[]> {
  const taken = contestants.map((): Measured[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const index = (turn + round + 1) % contestants.length;
      const measured = await contestants[index]?.measure(round);
      if (round >= 0 && measured !== undefined) taken[index]?.push(measured);
    }
  }
  return contestants.map(({ name, role }, index) => {
    const samples = taken[index] ?? [];
    const times = samples.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
    const value = median(samples.map((sample) => sample.value));
    return { name, role, value, ...(times.length > 0 && { cpu: median(times) }) };
  });
}

async function measureRow({ name, unit, rounds, during }: Row, most: number): Promise<Line | undefined> {
  const results = await during((contestants) => compete(contestants, Math.min(rounds, most)));
  if (results === undefined) return undefined;
  const isRate = unit.endsWith('/s');
  const [ours] = results;
  const compared = results.map((result) => {
    if (ours === undefined || result === ours) return result;
    const byValue = isRate ? ours.value / result.value : result.value / ours.value;
    const byCpu = result.cpu !== undefined && ours.cpu !== undefined && { oursByCpu: result.cpu / ours.cpu };
    return { ...result, ours: byValue, ...byCpu };
  });
  return { row: name, unit, results: compared };
}

function print({ row, unit, results }: Line): void {
  console.log(`\n${row}`);
  for (const { name, role, value, cpu, ours, oursByCpu } of results) {
    const figures = [
      `${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ${unit.padEnd(4)}`,
      (cpu === undefined ? '' : `${cpu.toFixed(2)} ms cpu`).padEnd(12),
      ours === undefined ? '' : `ours ×${ours.toFixed(2)}`,
      oursByCpu === undefined ? '' : `by cpu ×${oursByCpu.toFixed(2)}`,
    ];
    console.log(`  ${role.padEnd(8)}${name.padEnd(46)}${figures.join('  ')}`);
  }
}

/** Measures and prints; `npm run bench` without a name calls it. */
export async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { against: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string' } },
  });
  const subjects = [await openThis()];
  const before = values.against === undefined ? undefined : await openCommit(values.against);
  if (before !== undefined) subjects.push(before);
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD']);
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? ''}`;
    const facts = { commit: stdout.trim(), date: new Date().toISOString(), node: process.version, machine };
    console.log(`${facts.commit}, ${facts.date}, Node ${facts.node}, ${machine}; “ours ×” is how many times as quick`);
    const lines: Line[] = [];
    for (const row of toRows(subjects).filter(({ name }) => name.includes(values.only ?? ''))) {
      const line = await measureRow(row, Number(values.rounds ?? Number.POSITIVE_INFINITY));
      if (line === undefined) console.log(`\n${row.name}\n  left out: there is no Ceph here`);
      else {
        print(line);
        lines.push(line);
      }
    }
    await mkdir(join('.build', 'bench'), { recursive: true });
    await writeFile(FILE, JSON.stringify({ ...facts, lines }, undefined, 2));
    console.log(`\nwritten to ${FILE}`);
  } finally {
    if (before !== undefined) await closeCommit(before.name);
  }
}
