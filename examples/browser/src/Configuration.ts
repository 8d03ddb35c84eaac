/**
 * The settings that the page is built with: the app, and the addresses of Spotify or of a stand-in.
 */
import type { Scope } from "@app/api/model/Scope"
import * as Providers from "@app/auth/Providers"

// Vite replaces each of these by its value, and only where it is written in full.
const accountsUrl = import.meta.env.VITE_SPOTIFY_ACCOUNTS_URL

export const apiUrl = import.meta.env.VITE_SPOTIFY_API_URL

export const clientId = import.meta.env.VITE_SPOTIFY_CLIENT_ID

export const server = accountsUrl === undefined ? Providers.spotify : Providers.spotify.at(accountsUrl)

/** The name of the service that the page talks to. */
export const service = accountsUrl === undefined
  ? "Spotify"
  : `a stand-in for Spotify at ${new URL(accountsUrl).host}`

export const scopes: ReadonlyArray<Scope> = ["user-read-private", "user-top-read"]

/** The address for the callback, which the app has to have registered. */
export const redirectUri = new URL("/callback", location.href).href
