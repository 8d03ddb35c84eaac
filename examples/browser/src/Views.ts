/**
 * The parts of the page, each made from data alone.
 */
import * as Scope from "@app/api/model/Scope"
import type { TimeRange } from "@app/api/model/TimeRange"
import type { Track } from "@app/api/model/Track"
import type { CurrentUser } from "@app/api/model/User"
import * as Duration from "effect/Duration"
import { Action, type Send } from "./Action.ts"
import { button, element, picture, replace } from "./Dom.ts"
import * as Notice from "./Notice.ts"

// =============================================================================
// Loading and failing
// =============================================================================

/** A part of the page that is fetched: on its way, here, or failed. */
export type Fetched<A> =
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Here"; readonly value: A }
  | { readonly _tag: "Failed"; readonly notice: Notice.Notice }

export const waiting: Fetched<never> = { _tag: "Waiting" }

const waitingText = (): HTMLElement => element("p", { class: "waiting" }, "One moment…")

/** A part that the page fetches without being asked to: it also comes by itself after a time without a network. */
const fetched = <A>(
  state: Fetched<A>,
  retry: () => void,
  view: (value: A) => ReadonlyArray<Node>
): ReadonlyArray<Node> => {
  switch (state._tag) {
    case "Waiting":
      return [waitingText()]
    case "Failed":
      return state.notice.remedy === "Connect"
        ? [element("p", { class: "waiting" }, `${state.notice.what} This part comes by itself once you are connected.`)]
        : [fault(state.notice, retry)]
    case "Here":
      return view(state.value)
  }
}

/** A notice, with a way to ask again where that can help. */
export const notice = (
  notice: Notice.Notice,
  retry?: () => void,
  attributes: Readonly<Record<string, string>> = {}
): HTMLElement =>
  element(
    "div",
    { class: "notice", "data-remedy": notice.remedy, ...attributes },
    element("p", {}, element("strong", {}, notice.what), " ", notice.next),
    retry !== undefined && Notice.canRepeat(notice) ? button("Try again", retry) : undefined
  )

/** The notice in the place of a part that could not be fetched. It is read aloud as it appears. */
const fault = (cause: Notice.Notice, retry: () => void): HTMLElement => notice(cause, retry, { role: "alert" })

/** The word that there is no network, above everything else. */
export const network = ({ next, what }: Notice.Notice): HTMLElement =>
  element("div", { class: "network" }, element("p", {}, element("strong", {}, what), " ", next))

// =============================================================================
// Signed out
// =============================================================================

/** The page before the sign-in: what it does, what it asks for, and the way in. */
export const signedOut = (service: string, scopes: ReadonlyArray<Scope.Scope>, send: Send): HTMLElement =>
  element(
    "section",
    { class: "card welcome", "aria-labelledby": "heading" },
    element("h1", { id: "heading", tabindex: "-1" }, "See what you listen to"),
    element(
      "p",
      {},
      "Sign in to see your profile, look up tracks, and list what you play most. Your data goes from ",
      `${service} to this browser, and nowhere else.`
    ),
    element(
      "div",
      {},
      element("h2", { id: "permissions" }, "This page asks to"),
      element(
        "ul",
        { class: "permissions", "aria-labelledby": "permissions" },
        scopes.map((scope) => element("li", {}, Scope.describe(scope), element("code", {}, scope)))
      )
    ),
    element(
      "div",
      { class: "buttons" },
      button("Sign in", () => send(Action.SignIn({ way: "redirect" })), { class: "primary" }),
      button("Use a new window", () => send(Action.SignIn({ way: "popup" })))
    )
  )

/** The page while the person signs in in another window. */
export const signingIn = (send: Send): HTMLElement =>
  element(
    "section",
    { class: "card welcome", "aria-labelledby": "heading" },
    element("h1", { id: "heading", tabindex: "-1" }, "Go on in the other window"),
    element("p", {}, "This page follows as soon as you have signed in there. Did you close it, or has none opened?"),
    element(
      "div",
      { class: "buttons" },
      button("Sign in on this page instead", () => send(Action.SignIn({ way: "redirect" })), { class: "primary" })
    )
  )

// =============================================================================
// Signed in
// =============================================================================

/** The name that a person goes by. */
export const nameOf = ({ displayName, id }: CurrentUser): string => displayName ?? id

const firstLetter = (name: string): string => Array.from(name)[0]?.toUpperCase() ?? "?"

const productOf = (product: string): string =>
  product === "premium" ? "Premium" : product === "free" || product === "open" ? "Free" : product

const about = (user: CurrentUser): string =>
  [
    user.product === undefined ? undefined : productOf(user.product),
    user.country,
    user.followers?.total === undefined ? undefined : `${user.followers.total} followers`
  ].filter((text) => text !== undefined).join(" · ")

