import { appendFile, readFile } from 'node:fs/promises';
import { createClient, createFileStore, openFile } from '../../src/client/node/index.ts';

/** Uploads files by a queue in a state file, over and over until all are done; each that is done is a line of `doneFile`. */
const [url = '', token = '', stateFile = '', doneFile = '', ...files] = process.argv.slice(2);

const queue = createClient({ url, token }).uploads({ store: createFileStore(stateFile), concurrency: 4 });
await queue.ready;
const done = new Set((await readFile(doneFile, 'utf8').catch(() => '')).split('\n'));
const queued = new Set(queue.items.map(({ name }) => name));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
for (const path of files) {
  if (!done.has(nameOf(path)) && !queued.has(nameOf(path))) queue.add(await openFile(path));
}

for (;;) {
  for (const { id, name, state, error } of queue.items) {
    if (state === 'failed') throw new Error(`${name}: ${error?.message}`);
    // The server was killed; it will be back.
    if (state === 'paused') queue.resume(id);
    if (state !== 'done') continue;
    await appendFile(doneFile, `${name}\n`);
    queue.remove(id);
  }
  if (queue.items.length === 0) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
