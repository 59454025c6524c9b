// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
import { PlatformFault } from './platform-api.ts';

/** The calls that have a list of legal domains (合法域名) each. */
export type NetworkApi = 'request' | 'uploadFile' | 'downloadFile';

/** What is entered in the console under 开发管理 → 服务器域名, such as `https://img.example.com`. */
export type LegalDomains = Readonly<Partial<Record<NetworkApi, readonly string[]>>>;

/** Tells whether a call may reach an address. @throws {PlatformFault} */
export type DomainGate = (api: NetworkApi, url: string) => void;

const DOMAIN = /^https:\/\/(?=[^:]*[a-z])(?!localhost\b)[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?$/;
const URL_START = /^(https?):\/\/([^/?#]+)/i;

/**
 * Creates the check that the platform makes before it sends anything:
 *
 * - sure: HTTPS alone; neither an IP address nor `localhost` can be entered; a port must be the very one that was entered, and none
 *   may be written where none was entered, not even `:443`; a domain does not stand for its subdomains, and `api.weixin.qq.com`
 *   cannot be entered (the page above);
 * - sure: the texts and numbers (`url not in domain list` is 600002, `invalid url` 600009; PublicErrno). Newer clients append `:<host>`;
 * - sure: `urlCheck: false`, which is 不校验合法域名 in the developer tools, lets everything pass, also plain HTTP;
 * - unsure, hence strict: where a redirect leads is not checked again, and an address of the local network is refused like any other.
 *
 * @throws {TypeError} a domain that the console would not take
 */
export function createDomainGate(domains: LegalDomains, urlCheck: boolean): DomainGate {
  const lists = new Map(Object.entries(domains).map(([api, list]) => [api, new Set(list.map(requireDomain))]));
  return (api, url) => {
    const [start, scheme, authority] = URL_START.exec(url) ?? [];
    if (start === undefined) throw new PlatformFault(`invalid url "${url}"`, { errno: 600009 });
    if (!urlCheck) return;
    const origin = `${scheme}://${authority}`.toLowerCase();
    if (lists.get(api)?.has(origin) !== true) throw new PlatformFault('url not in domain list', { errno: 600002 });
  };
}

function requireDomain(domain: string): string {
  const lower = domain.toLowerCase();
  if (!DOMAIN.test(lower) || lower === 'https://api.weixin.qq.com') {
    throw new TypeError(
      `${domain}: a legal domain is https:// and a host name, with no path, no IP address and no localhost`,
    );
  }
  return lower;
}
