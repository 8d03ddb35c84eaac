/**
 * The settings that the page is built with: the app, and the addresses of Spotify or of a stand-in.
 */
import type { Scope } from "@app/api/model/Scope"
import * as Providers from "@app/auth/Providers"

const { VITE_SPOTIFY_ACCOUNTS_URL, VITE_SPOTIFY_API_URL, VITE_SPOTIFY_CLIENT_ID } = import.meta.env

export const clientId = VITE_SPOTIFY_CLIENT_ID

export const server = VITE_SPOTIFY_ACCOUNTS_URL === undefined
  ? Providers.spotify
  : Providers.spotify.at(VITE_SPOTIFY_ACCOUNTS_URL)

export const apiUrl = VITE_SPOTIFY_API_URL

/** The name of the service that the page talks to. */
export const service = VITE_SPOTIFY_ACCOUNTS_URL === undefined
  ? "Spotify"
  : `a stand-in for Spotify at ${new URL(VITE_SPOTIFY_ACCOUNTS_URL).host}`

export const scopes: ReadonlyArray<Scope> = ["user-read-private", "user-top-read"]

/** The address for the callback, which the app has to have registered. */
export const redirectUri = new URL("/callback", location.href).href
