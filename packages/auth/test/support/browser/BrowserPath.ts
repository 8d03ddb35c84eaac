/** Finds a Chromium on this machine, for the tests that need a real browser. */
import { accessSync, constants } from "node:fs"

const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
]

const canRun = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The path of a Chromium: `CHROMIUM_PATH` if it is set, else one of the usual places; undefined where there is none. */
export const find = (): string | undefined => {
  const { CHROMIUM_PATH } = process.env
  return (CHROMIUM_PATH === undefined || CHROMIUM_PATH === "" ? usual : [CHROMIUM_PATH]).find(canRun)
}
