/**
 * Plugin for TypeDoc that names each page after its module, and begins it with the doc comment of the file.
 *
 * **Details**
 *
 * TypeDoc by itself takes the first comment of a file for the module's only where it has the tag `@module`.
 */
import { type Application, Converter, ReflectionKind } from "typedoc"
import ts from "typescript"

/** The name that programs import the module of a file by. */
const specifierOf = (file: string): string => {
  const [, name, module] = /\/packages\/(\w+)\/src\/(.*)\.ts$/.exec(file) ?? []
  return `@app/${name}/${module}`
}

export const load = (app: Application): void => {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const file = context.getSymbolFromReflection(reflection)?.declarations?.find(ts.isSourceFile)
    const [first] = file?.statements ?? []
    if (file === undefined || first === undefined) return
    reflection.name = specifierOf(file.fileName)
    const comment = context.getNodeComment(first, false)
    if (comment !== undefined) reflection.comment = comment
  })
}
