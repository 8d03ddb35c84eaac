/** A token as long as Spotify's, for clients that are handed one. */
export const accessToken = `BQ${"A".repeat(200)}`
