import type { Collection } from '../collection.ts';

/** Rules of one kind, at most one a bucket. */
export interface BucketRules<Rule> {
  get(bucketName: string): Promise<Rule | undefined>;
  set(bucketName: string, rule: Rule): Promise<void>;
  remove(bucketName: string): Promise<void>;
  /** The rule as it was at most five seconds ago, for those who ask again and again. */
  recall(bucketName: string): Promise<Rule | undefined>;
}

/** How long one process may go on with a rule that another has changed, in milliseconds. */
const REMEMBERED_MS = 5000;
const MAX_REMEMBERED = 1000;

/** Creates the rules on what keeps them. */
export function createBucketRules<Rule>(rules: Collection<Rule>, now: () => Date): BucketRules<Rule> {
  const remembered = new Map<string, { readonly rule: Rule | undefined; readonly at: number }>();

  return {
    get: (bucketName) => rules.read(toId(bucketName)),
    set: async (bucketName, rule) => {
      await rules.upsert(toId(bucketName), () => rule);
      remembered.delete(bucketName);
    },
    remove: async (bucketName) => {
      await rules.remove(toId(bucketName));
      remembered.delete(bucketName);
    },
    recall: async (bucketName) => {
      const at = now().getTime();
      const known = remembered.get(bucketName);
      if (known !== undefined && at - known.at < REMEMBERED_MS) return known.rule;
      const rule = await rules.read(toId(bucketName));
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(bucketName, { rule, at });
      return rule;
    },
  };
}

/** Bucket names have dots, document ids have none, and underscores are in ids only. */
const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');
