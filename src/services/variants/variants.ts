import { createHash } from 'node:crypto';
import { closeBody } from '../../concurrency/close-body.ts';
import { readInto, readWhole } from '../../concurrency/read-whole.ts';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { imageTypeOf } from '../../naming/media-type.ts';
import type {
  ImageTransformer,
  ReadPicture,
  RedirectSource,
  Transformation,
  Transformed,
  VariantFormat,
  VariantRedirects,
} from '../../ports/image-transformer.ts';
import type { ObjectMetadata, ObjectStore, OpenObject } from '../../ports/object-store.ts';
import type { Caller } from '../access/access.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { Download, Freshness, MadeElsewhere, Unchanged } from '../objects/download.ts';
import { readFacts } from '../objects/image-facts.ts';
import {
  freshnessOf as freshnessOfImage,
  type ObjectReader,
  type Place,
  type Wanted,
} from '../objects/object-reader.ts';
import { formatOf, staysMoving, toTransformation } from './negotiate.ts';
import { type Given, isOpen, type Parameters, pickParameters, readParameters, toVariantName } from './parameters.ts';
import type { Presets } from './presets.ts';
import { notSigned, type Signatures } from './signatures.ts';
import type { VariantRecords } from './variant-records.ts';

/** Largest image, in bytes, of which variants are made: it is read whole. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;
/** How long nobody tries again what took too long, in milliseconds. */
const GIVEN_UP_MS = 60_000;
const MAX_GIVEN_UP = 1000;

/** An image by its link, in another size or form. */
export interface WantedVariant extends Wanted {
  readonly query: URLSearchParams;
  /** The `Accept` header. */
  readonly accept: string | undefined;
}

/** Images in other sizes and forms. */
export interface Variants {
  /**
   * Opens a variant for an HTTP client, as a link opens its image; where none can be made, the image itself.
   *
   * @throws {AppError} InvalidArgument, AccessDenied, NoSuchKey, TooManyRequests
   */
  open(caller: Caller, wanted: WantedVariant): Promise<Download | Unchanged | MadeElsewhere>;
}

interface VariantsOptions {
  readonly store: ObjectStore;
  readonly reader: ObjectReader;
  readonly transformer: Maker | undefined;
  readonly redirects: VariantRedirects | undefined;
  readonly presets: Presets;
  readonly signatures: Signatures;
  readonly records: VariantRecords;
  readonly recallHolder: RecallHolder;
  readonly logger: Logger;
  readonly now: () => Date;
}

type Maker = Pick<ImageTransformer, 'transform'>;

/** A variant of one image as it is now. */
interface Target {
  readonly place: Place;
  readonly object: ObjectMetadata;
  readonly to: Transformation;
  readonly name: string;
  readonly key: string;
  readonly isChosen: boolean;
}

