import { type CloudOptions, createCloud } from './cloud.ts';
import { createDispatcher } from './dispatcher.ts';
import { createDomainGate, type LegalDomains, type NetworkApi } from './domains.ts';
import type { Hosts } from './exchange.ts';
import { createFileSystemManager } from './file-system-manager.ts';
import { createFiles, USER_DATA_PATH } from './files.ts';
import type { LibraryVersion } from './library-version.ts';
import { type ChooseMediaOption, type Compressor, createMedia, type Shot } from './media.ts';
import type { FaultyNetwork } from './network-faults.ts';
import { createRequest } from './request.ts';
import { createClipboard, createStorage } from './storage.ts';
import { createDownloadFile, createUploadFile } from './transfer-files.ts';

/** The phone, the console and the project that a program runs with. */
export interface WxOptions {
  readonly appId?: string;
  /** As the `Referer` says it: `devtools`, `0` for development and trial, a number else. */
  readonly version?: string;
  /** The base library; `3.8.9` unless said. What came later is not there. */
  readonly libraryVersion?: LibraryVersion;
  /** 合法域名, as entered in the console. */
  readonly domains?: LegalDomains;
  /** `false` is 不校验合法域名 of the developer tools. */
  readonly urlCheck?: boolean;
  /** Where names of hosts really lead: `{ 'https://img.example.com': 'http://127.0.0.1:3000' }`. The server sees the name as `Host`. */
  readonly hosts?: Hosts;
  /** `networkTimeout` of app.json, in milliseconds. */
  readonly networkTimeout?: Readonly<Partial<Record<NetworkApi, number>>>;
  /** What befalls what is sent. */
  readonly network?: FaultyNetwork;
  /** How often the platform sends again on its own after a broken connection; 1 unless said. */
  readonly networkRetries?: number;
  readonly maxUploadBytes?: number;
  /** Bytes for saved files; 200 MB unless said. */
  readonly quotaBytes?: number;
  readonly cloud?: CloudOptions;
  /** What the person picks when the program asks. */
  readonly pick?: (option: ChooseMediaOption) => readonly Shot[];
  readonly compress?: Compressor;
  /** Calls that the privacy agreement does not declare, such as `chooseMedia`. */
  readonly undeclared?: readonly string[];
}

/**
 * Creates a `wx` for tests: the calls that deal with pictures, files and the network, with the limits that the platform has on a phone.
 *
 * Each call says in its docstring what it does as the platform does, where that is known from, and how well: *sure* (the official pages,
 * the typings), *likely* (code of the platform's makers, many reports) or *unsure*, where it takes the stricter way.
 *
 * ```ts
 * const { wx, phone } = createWx({
 *   domains: { request: ['https://img.example.com'] },
 *   hosts: { 'https://img.example.com': 'http://127.0.0.1:3000' },
 *   pick: () => [{ bytes: await readFile('photo.jpg') }],
 * });
 * vi.stubGlobal('wx', wx);
 * ```
 *
 * @throws {TypeError} a domain that the console would not take
 */
export function createWx(options: WxOptions = {}) {
  const { appId = 'wx0123456789abcdef', version = 'devtools', libraryVersion = '3.8.9', pick = () => [] } = options;
  const files = createFiles(options.quotaBytes === undefined ? {} : { quotaBytes: options.quotaBytes });
  const dispatch = createDispatcher({
    appId,
    version,
    gate: createDomainGate(options.domains ?? {}, options.urlCheck ?? true),
    hosts: options.hosts ?? {},
    retries: options.networkRetries ?? 1,
    timeouts: options.networkTimeout ?? {},
    fault: options.network ?? (() => undefined),
  });
  const undeclared = new Set(options.undeclared);
  const download = async (url: string): Promise<Uint8Array> => {
    const call = { api: 'downloadFile', url, method: 'GET', header: {}, timeoutMs: undefined } as const;
    return (await dispatch(call, { signal: new AbortController().signal })).body;
  };
  const { cloud, stored } = createCloud(files, appId, options.cloud ?? {});
  const manager = createFileSystemManager(files, libraryVersion);

  const wx = {
    env: { USER_DATA_PATH },
    cloud,
    request: createRequest(dispatch),
    uploadFile: createUploadFile(dispatch, files, options.maxUploadBytes),
    downloadFile: createDownloadFile(dispatch, files),
    /** Sure: one for the whole program. */
    getFileSystemManager: () => manager,
    ...createMedia({ files, libraryVersion, pick, compress: options.compress, download, undeclared }),
    ...createStorage(),
    ...createClipboard(undeclared),
  };
  /** What a test may do that no program can. */
  const phone = {
    /** Puts a file where the platform puts what it was given, and tells its path. */
    addTemporaryFile: (bytes: Uint8Array, extension: string): string => files.addTemporary(bytes, extension),
    readFile: (path: string): Uint8Array => files.read(path),
    /** Paths of all files on the phone. */
    listFiles: (): readonly string[] => files.list(),
    /** File IDs of all that is in the environment's storage. */
    listCloudFiles: (): readonly string[] => [...stored.keys()],
  };
  return { wx, phone };
}
