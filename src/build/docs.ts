import { readFileSync, writeFileSync } from 'node:fs';
import { withRouteTable } from './route-table.ts';

const README = 'README.md';

writeFileSync(README, withRouteTable(readFileSync(README, 'utf8')));
