import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { RESERVED_PREFIX } from '../naming/key.ts';
import type { BedWitness } from '../ports/bed-witness.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Fault } from './atomicity.ts';
import { defineCollection, guardCollection, hasDocuments, openCollection } from './collection.ts';

/*
 * How a bed knows itself
 * - The document `settings/bed` holds its id; the very first start makes it. Witnesses outside the documents hold the same
 *   id: an object in the default bucket, and a file beside the embedded stores. The document lists those that were left.
 * - No document and no witness: a new bed, or one of before there were any, which gets both. Where all of a bed was in one
 *   folder that is empty now, nothing tells one from the other: IMAGEPIC_NEW_BED=refused does.
 * - No document, but a witness: the documents are gone, or these are others. No witness, but it is listed: the images are.
 *   Two ids: the one belongs to another bed. Each of them is a bed that is lost, for which every call is refused, until a
 *   later look finds it. Nothing that a bed begins with (keys, the seat of the first admin) is made without a look.
 * - Documents in a database are put to the proof: before a bed is begun in them, when a server starts, and daily. What is
 *   wrong with them is left in the document, where the next look of every process finds it, and the bed is lost until a
 *   later proof finds nothing. So a cold start costs no request more.
 * - A call costs nothing more once its process has seen the document. Only a start, the health check and what begins
 *   something ask the witnesses.
 */

/** The bed's own id, and where it was left beside the documents. */
export const BED = defineCollection({
  name: 'settings',
  schema: v.object({
    bedId: v.string(),
    createdAt: v.string(),
    witnesses: v.optional(v.array(v.string()), []),
    /** What the last proof found wrong with the documents. */
    fault: v.optional(v.object({ name: v.string(), zh: v.string(), en: v.string() })),
  }),
  retention: { kept: 'one document a bed' },
});
type BedDocument = v.InferOutput<typeof BED.schema>;

const BED_ID = 'bed';
const WITNESS_KEY = `${RESERVED_PREFIX}bed`;
const MAX_WITNESS_BYTES = 1024;
/** A bed that is lost, or cannot be told yet, is looked for no more often. */
const LOOK_AGAIN_MS = 1000;
/** How long the health check believes the witnesses. */
const BELIEVED_MS = 60_000;

type Store = 'documents' | 'objects';

/** How far a look goes where the document is there. */
type Depth = 'document' | 'witnesses';

interface Lost {
  readonly state: 'lost';
  readonly store: Store;
  readonly cause: AppError;
  /** Present where a proof has found something. */
  readonly fault?: Fault;
}

/** What a look came to. */
type Finding =
  | { readonly state: 'new' | 'opened' }
  | Lost
  /** A witness did not answer, and there is no document. */
  | { readonly state: 'unsure'; readonly cause: unknown };

/** Whether the stores are those of this bed. */
export interface Bed {
  /** The same documents, in which nothing that a bed begins with is made while the bed is not known to be there. */
  readonly documents: DocumentStore;
  /** Looks at documents and witnesses, leaves the id where it is not yet, and puts the documents to the proof. @throws {AppError} ServiceUnavailable when the documents do not answer */
  open(): Promise<Finding['state']>;
  /**
   * Puts the documents of a bed that is there to the proof; it is lost from then on, or found again.
   *
   * @throws {AppError} ServiceUnavailable when they do not answer, which proves nothing
   */
  prove(): Promise<Fault | undefined>;
  /** @throws {AppError} ServiceUnavailable while the bed is lost, with where and what to do, and when the documents do not answer */
  require(): Promise<void>;
  /** Resolves unless a store is known to be another one; for the health check. @throws {AppError} ServiceUnavailable */
  ping(store: Store): Promise<void>;
  /** Makes a bed that is lost stay so until the next start: for a process that began without what is in it. */
  giveUp(): void;
}

