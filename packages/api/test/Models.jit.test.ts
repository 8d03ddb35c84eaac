/** With Effect's JIT compiler, which only applications enable. */
import "effect/schema/SchemaJITCompiler/enable"
import { bothWaysAgree } from "./support/BothWays.ts"

bothWaysAgree(50)