const profileOf = (user: CurrentUser): HTMLElement =>
  element(
    "div",
    { class: "profile" },
    picture(user.images[0]?.url, firstLetter(nameOf(user))),
    element(
      "div",
      {},
      element("h1", { id: "heading", tabindex: "-1" }, nameOf(user)),
      about(user) === "" ? undefined : element("p", { class: "soft" }, about(user)),
      user.externalUrls.spotify === undefined
        ? undefined
        : element("a", { href: user.externalUrls.spotify, rel: "noreferrer" }, "Profile on Spotify")
    )
  )

/** The person's profile, whose heading is that of the page. */
export const profile = (state: Fetched<CurrentUser>, send: Send): ReadonlyArray<Node> =>
  state._tag === "Here"
    ? [profileOf(state.value)]
    : [
      element("h1", { id: "heading", tabindex: "-1" }, "Your profile"),
      ...fetched(state, () => send(Action.LoadProfile()), () => [])
    ]

// =============================================================================
// Tracks
// =============================================================================

const lengthOf = ({ duration }: Track): string => {
  const seconds = Math.round(Duration.toSeconds(duration))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

const artistsOf = ({ artists }: Track): string => artists.map(({ name }) => name).join(", ")

const smallest = ({ album }: Track, width: number): string | undefined =>
  (album.images.findLast((image) => (image.width ?? 0) >= width) ?? album.images[0])?.url

/** The form for a track, and the place of what it finds. */
export const trackForm = (send: Send) => {
  const input = element("input", {
    id: "track",
    name: "track",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-describedby": "track-help track-problem"
  })
  // A field that has the focus already is not read again, with what describes it now; so the problem is read by itself.
  const problem = element("p", { id: "track-problem", class: "problem", "aria-live": "polite" })
  const result = element("div", { class: "found" })
  const form = element(
    "form",
    { class: "search" },
    element("label", { for: "track" }, "Link, URI or id of a track"),
    element("div", {}, input, element("button", { class: "primary" }, "Look up")),
    element("p", { id: "track-help", class: "soft" }, "In Spotify: Share → Copy link to song."),
    problem
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    send(Action.FindTrack({ text: input.value }))
  })
  const results = (state: Fetched<Track>, retry: () => void): ReadonlyArray<Node> => {
    switch (state._tag) {
      case "Waiting":
        return [waitingText()]
      case "Failed":
        return state.notice.remedy === "Correct" ? [] : [fault(state.notice, retry)]
      case "Here":
        return [found(state.value)]
    }
  }
  const show = (state: Fetched<Track>, retry: () => void) => {
    const isInvalid = state._tag === "Failed" && state.notice.remedy === "Correct"
    problem.textContent = isInvalid ? Notice.textOf(state.notice) : ""
    replace(result, results(state, retry), () => input)
    if (isInvalid) {
      input.setAttribute("aria-invalid", "true")
      input.focus()
    } else input.removeAttribute("aria-invalid")
  }
  return { parts: [form, result], show }
}

const found = (track: Track): HTMLElement =>
  element(
    "article",
    { class: "track", "aria-labelledby": "found" },
    picture(smallest(track, 200), "♪"),
    element(
      "div",
      {},
      element("h3", { id: "found" }, track.name),
      element("p", {}, artistsOf(track)),
      element("p", { class: "soft" }, `${track.album.name} · ${lengthOf(track)}`),
      track.externalUrls.spotify === undefined
        ? undefined
        : element("a", { href: track.externalUrls.spotify, rel: "noreferrer" }, "Play on Spotify")
    )
  )

const periods: ReadonlyArray<readonly [TimeRange, string]> = [
  ["short_term", "4 weeks"],
  ["medium_term", "6 months"],
  ["long_term", "1 year"]
]

/** The name of a period. */
export const labelOf = (period: TimeRange): string => periods.find(([known]) => known === period)?.[1] ?? period

/** The choice of the period that top tracks are counted over. */
export const periodChoice = (chosen: TimeRange, send: Send): HTMLElement =>
  element(
    "fieldset",
    { class: "period" },
    element("legend", { class: "unseen" }, "Period"),
    periods.map(([period, label]) => {
      const input = element("input", {
        type: "radio",
        name: "period",
        value: period,
        ...(period === chosen && { checked: "" })
      })
      input.addEventListener("change", () => send(Action.ShowTop({ period })))
      return element("label", {}, input, label)
    })
  )

/** The tracks that the person plays most. */
export const top = (state: Fetched<ReadonlyArray<Track>>, retry: () => void): ReadonlyArray<Node> =>
  fetched(state, retry, (tracks) =>
    tracks.length === 0
      ? [element("p", {}, "Spotify has counted too little for a list. Listen on, or choose a longer period.")]
      : [
        element(
          "ol",
          { class: "tracks" },
          tracks.map((track) =>
            element(
              "li",
              {},
              picture(smallest(track, 60), "♪"),
              element(
                "span",
                { class: "words" },
                element("span", { class: "name" }, track.name),
                element("span", { class: "soft" }, artistsOf(track))
              ),
              element("span", { class: "soft" }, lengthOf(track))
            )
          )
        )
      ])