interface BedOptions {
  readonly documents: DocumentStore;
  /** Where the documents are, as people are told, and the variable that says so. */
  readonly place: { readonly documents: string; readonly variable: string };
  readonly witnesses: readonly BedWitness[];
  /** Whether stores in which there is nothing may become a new bed. */
  readonly newBed: 'allowed' | 'refused';
  readonly newBedId: () => string;
  /** Whether the documents are in a database, which has to prove that it keeps its word; files stand on our own locks. */
  readonly isToProve: boolean;
  readonly now: () => Date;
}

/** Creates the bed's knowledge of itself. */
export function createBed(options: BedOptions): Bed {
  const { documents, now } = options;
  const { look, prove } = createLook(options);
  let found: Finding | undefined;
  let lookedAt = 0;
  let hasGivenUp = false;
  const looking = new Map<Depth, Promise<Finding>>();

  /** Callers at the same time share a look. */
  const lookAgain = (depth: Depth): Promise<Finding> => {
    const begun = looking.get(depth);
    if (begun !== undefined) return begun;
    const finding = look(depth)
      .then((made) => {
        found = made;
        lookedAt = now().getTime();
        return made;
      })
      .finally(() => looking.delete(depth));
    looking.set(depth, finding);
    return finding;
  };
  const isThere = (): boolean => found?.state === 'new' || found?.state === 'opened';
  const isDue = (): boolean => found === undefined || now().getTime() - lookedAt >= LOOK_AGAIN_MS;
  const refuse = (finding: Finding): void => {
    if (finding.state === 'lost') throw finding.cause;
    if (hasGivenUp) throw startAgain();
  };

  const require = async (): Promise<void> => {
    if (isThere() && !hasGivenUp) return;
    const finding = found === undefined || isDue() ? await lookAgain('document') : found;
    refuse(finding);
  };
  const proveAgain = async (): Promise<Fault | undefined> => {
    const fault = await prove();
    // The next call looks.
    found = undefined;
    return fault;
  };
  const insist = async (): Promise<void> => {
    const finding = await lookAgain('witnesses');
    refuse(finding);
    if (finding.state === 'unsure') throw finding.cause;
  };

  return {
    documents: guardCollection(documents, BED, insist),
    open: async () => {
      const finding = await lookAgain('witnesses');
      if (finding.state !== 'opened' && !isDistrusted(finding)) return finding.state;
      await proveAgain().catch(() => undefined);
      return (await lookAgain('witnesses')).state;
    },
    prove: proveAgain,
    require,
    ping: async (store) => {
      // That a store does not answer is for its own ping to say.
      const finding = await lookAgain('witnesses').catch(() => undefined);
      if (finding?.state === 'lost' && finding.store === store) throw finding.cause;
      if (hasGivenUp && store === 'documents') throw startAgain();
    },
    giveUp: () => {
      hasGivenUp = true;
    },
  };
}

/** What a witness said. */
interface Told {
  readonly witness: BedWitness;
  readonly id: string | undefined;
}

const lost = (store: Store, cause: AppError): Lost => ({ state: 'lost', store, cause });

const isDistrusted = (finding: Finding): boolean => finding.state === 'lost' && finding.fault !== undefined;

