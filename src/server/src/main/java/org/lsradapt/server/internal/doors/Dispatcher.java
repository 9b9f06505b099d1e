package org.lsradapt.server.internal.doors;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.ClientShare;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.http.HttpFront;
import org.lsradapt.server.internal.models.ServedModels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the door of each request and runs it in a thread of its own, up to a number of requests at once. A failure becomes an answer
 * without stack traces and paths. Texts of requests are never logged.
 */
public final class Dispatcher implements HttpFront.Handler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Map<String, Route> routes = new LinkedHashMap<>();
    private final ServedModels models;
    private final Rules rules;
    private final Measurements measurements;
    private final AtomicInteger running = new AtomicInteger();
    private final ClientShare shares;
    private final ThreadPoolExecutor threads;
    private volatile boolean ready = true;

    /**
     * A door's place.
     *
     * @param name the door's name in measurements
     */
    private record Route(String method, String name, Door door, Runs runs) {
        /** An answer to HEAD is sent without its body. */
        List<String> methods() {
            return method.equals("GET") ? List.of("GET", "HEAD") : List.of(method);
        }
    }

    /** The thread of a door. */
    private enum Runs {
        /** The connection's; the door does not wait for anything. */
        AT_ONCE,
        /** A thread of its own. */
        FREELY,
        /** A thread of its own, if not too many requests are running. */
        COUNTED
    }

    /**
     * The rights and limits of clients.
     *
     * @param texts the largest number of texts in a request
     * @param waiting the largest number of requests that wait or are computed
     * @param clientShare the part of them that one client may have
     * @param dynamic whether clients may load and unload adapters
     */
    public record Rules(ApiKeys keys, int texts, int waiting, double clientShare, boolean dynamic) {}

    public Dispatcher(ServedModels models, Rules rules, Measurements measurements) {
        this.models = models;
        this.rules = rules;
        this.measurements = measurements;
        shares = new ClientShare(rules.waiting, rules.clientShare);
        AtomicInteger number = new AtomicInteger();
        // More threads than requests that count, for those that do not.
        threads = new ThreadPoolExecutor(
                0, 2 * rules.waiting + 64, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "lsr-adapt-request-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        get("/health", "health", exchange -> exchange.reply(200, Map.of("status", "ok")), Runs.AT_ONCE);
        get("/ready", "ready", this::ready, Runs.AT_ONCE);
        get("/metrics", "metrics", this::metrics, Runs.FREELY);
        get(ModelsDoor.PATH, "models", new ModelsDoor(models), Runs.FREELY);
        post("/v1/embeddings", "embeddings", new EmbeddingsDoor(models, rules.texts));
        Door rerank = new RerankDoor(models, rules.texts);
        List.of("/v1/rerank", "/v2/rerank", "/rerank").forEach(path -> post(path, "rerank", rerank));
        Door classify = new ClassifyDoor(models, rules.texts);
        List.of("/classify", "/v1/classify", "/predict").forEach(path -> post(path, "classify", classify));
        post("/answer", "answer", new AnswerDoor(models, rules.texts));
        post("/v1/chat/completions", "chat", new GenerationDoor(models, true, rules.texts));
        post("/v1/completions", "completions", new GenerationDoor(models, false, rules.texts));
        post("/v1/load_lora_adapter", "load", new AdapterDoor(models, true, rules.dynamic));
        post("/v1/unload_lora_adapter", "unload", new AdapterDoor(models, false, rules.dynamic));
        measurements.gauge("lsr.requests.running", "Requests that wait or are computed", running::get);
        measurements.gauge("lsr.adapters", "Adapters of folders", models::adapters);
        models.storeCounts()
                .forEach((name, count) -> measurements.gauge(
                        "lsr.store." + name,
                        "Adapters of the store: requests for them, and reads of those that were not in memory",
                        () -> models.storeCounts().get(name)));
    }

    private void get(String path, String name, Door door, Runs runs) {
        routes.put(path, new Route("GET", name, door, runs));
    }

    private void post(String path, String name, Door door) {
        routes.put(path, new Route("POST", name, door, Runs.COUNTED));
    }

    /** Says from now on that the server is not ready, so that no more requests are sent to it. */
    public void stops() {
        ready = false;
    }

    private void ready(Exchange exchange) {
        if (!ready) {
            throw new ApiException(503, "stopping", "the server stops");
        }
        exchange.reply(200, Map.of("status", "ready"));
    }

    private void metrics(Exchange exchange) {
        String text = measurements
                .scrape()
                .orElseThrow(() -> new ApiException(404, "no_metrics", "this server has no registry of Prometheus"));
        exchange.reply(
                200, "text/plain; version=0.0.4; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    @Override
    public Optional<ApiException> refusal(HttpRequest head) {
        boolean open = head.uri().equals("/health") || head.uri().equals("/ready");
        return open || rules.keys.accept(head.headers().get(HttpHeaderNames.AUTHORIZATION))
                ? Optional.empty()
                : Optional.of(new ApiException(
                        401, "invalid_api_key", "expected the header \"Authorization: Bearer KEY\" with a valid key"));
    }

    @Override
    public void refused(ApiException failure) {
        measurements.request("none", failure.status(), 0);
    }

    private @Nullable Route route(String path) {
        return path.startsWith(ModelsDoor.PATH + "/") ? routes.get(ModelsDoor.PATH) : routes.get(path);
    }

    @Override
    public void handle(Exchange exchange) {
        Route route = route(exchange.path());
        if (route == null) {
            exchange.reply(new ApiException(
                    404,
                    "unknown_path",
                    "there is no such path, expected one of " + String.join(", ", routes.keySet())));
        } else if (!route.methods().contains(exchange.method())) {
            ApiException failure = new ApiException(
                    405, "method_not_allowed", exchange.path() + " takes " + route.method + " requests alone");
            exchange.reply(failure, Map.of("Allow", String.join(", ", route.methods())));
        } else if (route.runs == Runs.AT_ONCE) {
            run(route, exchange);
        } else if (route.runs == Runs.COUNTED && !shares.take(exchange.client(), 1)) {
            answerFailure(route, exchange, overloaded("your address has " + shares.most()), 0);
        } else if (route.runs == Runs.COUNTED && running.incrementAndGet() > rules.waiting) {
            ended(route, exchange);
            answerFailure(route, exchange, overloaded(), 0);
        } else {
            start(route, exchange);
        }
    }

    private void start(Route route, Exchange exchange) {
        try {
            threads.execute(() -> run(route, exchange));
        } catch (RejectedExecutionException e) {
            ended(route, exchange);
            answerFailure(route, exchange, overloaded(), 0);
        }
    }

    private ApiException overloaded() {
        return overloaded("the server has " + rules.waiting);
    }

    private static ApiException overloaded(String which) {
        return new ApiException(429, "overloaded", which + " requests to answer, try again");
    }

    private void ended(Route route, Exchange exchange) {
        if (route.runs == Runs.COUNTED) {
            running.decrementAndGet();
            shares.giveBack(exchange.client(), 1);
        }
    }

    private void run(Route route, Exchange exchange) {
        long begin = System.nanoTime();
        try {
            route.door.serve(exchange);
            measurements.request(route.name, exchange.status(), System.nanoTime() - begin);
        } catch (CancellationException e) {
            exchange.abort();
        } catch (IOException | RuntimeException | Error e) {
            answerFailure(route, exchange, failure(route, e), System.nanoTime() - begin);
        } finally {
            ended(route, exchange);
        }
    }

    private void answerFailure(Route route, Exchange exchange, ApiException failure, long nanos) {
        measurements.request(route.name, failure.status(), nanos);
        if (exchange.status() == 0) {
            exchange.reply(failure);
        } else {
            exchange.abort();
        }
    }

    private ApiException failure(Route route, Throwable cause) {
        if (cause instanceof ApiException known) {
            return known;
        }
        if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
            return ApiException.invalid(models.withoutPaths(cause.getMessage()));
        }
        LOG.error("{}: a request failed", route.name, cause);
        return new ApiException(500, "internal_error", "the server failed; its log says why");
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
