import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as Listening from "./Listening.js"

Listening.run(FetchHttpClient.layer)