/** What there is of a variant; of no bytes where the image itself stands for it. */
interface Made {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** What is kept of a variant. */
type Kept = Pick<OpenObject, 'object' | 'range'> & { readonly body: OpenObject['body'] | undefined };

const NOTHING: Made = { bytes: new Uint8Array(0), contentType: 'application/octet-stream' };

/** Creates the variants: each is made once, by whoever asks first, and kept beside the image. */
export function createVariants(options: VariantsOptions): Variants {
  const { store, reader, transformer, redirects, presets, signatures, records, recallHolder, logger, now } = options;
  const flights = new Map<string, Promise<Made>>();
  const givenUp = new Map<string, number>();
  let landed = 0;

  /** Who reads: the caller, or whose reach a signature lends. */
  const toReader = async (caller: Caller, wanted: WantedVariant, given: Given): Promise<Caller> => {
    const signed = signatures.verify(wanted, given, wanted.query);
    if (signed?.holder !== undefined) return (await recallHolder(signed.holder)) ?? refuse();
    if (signed === undefined && caller.kind === 'anonymous' && !isOpen(given)) refuse();
    return caller;
  };

  const make = async (
    { place, object, to, isChosen }: Target,
    transform: ImageTransformer['transform'],
  ): Promise<Made> => {
    const read: ReadPicture = async (lend) => {
      const opened = await store.get(place.bucketName, place.objectName);
      if (opened === undefined) throw new AppError('NoSuchKey', GONE);
      if (opened.object.etag !== object.etag) {
        await closeBody(opened.body);
        throw new AppError('ServiceUnavailable', GONE);
      }
      const bytes = lend(opened.object.size);
      await readInto(opened, bytes);
      return bytes;
    };
    const made = await transform(read, to);
    const isNoSmaller = made.bytes.length >= object.size && isSameSize(object, made) && isPlain(to);
    return isChosen && isNoSmaller ? NOTHING : made;
  };

  /** Keeps a variant, unless its image went while it was made, or what was made of it: then nobody would ever remove it. */
  const keep = async ({ place, object, name, key }: Target, { bytes, contentType }: Made): Promise<void> => {
    await records.note(place, object.etag, { name, bytes: bytes.length });
    await store.put(place.bucketName, key, bytes, { contentType });
    const [current, isKnown] = await Promise.all([
      store.head(place.bucketName, place.objectName),
      records.knows(place, object.etag, name),
    ]);
    if (current?.etag === object.etag && isKnown) return;
    await store.remove(place.bucketName, key);
    await records.forget(place);
  };

  const makeOnce = async (target: Target, { transform }: Maker): Promise<Made> => {
    const { place } = target;
    const made = await make(target, transform).catch((error: unknown) => {
      // What no decoder takes today it will not take tomorrow.
      if (error instanceof AppError && NEVER.has(error.code)) return NOTHING;
      throw error;
    });
    try {
      await keep(target, made);
    } catch (cause) {
      // It is there to be shown all the same.
      logger.error('variant', { bucketName: place.bucketName, objectName: place.objectName, cause });
    }
    return made;
  };

  const readKept = async ({ place, key }: Target): Promise<Made | undefined> => {
    const kept = await store.get(place.bucketName, key);
    return kept && { bytes: await readWhole(kept.body), contentType: kept.object.contentType };
  };

  /** `mayBeKept`: somebody made something since the caller looked, and that may have been this. */
  const fly = (target: Target, by: Maker, mayBeKept: boolean): Promise<Made> => {
    const flight = flights.get(target.key);
    if (flight !== undefined) return flight;
    const make = async (): Promise<Made> =>
      (mayBeKept ? await readKept(target) : undefined) ?? (await makeOnce(target, by));
    const begun = make().finally(() => {
      landed += 1;
      flights.delete(target.key);
    });
    flights.set(target.key, begun);
    return begun;
  };

  const isGivenUp = (key: string): boolean => now().getTime() - (givenUp.get(key) ?? 0) < GIVEN_UP_MS;

  const giveUp = (key: string): void => {
    if (givenUp.size >= MAX_GIVEN_UP) givenUp.clear();
    givenUp.set(key, now().getTime());
  };

  const openKept = async (
    bucketName: string,
    key: string,
    { withBody, range }: WantedVariant,
  ): Promise<Kept | undefined> => {
    const look = async (): Promise<Kept | undefined> => {
      const object = await store.head(bucketName, key);
      return object && { object, body: undefined };
    };
    if (!withBody) return look();
    if (range === undefined) return store.get(bucketName, key);
    return store.get(bucketName, key, { range }).catch(async (error: unknown) => {
      // Of what the image itself stands for, no range is one.
      const kept = error instanceof AppError && error.code === 'InvalidRange' ? await look() : undefined;
      if (kept?.object.size !== 0) throw error;
      return kept;
    });
  };

  /** The bytes of a variant, or `undefined` where the image itself is to stand for it. */
  const obtain = async (target: Target, wanted: WantedVariant, by: Maker) => {
    const { place, key } = target;
    const before = landed;
    const kept = await openKept(place.bucketName, key, wanted);
    if (kept?.object.size === 0) return closeBody(kept.body).then(() => undefined);
    if (kept !== undefined) return kept;
    if (isGivenUp(key)) return undefined;
    const made = await fly(target, by, landed !== before).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'ServiceUnavailable') throw error;
      giveUp(key);
      return NOTHING;
    });
    return made.bytes.length === 0 ? undefined : made;
  };

  const openTarget = async (target: Target, wanted: WantedVariant, by: Maker) => {
    const { place, object, to, key } = target;
    records.touch(place);
    const found = await obtain(target, wanted, by);
    if (found === undefined) return undefined;
    const facts = {
      contentType: imageTypeOf(to.format).contentType,
      etag: etagOf(target),
      lastModified: object.lastModified,
      elsewhere: undefined,
    };
    if ('bytes' in found) {
      const body = wanted.withBody ? once(found.bytes) : undefined;
      return { ...facts, size: found.bytes.length, range: undefined, body };
    }
    const elsewhere = store.signedRequests === undefined ? () => presign(place.bucketName, key) : undefined;
    return { ...facts, size: found.object.size, range: found.range, body: found.body, elsewhere };
  };

  const presign = async (bucketName: string, key: string): Promise<string> =>
    (await store.presignGet(bucketName, key, { expiresInSeconds: ELSEWHERE_SECONDS, mountUrl: '' })).url;

  const toElsewhere = (
    source: RedirectSource,
    to: Transformation,
    { isPublic, variesBy }: Pick<Download, 'isPublic' | 'variesBy'>,
  ): MadeElsewhere | undefined => {
    const address = redirects?.toUrl(source, to);
    if (redirects === undefined || address === undefined) return undefined;
    return { address, isPublic, variesBy, holdsSeconds: redirects.holdsSeconds };
  };

  return {
    open: async (caller, wanted) => {
      const given = pickParameters(wanted.query);
      const reading = await toReader(caller, wanted, given);
      // A signature alone lends the image as it was stored.
      if (given.size === 0) return reader.openLink(reading, wanted);
      const parameters = readParameters(await presets.resolve(given));
      const { object, isPublic } = await reader.statLink(reading, wanted);
      const source = sourceOf(object, parameters);
      const how = { isPublic, variesBy: variesBy(parameters), freshness: freshnessOf(object, given) };
      const original = async (): Promise<Download | Unchanged> => ({
        ...(await reader.openLink(reading, wanted)),
        ...how,
        // It may be made the next time.
        freshness: 'shortly',
        isOriginal: true,
      });
      if (source === undefined) return original();
      const to = toTransformation(parameters, source, wanted.accept);
      if (transformer === undefined) return toElsewhere(toSource(wanted, object), to, how) ?? original();
      const target = toTarget(wanted, object, to, parameters.format === 'auto');
      if (wanted.unlessEtag === etagOf(target)) return { unchanged: etagOf(target), ...how };
      const opened = await openTarget(target, wanted, transformer);
      if (opened === undefined) return original();
      return { ...opened, ...how };
    },
  };

  function toTarget(place: Place, object: ObjectMetadata, to: Transformation, isChosen: boolean): Target {
    const name = toVariantName(to);
    return { place, object, to, name, key: records.keyOf(place, object.etag, name), isChosen };
  }
}