/** Looks, which remember what was seen before, and proofs, which looks heed. */
function createLook({ documents, place, witnesses, newBed, newBedId, isToProve, now }: BedOptions) {
  const beds = openCollection(documents, BED);
  let seen: string | undefined;
  /** What the last proof of this process found; documents that lose writes may have lost it. */
  let caught: Fault | undefined;
  const probe = async (): Promise<Fault | undefined> => {
    if (!isToProve) return undefined;
    const { createAtomicityProbe } = await import('./atomicity.ts');
    return createAtomicityProbe({ documents, place, newId: newBedId, now })();
  };
  let believedUntil = 0;

  const askAll = async (): Promise<{ readonly told: readonly Told[]; readonly silent: readonly unknown[] }> => {
    const asked = await Promise.allSettled(witnesses.map(async (witness) => ({ witness, id: await witness.read() })));
    return {
      told: asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
      silent: asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : [])),
    };
  };

  /** What a witness says against the document; one that does not answer says nothing. */
  const contradicts = (bed: BedDocument, { witness, id }: Told): Lost | undefined => {
    if (id !== undefined) return id === bed.bedId ? undefined : lost('documents', twoBeds(place, witness.place));
    const isMissed = witness.isAmongImages && bed.witnesses.includes(witness.name);
    return isMissed ? lost('objects', imagesGone(witness.place)) : undefined;
  };

  /** `false` when there is one that cannot be left now and is left to a later look. */
  const leave = async (bed: BedDocument, missing: readonly BedWitness[]): Promise<boolean> => {
    const left = await Promise.allSettled(missing.map((witness) => witness.write(bed.bedId)));
    const names = missing.filter((_, index) => left[index]?.status === 'fulfilled').map(({ name }) => name);
    const fresh = names.filter((name) => !bed.witnesses.includes(name));
    if (fresh.length > 0) {
      await beds.update(BED_ID, (stored) => ({ ...stored, witnesses: [...new Set([...stored.witnesses, ...fresh])] }));
    }
    return names.length === missing.length;
  };

  const distrusted = (fault: Fault): Lost => ({
    ...lost('documents', new AppError('ServiceUnavailable', { zh: fault.zh, en: fault.en })),
    fault,
  });

  const isListed = (bed: BedDocument): boolean => witnesses.every(({ name }) => bed.witnesses.includes(name));

  const confirm = async (bed: BedDocument, state: 'new' | 'opened', depth: Depth): Promise<Finding> => {
    const isAsked = depth === 'witnesses' || (seen === undefined && !isListed(bed));
    if (isAsked && now().getTime() >= believedUntil) {
      const { told, silent } = await askAll();
      const against = told.map((each) => contradicts(bed, each)).find((each) => each !== undefined);
      if (against !== undefined) return against;
      const missing = told.filter(({ witness, id }) => id === undefined || !bed.witnesses.includes(witness.name));
      const isLeft = await leave(
        bed,
        missing.map(({ witness }) => witness),
      );
      if (isLeft && silent.length === 0) believedUntil = now().getTime() + BELIEVED_MS;
    }
    seen = bed.bedId;
    return { state };
  };

  /** A witness and no document: who began at the same moment left the document first, and then the witness. */
  const lookOnceMore = async (witness: BedWitness): Promise<Finding> => {
    const bed = await beds.read(BED_ID);
    return bed === undefined
      ? lost('documents', documentsGone(place, witness.place))
      : confirm(bed, 'opened', 'witnesses');
  };

  const make = async (state: 'new' | 'opened'): Promise<Finding> => {
    const bed = { bedId: newBedId(), createdAt: now().toISOString(), witnesses: [] };
    const kept = (await beds.create(BED_ID, bed)) ? bed : await beds.read(BED_ID);
    return confirm(kept ?? bed, state, 'witnesses');
  };

  const begin = async (): Promise<Finding> => {
    const { told, silent } = await askAll();
    const witness = told.find(({ id }) => id !== undefined)?.witness;
    if (witness !== undefined) return lookOnceMore(witness);
    if (silent.length > 0) return { state: 'unsure', cause: silent[0] };
    // Every bed has a key of its own beside it, or a first admin.
    const state = (await hasDocuments(documents, BED)) ? 'opened' : 'new';
    if (state === 'new' && newBed === 'refused') return lost('documents', nothingThere(place));
    caught ??= await probe();
    return caught === undefined ? make(state) : distrusted(caught);
  };

  const look = async (depth: Depth): Promise<Finding> => {
    const bed = await beds.read(BED_ID);
    if (seen !== undefined && bed?.bedId !== seen) {
      return lost('documents', documentsVanished(place));
    }
    if (bed?.fault !== undefined) return distrusted(bed.fault);
    const finding = bed === undefined ? await begin() : await confirm(bed, 'opened', depth);
    return caught === undefined ? finding : distrusted(caught);
  };

  const prove = async (): Promise<Fault | undefined> => {
    const fault = await probe();
    caught = fault;
    const left = beds.update(BED_ID, (bed) => (bed.fault?.name === fault?.name ? bed : { ...bed, fault }));
    await (fault === undefined ? left : left.catch(() => undefined));
    return fault;
  };
  return { look, prove };
}

