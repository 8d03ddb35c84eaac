/**
 * The service worker: keeps the files of the page, so that the page opens without a network.
 *
 * **Details**
 *
 * It answers for the files of its build alone, each at its exact address. Every other request goes past it: those to
 * Spotify, and every address with a query, such as that of a callback. Files enter the cache only when a build is
 * installed, so that no response with a token and no address with a code can be in it.
 *
 * The document comes from the network whenever the network answers, and from the cache otherwise. A build that cannot be
 * installed therefore leaves the kept files as they were, and nobody in an old page.
 *
 * @see https://www.w3.org/TR/service-workers/
 */

/** Written in front of this file by the build: the files with their digests, and a version made of these. */
declare const built: {
  readonly version: string
  readonly integrities: Readonly<Record<string, string>>
}

interface ExtendableEvent extends Event {
  readonly waitUntil: (work: Promise<unknown>) => void
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  readonly respondWith: (response: Promise<Response>) => void
}

declare const self: {
  readonly location: Location
  readonly skipWaiting: () => Promise<void>
  readonly addEventListener: {
    (type: "install" | "activate", listener: (event: ExtendableEvent) => void): void
    (type: "fetch", listener: (event: FetchEvent) => void): void
  }
}

const prefix = "liner-notes-"

const cacheName = `${prefix}${built.version}`

/** The longest wait for the document, in milliseconds, where the network neither answers nor fails. */
const patience = 4000

/** Reads a kept file. A server's `Vary` says nothing about files that are the same for everybody. */
const kept = (path: string): Promise<Response | undefined> => caches.match(path, { cacheName, ignoreVary: true })

/** Keeps the files of this build: all of them, each as it was built, or none. */
const install = async (): Promise<void> => {
  const cache = await caches.open(cacheName)
  await cache.addAll(
    Object.entries(built.integrities).map(([path, integrity]) => new Request(path, { integrity, cache: "no-cache" }))
  )
  // A page that is open has all its files already, so there is nothing to wait for.
  await self.skipWaiting()
}

/** Removes the files of other builds, and leaves the caches of other programs of this origin alone. */
const activate = async (): Promise<void> => {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName)
  await Promise.all(old.map((name) => caches.delete(name)))
}

const page = async (request: Request): Promise<Response> => {
  const fetched = fetch(request)
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, patience, undefined)
  })
  try {
    return await Promise.race([fetched, late]) ?? await kept("/") ?? await fetched
  } catch {
    return await kept("/") ?? Response.error()
  }
}

const file = async (path: string, request: Request): Promise<Response> => await kept(path) ?? fetch(request)

self.addEventListener("install", (event) => event.waitUntil(install()))

self.addEventListener("activate", (event) => event.waitUntil(activate()))

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request
  const { origin, pathname, search } = new URL(url)
  const path = `${pathname}${search}`
  if (method !== "GET" || origin !== self.location.origin || !Object.hasOwn(built.integrities, path)) return
  event.respondWith(path === "/" ? page(event.request) : file(path, event.request))
})