/** The format of an image of which this can be made; `undefined` where the image itself stands for it. */
function sourceOf(object: ObjectMetadata, { isAnimated }: Pick<Parameters, 'isAnimated'>): VariantFormat | undefined {
  const source = formatOf(object.contentType);
  const { frames = 1 } = readFacts(object);
  if (source === undefined || object.size > MAX_SOURCE_BYTES) return undefined;
  return frames > 1 && isAnimated && !staysMoving(source) ? undefined : source;
}

/** How long an address past this service holds. */
const ELSEWHERE_SECONDS = 10 * 60;
const NEVER: ReadonlySet<string> = new Set(['InvalidImage', 'EntityTooLarge']);
const GONE = { zh: '图片刚被替换，请重试', en: 'The image has just been replaced; try again' };

const refuse = (): never => {
  throw notSigned();
};

/** Known before anything is made: of the image as it is, and of what is asked for. */
const etagOf = ({ object, name }: Target): string =>
  `${object.etag}-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

const variesBy = ({ format }: Pick<Parameters, 'format'>) => (format === 'auto' ? ('accept' as const) : undefined);

/** A preset may be changed: of an image that stays the same, not its name but its meaning. */
function freshnessOf(object: ObjectMetadata, given: Given): Freshness {
  const freshness = freshnessOfImage(object);
  return freshness === 'forever' && given.has('p') ? 'day' : freshness;
}

/** As the upload noted it. */
const toSource = (
  { bucketName, objectName }: Place,
  { contentType, size, metadata }: ObjectMetadata,
): RedirectSource => ({
  ...{ bucketName, objectName, contentType, size },
  width: toSide(metadata['width']),
  height: toSide(metadata['height']),
});

const toSide = (text: string | undefined): number | undefined => (Number(text) > 0 ? Number(text) : undefined);

const isPlain = ({ rotate, blur, background }: Transformation): boolean =>
  rotate === 0 && blur === undefined && background === undefined;

/** Whether the variant is as large as the image, which may lie on its side until it is shown. */
function isSameSize({ metadata }: ObjectMetadata, made: Pick<Transformed, 'width' | 'height'>): boolean {
  const [width, height] = [Number(metadata['width']), Number(metadata['height'])];
  return made.width * made.height === width * height && [width, height].includes(made.width);
}
