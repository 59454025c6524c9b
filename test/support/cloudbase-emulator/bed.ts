import type { TestContext } from 'vitest';
import type { DocumentStore } from '../../../src/ports/document-store.ts';
import {
  type CloudBaseDocumentStoreOptions,
  createCloudBaseDocumentStore,
} from '../../../src/stores/documents/cloudbase/document-store.ts';
import {
  type CloudBaseEmulator,
  type CloudBaseEmulatorOptions,
  EMULATED,
  startCloudBaseEmulator,
} from '../cloudbase-emulator.ts';

/** An emulator of a test's own, and stores on it. */
export interface Bed {
  readonly emulator: CloudBaseEmulator;
  readonly store: DocumentStore;
  /** Opens another store, as another process would. */
  open(options?: Partial<CloudBaseDocumentStoreOptions>): DocumentStore;
  /** Moves the clock of the stores. */
  advance(milliseconds: number): void;
}

/** Opens a store on an emulator. */
export function openStore(
  emulator: CloudBaseEmulator,
  options: Partial<CloudBaseDocumentStoreOptions> = {},
): DocumentStore {
  const { envId, secretId, secretKey } = EMULATED;
  return createCloudBaseDocumentStore({
    envId,
    credentials: { secretId, secretKey },
    serviceUrl: emulator.serviceUrl,
    inCloud: false,
    now: () => new Date(),
    ...options,
  });
}

/** Starts an emulator that ends with the test, which fails when the emulator could not stand for the cloud. */
export async function startBed({ onTestFinished }: TestContext, options?: CloudBaseEmulatorOptions): Promise<Bed> {
  const emulator = await startCloudBaseEmulator(options);
  onTestFinished(() => emulator.close());
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);
  const open: Bed['open'] = (more) => openStore(emulator, { now, ...more });
  return {
    emulator,
    store: open(),
    open,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
  };
}
