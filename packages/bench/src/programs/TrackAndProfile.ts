/** The imports of a program that gets tracks and profiles over any transport: the subject of cold imports. */
export * as Profile from "@app/api/Profile"
export * as SpotifyClient from "@app/api/SpotifyClient"
export * as Tracks from "@app/api/Tracks"
export * as TokenService from "@app/auth/TokenService"
export * as TokenStore from "@app/auth/TokenStore"
