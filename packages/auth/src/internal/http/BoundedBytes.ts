/** The bytes of a stream, bounded in size. */
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Collects a stream, and fails at the first chunk that exceeds `maxSize` bytes. */
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
