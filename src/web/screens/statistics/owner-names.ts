import { bed } from '../../state/bed.ts';

const PAGE_SIZE = 1000;

/** What accounts are called, by their ids; those that are gone have no name. @throws {BedError} */
export async function loadNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(ids);
  const names = new Map<string, string>();
  let after: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof bed.auth.listUsers>> = await bed.auth.listUsers({
      pageSize: PAGE_SIZE,
      ...(after !== undefined && { after }),
    });
    for (const { userId, name } of page.users) if (wanted.has(userId)) names.set(userId, name);
    after = page.after;
  } while (after !== undefined && names.size < wanted.size);
  return names;
}
