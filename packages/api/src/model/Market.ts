/**
 * The country whose catalogue a request is about.
 */
import * as Schema from "effect/Schema"

/** The assigned codes of ISO 3166-1 alpha-2, and `XK`, the user-assigned code under which Spotify serves Kosovo. */
// dprint-ignore
const countries = [
  "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD",
  "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA",
  "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE",
  "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA",
  "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK",
  "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP",
  "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT",
  "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS",
  "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ",
  "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS",
  "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST",
  "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW",
  "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA",
  "ZM", "ZW", "XK"
] as const

/**
 * Schema of {@link Market}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Market = Schema.Literals(["from_token", ...countries]).annotate({
  expected: "an ISO 3166-1 alpha-2 country in capitals, or from_token"
})

/**
 * A country (ISO 3166-1 alpha-2 in capitals), or `"from_token"` for the country of the account behind the token.
 *
 * **Gotchas**
 *
 * With a user's token, the country of the account takes precedence over the requested market. With an app's token and no
 * market, Spotify considers everything unavailable: tracks have neither `isPlayable` nor `linkedFrom`.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category models
 * @since 0.1.0
 */
export type Market = typeof Market.Type

/**
 * Returns `true` when a string is a market.
 *
 * **When to use**
 *
 * Use for a country that comes from a profile or a setting.
 *
 * **Example** (Using a country from outside)
 *
 * ```ts
 * import * as Market from "@app/api/model/Market"
 * import * as Tracks from "@app/api/Tracks"
 *
 * const track = (country: string) =>
 *   Tracks.get("11dFghVXANMlKmJXsNCbNl", Market.is(country) ? { market: country } : {})
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const is: (text: string) => text is Market = Schema.is(Market)

/**
 * The options of an operation that takes a market.
 *
 * @category models
 * @since 0.1.0
 */
export interface MarketOptions {
  /**
   * Market in which tracks are to be played; none by default. With a user's token, the country of the account takes
   * precedence. With a market, `isPlayable` tells that a track can be played there, and Spotify may return another release of
   * it, whose `id` differs from the requested one.
   */
  readonly market?: Market | undefined
}