/** Creates the witness that is an object in a bucket. */
export const createWitnessObject = (store: ObjectStore, bucket: string, storeName: string): BedWitness => ({
  name: `bucket ${bucket}`,
  place: `${WITNESS_KEY} in the bucket ${bucket} of ${storeName}`,
  isAmongImages: true,
  read: async () => {
    const opened = await store.get(bucket, WITNESS_KEY, { range: { start: 0, end: MAX_WITNESS_BYTES - 1 } });
    if (opened === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8').trim();
  },
  write: async (bedId) => {
    await store.put(bucket, WITNESS_KEY, Buffer.from(`${bedId}\n`), { contentType: 'text/plain', ifNoneMatch: '*' });
  },
});

type Place = BedOptions['place'];

const documentsGone = ({ documents, variable }: Place, witness: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `这个图床的账号与设置不在 ${documents} 中，而 ${witness} 表明它们曾经存在；请管理员重新挂载、放回原处或改正 ${variable}。若确要新建图床，请先删除 ${witness}`,
    en: `The accounts and settings of this image bed are not in ${documents}, though ${witness} says that there were some; an admin mounts or moves them back there, or corrects ${variable}. To begin a new bed on purpose, remove ${witness} first`,
  });

const nothingThere = ({ documents, variable }: Place): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${documents} 是空的，而 IMAGEPIC_NEW_BED=refused 表示图床已经建好；请管理员重新挂载或改正 ${variable}。若确要新建图床，请去掉 IMAGEPIC_NEW_BED`,
    en: `There is nothing in ${documents}, and IMAGEPIC_NEW_BED=refused says that there is a bed; an admin mounts it there, or corrects ${variable}. To begin a new bed on purpose, take IMAGEPIC_NEW_BED away`,
  });

const documentsVanished = ({ documents, variable }: Place): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${documents} 中的账号与设置已不是服务启动时的那些；请管理员重新挂载、放回原处或改正 ${variable}，若确要使用现在的内容请重启服务`,
    en: `The accounts and settings in ${documents} are not those that the service began with; an admin mounts or moves them back there, corrects ${variable}, or restarts the service to use what is there now`,
  });

const imagesGone = (witness: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `这个图床的图片不见了：缺少 ${witness}；请管理员重新挂载、放回原处，或改正 IMAGEPIC_DATA_DIR、IMAGEPIC_S3_ENDPOINT 与 IMAGEPIC_DEFAULT_BUCKET`,
    en: `The images of this image bed are gone: ${witness} is not there; an admin mounts or moves them back, or corrects IMAGEPIC_DATA_DIR, IMAGEPIC_S3_ENDPOINT and IMAGEPIC_DEFAULT_BUCKET`,
  });

const twoBeds = ({ documents, variable }: Place, witness: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${documents} 中的账号与设置属于另一个图床，而不是 ${witness} 所属的图床；请管理员改正 ${variable} 或图片的存储桶。若两者确属一体，请先删除 ${witness}`,
    en: `The accounts and settings in ${documents} are of another image bed than ${witness}; an admin corrects ${variable} or the bucket of the images. If they do belong together, remove ${witness} first`,
  });

const startAgain = (): AppError =>
  new AppError('ServiceUnavailable', {
    zh: '启动时图床的数据不在或不可信；现在已经恢复，请管理员重启服务',
    en: 'The data of this image bed was not there, or not to be relied upon, when the service started; it is now, so an admin starts the service again',
  });
