#!/usr/bin/env node
import { homedir } from 'node:os';
import { run } from './run.ts';

// Whoever reads the links may stop reading.
process.stdout.on('error', () => {});

const terminal = {
  env: process.env,
  home: homedir(),
  stdin: process.stdin,
  canAsk: process.stdin.isTTY && process.stderr.isTTY,
  isWatched: process.stderr.isTTY,
  now: () => performance.now(),
  print: (text: string) => void process.stdout.write(text),
  printError: (text: string) => void process.stderr.write(text),
};

process.exitCode = await run(process.argv.slice(2), terminal, () => import('../admin.ts'));
