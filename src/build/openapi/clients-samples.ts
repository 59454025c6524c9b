import type { AccessLevel, Endpoint, RouteContract, UploadedImage, UploadOutcome } from '../../app.ts';
import { redeemDeletions, showDeletion } from '../../dialects/deletion.ts';
import { diagnose, type UploadReport } from '../../dialects/diagnosis/diagnose.ts';
import { createToken, revokeTokens, showProfile } from '../../dialects/lsky/accounts.ts';
import { listAlbums, listStrategies, removeAlbum } from '../../dialects/lsky/albums.ts';
import { listImages, removeImage } from '../../dialects/lsky/images.ts';
import { toGuide } from '../../dialects/settings/client-settings.ts';
import { showGuide } from '../../dialects/settings/clients-page.ts';
import { admitUpload, storeImages } from '../../dialects/upload/endpoints.ts';
import { MEANINGS } from './failures.ts';

/** Stands for the address of the bed, which whoever serves the document puts in its place. */
export const MOUNT_URL = 'https://bed.example/imagepic';

const place = { bucketName: 'images', objectName: 'blog/2026/01/31/3f786850e387550fdab836ed7e6dc881.png' } as const;
const url = `${MOUNT_URL}/i/${place.bucketName}/${place.objectName}`;
const shown = { url, thumbUrl: `${url}?p=thumb` } as const;
const sides = { width: 1280, height: 853 } as const;

/** As little as can be told of an image. */
const bare: UploadedImage = {
  ...{ ...place, ...sides, frames: 1, contentType: 'image/png', extension: 'png', size: 48_230 },
  ...{ etag: '3f786850e387550fdab836ed7e6dc881-1', name: 'cat.png', url, thumbUrl: url, isDuplicate: true },
  sha256: '3f786850e387550fdab836ed7e6dc881df3f786850e387550fdab836ed7e6dc8',
};
/** As much as can be told of one. */
const full: UploadedImage = {
  ...{ ...bare, ...shown, etag: '3f786850e387550fdab836ed7e6dc881', isDuplicate: false },
  ...{ thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', color: '8a6f52', deleteToken: 'ZGVsZXRl.c2lnbmF0dXJl' },
  ...{ convertedFrom: 'heic', removed: ['gps'], savedBytes: 1204 },
};
const refused: UploadOutcome = {
  ...{ error: 'UnsupportedMediaType', err: MEANINGS.UnsupportedMediaType, name: 'notes.html' },
};
const { name: _, ...nameless } = refused;

const listed = {
  ...{ ...place, ...sides, ...shown, originalName: 'cat.png', etag: bare.etag, size: bare.size },
  ...{ contentType: bare.contentType, lastModified: '2026-01-31T08:00:00.000Z' },
};

const file = { field: 'file', size: bare.size, contentType: bare.contentType, ...sides };
const seen: UploadReport['seen'] = {
  ...{ path: '/upload', dialect: 'native', method: 'POST', contentType: 'multipart/form-data', bytes: 48_412 },
  ...{ fields: ['album'], files: [file], token: { place: 'header', state: 'valid', scopes: ['upload'] } },
};
const unseen: UploadReport['seen'] = {
  ...{ ...seen, bytes: undefined, token: { place: 'none', state: 'missing' } },
  files: [{ error: 'UnsupportedMediaType', err: MEANINGS.UnsupportedMediaType }],
};
const advice = [{ zh: '没有收到 token', en: 'No token came' }];

/** What an endpoint answers with, the most usual first; its type holds each to what the endpoint really has. */
const sample = <Who extends AccessLevel, Input extends RouteContract['input'], Given extends object, Output>(
  { name }: Endpoint<Who, Input, Given, Output>,
  ...outputs: readonly NoInfer<Output>[]
): readonly [string, readonly unknown[]] => [name, outputs];

const stored = (...outcomes: readonly UploadOutcome[]) => ({
  ...{ bucketName: place.bucketName, objectName: [place.objectName], outcomes },
});
const removed = { objectName: [place.objectName], bucketName: [place.bucketName] };
const profile = { name: 'Ann', email: 'ann@example.com', bytes: 48_230, objects: 1, albums: 1 };

const SAMPLES = new Map<string, readonly unknown[]>([
  sample(admitUpload, {}),
  sample(storeImages, stored(full), stored(bare), stored(full, refused, nameless, bare), stored(bare, refused, full)),
  sample(createToken, { token: 'ip_…' }),
  sample(revokeTokens, {}),
  sample(showProfile, { ...profile, quotaBytes: 1_073_741_825 }, profile),
  sample(listStrategies, [{ id: 1, bucketName: place.bucketName }]),
  sample(
    listAlbums,
    { total: 41, albums: [{ id: 2, bucketName: place.bucketName, folder: 'blog', images: 1 }] },
    { total: 0, albums: [] },
  ),
  sample(removeAlbum, {}),
  sample(
    listImages,
    { total: 41, images: [listed] },
    { total: 0, images: [] },
    { total: 1, images: [{ ...listed, etag: 'd41d8cd98f00b204e9800998ecf8427e' }] },
  ),
  sample(removeImage, {}),
  sample(
    redeemDeletions,
    { ...removed, outcomes: [{ objectName: place.objectName }] },
    { ...removed, outcomes: [{ objectName: place.objectName }, { error: 'NoSuchKey', err: MEANINGS.NoSuchKey }] },
  ),
  sample(showDeletion, { ...place, state: 'present', url }, { ...place, state: 'gone', url }),
  sample(showGuide, toGuide(MOUNT_URL)),
  sample(diagnose, { ok: true, advice, seen }, { ok: false, advice, seen }, { ok: false, advice, seen: unseen }),
]);

/** The samples of an endpoint. @throws {TypeError} where there are none */
export function samplesOf(endpoint: string): readonly unknown[] {
  const samples = SAMPLES.get(endpoint);
  if (samples === undefined) throw new TypeError(`clients-samples.ts has no sample of ${endpoint}`);
  return samples;
}
