/** Bundles the program before its tests, which run what is published. */
import { join } from "node:path"
import * as Bundle from "../../bundle/Bundle.ts"

const folder = join(import.meta.dirname, "../../dist")

export const setup = async (): Promise<void> => {
  await Bundle.write(folder)
}
