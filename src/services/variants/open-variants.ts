import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageTransformer, VariantRedirects } from '../../ports/image-transformer.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Caller } from '../access/access.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { Links } from '../objects/links.ts';
import type { ObjectReader, Place } from '../objects/object-reader.ts';
import { createVariantAddresses, type VariantAddresses } from './addresses.ts';
import { createPresets, type Presets } from './presets.ts';
import { createSignatures } from './signatures.ts';
import { createVariantRecords } from './variant-records.ts';
import { createVariants, type Variants } from './variants.ts';

/** All that has to do with images in other sizes and forms; loaded when somebody asks for one. */
export interface VariantServices {
  readonly variants: Variants;
  readonly addresses: VariantAddresses;
  readonly presets: Presets;
  /** Removes what was made of an image. @throws {AppError} NoSuchKey when it is beyond the caller's reach */
  purge(caller: Caller, place: Place): Promise<number>;
}

interface OpenVariantsOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly reader: ObjectReader;
  readonly recallHolder: RecallHolder;
  readonly transformer: Pick<ImageTransformer, 'transform'> | undefined;
  /** The store, where that makes them in the place of a transformer. */
  readonly redirects: VariantRedirects | undefined;
  /** The first signs, all of them verify. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
  /** Of our own mount. */
  readonly links: Links;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Puts the variants together. */
export function openVariants(options: OpenVariantsOptions): VariantServices {
  const { documents, store, reader, keys, now } = options;
  const presets = createPresets(documents, now);
  const signatures = createSignatures(keys, now);
  const records = createVariantRecords({ documents, store, now });
  return {
    variants: createVariants({ ...options, presets, signatures, records }),
    addresses: createVariantAddresses({ ...options, presets, signatures }),
    presets,
    purge: async (caller, named) => {
      const place = reader.locate(caller, named);
      await reader.requireReach(caller, 'delete', place);
      return records.forget(place);
    },
  };
}
