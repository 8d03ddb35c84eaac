import { bothWaysAgree } from "./support/BothWays.ts"

bothWaysAgree(300)
