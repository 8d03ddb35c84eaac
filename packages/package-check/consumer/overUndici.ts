import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Listening from "./Listening.js"

Listening.run(UndiciHttpClient.layer())
