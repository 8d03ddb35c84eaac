/** Bytes that somebody else sends, up to as many as there may be. */
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Reads no further than the chunk that goes beyond `maxSize`. */
export const collect = <E, E2>(
  stream: Stream.Stream<Uint8Array, E>,
  maxSize: number,
  tooLarge: () => E2
): Effect.Effect<Uint8Array<ArrayBuffer>, E | E2> =>
  Effect.map(
    Stream.runFoldEffect(
      stream,
      () => ({ size: 0, chunks: new Array<Uint8Array>() }),
      (read, chunk) => {
        read.size += chunk.byteLength
        read.chunks.push(chunk)
        return read.size > maxSize ? Effect.fail(tooLarge()) : Effect.succeed(read)
      }
    ),
    ({ chunks }) => Bytes.concat(chunks)
  )
