/** Vite's configuration for `vite build`, with the settings of the environment: see README.md. */
import { defineConfig } from "vite"
import { configurationOf } from "./Site.ts"

const { VITE_SPOTIFY_ACCOUNTS_URL, VITE_SPOTIFY_API_URL, VITE_SPOTIFY_CLIENT_ID = "" } = process.env

export default defineConfig(configurationOf({
  clientId: VITE_SPOTIFY_CLIENT_ID,
  accountsUrl: VITE_SPOTIFY_ACCOUNTS_URL,
  apiUrl: VITE_SPOTIFY_API_URL
}))
