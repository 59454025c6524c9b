import { join } from 'node:path';
import { createLocal, loadConfig } from '../../src/index.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';

/** What a test asks a worker process to do. */
export type Task =
  | { readonly kind: 'call'; readonly url: string; readonly data: object; readonly token?: string | undefined }
  | { readonly kind: 'count'; readonly times: number };

const env = process.env;
const local = await createLocal(loadConfig(env));
const documents = createFileDocumentStore({
  folder: join(env['IMAGEPIC_DATA_DIR'] ?? '', 'documents'),
  now: () => new Date(),
});

/** Adds one to a document by compare-and-set, so often. */
async function count(times: number): Promise<number> {
  for (let done = 0; done < times; ) {
    const stored = await documents.read('race', 'counter');
    if (stored === undefined) await documents.create('race', 'counter', { value: 0 });
    else if (await documents.replace('race', 'counter', { value: Number(stored.doc['value']) + 1 }, stored.revision)) {
      done += 1;
    }
  }
  const stored = await documents.read('race', 'counter');
  return Number(stored?.doc['value']);
}

process.on('message', ({ id, task }: { readonly id: number; readonly task: Task }) => {
  const work =
    task.kind === 'count'
      ? count(task.times)
      : // A worker calls what its test names.
        local.call(task.url as 'health', task.data, task.token === undefined ? {} : { token: task.token });
  work.then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, answer: { error: String(error) } }),
  );
});
process.send?.({ id: 0 });
