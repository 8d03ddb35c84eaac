/**
 * The one place that changes the document: which view is shown, notices, announcements and focus.
 */
import type { TimeRange } from "@app/api/model/TimeRange"
import type { Track } from "@app/api/model/Track"
import type { CurrentUser } from "@app/api/model/User"
import { Action, type Send } from "./Action.ts"
import * as Configuration from "./Configuration.ts"
import { button, element } from "./Dom.ts"
import type { Notice } from "./Notice.ts"
import type { TokenPanel } from "./TokenPanel.ts"
import * as TokenView from "./TokenView.ts"
import * as Views from "./Views.ts"

const place = (id: string): HTMLElement => document.getElementById(id) ?? document.body

/** Moves the focus to the heading of what is shown, where somebody with a screen reader begins to read. */
const focusHeading = () => document.getElementById("heading")?.focus()

/** Makes the screen, whose views send what the person asks for. */
export const make = (send: Send) => {
  let desk: ReturnType<typeof makeDesk> | undefined

  const announce = (text: string) => place("announcement").replaceChildren(text)

  const show = (view: Node, account: ReadonlyArray<Node>, moveFocus: boolean) => {
    place("view").replaceChildren(view)
    place("account").replaceChildren(...account)
    if (moveFocus) focusHeading()
  }

  return {
    announce,
    notice: (notice: Notice | undefined) =>
      place("notice").replaceChildren(...(notice === undefined ? [] : [Views.notice(notice)])),
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
      desk?.profile.replaceChildren(...Views.profile(state, send))
      if (state._tag === "Here") document.title = `${Views.nameOf(state.value)} – Liner Notes`
    },
    track: (state: Views.Fetched<Track>) => desk?.track(state),
    top: (period: TimeRange, state: Views.Fetched<ReadonlyArray<Track>>) => desk?.top(period, state),
    token: (panel: TokenPanel) => desk?.token.show(panel),
    record: (time: string, text: string) => desk?.token.record(time, text)
  }
}

const makeDesk = (period: TimeRange, send: Send) => {
  const profile = element("section", { class: "card", "aria-labelledby": "heading" })
  const form = Views.trackForm(send)
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
        element("h2", { id: "top-heading" }, "What you play most"),
        Views.periodChoice(period, send),
        list
      )
    ),
    profile,
    track: form.show,
    top: (period: TimeRange, state: Views.Fetched<ReadonlyArray<Track>>) =>
      list.replaceChildren(...Views.top(state, () => send(Action.ShowTop({ period })))),
    token
  }
}
