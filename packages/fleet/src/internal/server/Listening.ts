/** A server on a port, with bounds for what it reads. */
import * as AuthError from "@app/auth/AuthError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"
import * as Reading from "../Reading.ts"

export interface Options {
  readonly host: string
  readonly port: number
  /** The setting that the port is from, for the message of a port that is taken. */
  readonly setting: string
  /** The time that the end waits for requests in flight. */
  readonly shutdownTimeout: Duration.Duration
}

/** The time for a whole request to come in; a body has 64 KiB at most. */
const requestTimeout = Duration.toMillis("10 seconds")

export const layer = ({ host, port, setting, shutdownTimeout }: Options) =>
  Layer.merge(
    Layer.effect(
      HttpServer.HttpServer,
      Effect.mapError(
        NodeHttpServer.make(
          () =>
            createServer({
              maxHeaderSize: Reading.maxHeaderSize,
              headersTimeout: requestTimeout,
              requestTimeout,
              connectionsCheckingInterval: 1000
            }),
          { host, port, gracefulShutdownTimeout: shutdownTimeout }
        ),
        () =>
          new AuthError.AuthError({
            reason: new AuthError.InvalidConfiguration({
              setting,
              issue:
                `this machine does not let the program listen on ${host}:${port}. Choose another port, or stop what listens there.`
            })
          })
      )
    ),
    NodeHttpServer.layerHttpServices
  )
