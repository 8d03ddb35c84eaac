/**
 * All subjects by name. A process loads the one that it measures and no other.
 */
import type { MakeSubject } from "./Subject.ts"

export const subjects = {
  undici: () => import("./subjects/Undici.ts").then(({ undici }) => undici),
  fetch: () => import("./subjects/Fetch.ts").then(({ rawFetch }) => rawFetch),
  tracksGet: () => import("./subjects/TracksGet.ts").then(({ tracksGet }) => tracksGet),
  webApiTsSdk: () => import("./subjects/WebApiTsSdk.ts").then(({ webApiTsSdk }) => webApiTsSdk),
  soundify: () => import("./subjects/Soundify.ts").then(({ soundify }) => soundify),
  spotifyWebApiNode: () => import("./subjects/SpotifyWebApiNode.ts").then(({ spotifyWebApiNode }) => spotifyWebApiNode),
  validToken: () => import("./subjects/ValidToken.ts").then(({ validToken }) => validToken),
  expiry: () => import("./subjects/Expiry.ts").then(({ expiry }) => expiry),
  thousandTracks: () => import("./subjects/ThousandTracks.ts").then(({ thousandTracks }) => thousandTracks),
  liveAccounts: () => import("./subjects/LiveAccounts.ts").then(({ liveAccounts }) => liveAccounts),
  dayOfAccounts: () => import("./subjects/DayOfAccounts.ts").then(({ dayOfAccounts }) => dayOfAccounts),
  savedTracks: () => import("./subjects/SavedTracks.ts").then(({ savedTracks }) => savedTracks)
} satisfies Readonly<Record<string, () => Promise<MakeSubject>>>

export type SubjectName = keyof typeof subjects

export const isSubjectName = (name: string): name is SubjectName => Object.hasOwn(subjects, name)
