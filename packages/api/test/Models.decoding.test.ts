import { bothWaysAgree } from "./BothWays.ts"

bothWaysAgree(300)
