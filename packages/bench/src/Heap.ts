/**
 * The live heap of a Node that was started with `--expose-gc`.
 */

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Several times, as what one collection lets go of the next one finds. */
export const collectGarbage = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    await turn()
    globalThis.gc?.()
  }
}

/** In bytes. */
export const alive = async (): Promise<number> => {
  await collectGarbage()
  return process.memoryUsage().heapUsed
}
