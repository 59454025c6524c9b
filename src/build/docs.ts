import { readFileSync, writeFileSync } from 'node:fs';
import { withRouteTable } from './route-table.ts';

const REFERENCE = '.github/REFERENCE.md';

writeFileSync(REFERENCE, withRouteTable(readFileSync(REFERENCE, 'utf8')));
