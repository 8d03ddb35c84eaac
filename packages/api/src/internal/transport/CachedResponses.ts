/** Responses in memory, of which those that were not used for longest make room. */
import type CachePolicy from "http-cache-semantics"

export interface CachedResponse {
  readonly policy: CachePolicy
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ArrayBuffer
  /** The number of requests that had changed something when this response was requested. */
  readonly changes: number
}

/** The cached responses of one person, by URL. */
export class CachedResponses {
  private readonly capacity: number
  private readonly maxBytes: number
  /** The last entry is the one used last. */
  private readonly entries = new Map<string, CachedResponse>()
  private bytes = 0

  constructor(options: { readonly capacity: number; readonly maxBytes: number }) {
    this.capacity = options.capacity
    this.maxBytes = options.maxBytes
  }

  /** Returns a response, and marks it as used. */
  get(url: string): CachedResponse | undefined {
    const entry = this.entries.get(url)
    if (entry === undefined) return undefined
    this.entries.delete(url)
    this.entries.set(url, entry)
    return entry
  }

  /** Adds a response that is not too large by itself, and removes others until all fit. */
  set(url: string, entry: CachedResponse): void {
    this.delete(url)
    if (entry.body.byteLength > this.maxBytes) return
    this.entries.set(url, entry)
    this.bytes += entry.body.byteLength
    for (const leastRecentlyUsed of this.entries.keys()) {
      if (this.entries.size <= this.capacity && this.bytes <= this.maxBytes) break
      this.delete(leastRecentlyUsed)
    }
  }

  delete(url: string): void {
    this.bytes -= this.entries.get(url)?.body.byteLength ?? 0
    this.entries.delete(url)
  }

  clear(): void {
    this.entries.clear()
    this.bytes = 0
  }
}
