import { createTrail } from '../concurrency/trail.ts';
import type { RouteOutput } from '../contract/contract.ts';
import { MAX_KEYS_AT_ONCE } from '../naming/s3-limits.ts';
import type { BedClient } from './http-client.ts';
import { EXIT, type Terminal } from './terminal.ts';

/** Most names in one call. */

interface Listing {
  readonly bucketName: string;
  readonly prefix: string;
  readonly json: boolean;
}

/** Prints name, bytes and date of every image below a prefix. @returns the exit code */
export async function list(terminal: Terminal, bed: BedClient, { bucketName, prefix, json }: Listing): Promise<number> {
  const listed: object[] = [];
  let continuationToken: string | undefined = '';
  const trail = createTrail(() => new Error('The listing of the bed has no end'));
  while (continuationToken !== undefined) {
    const page: RouteOutput<'object/listObjects'> = await bed.call('object/listObjects', {
      bucketName,
      prefix,
      recursive: true,
      pageSize: MAX_KEYS_AT_ONCE,
      continuationToken,
    });
    for (const item of page.lists) {
      if (!('name' in item)) continue;
      if (json) listed.push(item);
      else terminal.print(`${item.name}\t${item.size}\t${item.lastModified}\n`);
    }
    continuationToken = trail(page.continuationToken);
  }
  if (json) terminal.print(`${JSON.stringify(listed)}\n`);
  return EXIT.done;
}

/** Removes images and says which it could not. @returns the exit code */
export async function remove(
  terminal: Terminal,
  bed: BedClient,
  { bucketName, objectNames }: { readonly bucketName: string; readonly objectNames: readonly string[] },
): Promise<number> {
  let exitCode: number = EXIT.done;
  for (let start = 0; start < objectNames.length; start += MAX_KEYS_AT_ONCE) {
    const chunk = objectNames.slice(start, start + MAX_KEYS_AT_ONCE);
    for (const { objectName, removed, err, error } of await bed.call('object/removeObjects', {
      bucketName,
      objectNames: chunk,
    })) {
      if (removed) continue;
      terminal.printError(`${objectName}: ${err ?? ''} (${error ?? ''})\n`);
      exitCode = EXIT.failed;
    }
  }
  return exitCode;
}
