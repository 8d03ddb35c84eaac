/**
 * How often a property is tried. Mutation testing, which runs the tests hundreds of times, sets PROPERTY_RUNS to ask for
 * fewer.
 */
export const upTo = (usual: number): number => Math.min(usual, Number(process.env["PROPERTY_RUNS"] ?? usual))
