const SHARED = 'imagepic-shared';

/** Takes what another app has shared with this one; the service worker has kept it. */
export async function takeShared(): Promise<readonly File[]> {
  if (!('caches' in globalThis) || !(await caches.has(SHARED))) return [];
  const cache = await caches.open(SHARED);
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    await cache.delete(request);
    if (response === undefined) continue;
    const blob = await response.blob();
    files.push(new File([blob], decodeURIComponent(response.headers.get('x-name') ?? 'image'), { type: blob.type }));
  }
  return files;
}
