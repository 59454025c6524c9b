import { beforeDeadline } from '../concurrency/deadline.ts';
import { AppError, type Language } from '../errors.ts';
import { IMAGE_TYPES } from '../naming/media-type.ts';
import type { ConvertibleFormat, ImageConverter } from '../ports/image-converter.ts';

/** Something the service cannot work without. */
export interface Dependency {
  readonly kind: string;
  ping(): Promise<void>;
}

type State = 'up' | 'down';
/** What makes variants of images; `none` where each is shown as it was stored. */
export type VariantMaker = 'sharp' | 'cos' | 'none';

/** What a client has to know of a bed before anybody has signed in. */
export interface BedFacts {
  /** Who may make an account now; `first`: whoever comes first, who will be the admin. */
  readonly registration: 'first' | 'open' | 'invite' | 'closed';
  readonly access: 'shared' | 'private';
  readonly defaultBucket: string;
  readonly passwordMinLength: number;
  /** Whether it keeps records of images, which search, tags and albums stand on. */
  readonly library: boolean;
  /** So many days what is removed can come back; 0: it is gone at once. */
  readonly trashDays: number;
  /** What an image may be; each frame of an animation by itself. */
  readonly images: {
    readonly maxBytes: number;
    readonly maxPixels: number;
    readonly maxSide: number;
    readonly maxFrames: number;
    readonly contentTypes: readonly string[];
    /** What is taken beside those and made into one of them. */
    readonly converts: readonly ConvertibleFormat[];
    /** What makes them in other sizes and forms. */
    readonly variants: VariantMaker;
  };
}

/** How a store is. */
interface StoreReport {
  readonly kind: string;
  readonly state: State;
  /** What is wrong, for people, where the store can say it. */
  readonly problem?: string;
}

/** What the health check says. */
export interface HealthReport {
  readonly state: State;
  readonly bed: BedFacts;
  readonly versions: { readonly imagepic: string; readonly node: string };
  readonly stores: Record<'documents' | 'objects', StoreReport>;
}

/** Looks at every dependency, each for at most two seconds; people are told in `language`, Chinese unless given. */
export type Health = (language?: Language) => Promise<HealthReport>;

const PATIENCE_MS = 2000;

/** What of the configuration a client has to know. */
interface HealthConfig {
  readonly registration: Exclude<BedFacts['registration'], 'first'>;
  readonly bed: BedFacts['access'];
  readonly defaultBucket: string;
  readonly passwordMinLength: number;
  readonly maxUploadBytes: number;
  /** Where records are kept. */
  readonly trashDays: number;
  readonly imageLimits: {
    readonly maxPixels: number;
    readonly maxSide: number;
    readonly maxFrames: number;
    readonly svg: boolean;
  };
}

interface HealthOptions {
  readonly version: string;
  readonly config: HealthConfig;
  readonly documents: Dependency;
  readonly objects: Dependency;
  /** Whether records of images are kept. */
  readonly library: boolean;
  /** Whether nobody has an account yet. */
  readonly isFirst: () => Promise<boolean>;
  readonly variants: () => Promise<VariantMaker>;
  readonly converter: () => Promise<Pick<ImageConverter, 'formats'> | undefined>;
}

/** Creates the health check. */
export function createHealth({
  version,
  config,
  documents,
  objects,
  library,
  isFirst,
  ...images
}: HealthOptions): Health {
  return async (language = 'zh') => {
    const [ofDocuments, ofObjects, isNew, maker, converter] = await Promise.all([
      reportOn(documents, language),
      reportOn(objects, language),
      inTime(isFirst()).catch(() => false),
      images.variants(),
      images.converter(),
    ]);
    const facts = { ...toFacts(config, maker, converter?.formats), library, trashDays: library ? config.trashDays : 0 };
    return {
      state: ofDocuments.state === 'up' && ofObjects.state === 'up' ? 'up' : 'down',
      versions: { imagepic: version, node: process.versions.node },
      // Of documents that are away, or are another bed's, nobody can tell who was there.
      bed: isNew && ofDocuments.state === 'up' ? { ...facts, registration: 'first' } : facts,
      stores: { documents: ofDocuments, objects: ofObjects },
    };
  };
}

function toFacts(
  config: HealthConfig,
  variants: VariantMaker,
  converts: Iterable<ConvertibleFormat> = [],
): Omit<BedFacts, 'library' | 'trashDays'> {
  const { registration, bed, defaultBucket, passwordMinLength, ...images } = config;
  const { svg, ...limits } = images.imageLimits;
  const types = IMAGE_TYPES.filter(({ format }) => format !== 'svg' || svg);
  const contentTypes = types.map(({ contentType }) => contentType);
  return {
    ...{ registration, access: bed, defaultBucket, passwordMinLength },
    images: { maxBytes: images.maxUploadBytes, ...limits, contentTypes, converts: [...converts], variants },
  };
}

const inTime = <Result>(answer: Promise<Result>): Promise<Result> =>
  beforeDeadline(answer, PATIENCE_MS, () => new Error('no answer in time'));

const reportOn = ({ kind, ping }: Dependency, language: Language): Promise<StoreReport> =>
  inTime(ping()).then(
    () => ({ kind, state: 'up' }),
    // What was not thrown for people to read is not shown to them.
    (error: unknown) => ({ kind, state: 'down', ...(error instanceof AppError && { problem: error.text[language] }) }),
  );
