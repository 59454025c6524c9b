import * as v from 'valibot';
import { type ErrorCode, STATUS_BY_CODE } from '../errors.ts';
import { ReceivedImage } from '../services/uploads/received-image.ts';
import { RefusedImage } from '../services/uploads/refused-image.ts';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

/** Most files in one request. */
export const MAX_FILES = 20;

const isErrorCode = (code: unknown): boolean => typeof code === 'string' && Object.hasOwn(STATUS_BY_CODE, code);
const text = v.object({ zh: v.string(), en: v.string() });
const refused = {
  error: v.custom<ErrorCode>(isErrorCode),
  err: text,
};

const received = v.union([
  v.instance(ReceivedImage),
  v.instance(RefusedImage),
  v.strictObject({ base64: v.string(), originalName: v.optional(v.string()) }),
]);
const images = v.pipe(v.array(received), v.minLength(1), v.maxLength(MAX_FILES));

const uploadedImage = v.object({
  bucketName: v.string(),
  objectName: v.string(),
  etag: v.string(),
  size: v.number(),
  contentType: v.string(),
  extension: v.string(),
  width: v.number(),
  height: v.number(),
  sha256: v.string(),
  name: v.string(),
  url: v.string(),
  deleteToken: v.optional(v.string()),
  isDuplicate: v.boolean(),
});
const outcome = v.union([uploadedImage, v.object({ ...refused, name: v.optional(v.string()) })]);

const listedImage = v.object({
  bucketName: v.string(),
  objectName: v.string(),
  etag: v.string(),
  size: v.number(),
  contentType: v.string(),
  width: v.number(),
  height: v.number(),
  lastModified: v.string(),
  url: v.string(),
});
const album = v.object({ id: v.number(), bucketName: v.string(), folder: v.string(), images: v.number() });
const page = { page: v.optional(field.page, 1) };
const tokenPlace = v.picklist(['header', 'query', 'form', 'none']);
const deleteToken = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

/** What upload clients reach, each in its own dialect: doors of the HTTP entry, which no `$url` names. */
export const uploadContract = {
  /** Whether the token may upload, before its file is read. */
  'upload/admit': { access: 'member', scope: 'upload', input: v.strictObject({}), output: v.object({}) },
  'upload/store': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.strictObject({
      images,
      bucketName: v.optional(field.bucketName),
      folder: v.optional(field.folder),
      album: v.optional(field.album),
      albumId: v.optional(field.albumId),
      strategyId: v.optional(field.strategyId),
      nameTemplate: v.optional(field.nameTemplate),
    }),
    output: v.object({
      bucketName: v.string(),
      /** The names of those that are stored. */
      objectName: v.array(v.string()),
      outcomes: v.array(outcome),
    }),
  },
  'delete/show': {
    access: 'public',
    input: v.strictObject({ deleteToken }),
    output: v.object({
      state: v.picklist(['present', 'replaced', 'gone']),
      bucketName: v.string(),
      objectName: v.string(),
      url: v.string(),
    }),
  },
  'delete/redeem': {
    access: 'public',
    changes: true,
    input: v.strictObject({ deleteTokens: v.pipe(v.array(deleteToken), v.minLength(1), v.maxLength(MAX_FILES)) }),
    output: v.object({
      objectName: v.array(v.string()),
      outcomes: v.array(v.union([v.object({ objectName: v.string() }), v.object(refused)])),
    }),
  },
  'lsky/createToken': {
    access: 'public',
    changes: true,
    input: v.strictObject({ email: v.pipe(v.string(), v.minLength(1), v.maxLength(254)), upwd: field.upwd }),
    output: v.object({ token: v.string() }),
  },
  'lsky/revokeTokens': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: v.strictObject({}),
    output: v.object({}),
  },
  'lsky/profile': {
    access: 'member',
    scope: 'list',
    input: v.strictObject({}),
    output: v.object({
      name: v.string(),
      email: v.string(),
      bytes: v.number(),
      objects: v.number(),
      quotaBytes: v.optional(v.number()),
      albums: v.number(),
    }),
  },
  'lsky/strategies': {
    access: 'member',
    scope: 'upload',
    input: v.strictObject({}),
    output: v.array(v.object({ id: v.number(), bucketName: v.string() })),
  },
  'lsky/albums': {
    access: 'member',
    scope: 'list',
    input: v.strictObject(page),
    output: v.object({ total: v.number(), albums: v.array(album) }),
  },
  'lsky/removeAlbum': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: v.strictObject({ albumId: field.albumId }),
    output: v.object({}),
  },
  'lsky/images': {
    access: 'member',
    scope: 'list',
    input: v.strictObject({
      ...page,
      albumId: v.optional(field.albumId),
      order: v.optional(v.picklist(['newest', 'earliest', 'utmost', 'least']), 'newest'),
      keyword: v.optional(v.pipe(v.string(), v.maxLength(255)), ''),
    }),
    output: v.object({ total: v.number(), images: v.array(listedImage) }),
  },
  'client/guide': {
    access: 'public',
    input: v.strictObject({}),
    output: v.array(
      v.object({ client: v.string(), title: text, where: text, text: v.string(), fileName: v.optional(v.string()) }),
    ),
  },
  'client/doctor': {
    access: 'public',
    input: v.strictObject({
      path: v.string(),
      dialect: v.string(),
      method: v.string(),
      methods: v.array(v.string()),
      contentType: v.string(),
      bytes: v.optional(v.number()),
      fields: v.array(v.string()),
      files: v.array(v.object({ field: v.string(), hasName: v.boolean() })),
      images: v.optional(images),
      problem: v.optional(v.object(refused)),
      tokenPlace,
    }),
    output: v.object({
      ok: v.boolean(),
      seen: v.object({
        path: v.string(),
        dialect: v.string(),
        method: v.string(),
        contentType: v.string(),
        bytes: v.optional(v.number()),
        fields: v.array(v.string()),
        files: v.array(
          v.object({
            field: v.optional(v.string()),
            size: v.optional(v.number()),
            contentType: v.optional(v.string()),
            width: v.optional(v.number()),
            height: v.optional(v.number()),
            ...v.partial(v.object(refused)).entries,
          }),
        ),
        token: v.object({
          place: tokenPlace,
          state: v.picklist(['missing', 'rejected', 'valid']),
          scopes: v.optional(v.array(v.string())),
        }),
      }),
      advice: v.array(text),
    }),
  },
} as const satisfies Contract;

/** A name of one of these doors. */
export type UploadUrl = keyof typeof uploadContract;

/** What such a door answers. */
export type UploadOutput<Url extends UploadUrl> = v.InferOutput<(typeof uploadContract)[Url]['output']>;

/** A stored image, as upload clients are told of it. */
export type UploadedImage = v.InferOutput<typeof uploadedImage>;

/** What became of one file of a request. */
export type Outcome = v.InferOutput<typeof outcome>;
