import type * as ServerApp from "../../src/ServerApp.ts"

/** A browser, which keeps cookies. */
export const browser = () => {
  const jar = new Map<string, string>()
  return {
    cookie: () => Array.from(jar, ([name, value]) => `${name}=${value}`).join("; "),
    take: ({ setCookie }: ServerApp.Redirect) => {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? []
      if (setCookie.includes("Max-Age=0")) jar.delete(name)
      else jar.set(name, value)
    }
  }
}

export type Browser = ReturnType<typeof browser>
