/**
 * The layers of each package, from bottom to top, and the check that imports keep to them.
 *
 * **Details**
 *
 * A file imports, types included, from its own layer or a lower one; within a layer no files import each other in a
 * circle, so there is no circle at all. A package imports only the packages listed for it. `*` stands for the files of one
 * folder that no line names; a file that neither a name nor a `*` covers fails the check.
 */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = join(import.meta.dirname, "../..")

const layersOf: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  auth: {
    foundation: [
      "AccessToken",
      "AuthError",
      "AuthorizationServer",
      "Client",
      "Clocks",
      "EnvironmentVariable",
      "Grant",
      "Pkce",
      "Providers",
      "RefreshPolicy",
      "RetryAfter",
      "TokenMetrics",
      "TokenStatus",
      "internal/settings/*",
      "internal/text/*"
    ],
    http: ["BaseUrl", "ContentCoding", "internal/http/*"],
    oauth: ["ProviderEnvironment", "TokenSet", "internal/oauth/*"],
    endpoints: ["AuthorizationRequest", "Discovery", "RevocationEndpoint", "TokenEndpoint"],
    storage: [
      "AccountDirectory",
      "AuthorizationRequestStore",
      "CookieAuthorizationRequestStore",
      "EncryptedTokenStorage",
      "FileLock",
      "FileTokenStorage",
      "KeyValueAuthorizationRequestStore",
      "KeyValueTokenStorage",
      "Keychain",
      "SessionStore",
      "MemorySharedTokenStore",
      "SharedTokenStore",
      "SqlAuthorizationRequestStore",
      "SqlSessionStore",
      "SqlSharedTokenStore",
      "SqlTokenStorage",
      "TokenStorage",
      "TokenStore",
      "internal/lease/*",
      "internal/storage/*"
    ],
    lifecycle: ["internal/lifecycle/*"],
    shared: ["internal/shared/*"],
    service: [
      "internal/accounts/*",
      "Accounts",
      "AuthenticatedHttpClient",
      "SharedAccounts",
      "TokenPromises",
      "TokenService",
      "TokenSource"
    ],
    node: ["node/*", "node/internal/*"],
    browser: ["browser/*", "browser/internal/*"],
    index: ["index"]
  },
  api: {
    vocabulary: [
      "Ids",
      "QuotaMode",
      "RetryPolicy",
      "SpotifyError",
      "SpotifyMetrics",
      "internal/*",
      "internal/ids/*",
      "internal/time/*"
    ],
    model: ["model/*", "model/internal/*"],
    contract: ["contract/*", "contract/internal/*"],
    transport: ["internal/transport/*"],
    admission: ["RateLimit", "ResponseCache", "internal/rateLimit/*"],
    call: ["internal/call/*"],
    client: ["FetchHttpClient", "SpotifyClient"],
    lists: ["internal/list/*"],
    operations: ["*"],
    testing: ["SpotifyTest", "internal/testing/*"],
    promises: ["SpotifyPromises", "internal/promises/*"],
    server: ["ServerApp", "internal/server/*"],
    node: ["node/*", "node/internal/*"],
    browser: ["browser/*"],
    index: ["index"]
  },
  sandbox: {
    vocabulary: [
      "Fault",
      "LibraryItem",
      "People",
      "RefreshCounts",
      "RequestLog",
      "Route",
      "SandboxError",
      "Settings",
      "internal/*"
    ],
    catalogue: ["Catalogue", "internal/catalogue/*"],
    accounts: ["internal/accounts/*"],
    webApi: ["internal/webApi/*", "internal/webApi/operations/*"],
    faults: ["internal/faults/*"],
    server: ["internal/server/*"],
    sandbox: ["Sandbox"],
    promises: ["SandboxPromises"],
    index: ["index", "main"]
  },
  cli: {
    text: ["ExitCode", "Fields", "Json", "Style", "Table", "Text", "Tsv"],
    failure: ["Failure"],
    root: ["Spotify"],
    output: ["ArtistView", "Limit", "Live", "Output", "Progress", "Question", "StatusView", "TrackView"],
    session: ["SandboxSession", "Session", "Settings"],
    commands: ["commands/*"],
    program: ["Program", "Signals", "entry", "main"]
  },
  fleet: {
    vocabulary: [
      "FleetError",
      "FleetMetrics",
      "Names",
      "ServiceKey",
      "internal/Fingerprint",
      "internal/Rules",
      "internal/TenantAccount"
    ],
    contract: ["FleetApi", "contract/*"],
    client: ["FleetClient", "internal/client/*"],
    services: ["Apps", "FleetStore", "ServiceKeys", "SqlFleetStore", "internal/KeyRules"],
    requests: ["internal/*"],
    handlers: ["internal/handlers/*"],
    server: ["FleetServer", "internal/server/*"],
    process: ["Fleet", "FleetConfig"],
    programs: ["index", "main", "internal/demo/*"]
  }
}

const packagesOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  auth: [],
  api: ["auth"],
  sandbox: ["api", "auth"],
  cli: ["api", "auth", "sandbox"],
  fleet: ["auth", "sandbox"]
}

interface Import {
  readonly from: string
  readonly to: string
}

/** Imports at the beginning of a line, since those inside doc comments are examples; `import("…")` anywhere else. */
const statements =
  /^import\b[^"]*"([^"]+)"|^export (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from "([^"]+)"|^(?! *\*).*?\bimport\("([^"]+)"\)/gm

const filesOf = (name: string): ReadonlyArray<string> =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${name}/${file.slice(0, -".ts".length)}`)
    .toSorted()

const importsOf = (file: string): ReadonlyArray<Import> => {
  const [name = "", ...path] = file.split("/")
  const source = readFileSync(join(root, "packages", name, "src", `${path.join("/")}.ts`), "utf8")
  return Array.from(source.matchAll(statements), ([, ...specifiers]) => specifiers.join(""))
    .flatMap((specifier) => {
      if (specifier.startsWith(".")) return [join(dirname(file), specifier).replace(/\.ts$/, "")]
      const [, to, module = "index"] = /^@app\/(\w+)(?:\/(.*))?$/.exec(specifier) ?? []
      return to === undefined ? [] : [`${to}/${module}`]
    })
    .map((to) => ({ from: file, to }))
}

const packageOf = (file: string) => file.slice(0, file.indexOf("/"))

/** The layers that name a file or, where none does, its folder: exactly one when the table is right. */
const namesOfLayers = (file: string): ReadonlyArray<string> => {
  const path = file.slice(packageOf(file).length + 1)
  const layersWith = (member: string) =>
    Object.entries(layersOf[packageOf(file)] ?? {}).filter(([, members]) => members.includes(member)).map(([name]) =>
      name
    )
  const named = layersWith(path)
  return named.length > 0 ? named : layersWith(`${path.slice(0, path.lastIndexOf("/") + 1)}*`)
}

const isUpward = ({ from, to }: Import): boolean => {
  const layers = Object.keys(layersOf[packageOf(from)] ?? {})
  const [here, there] = [from, to].map((file) => layers.indexOf(namesOfLayers(file)[0] ?? ""))
  return here !== undefined && there !== undefined && here >= 0 && there > here
}

const files = Object.keys(layersOf).flatMap(filesOf)
const imports = files.flatMap(importsOf)
/** An import upwards is reported as such, not as the circles that it closes. */
const importsFrom = Map.groupBy(imports.filter((each) => !isUpward(each)), ({ from }) => from)

/** The shortest way back from what an import names to the file that has it. */
const circleOf = ({ from, to }: Import): ReadonlyArray<string> | undefined => {
  const seen = new Set([to])
  let ways: ReadonlyArray<ReadonlyArray<string>> = [[from, to]]
  while (ways.length > 0) {
    const longer: Array<ReadonlyArray<string>> = []
    for (const way of ways) {
      const last = way.at(-1) ?? ""
      if (last === from) return way
      for (const next of importsFrom.get(last) ?? []) {
        if (seen.has(next.to)) continue
        seen.add(next.to)
        longer.push([...way, next.to])
      }
    }
    ways = longer
  }
  return undefined
}

const ruleBroken = (each: Import): string | undefined => {
  const name = packageOf(each.from)
  if (packageOf(each.to) !== name) {
    return packagesOf[name]?.includes(packageOf(each.to)) === true
      ? undefined
      : `@app/${name} does not import @app/${packageOf(each.to)}`
  }
  if (isUpward(each)) {
    return `layer "${namesOfLayers(each.from)[0]}" does not import layer "${namesOfLayers(each.to)[0]}" above it`
  }
  const circle = circleOf(each)
  return circle === undefined ? undefined : `files do not import in a circle: ${circle.join(" → ")}`
}

const nameOf = ({ from, to }: Import) => `${from} → ${to}`

describe("the layers", () => {
  it("have one place for every source file", () => {
    const misplaced = files.flatMap((file) => {
      const layers = namesOfLayers(file)
      return layers.length === 1 ? [] : [`packages/${file.replace("/", "/src/")}.ts is in ${layers.length} layers`]
    })
    assert.deepStrictEqual(misplaced, [])
  })

  it("name files and folders that are there", () => {
    const unknown = Object.entries(layersOf).flatMap(([name, layers]) =>
      Object.values(layers).flat().filter((member) =>
        !files.some((file) => file === `${name}/${member}` || `${dirname(file)}/*` === `${name}/${member}`)
      ).map((member) => `${name}/${member}`)
    )
    assert.deepStrictEqual(unknown, [])
  })

  it("import downwards only, without circles, and only the packages they may", () => {
    const broken = imports.flatMap((each) => {
      const rule = ruleBroken(each)
      return rule === undefined ? [] : [`${nameOf(each)}: ${rule}`]
    })
    assert.deepStrictEqual(broken, [])
  })
})
