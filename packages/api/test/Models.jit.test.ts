/** An application's switch, which the package never throws itself. */
import "effect/schema/SchemaJITCompiler/enable"
import { bothWaysAgree } from "./BothWays.ts"

bothWaysAgree(50)
