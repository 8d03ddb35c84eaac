import { assert, describe, it } from "@effect/vitest"
import * as FieldDocs from "../src/FieldDocs.ts"

describe("docs of fields in declarations", () => {
  it("are found for every field of every interface", () => {
    const declarations = `/** A track. */
export interface Track {
    /** Its name. */
    readonly name: string;
    readonly duration: Duration;
    /**
     * Its place on the disc.
     */
    readonly number?: number;
}
export declare const Track: ModelSchema<Track>;
export interface Copy extends Track {
    readonly source: {
        readonly id: string;
    };
}
`
    assert.deepStrictEqual(FieldDocs.fieldsOf(declarations), [
      { name: "Track.name", hasDoc: true },
      { name: "Track.duration", hasDoc: false },
      { name: "Track.number", hasDoc: true },
      { name: "Copy.source", hasDoc: false }
    ])
  })
})
