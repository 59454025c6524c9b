import { mapLimited } from '../../concurrency/limit.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Quota } from '../access/access.ts';
import { USAGE } from '../access/usage.ts';
import { openCollection } from '../collection.ts';
import { USERS } from '../identity/users.ts';

/** What one account takes up, with what lies in the trash. */
interface Taken {
  readonly userId: string;
  /** Absent where the account is gone, and its images are not yet. */
  readonly name?: string;
  readonly images: number;
  readonly bytes: number;
  readonly quota?: Quota;
}

/** Tells what accounts take up, as it is counted for their quotas: a page costs what it shows, however many images there are. */
export interface UsageReport {
  /** A page of accounts that have ever had an image, by their ids; those of a page that take most first. */
  page(wanted: {
    readonly pageSize: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly users: readonly Taken[]; readonly after?: string }>;
}

/** Accounts that are read at the same time. */
const AT_ONCE = 16;

/** Creates the report. */
export function createUsageReport(documents: DocumentStore): UsageReport {
  const usage = openCollection(documents, USAGE);
  const people = openCollection(documents, USERS);
  return {
    page: async ({ pageSize: limit, after }) => {
      const page = await usage.list({ after, limit });
      const users = await mapLimited(page.documents, AT_ONCE, async ({ id: userId, doc }): Promise<Taken> => {
        const user = await people.read(userId);
        const known = user && { name: user.name, quota: user.quota };
        return { userId, ...known, images: doc.objects, bytes: doc.bytes };
      });
      users.sort((one, other) => other.bytes - one.bytes);
      return { users, ...(page.after !== undefined && { after: page.after }) };
    },
  };
}
