import { BedError } from '../bed-error.ts';

/** The lists of the console that the client needs. */
export type DomainList = 'request' | 'uploadFile';

/** Makes of a call that the platform refused what its developer has to do, in both languages; any other failure stays what it is. */
export function namingDomain(cause: unknown, list: DomainList, url: string): unknown {
  if (!String(cause).includes('url not in domain list')) return cause;
  const domain = url.split('/', 3).join('/');
  const message = `请在小程序后台把 ${domain} 加入 ${list} 合法域名 (add it there)`;
  return new BedError('DomainNotListed', message, { details: { domain, list }, cause });
}
