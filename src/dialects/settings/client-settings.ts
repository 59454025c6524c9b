import { AppError, type Text } from '../../errors.ts';
import { type Caller, requireMember } from '../../services/access/access.ts';
import type { ApiTokens } from '../../services/identity/api-tokens.ts';
import { type Client, RECIPES } from './settings-templates.ts';

/** What stands in for the token where everybody can read. */
const PLACEHOLDER = 'ip_你的token';
/** A token that nobody renews is of no use to a thief for longer than this. */
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** For which client, and for how narrow a token. */
interface ConfigRequest {
  readonly client: Client;
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** A client's configuration, complete with its token. */
interface ClientConfig {
  readonly client: Client;
  readonly title: Text;
  readonly where: Text;
  readonly config: Readonly<Record<string, unknown>> | string;
  readonly fileName?: string;
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAt?: string;
}

/** One recipe as a page shows it. */
interface GuideEntry {
  readonly client: Client;
  readonly title: Text;
  readonly where: Text;
  readonly text: string;
  readonly fileName?: string;
}

/** Sets upload clients up. */
export interface ClientKit {
  /** Makes the configuration of a client, with a fresh token that can only upload. @throws {AppError} InvalidArgument when the service's own address is not known */
  config(caller: Caller, request: ConfigRequest, mountUrl: string): Promise<ClientConfig>;
  /** All recipes, without a token. */
  guide(mountUrl: string): readonly GuideEntry[];
}

interface ClientKitOptions {
  readonly apiTokens: ApiTokens;
  readonly now: () => Date;
}

/** Creates the client kit. */
export function createClientKit({ apiTokens, now }: ClientKitOptions): ClientKit {
  return {
    config: async (caller, { client, expiresIn = YEAR_SECONDS, bucketName, prefix }, address) => {
      if (!/^https?:\/\//.test(address)) throw noAddress();
      const { title, where, fileName, config } = RECIPES[client];
      const { token, id, expiresAt } = await apiTokens.create(requireMember(caller).userId, {
        name: `${client} ${now().toISOString().slice(0, 10)}`,
        scopes: ['upload'],
        ...{ bucketName, prefix, expiresIn },
      });
      return {
        ...{ client, title, where, token, tokenId: id, config: config({ address, token }) },
        ...(fileName !== undefined && { fileName }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
    },
    guide: (address) =>
      Object.entries(RECIPES).map(([client, { title, where, fileName, config }]) => {
        const filled = config({ address, token: PLACEHOLDER });
        return {
          // The keys of the table are the clients.
          client: client as Client,
          ...{ title, where, text: typeof filled === 'string' ? filled : JSON.stringify(filled, undefined, 2) },
          ...(fileName !== undefined && { fileName }),
        };
      }),
  };
}

const noAddress = (): AppError =>
  new AppError('InvalidArgument', {
    zh: '服务不知道自己的地址：请改用 HTTP 调用 client/config，或请管理员设置 IMAGEPIC_PUBLIC_URL',
    en: 'The service does not know its own address: call client/config over HTTP, or have an admin set IMAGEPIC_PUBLIC_URL',
  });
