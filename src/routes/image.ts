import type { imageContract } from '../contract/image.ts';
import type { ImageQueries } from '../services/library/image-search.ts';
import type { VariantServices } from '../services/variants/open-variants.ts';
import type { Handlers } from './handlers.ts';

/** What the routes under `image/*` stand on. */
export interface ImageServices {
  readonly imageSearch: ImageQueries;
  /** Loaded when somebody asks for another size. */
  readonly openVariants: () => Promise<VariantServices>;
}

/** Routes under `image/*`. */
export const imageRoutes = ({ imageSearch, openVariants }: ImageServices): Handlers<typeof imageContract> => ({
  'image/search': (question, { caller, mountUrl }) => imageSearch.search(caller, question, mountUrl),
  'image/getImage': (named, { caller, mountUrl }) => imageSearch.get(caller, named, mountUrl),
  'image/variantUrl': async ({ parameters, expiry, ...place }, { caller, mountUrl }) => {
    const { addresses } = await openVariants();
    return addresses.make(caller, place, { parameters, expiresInSeconds: expiry, mountUrl });
  },
  'image/getPresets': async () => ({ presets: await (await openVariants()).presets.all() }),
  'image/setPresets': async ({ presets: given }) => {
    const { presets } = await openVariants();
    await presets.replace(given);
    return { presets: await presets.all() };
  },
  'image/purgeVariants': async (place, { caller }) => ({ removed: await (await openVariants()).purge(caller, place) }),
});
