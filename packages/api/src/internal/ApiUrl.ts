/** Where the Web API is. */

/** The base of Spotify's own. */
export const spotify = "https://api.spotify.com/v1"
