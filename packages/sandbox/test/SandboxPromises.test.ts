import { Catalogue, People, SandboxPromises } from "@app/sandbox"
import { assert, describe, it } from "vitest"

const me = (sandbox: SandboxPromises.SandboxPromises, accessToken: string) =>
  fetch(`${sandbox.apiUrl}/me`, { headers: { authorization: `Bearer ${accessToken}` } })

describe("a sandbox for code without Effect", () => {
  it("signs people in, applies faults, and logs in plain JSON", async () => {
    await using sandbox = await SandboxPromises.startSandbox({
      accessTokenLifetime: 5,
      rotateRefreshTokens: true,
      refreshTokenGrace: { duration: "250 millis" }
    })
    const { accessToken, expiresIn, refreshToken } = await sandbox.signIn({ as: People.quiet.id })
    assert.strictEqual(expiresIn, 5)
    await sandbox.inject("GET /v1/me", { _tag: "Status", status: 503 })
    assert.strictEqual((await me(sandbox, accessToken)).status, 503)
    assert.strictEqual((await me(sandbox, accessToken)).status, 200)
    assert.strictEqual(await sandbox.count("GET /v1/me"), 2)
    const refreshed = await fetch(`${sandbox.accountsUrl}/api/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id: sandbox.client.clientId
      })
    })
    assert.strictEqual(refreshed.status, 200)
    assert.strictEqual((await sandbox.refreshCounts()).requests, 1)
    assert.isAtLeast(await sandbox.revokeAccessTokens(), 1)
    assert.strictEqual((await me(sandbox, accessToken)).status, 401)
    const requests = await sandbox.requests()
    assert.match(requests[0]?.at ?? "", /^\d{4}-\d\d-\d\dT/)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(requests)), requests)
    await sandbox.clearLog()
    assert.deepStrictEqual(await sandbox.requests(), [])
  })

  it("fills libraries, and closes with its block", async () => {
    const uri = `spotify:track:${Catalogue.ids.typhoons}`
    let url = ""
    {
      await using sandbox = await SandboxPromises.startSandbox({ libraries: { [People.sandy.id]: [uri] } })
      url = sandbox.apiUrl
      assert.deepStrictEqual(await sandbox.library(), [uri])
      await sandbox.setLibrary([Catalogue.ids.helvegen])
      assert.deepStrictEqual(await sandbox.library(), [`spotify:track:${Catalogue.ids.helvegen}`])
      assert.strictEqual(sandbox.catalogue.tracks, Catalogue.tracks)
    }
    assert.isTrue(await fetch(url).then(() => false, () => true))
  })

  it("rejects what does not fit, in words", async () => {
    await using sandbox = await SandboxPromises.startSandbox()
    const port = Number(new URL(sandbox.apiUrl).port)
    const taken = await SandboxPromises.startSandbox({ apiPort: port }).then(() => "", String)
    assert.include(taken, `Port ${port}`)
    const misspelt = await SandboxPromises.startSandbox(JSON.parse("{\"rotate\":true}")).then(() => "", String)
    assert.include(misspelt, "rotate")
    assert.include(await sandbox.configure({ accessTokenLifetime: -1 }).then(() => "", String), "accessTokenLifetime")
  })
})
