import type { Links } from '../objects/links.ts';

/** Where a link leads; the bucket is absent where links do not say it. */
interface LinkedPlace {
  readonly bucketName?: string;
  readonly objectName: string;
}

/** What stands for a bucket and a key, as no escape changes it. */
const BUCKET = 'imagepic--bucket';
const KEY = 'imagepic--key';

/**
 * Reads the address of an image as the bed gives it, in whatever size: by the form of links that `IMAGEPIC_PUBLIC_URL`
 * says, or by the bed's own path. Its host is not looked at, for a bed has several; `undefined` where it is no such address.
 */
export function parseLink(link: string, links: Links): LinkedPlace | undefined {
  const address = link.replace(/[?#].*$/s, '');
  const found = toForm(links).exec(address) ?? OWN_PATH.exec(address);
  const key = found?.groups?.['key'];
  const objectName = key && decode(key);
  if (!objectName) return undefined;
  const bucketName = found?.groups?.['bucket'];
  return { objectName, ...(bucketName !== undefined && { bucketName }) };
}

const OWN_PATH = /^(?:https?:\/\/[^/]+)?(?:\/[^/]+)*?\/i\/(?<bucket>[^/]+)\/(?<key>.+)$/;

/** What links of the bed look like, behind their host. */
function toForm(links: Links): RegExp {
  const example = links('', BUCKET, KEY)
    .replace(/^https?:\/\/[^/?#]*/, '')
    .replace(/[?#].*$/s, '');
  const form = example
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(BUCKET, '(?<bucket>[^/]+)')
    .replace(KEY, '(?<key>.+)');
  return new RegExp(`^(?:https?://[^/]+)?${form}$`);
}

function decode(key: string): string | undefined {
  try {
    return decodeURIComponent(key);
  } catch {
    return undefined;
  }
}
