import { startSandbox } from "@app/sandbox/SandboxPromises"
import { assert, describe, it } from "vitest"
import worker, { type Env, Tokens } from "../cloudflare-workers/worker.ts"

/** Storage and objects as Cloudflare has them, in this process. */
const objectsOf = (settings: Omit<Env, "TOKENS">): Env => {
  const texts = new Map<string, string>()
  const objects = new Map<unknown, Tokens>()
  const env: Env = {
    ...settings,
    TOKENS: {
      idFromName: (name) => name,
      get: (id) => {
        const object = objects.get(id) ?? new Tokens({
          storage: {
            get: async (key) => texts.get(key),
            put: async (key, value) => void texts.set(key, value),
            delete: async (key) => texts.delete(key),
            deleteAll: async () => texts.clear(),
            list: async () => texts
          }
        }, env)
        objects.set(id, object)
        return object
      }
    }
  }
  return env
}

describe("the Worker of the example", () => {
  it("makes one token request for many requests at once, also after a revocation", async () => {
    await using sandbox = await startSandbox({ rotateRefreshTokens: true })
    const { refreshToken } = await sandbox.signIn()
    const env = objectsOf({
      SPOTIFY_CLIENT_ID: sandbox.client.clientId,
      SPOTIFY_REFRESH_TOKEN: refreshToken,
      SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
      SPOTIFY_API_URL: sandbox.apiUrl
    })
    const together = () =>
      Promise.all(Array.from({ length: 10 }, async () => {
        const response = await worker.fetch(new Request("http://worker.example/"), env)
        return response.text()
      }))
    const hello = Array.from({ length: 10 }, () => "hello, Sandy Box")
    assert.deepStrictEqual(await together(), hello)
    assert.strictEqual((await sandbox.refreshCounts()).requests, 1)
    await sandbox.revokeAccessTokens()
    assert.deepStrictEqual(await together(), hello)
    assert.deepStrictEqual(await sandbox.refreshCounts(), { requests: 2, overlapping: 0, resent: 0, reused: 0 })
  })

  it("says what to do when the person has to sign in again", async () => {
    await using sandbox = await startSandbox()
    const env = objectsOf({
      SPOTIFY_CLIENT_ID: sandbox.client.clientId,
      SPOTIFY_REFRESH_TOKEN: "AQ-none",
      SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
      SPOTIFY_API_URL: sandbox.apiUrl
    })
    const response = await worker.fetch(new Request("http://worker.example/"), env)
    assert.strictEqual(response.status, 502)
    assert.include(await response.text(), "sign in again")
  })
})
