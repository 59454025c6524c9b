// https://datatracker.ietf.org/doc/html/rfc9110#section-10.1.3 (Referer)
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** Which pages may show the images of a bucket. */
export const HOTLINK_RULES = defineCollection({
  name: 'hotlink-rules',
  schema: v.object({
    referers: v.array(v.string()),
    emptyReferer: v.boolean(),
    refusal: v.picklist(['error', 'picture']),
  }),
  retention: { kept: 'one document a bucket, which goes with it' },
});

/** Hosts, `*.` before one for all below it, each with a path if wanted; whether pages that do not say who they are may; and how others are refused. */
export type HotlinkRule = v.InferOutput<typeof HOTLINK_RULES.schema>;

/** Where an image is asked for from. */
export interface Asked {
  readonly referer: string | undefined;
  /** Hosts of the bed itself, whose pages always may. */
  readonly ownHosts: readonly string[];
}

/** The rules of buckets whose images not every page may show. */
export interface HotlinkRules {
  get(bucketName: string): Promise<HotlinkRule | undefined>;
  set(bucketName: string, rule: HotlinkRule): Promise<void>;
  remove(bucketName: string): Promise<void>;
  /** Tells whether an image may be shown where it was asked for, or a small picture in its place; `unruled` where every page may. @throws {AppError} AccessDenied */
  check(bucketName: string, asked: Asked): Promise<'unruled' | 'allowed' | 'picture'>;
}

/** How long one process may go on with a rule that another has changed, in milliseconds. */
const REMEMBERED_MS = 5000;
const MAX_REMEMBERED = 1000;

/** Creates the rules. */
export function createHotlinkRules(documents: DocumentStore, now: () => Date): HotlinkRules {
  const rules = openCollection(documents, HOTLINK_RULES);
  const remembered = new Map<string, { readonly rule: HotlinkRule | undefined; readonly at: number }>();

  const recall = async (bucketName: string): Promise<HotlinkRule | undefined> => {
    const at = now().getTime();
    const known = remembered.get(bucketName);
    if (known !== undefined && at - known.at < REMEMBERED_MS) return known.rule;
    const rule = await rules.read(toId(bucketName));
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(bucketName, { rule, at });
    return rule;
  };

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
    check: async (bucketName, asked) => {
      const rule = await recall(bucketName);
      if (rule === undefined) return 'unruled';
      if (allows(rule, asked)) return 'allowed';
      if (rule.refusal === 'picture') return 'picture';
      throw hotlinked();
    },
  };
}

/** Bucket names have dots, document ids have none, and underscores are in ids only. */
const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');

function allows({ referers, emptyReferer }: HotlinkRule, { referer = '', ownHosts }: Asked): boolean {
  if (referer === '') return emptyReferer;
  if (!/^https?:\/\//i.test(referer) || !URL.canParse(referer)) return false;
  const page = new URL(referer);
  return ownHosts.includes(page.host) || referers.some((pattern) => isBelow(page, pattern));
}

function isBelow({ host, hostname, pathname }: URL, pattern: string): boolean {
  const slash = pattern.indexOf('/');
  const [wanted, path] = slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash)];
  const actual = wanted.includes(':') ? host : hostname;
  const isHost = wanted.startsWith('*.') ? actual.endsWith(wanted.slice(1)) : actual === wanted;
  return isHost && `${pathname}/`.startsWith(`${path}/`);
}

const hotlinked = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这个存储桶的图片不允许在此页面显示（防盗链）；请联系管理员把该网站加入 referers',
    en: 'The images of this bucket may not be shown on that page; have an admin add the site to referers',
  });
