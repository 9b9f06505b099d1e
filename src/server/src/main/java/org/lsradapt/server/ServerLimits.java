package org.lsradapt.server;

import java.time.Duration;
import org.lsradapt.lsr.internal.Require;

/**
 * Limits of a server against clients that are slow, many or greedy.
 *
 * @param bodyBytes the largest body of a request in bytes; a larger one is refused with 413
 * @param texts the largest number of texts in a request; more are refused with 413
 * @param tokens the largest number of tokens that are computed for a request; more are refused with 413
 * @param waiting the number of requests that may wait or be computed at once; above it the answer is 429
 * @param stepTokens the number of tokens that are computed in one step, for all requests together
 * @param connections the number of connections; a further one is closed at once
 * @param clientShare the part of connections, of waiting requests and of bodies in memory that one client may have, above 0 and at
 *     most 1. Clients are told apart by address. Those at 127.0.0.1 and ::1 have no limit, since a proxy there speaks for many
 * @param headers the time in which a client has to send the headers of a request, and its body
 * @param idle the time after which a connection without a request is closed
 * @param grace the time for which {@link AdapterServer#close} waits for requests that have begun
 */
public record ServerLimits(
        int bodyBytes,
        int texts,
        int tokens,
        int waiting,
        int stepTokens,
        int connections,
        double clientShare,
        Duration headers,
        Duration idle,
        Duration grace) {
    private static final ServerLimits DEFAULTS = new ServerLimits(
            8 << 20,
            1024,
            1 << 18,
            256,
            2048,
            1024,
            0.5,
            Duration.ofSeconds(20),
            Duration.ofSeconds(75),
            Duration.ofSeconds(30));

    /** Checks the ranges. */
    public ServerLimits {
        Require.argument(
                bodyBytes >= 1 && texts >= 1 && tokens >= 1 && waiting >= 1 && stepTokens >= 1 && connections >= 1,
                "limits of the server: %d bytes, %d texts, %d tokens in a request, %d waiting requests, %d tokens in a step and %d"
                        + " connections, expected at least 1 of each",
                bodyBytes,
                texts,
                tokens,
                waiting,
                stepTokens,
                connections);
        Require.argument(
                clientShare > 0 && clientShare <= 1,
                "limits of the server: a client's share of %s, expected a number above 0 and at most 1",
                clientShare);
        for (Duration time : new Duration[] {headers, idle, grace}) {
            Require.argument(
                    !time.isNegative() && !time.isZero(),
                    "limits of the server: a time of %s, expected more than 0",
                    time);
        }
    }

    /**
     * Bodies of 8 MiB, 1,024 texts and 262,144 tokens in a request, 256 waiting requests, 2,048 tokens in a step, 1,024 connections,
     * half of these for one client, 20 seconds for headers or a body, 75 idle, and 30 of grace.
     */
    public static ServerLimits defaults() {
        return DEFAULTS;
    }

    /** Returns a copy with another largest body in bytes. */
    public ServerLimits withBodyBytes(int most) {
        return new ServerLimits(
                most, texts, tokens, waiting, stepTokens, connections, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another largest number of texts in a request. */
    public ServerLimits withTexts(int most) {
        return new ServerLimits(
                bodyBytes, most, tokens, waiting, stepTokens, connections, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another largest number of tokens in a request. */
    public ServerLimits withTokens(int most) {
        return new ServerLimits(
                bodyBytes, texts, most, waiting, stepTokens, connections, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another number of requests that may wait. */
    public ServerLimits withWaiting(int most) {
        return new ServerLimits(
                bodyBytes, texts, tokens, most, stepTokens, connections, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another number of tokens in a step. */
    public ServerLimits withStepTokens(int most) {
        return new ServerLimits(
                bodyBytes, texts, tokens, waiting, most, connections, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another number of connections. */
    public ServerLimits withConnections(int most) {
        return new ServerLimits(bodyBytes, texts, tokens, waiting, stepTokens, most, clientShare, headers, idle, grace);
    }

    /** Returns a copy with another share of one client. */
    public ServerLimits withClientShare(double most) {
        return new ServerLimits(bodyBytes, texts, tokens, waiting, stepTokens, connections, most, headers, idle, grace);
    }

    /** Returns a copy with other times. */
    public ServerLimits withTimes(Duration forHeaders, Duration whenIdle, Duration ofGrace) {
        return new ServerLimits(
                bodyBytes, texts, tokens, waiting, stepTokens, connections, clientShare, forHeaders, whenIdle, ofGrace);
    }
}
