/** A person with a home of their own, whose Spotify is the sandbox. */
import * as Sandbox from "@app/sandbox/Sandbox"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import { freePort } from "../../../auth/test/support/FreePort.ts"
import { start } from "./Program.ts"

/** Makes a person who has not signed in yet. */
export const make = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const callback = new URL(redirectUri)
  callback.port = String(yield* freePort)
  return {
    clientId,
    redirectUri: callback.href,
    env: {
      HOME: yield* fs.makeTempDirectoryScoped(),
      SPOTIFY_ACCOUNTS_URL: accountsUrl,
      SPOTIFY_API_URL: apiUrl
    },
    login: ["login", "--no-browser", "--client-id", clientId, "--redirect-uri", callback.href]
  }
})

/** Waits for what a process says on standard error. */
export const said = (program: ReturnType<typeof start>, pattern: RegExp) =>
  Effect.callback<string>((resume) => {
    let heard = ""
    program.stderr.on("data", (chunk: Buffer) => {
      heard += String(chunk)
      const [found] = pattern.exec(heard) ?? []
      if (found !== undefined) resume(Effect.succeed(found))
    })
  })

/** The address at which a person agrees, in what the program says. */
export const authorizeUrl = /http\S+authorize\?\S+/

/** Makes a person who has signed in. */
export const signedIn = Effect.gen(function*() {
  const person = yield* make
  const { approve } = yield* Sandbox.Sandbox
  const program = start(person.login, person.env)
  const ended = once(program, "exit")
  const url = yield* said(program, authorizeUrl)
  program.stdin.write(`${yield* approve(url)}\n`)
  assert.deepStrictEqual(yield* Effect.promise(() => ended), [0, null])
  return person
})

/** Layer with the sandbox and the services of this machine. */
export const layer = Layer.mergeAll(Sandbox.layer(), NodeServices.layer)
