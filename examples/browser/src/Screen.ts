/**
 * The one place that changes the document: which view is shown, notices, announcements and focus.
 */
import type { TimeRange } from "@app/api/model/TimeRange"
import type { Track } from "@app/api/model/Track"
import type { CurrentUser } from "@app/api/model/User"
import { Action, type Send } from "./Action.ts"
import * as Configuration from "./Configuration.ts"
import { button, element, replace } from "./Dom.ts"
import * as Notice from "./Notice.ts"
import type { TokenPanel } from "./TokenPanel.ts"
import * as TokenView from "./TokenView.ts"
import * as Views from "./Views.ts"

const place = (id: string): HTMLElement => document.getElementById(id) ?? document.body

const heading = () => document.getElementById("heading")

/** Moves the focus to the heading of what is shown, where somebody with a screen reader begins to read. */
const focusHeading = () => heading()?.focus()

/** Makes the screen, whose views send what the person asks for. */
export const make = (send: Send) => {
  let desk: ReturnType<typeof makeDesk> | undefined

  const announce = (text: string) => place("announcement").replaceChildren(text)

  const show = (view: Node, account: ReadonlyArray<Node>, moveFocus: boolean) => {
    replace(place("view"), [view], heading)
    replace(place("account"), account, heading)
    if (moveFocus) focusHeading()
  }

  const showNotice = (notice: Notice.Notice | undefined, retry?: Action) =>
    replace(
      place("notice"),
      notice === undefined ? [] : [Views.notice(notice, retry && (() => send(retry)))],
      heading
    )

  return {
    announce,
    /** Shows a notice about the page as a whole, with a way to ask for `retry` again; or takes it away. */
    notice: showNotice,
    /** Says that there is no network, as long as there is none. */
    network: (notice: Notice.Notice | undefined) => {
      const text = notice === undefined ? "" : Notice.textOf(notice)
      if (place("network").textContent === text) return
      place("network").replaceChildren(...(notice === undefined ? [] : [Views.network(notice)]))
      announce(notice === undefined ? "You are online again." : text)
      if (notice === undefined && place("notice").querySelector("[data-remedy=Connect]") !== null) showNotice(undefined)
    },
    signedOut: (options: { readonly moveFocus: boolean }) => {
      desk = undefined
      document.title = "Liner Notes"
      show(Views.signedOut(Configuration.service, Configuration.scopes, send), [], options.moveFocus)
    },
    signingIn: () => show(Views.signingIn(send), [], true),
    signedIn: ({ period }: { readonly period: TimeRange }) => {
      desk = makeDesk(period, send)
      show(desk.root, [button("Sign out", () => send(Action.SignOut()))], false)
    },
    focus: focusHeading,
    profile: (state: Views.Fetched<CurrentUser>) => {
      if (desk !== undefined) replace(desk.profile, Views.profile(state, send), heading)
      if (state._tag === "Here") document.title = `${Views.nameOf(state.value)} – Liner Notes`
    },
    track: (state: Views.Fetched<Track>, text: string) => desk?.track(state, () => send(Action.FindTrack({ text }))),
    top: (period: TimeRange, state: Views.Fetched<ReadonlyArray<Track>>) => desk?.top(period, state),
    token: (panel: TokenPanel) => desk?.token.show(panel),
    record: (time: string, text: string) => desk?.token.record(time, text)
  }
}

const makeDesk = (period: TimeRange, send: Send) => {
  const profile = element(
    "section",
    { class: "card", "aria-labelledby": "heading" },
    ...Views.profile(Views.waiting, send)
  )
  const form = Views.trackForm(send)
  const topHeading = element("h2", { id: "top-heading", tabindex: "-1" }, "What you play most")
  const list = element("div", { id: "top-list" })
  const token = TokenView.make(send)
  return {
    root: element(
      "div",
      { class: "desk" },
      profile,
      element(
        "section",
        { class: "card", "aria-labelledby": "track-heading" },
        element("h2", { id: "track-heading" }, "Look up a track"),
        ...form.parts
      ),
      token.root,
      element(
        "section",
        { class: "card", "aria-labelledby": "top-heading" },
        topHeading,
        Views.periodChoice(period, send),
        list
      )
    ),
    profile,
    track: form.show,
    top: (period: TimeRange, state: Views.Fetched<ReadonlyArray<Track>>) =>
      replace(list, Views.top(state, () => send(Action.ShowTop({ period }))), () => topHeading),
    token
  }
}
