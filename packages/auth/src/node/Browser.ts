/**
 * A service that opens pages in the person's browser.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { delimiter } from "node:path"
import * as BrowserVariable from "./internal/BrowserVariable.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * Opens pages for the person at this machine.
 *
 * **Example** (A program that prints the address instead)
 *
 * ```ts
 * import { Browser } from "@app/auth/node/Browser"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const ByHand = Layer.succeed(Browser, { open: (url) => Effect.as(Console.log(`Please open ${url}`), true) })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Browser extends Context.Service<Browser, {
  /**
   * Opens a page, and returns whether a program took the address. With `false` the person must be given the address.
   *
   * **Gotchas**
   *
   * A sign-in does not wait for this effect, and interrupts it when the sign-in ends. A browser that was opened must go on.
   */
  readonly open: (url: URL) => Effect.Effect<boolean>
}>()("@app/auth/node/Browser") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that opens pages with the commands in `BROWSER`, then with the opener of the platform.
 *
 * **Details**
 *
 * The opener is `open` on macOS, `rundll32` on Windows, and elsewhere `xdg-open`, when there is a display, then `wslview`
 * for a Linux on Windows. The first command that works is taken. The browser goes on when the program ends.
 *
 * `BROWSER` is a command, or several with `:` in between (`;` on Windows), the first choice first. Editors that run on
 * another machine set it, where there is no display. `%s` in a command stands for the address, which otherwise comes last.
 * Words may stand in quotation marks. No shell reads the command or the address.
 *
 * `NodeServices.layer` provides the spawner of child processes.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Browser, never, ChildProcessSpawner> = Layer.effect(
  Browser,
  Effect.map(ChildProcessSpawner, ({ spawn }) => {
    const run = (command: ChildProcess.Command): Effect.Effect<boolean> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(
          spawn(command),
          // Unreferenced before anything else, so that the end of this scope does not end the browser.
          (handle) => Effect.andThen(handle.unref, restore(Effect.timeoutOption(handle.exitCode, openerTimeout)))
        )
      ).pipe(
        Effect.map(Option.match({ onNone: () => true, onSome: (code) => code === 0 })),
        Effect.orElseSucceed(() => false),
        Effect.scoped
      )

    return Browser.of({
      open: Effect.fnUntraced(function*(url) {
        const commands = [
          ...BrowserVariable.commands(yield* variable("BROWSER"), url.href, delimiter),
          ...openers(process.platform, url.href, yield* hasDisplay)
        ]
        for (const [command, ...args] of commands) {
          if (command !== undefined && (yield* run(opener(command, args)))) return true
        }
        return false
      })
    })
  })
)

/**
 * Layer that opens nothing, so that the person is given the address.
 *
 * **When to use**
 *
 * Use on machines without a screen.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNone: Layer.Layer<Browser> = Layer.succeed(Browser, { open: () => Effect.succeed(false) })

// =============================================================================
// Platforms
// =============================================================================

/** The time for an opener to fail. One that still runs after that has become the browser. */
const openerTimeout = "5 seconds"

const variable = (name: string) => Config.String(name).pipe(Config.withDefault(""), Effect.orElseSucceed(() => ""))

const hasDisplay = Effect.zipWith(
  variable("DISPLAY"),
  variable("WAYLAND_DISPLAY"),
  (x11, wayland) => x11 !== "" || wayland !== ""
)

/** Lists the openers of a platform. None of them is a shell, so the address cannot run anything. */
const openers = (
  platform: NodeJS.Platform,
  url: string,
  hasDisplay: boolean
): ReadonlyArray<BrowserVariable.Command> => {
  switch (platform) {
    case "darwin":
      return [["open", url]]
    case "win32":
      return [["rundll32", "url.dll,FileProtocolHandler", url]]
    default:
      return [...(hasDisplay ? [["xdg-open", url]] : []), ["wslview", url]]
  }
}

const opener = (command: string, args: ReadonlyArray<string>): ChildProcess.Command =>
  ChildProcess.make(command, args, { stdin: "ignore", stdout: "ignore", stderr: "ignore" })
