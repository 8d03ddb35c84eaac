/**
 * All figures, in the order of the table.
 */
import type { Figure } from "./Figure.ts"
import { bundleSize } from "./figures/BundleSize.ts"
import { callBytes } from "./figures/CallBytes.ts"
import { callCpu } from "./figures/CallCpu.ts"
import { callOverFetch } from "./figures/CallOverFetch.ts"
import { coldImports } from "./figures/ColdImport.ts"
import { dayOfAccounts } from "./figures/DayOfAccounts.ts"
import { expiry } from "./figures/Expiry.ts"
import { growth } from "./figures/Growth.ts"
import { liveAccounts } from "./figures/LiveAccounts.ts"
import { peers } from "./figures/Peers.ts"
import { thousandTracks } from "./figures/ThousandTracks.ts"
import { validToken } from "./figures/ValidToken.ts"

export const figures: ReadonlyArray<Figure> = [
  callCpu,
  callBytes,
  callOverFetch,
  peers,
  validToken,
  expiry,
  thousandTracks,
  liveAccounts,
  dayOfAccounts,
  coldImports,
  bundleSize,
  growth
]
