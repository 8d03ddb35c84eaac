/**
 * The person's browser, as far as a program can ask for it.
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
 * **Example** (A program that leaves it to the person)
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
   * Asks for a page to be shown. Whether anyone took it on: with `false` the person has to be given the address.
   *
   * A sign-in does not wait for it, and interrupts it when it ends: what was opened has to go on without it.
   */
  readonly open: (url: URL) => Effect.Effect<boolean>
}>()("@app/auth/node/Browser") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * What the person has put in `BROWSER`, and whatever the platform opens links with: `open` on macOS, `rundll32` on
 * Windows, `xdg-open` elsewhere, where there is a display, and `wslview` in a Linux on Windows. The first that works is
 * taken. What was opened goes on when the program ends.
 *
 * `BROWSER` is a command, or several with `:` between them (`;` on Windows), first choice first. Editors that run on
 * another machine set it, where there is no display. `%s` in a command stands for the address, which otherwise comes last;
 * words may stand in quotation marks. No shell reads it, nor the address.
 *
 * What it needs to start programs comes with `NodeServices.layer`.
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
          // Let go of before anything else: the end of this scope is not the end of the browser.
          (handle) => Effect.andThen(handle.unref, restore(Effect.timeoutOption(handle.exitCode, answerTime)))
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
 * Opens nothing, so that the person is given the address: for machines without a screen.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNone: Layer.Layer<Browser> = Layer.succeed(Browser, { open: () => Effect.succeed(false) })

// =============================================================================
// Platforms
// =============================================================================

/** An opener that has found no browser says so by then; one that runs on has become the browser. */
const answerTime = "5 seconds"

const variable = (name: string) => Config.String(name).pipe(Config.withDefault(""), Effect.orElseSucceed(() => ""))

const hasDisplay = Effect.zipWith(
  variable("DISPLAY"),
  variable("WAYLAND_DISPLAY"),
  (x11, wayland) => x11 !== "" || wayland !== ""
)

/** None of them is a shell, so nothing in the address means anything to them. */
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
