/** The comparison of the contract with a description of the Web API. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { allowedDifferences, reasonFor } from "../conformance/AllowedDifferences.ts"
import { compare } from "../conformance/Comparison.ts"
import * as Contract from "../conformance/Contract.ts"
import * as Description from "../conformance/Description.ts"
import { nameOf, type Operation } from "../conformance/Operation.ts"

/** A description of two operations in the form of Spotify's. */
const description = `
openapi: '3.0.3'
paths:
  /me/top/{type}:
    get:
      operationId: top
      operationId: top
      parameters:
        - name: type
          in: path
          required: true
          schema: { type: string, enum: [artists, tracks] }
        - name: time_range
          in: query
          schema: { type: string, enum: [long_term, medium_term, short_term] }
        - $ref: '#/components/parameters/Limit'
        - name: offset
          in: query
          schema: { type: integer, minimum: 0 }
      responses:
        '200': { $ref: '#/components/responses/Top' }
        '401': { description: no }
      security:
        - oauth: [user-top-read]
  /me/library/contains:
    get:
      parameters:
        - name: uris
          in: query
          required: true
          schema: { type: string, description: 'A comma-separated list. Maximum: 40 URIs.' }
      responses:
        '200':
          content:
            application/json:
              schema: { type: array, items: { type: boolean } }
      security:
        - oauth: [user-library-read, user-follow-read, playlist-read-private]
components:
  parameters:
    Limit: { name: limit, in: query, required: false, schema: { type: integer, minimum: 1, maximum: 50 } }
  responses:
    Top:
      content:
        application/json:
          schema:
            allOf:
              - { type: object, properties: { href: { type: string }, limit: { type: integer } } }
              - type: object
                properties:
                  items:
                    type: array
                    items: { oneOf: [{ $ref: '#/components/schemas/Artist' }, { $ref: '#/components/schemas/Track' }] }
  schemas:
    Artist: { type: object, properties: { name: { type: string }, genres: { type: array, items: { type: string } } } }
    Track:
      type: object
      properties:
        name: { type: string }
        artists: { type: array, items: { $ref: '#/components/schemas/Artist' } }
        uri: { type: integer, deprecated: true }
        popularity: { type: integer, nullable: true }
`

const contractOf = (...names: ReadonlyArray<string>) =>
  Effect.map(Contract.operations, (operations) => operations.filter((operation) => names.includes(nameOf(operation))))

const differences = Effect.fnUntraced(function*(name: string) {
  const found = compare(yield* contractOf(name), yield* Description.operations(description))
  return found.map(({ contract, description, subject }) => `${subject}: ${contract} / ${description}`)
})

describe("the comparison", () => {
  it.effect("finds nothing to say where both say the same", () =>
    Effect.gen(function*() {
      const contract = yield* Contract.operations
      assert.deepStrictEqual(compare(contract, contract), [])
      assert.deepStrictEqual(yield* differences("GET /me/library/contains"), [])
    }))

  it.effect("reads references, parts, alternatives, values in a path, and limits in words", () =>
    Effect.gen(function*() {
      const found = yield* differences("GET /me/top/tracks")
      assert.notInclude(found.join("\n"), "parameter")
      assert.notInclude(found.join("\n"), "scope")
      assert.include(found, "answer.items[].album: there / not there")
      assert.include(found, "answer.items[].uri: string / integer")
      assert.include(found, "answer.items[].uri: always there / deprecated: not in Development Mode")
      assert.notInclude(found, "answer.items[].popularity: number or null / integer")
      assert.notInclude(found, "answer.items[].genres: not there / there")
    }))

  it.effect("sees an operation that is not there", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* differences("GET /me"), ["operation: there / not there"])
    }))

  const changes: Readonly<Record<string, (operation: Operation) => Operation>> = {
    "a parameter that is gone": (operation) => ({ ...operation, parameters: new Map() }),
    "a parameter that is new": (operation) => ({
      ...operation,
      parameters: new Map([...operation.parameters, ["new", {
        in: "query",
        isRequired: false,
        minimum: undefined,
        maximum: undefined,
        maxItems: undefined,
        values: undefined
      }]])
    }),
    "another limit": (operation) => ({
      ...operation,
      parameters: new Map([...operation.parameters].map(([name, parameter]) => [name, {
        ...parameter,
        maximum: 7,
        maxItems: 7,
        minimum: 7
      }]))
    }),
    "other values": (operation) => ({
      ...operation,
      parameters: new Map([...operation.parameters].map(([name, parameter]) => [name, {
        ...parameter,
        values: new Set(["x"])
      }]))
    }),
    "another scope": (operation) => ({ ...operation, scopes: new Set([...operation.scopes, "user-new"]) }),
    "a scope that is gone": (operation) => ({ ...operation, scopes: new Set() }),
    "another quota mode": (operation) => ({ ...operation, isRestricted: !operation.isRestricted }),
    "another status": (operation) => ({ ...operation, statuses: new Set(["299"]) }),
    "a field that is new": (operation) => ({
      ...operation,
      answer: { ...operation.answer, fields: new Map([...operation.answer.fields, ["new", field]]) }
    }),
    "fields that are gone": (operation) => ({ ...operation, answer: { ...operation.answer, fields: new Map() } }),
    "another type": (operation) => ({ ...operation, answer: { ...operation.answer, types: new Set(["integer"]) } })
  }
  const field = {
    shape: {
      types: new Set<string>(),
      fields: new Map(),
      others: undefined,
      items: undefined,
      values: undefined,
      alternatives: []
    },
    isRequired: false,
    isDeprecated: false
  }

  for (const [name, change] of Object.entries(changes)) {
    it.effect(`sees ${name}, and no reason excuses it`, () =>
      Effect.gen(function*() {
        const [ours] = yield* contractOf("GET /me/tracks")
        if (ours === undefined) return assert.fail("the operation is gone")
        const found = compare([ours], [change(ours)])
        assert.isNotEmpty(found)
        assert.isTrue(found.some((difference) => reasonFor(difference) === undefined))
      }))
  }

  it("every reason is a sentence about one thing", () => {
    for (const { reason } of allowedDifferences) assert.match(reason, /^\S.{20,}[^.]$/)
  })

  it.effect("says what is wrong with a file that is no description", () =>
    Effect.gen(function*() {
      for (const text of ["", "{", "paths: 3", "[1, 2"]) {
        const { message } = yield* Effect.flip(Description.operations(text))
        assert.match(message, /neither YAML nor JSON|no OpenAPI description/)
      }
    }))
})
