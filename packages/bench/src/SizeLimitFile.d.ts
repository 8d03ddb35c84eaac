declare module "@size-limit/file" {
  import type { Plugin } from "size-limit"

  /** Weighs files as they are, without a bundler. The package has no types of its own. */
  const plugins: ReadonlyArray<Plugin>
  export default plugins
}
