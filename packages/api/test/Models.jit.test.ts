/** An application's switch, which the package never throws itself. */
import "effect/schema/SchemaJITCompiler/enable"
import { bothWaysAgree } from "./support/BothWays.ts"

bothWaysAgree(50)
