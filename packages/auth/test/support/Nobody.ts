/** A user who may not do everything. A superuser may write anywhere, so where tests run as one, processes become nobody. */

/** The user id, or undefined where the tests' own user is not a superuser. */
export const nobody = process.getuid?.() === 0 ? 65_534 : undefined

/** With this in its environment, a test's process calls `become` once its modules are loaded. */
export const asNobody = nobody === undefined ? {} : { TOKEN_USER: `${nobody}` }

export const become = () => {
  const user = process.env["TOKEN_USER"]
  if (user === undefined) return
  process.setgroups?.([])
  process.setgid?.(Number(user))
  process.setuid?.(Number(user))
}
