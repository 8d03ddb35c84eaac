/**
 * The artists of the catalogue.
 */

// =============================================================================
// Model
// =============================================================================

/** An artist, whose popularity and genres are made up. */
export interface Artist {
  readonly id: string
  readonly name: string
  readonly popularity: number
  readonly genres: ReadonlyArray<string>
}

// =============================================================================
// Artists
// =============================================================================

const artist = (id: string, name: string, popularity: number, ...genres: ReadonlyArray<string>): Artist => ({
  id,
  name,
  popularity,
  genres
})

export const carlyRaeJepsen = artist("6sFIWsNpZYqfjUpaCgueju", "Carly Rae Jepsen", 72, "pop", "synth-pop")
export const royalBlood = artist("2S5hlvw4CMtMGswFtfdK15", "Royal Blood", 66, "rock", "hard-rock")
export const kalandra = artist("2N0vFuOoMtAQfBmhsRo24e", "Kalandra", 49, "folk", "rock")
export const benBöhmer = artist("5tDjiBYUsTqzd0RkTZxK7u", "Ben Böhmer", 67, "progressive-house")
export const romainGarcia = artist("7iCW4xyVOIklzZ2qc7pS5h", "Romain Garcia", 46, "progressive-house")
export const fallOutBoy = artist("4UXqAaa6dQYAk18Lv7PEgX", "Fall Out Boy", 80, "rock", "emo")
export const aurora = artist("1WgXqy2Dd70QQOU7Ay074N", "AURORA", 74, "pop", "electro")
export const maceoPlex = artist("3TXQ1ddouwQAI78hV4hXDj", "Maceo Plex", 57, "techno")
export const gabrielAnanda = artist("3YpEUCjdLuPmBspkmoPYnX", "Gabriel Ananda", 40, "techno")
export const inFlames = artist("57ylwQTnFnIhJh4nu4rxCs", "In Flames", 63, "death-metal", "metal")
export const tigercub = artist("6ekYAO2D1JkI58CF4uRRqw", "Tigercub", 42, "rock")
export const twilightForce = artist("0tO6ALWmduAbneXoHmnl2T", "Twilight Force", 38)
export const iceCube = artist("3Mcii5XWf6E0lrY3Uky4cA", "Ice Cube", 71, "hip-hop")
export const caravanPalace = artist("37J1PlAkhRK7yrZUtqaUpQ", "Caravan Palace", 60, "electro")
export const parovStelar = artist("65EXuYHVoehCKqp0kOS6px", "Parov Stelar", 58, "electro")

/** All artists. */
export const artists: ReadonlyArray<Artist> = [
  carlyRaeJepsen,
  royalBlood,
  kalandra,
  benBöhmer,
  romainGarcia,
  fallOutBoy,
  aurora,
  maceoPlex,
  gabrielAnanda,
  inFlames,
  tigercub,
  twilightForce,
  iceCube,
  caravanPalace,
  parovStelar
]
