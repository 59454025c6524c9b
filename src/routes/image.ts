import type { imageContract } from '../contract/image.ts';
import type { Language } from '../errors.ts';
import type { Downloads } from '../services/library/downloads.ts';
import type { ImageChanges, ImageOutcome } from '../services/library/image-changes.ts';
import type { ImageQueries } from '../services/library/image-search.ts';
import type { RandomImages } from '../services/library/random-images.ts';
import type { Statistics } from '../services/library/statistics.ts';
import type { Trash } from '../services/library/trash.ts';
import type { UsageReport } from '../services/library/usage-report.ts';
import type { Versions } from '../services/uploads/versions.ts';
import type { VariantServices } from '../services/variants/open-variants.ts';
import type { Handlers } from './handlers.ts';

/** What the routes under `image/*` stand on. */
export interface ImageServices {
  readonly imageSearch: ImageQueries;
  readonly imageChanges: ImageChanges;
  readonly trash: Trash;
  readonly versions: Versions;
  readonly statistics: Statistics;
  readonly randomImages: RandomImages;
  readonly usageReport: UsageReport;
  /** Loaded when somebody wants an archive. */
  readonly openDownloads: () => Promise<Downloads>;
  /** Loaded when somebody asks for another size. */
  readonly openVariants: () => Promise<VariantServices>;
}

/** Routes under `image/*`. */
export const imageRoutes = ({
  imageSearch,
  imageChanges,
  trash,
  versions,
  statistics,
  randomImages,
  usageReport,
  openDownloads,
  openVariants,
}: ImageServices): Handlers<typeof imageContract> => ({
  'image/search': (question, { caller, mountUrl }) => imageSearch.search(caller, question, mountUrl),
  'image/getImage': (named, { caller, mountUrl }) => imageSearch.get(caller, named, mountUrl),
  'image/random': async ({ albumId }, { caller, mountUrl }) => {
    const imageId = await randomImages.pick(caller, albumId);
    return imageSearch.get(caller, { imageId, bucketName: '' }, mountUrl);
  },
  'image/statistics': (asked, { caller }) => statistics.count(caller, asked),
  'image/usage': (wanted) => usageReport.page(wanted),
  'image/updateImage': ({ title, description, tags, expiresAt, ...named }, { caller }) =>
    imageChanges.update(caller, named, { title, description, tags, expiresAt }),
  'image/tagImages': async ({ imageIds, ...change }, { caller, language }) =>
    toOutcomes(await imageChanges.tag(caller, imageIds, change), language),
  'image/download': async (wanted, { caller, mountUrl }) => (await openDownloads()).order(caller, wanted, mountUrl),
  'image/listTrash': (question, { caller }) => trash.list(caller, question),
  'image/restore': (named, { caller, mountUrl }) => trash.restore(caller, named, mountUrl),
  'image/purge': ({ imageIds }, { caller }) => trash.purge(caller, imageIds),
  'image/emptyTrash': (_, { caller }) => trash.empty(caller),
  'image/replace': ({ base64, ...named }, { caller, image, mountUrl }) =>
    versions.replace(caller, named, { base64, image, mountUrl }),
  'image/listVersions': (named, { caller }) => versions.list(caller, named),
  'image/rollBack': ({ imageId, versionId }, { caller, mountUrl }) =>
    versions.rollBack(caller, imageId, versionId, mountUrl),
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

/** What became of each image, in the words of whoever asks. */
export const toOutcomes = (outcomes: readonly ImageOutcome[], language: Language) =>
  outcomes.map(({ imageId, error }) => ({
    imageId,
    changed: error === undefined,
    error: error?.code,
    err: error?.text[language],
  }));
