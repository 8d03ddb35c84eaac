/** The `fetch` that Node brings along, and `json`. */
import { calls } from "../Calls.ts"
import type { MakeSubject } from "../Subject.ts"
import { accessToken } from "../Token.ts"

export const rawFetch: MakeSubject = ({ concurrency, origin }) => {
  const headers = { authorization: `Bearer ${accessToken}` }
  return calls(concurrency, (id) => fetch(`${origin}/v1/tracks/${id}`, { headers }).then((response) => response.json()))
}
