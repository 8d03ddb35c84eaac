import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Bundle from "../src/Bundle.ts"
import * as Drill from "../src/Drill.ts"
import * as drills from "../src/drills.ts"
import * as Observed from "../src/Observed.ts"

it.live(
  "three processes, 17 of them killed and 8 stopped past their lease: no sign-in lost, no token wrong or expired, and no request overlapping",
  () =>
    Effect.gen(function*() {
      const observed = yield* Drill.run(drills.short, { bundle: yield* Bundle.make })
      for (const { expected, isMet, name, seen } of drills.short.judge(observed)) {
        assert.isTrue(isMet, `${name}: ${seen}, not ${expected}`)
      }
      assert.strictEqual(observed.events.length, drills.short.plan.length)
      // A machine that is busy enough lets a statement take longer than the lease.
      assert.isAtMost(Observed.failedReads(observed), observed.reads.right / 100)
    }).pipe(Effect.scoped),
  400_000
)
