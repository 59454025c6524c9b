import { whenAsked } from '../../concurrency/when-asked.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { StoreTrials } from '../../ports/store-trials.ts';
import type { Leftovers } from '../leftovers.ts';
import type { BucketCapabilities } from './capabilities.ts';

/** What buckets were seen to do, which only stores of others are asked for. */
export const openCapabilitiesOf = (
  { store, trials }: { readonly store: ObjectStore; readonly trials: StoreTrials },
  documents: DocumentStore,
  leftovers: Leftovers,
  now: () => Date,
): (() => Promise<BucketCapabilities>) =>
  whenAsked(async () => {
    const { createCapabilities } = await import('./capabilities.ts');
    return createCapabilities({ store, trials, documents, leftovers, now });
  });
