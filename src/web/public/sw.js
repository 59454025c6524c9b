// Keeps the page itself, and what was shared with it, for when there is no network. Never an answer of the API, never an image.
const PAGE = 'imagepic-page';
const SHARED = 'imagepic-shared';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(['./', 'icon.svg', 'manifest.webmanifest'])));
  self.skipWaiting();
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname.slice(new URL(self.registration.scope).pathname.length);
  if (request.method === 'POST' && path === 'share') event.respondWith(keepShared(request));
  else if (request.method === 'GET' && request.mode === 'navigate' && path === '')
    event.respondWith(freshFirst(request));
  else if (request.method === 'GET' && path.startsWith('assets/')) event.respondWith(keptFirst(request));
});

/** Its name changes with what is in it. */
async function keptFirst(request) {
  const cache = await caches.open(PAGE);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function freshFirst(request) {
  const cache = await caches.open(PAGE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put('./', response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match('./');
    if (kept === undefined) throw error;
    return kept;
  }
}

/** What another app shares goes into the queue of the page. */
async function keepShared(request) {
  const files = (await request.formData()).getAll('images').filter((file) => file instanceof File);
  const cache = await caches.open(SHARED);
  await Promise.all(
    files.map((file, index) =>
      cache.put(
        `shared/${Date.now()}-${index}`,
        new Response(file, { headers: { 'x-name': encodeURIComponent(file.name) } }),
      ),
    ),
  );
  return Response.redirect('./#/upload', 303);
}
