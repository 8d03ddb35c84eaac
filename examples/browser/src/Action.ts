/**
 * The things that a person can ask of the page, as data: views send them, and the program does them.
 */
import type { TimeRange } from "@app/api/model/TimeRange"
import * as Data from "effect/Data"

export type Action = Data.TaggedEnum<{
  SignIn: { readonly way: "redirect" | "popup" }
  SignOut: {}
  Refresh: {}
  FindTrack: { readonly text: string }
  ShowTop: { readonly period: TimeRange }
  LoadProfile: {}
}>

export const Action = Data.taggedEnum<Action>()

export type Send = (action: Action) => void
