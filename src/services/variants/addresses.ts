import { type Caller, requireMember } from '../access/access.ts';
import { toHolder } from '../identity/callers.ts';
import type { Links } from '../objects/links.ts';
import type { ObjectReader, Place } from '../objects/object-reader.ts';
import { isOpen, pickParameters, readParameters } from './parameters.ts';
import type { Presets } from './presets.ts';
import type { Signatures } from './signatures.ts';

/** What an address is made of. */
interface WantedAddress {
  readonly parameters: Readonly<Record<string, string>>;
  /** For an address that has to be signed. */
  readonly expiresInSeconds: number;
  readonly mountUrl: string;
}

/** An address; for ever unless it says until when. */
interface VariantAddress {
  readonly url: string;
  readonly expiresAt?: string;
}

/** Addresses of images in other sizes and forms. */
export interface VariantAddresses {
  /** @throws {AppError} NoSuchKey, InvalidArgument for parameters that no address may have */
  make(caller: Caller, place: Place, wanted: WantedAddress): Promise<VariantAddress>;
}

interface VariantAddressesOptions {
  readonly reader: ObjectReader;
  readonly presets: Presets;
  readonly signatures: Signatures;
  /** Of our own mount, where variants are made. */
  readonly links: Links;
  readonly now: () => Date;
}

/** Creates the addresses. */
export function createVariantAddresses(options: VariantAddressesOptions): VariantAddresses {
  const { reader, presets, signatures, links, now } = options;
  return {
    make: async (caller, named, { parameters, expiresInSeconds, mountUrl }) => {
      const given = pickParameters(new URLSearchParams(parameters));
      readParameters(await presets.resolve(given));
      const place = reader.locate(caller, named);
      const { isPublic } = await reader.statLink(caller, place);
      const query = new URLSearchParams(Object.fromEntries(given));
      const url = links(mountUrl, place.bucketName, place.objectName);
      if (isPublic && (isOpen(given) || given.size === 0)) {
        return { url: given.size === 0 ? url : `${url}?${query}` };
      }
      const holder = isPublic ? undefined : toHolder(requireMember(caller));
      const signature = signatures.sign({ place, given, holder }, expiresInSeconds);
      for (const [name, value] of Object.entries(signature)) query.set(name, value);
      return {
        url: `${url}?${query}`,
        expiresAt: new Date(now().getTime() + expiresInSeconds * 1000).toISOString(),
      };
    },
  };
}
