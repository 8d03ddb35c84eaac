import * as TokenStore from "@app/auth/TokenStore"
import { storeContract } from "../support/TokenStorageContract.ts"

storeContract("TokenStore.layerMemory", TokenStore.layerMemory, { runs: 200 })
