// https://datatracker.ietf.org/doc/html/rfc9110#section-10.1.3 (Referer)
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type BucketRules, createBucketRules } from './bucket-rules.ts';

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
export interface HotlinkRules extends Omit<BucketRules<HotlinkRule>, 'recall'> {
  /** Tells whether an image may be shown where it was asked for, or a small picture in its place; `unruled` where every page may. @throws {AppError} AccessDenied */
  check(bucketName: string, asked: Asked): Promise<'unruled' | 'allowed' | 'picture'>;
}

/** Creates the rules. */
export function createHotlinkRules(documents: DocumentStore, now: () => Date): HotlinkRules {
  const { recall, ...rules } = createBucketRules(openCollection(documents, HOTLINK_RULES), now);
  return {
    ...rules,
    check: async (bucketName, asked) => {
      const rule = await recall(bucketName);
      if (rule === undefined) return 'unruled';
      if (allows(rule, asked)) return 'allowed';
      if (rule.refusal === 'picture') return 'picture';
      throw hotlinked();
    },
  };
}

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
