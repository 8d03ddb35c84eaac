/** The contract as data, and what is made of it. */
import { assert, describe, it } from "@effect/vitest"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as Endpoint from "../src/contract/Endpoint.ts"
import * as EndpointGroup from "../src/contract/EndpointGroup.ts"
import { LibraryApi } from "../src/contract/LibraryApi.ts"
import { ProfileApi } from "../src/contract/ProfileApi.ts"
import { SpotifyApi } from "../src/contract/SpotifyApi.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"

describe("a group of the contract", () => {
  it("has its endpoints under their own identifiers, or does not compile", () => {
    const devices = Endpoint.get("devices", "/me/player/devices", { success: Schema.Struct({}) })
    // @ts-expect-error -- an operation has one name.
    const group = EndpointGroup.make("player", { players: devices })
    assert.deepStrictEqual(Object.values(group.endpoints).map(({ identifier }) => identifier), ["devices"])
  })

  it("is the group of SpotifyApi in everything that is said of its operations", () => {
    for (const { endpoints, identifier } of [LibraryApi, ProfileApi, TracksApi]) {
      const described = Object.values<Endpoint.Top>(endpoints)
      const made = Object.values<Endpoint.Readable>(SpotifyApi.groups[identifier].endpoints)
      const said = ({ annotations, identifier, method, path }: Endpoint.Readable) => ({
        annotations: annotations.mapUnsafe,
        identifier,
        method,
        path
      })
      assert.deepStrictEqual(made.map(said), described.map(said))
    }
  })
})

describe("the response without content", () => {
  it("is what HttpApi calls empty", () => {
    assert.isTrue(HttpApiSchema.isNoContent(Endpoint.Empty.ast))
    for (const success of LibraryApi.endpoints.save.success) assert.isTrue(HttpApiSchema.isNoContent(success.ast))
  })
})
