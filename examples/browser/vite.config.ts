/** Vite's configuration for `vite build`, with the settings of the environment: see README.md. */
import { defineConfig } from "vite"
import { configurationOf } from "./Site.ts"

const { VITE_SPOTIFY_ACCOUNTS_URL, VITE_SPOTIFY_API_URL, VITE_SPOTIFY_CLIENT_ID } = process.env

export default defineConfig(() => {
  if (VITE_SPOTIFY_CLIENT_ID === undefined || VITE_SPOTIFY_CLIENT_ID === "") {
    throw new Error(
      "Set VITE_SPOTIFY_CLIENT_ID to the client id of your app at https://developer.spotify.com/dashboard."
    )
  }
  return configurationOf({
    clientId: VITE_SPOTIFY_CLIENT_ID,
    accountsUrl: VITE_SPOTIFY_ACCOUNTS_URL,
    apiUrl: VITE_SPOTIFY_API_URL
  })
})
