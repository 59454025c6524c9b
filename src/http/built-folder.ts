import { dirname, join } from 'node:path';

/** Where a folder of built files lies: beside the chunks of a built function, whose loader says where that is, and beside a built server. */
export const findBuiltFolder = (name: string): string =>
  typeof __dirname === 'string' ? join(__dirname, '..', name) : join(dirname(process.argv[1] ?? ''), name);
