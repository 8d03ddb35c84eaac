/**
 * A certificate that nobody vouches for, made on the spot: X.509 version 1 in DER (RFC 5280 §4.1), signed with its own
 * key, so that no private key has to lie in this repository.
 */
import { generateKeyPairSync, sign } from "node:crypto"

const der = (tag: number, ...contents: ReadonlyArray<Uint8Array | string>): Buffer => {
  const body = Buffer.concat(contents.map((content) => Buffer.from(content)))
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...length), body])
}

const sequence = (...contents: ReadonlyArray<Uint8Array>) => der(0x30, ...contents)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, "hex"))

export const make = (): { readonly key: string; readonly cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"))
  const commonName = sequence(der(0x31, sequence(objectId("550403"), der(0x0c, "127.0.0.1"))))
  const certificate = sequence(
    der(0x02, Uint8Array.of(1)),
    ecdsaWithSha256,
    commonName,
    sequence(der(0x18, "20200101000000Z"), der(0x18, "21200101000000Z")),
    commonName,
    publicKey.export({ type: "spki", format: "der" })
  )
  const signature = der(0x03, Uint8Array.of(0), sign("sha256", certificate, privateKey))
  const base64 = sequence(certificate, ecdsaWithSha256, signature).toString("base64")
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
  }
}
