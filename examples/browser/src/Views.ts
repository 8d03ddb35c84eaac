/**
 * The parts of the page, each made from data alone.
 */
import * as Scope from "@app/api/model/Scope"
import type { TimeRange } from "@app/api/model/TimeRange"
import type { Track } from "@app/api/model/Track"
import type { CurrentUser } from "@app/api/model/User"
import * as Duration from "effect/Duration"
import { Action, type Send } from "./Action.ts"
import { button, element, picture } from "./Dom.ts"
import type { Notice } from "./Notice.ts"

// =============================================================================
// Loading and failing
// =============================================================================

/** A part of the page that is fetched: on its way, here, or failed. */
export type Fetched<A> =
  | { readonly _tag: "Waiting" }
  | { readonly _tag: "Here"; readonly value: A }
  | { readonly _tag: "Failed"; readonly notice: Notice }

export const waiting: Fetched<never> = { _tag: "Waiting" }

const fetched = <A>(
  state: Fetched<A>,
  onRetry: (() => void) | undefined,
  view: (value: A) => ReadonlyArray<Node>
): ReadonlyArray<Node> => {
  switch (state._tag) {
    case "Waiting":
      return [element("p", { class: "waiting" }, "One moment…")]
    case "Failed":
      return [
        element("p", {}, element("strong", { class: "problem" }, state.notice.what), ` ${state.notice.next}`),
        ...(onRetry === undefined ? [] : [element("div", { class: "buttons" }, button("Try again", onRetry))])
      ]
    case "Here":
      return view(state.value)
  }
}

/** A notice about the page as a whole. */
export const notice = ({ next, what }: Notice): HTMLElement =>
  element("div", { class: "notice" }, element("strong", {}, what), " ", element("span", {}, next))

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
      ...fetched(state, () => send(Action.LoadAgain()), () => [])
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
  const problem = element("p", { id: "track-problem", class: "problem" })
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
  const show = (state: Fetched<Track>) => {
    if (state._tag === "Failed") {
      input.setAttribute("aria-invalid", "true")
      problem.replaceChildren(state.notice.what, " ", state.notice.next)
      result.replaceChildren()
      input.focus()
      return
    }
    input.removeAttribute("aria-invalid")
    problem.replaceChildren()
    result.replaceChildren(...fetched(state, undefined, (track) => [found(track)]))
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
