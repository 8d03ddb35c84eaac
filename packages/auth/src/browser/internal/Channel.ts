/**
 * Channels between the pages of an origin (BroadcastChannel), where the browser has them.
 *
 * @see https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
 */
export const open = (name: string): BroadcastChannel | undefined =>
  "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : undefined
