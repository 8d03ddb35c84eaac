/**
 * The URL of the Web API.
 */

/** The URL below which Spotify serves the Web API. */
export const spotify = "https://api.spotify.com/v1"
