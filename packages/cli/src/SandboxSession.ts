/**
 * A session at a Spotify that runs within the command, ends with it, and knows nobody else.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import type { Scope } from "@app/api/model/Scope"
import type * as SpotifyClient from "@app/api/SpotifyClient"
import type * as TokenService from "@app/auth/TokenService"
import * as Catalogue from "@app/sandbox/Catalogue"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ExitCode } from "./ExitCode.ts"
import { CommandFailed } from "./Failure.ts"

const failed = (error: { readonly message: string }) =>
  new CommandFailed({ code: ExitCode.other, issue: `The sandbox does not work: ${error.message}` })

/** Saves what there is for the sandbox's person, so that no list is empty. */
const fill = Effect.flatMap(Sandbox.Sandbox, ({ setLibrary }) => setLibrary(Catalogue.tracks.map(({ id }) => id)))

/** Layer with the session of somebody who has signed in, whose failures are the program's own. */
export const layer = (
  scopes: ReadonlyArray<Scope>
): Layer.Layer<SpotifyClient.SpotifyClient | TokenService.TokenService, CommandFailed> =>
  Layer.effectDiscard(fill).pipe(
    Layer.provideMerge(Sandbox.signedIn({ scopes })),
    Layer.provide([Sandbox.layer(), FetchHttpClient.layer]),
    Layer.catch((error) => Layer.effectContext(Effect.fail(failed(error))))
  )
