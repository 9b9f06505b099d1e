package org.lsradapt.server;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.server.internal.doors.ApiKeys;
import org.lsradapt.server.internal.doors.Dispatcher;
import org.lsradapt.server.internal.doors.Measurements;
import org.lsradapt.server.internal.doors.MicrometerMeasurements;
import org.lsradapt.server.internal.http.HttpFront;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.serving.SharedPasses;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.training.PassExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one base model and its adapters over HTTP; docs/tutorials/serve.md shows it with clients.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.load("minilm");
 *         AdapterServer server = AdapterServer.on(base).adapters(List.of(folder)).port(8080).start()) {
 *     System.out.println(server.uri());
 *     Thread.currentThread().join();
 * }
 * }</pre>
 *
 * <p>Each request names its adapter. The texts of all waiting requests are computed together, whatever their adapters; see
 * {@link SharedPasses}. Safe for use by many threads.
 */
public final class AdapterServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdapterServer.class);
    private static final int LAST_PORT = 65_535;

    private final ServedModels models;
    private final SharedPasses shared;
    private final Dispatcher dispatcher;
    private final HttpFront front;
    private final Duration grace;

    private AdapterServer(Builder builder) throws IOException {
        grace = builder.limits.grace();
        Measurements measurements = builder.measurements;
        try (CloseOnFailure opened = new CloseOnFailure()) {
            shared = opened.add(SharedPasses.of(
                    builder.base.weights(),
                    builder.passes.inference(),
                    Backends.standard(),
                    builder.limits.stepTokens(),
                    measurements));
            models = opened.add(new ServedModels(new ServedModels.Parts(
                    builder.base, builder.name, builder.folders, builder.store, builder.passes, shared)));
            ServerLimits limits = builder.limits;
            dispatcher = opened.add(new Dispatcher(
                    models,
                    new Dispatcher.Rules(
                            new ApiKeys(builder.keys),
                            limits.texts(),
                            limits.waiting(),
                            limits.clientShare(),
                            builder.dynamic),
                    measurements));
            front = opened.add(new HttpFront(
                    new InetSocketAddress(builder.host, builder.port),
                    new HttpFront.Limits(
                            limits.bodyBytes(),
                            limits.tokens(),
                            limits.connections(),
                            limits.clientShare(),
                            limits.headers(),
                            limits.idle()),
                    dispatcher));
            measurements.gauge("lsr.connections", "Open connections", front::connections);
            opened.release(front);
        }
    }

    /** Begins the setup of a server of a base model, which the caller closes after the server. */
    public static Builder on(BaseModel base) {
        return new Builder(base);
    }

    /** The address of the server, with the port in use. */
    public URI uri() {
        InetSocketAddress address = front.address();
        String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getHostString();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /** The names of the base model and of the adapters of folders, each with its kind of task. */
    public List<String> models() {
        return models.list().stream()
                .map(one -> one.name() + " (" + one.kind() + ")")
                .toList();
    }

    /** The paths of the doors that serve a model here, each with the name of one such model. */
    public Map<String, String> doors() {
        return models.doors();
    }

    /**
     * Takes no more requests, answers those that have begun, within the limits' time of grace, and frees the adapters.
     */
    @Override
    public void close() {
        dispatcher.stops();
        try {
            if (!front.stop(grace)) {
                LOG.warn("requests that have begun were not answered within {} seconds", grace.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        front.close();
        dispatcher.close();
        models.close();
        shared.close();
    }

    /** Configures and starts a server. For one thread at a time. */
    public static final class Builder {
        private final BaseModel base;
        private String name;
        private List<Path> folders = List.of();
        private Optional<AdapterStore> store = Optional.empty();
        private String host = InetAddress.getLoopbackAddress().getHostAddress();
        private int port = 8080;
        private List<String> keys = List.of();
        private ServerLimits limits = ServerLimits.defaults();
        private boolean dynamic;
        private PassExecutor passes = PassExecutor.LOCAL;
        private Measurements measurements = Measurements.NONE;

        private Builder(BaseModel base) {
            this.base = base;
            name = Path.of(base.name()).getFileName().toString();
        }

        /** Sets the base model's name for clients; by default its own, or the name of its folder. */
        public Builder name(String forClients) {
            Require.argument(!forClients.isBlank(), "server: the name of the base model is empty, expected a text");
            name = forClients;
            return this;
        }

        /**
         * Adds adapters. A folder in a folder of adapters is an adapter's name; so is that of an adapter that is given
         * itself.
         *
         * @param locations adapters, or folders of adapters
         */
        public Builder adapters(List<Path> locations) {
            folders = List.copyOf(locations);
            return this;
        }

        /** Adds the adapters of a store, whose keys are their names; the caller closes the store after the server. */
        public Builder store(AdapterStore ofKeys) {
            store = Optional.of(ofKeys);
            return this;
        }

        /** Sets the port; 0 takes a free one. By default 8080. */
        public Builder port(int number) {
            Require.argument(
                    number >= 0 && number <= LAST_PORT, "server: port %d, expected 0 to %d", number, LAST_PORT);
            port = number;
            return this;
        }

        /** Sets the address to listen on; by default 127.0.0.1, which only this machine reaches. */
        public Builder host(String nameOrAddress) {
            host = nameOrAddress;
            return this;
        }

        /** Requires one of these keys of every client, except for {@code /health} and {@code /ready}. */
        public Builder keys(List<String> accepted) {
            Require.argument(
                    accepted.stream().noneMatch(String::isBlank), "server: a key is empty, expected one of characters");
            keys = List.copyOf(accepted);
            return this;
        }

        /** Sets the limits. */
        public Builder limits(ServerLimits values) {
            limits = values;
            return this;
        }

        /** Allows clients to load and unload the adapters of the given folders; by default they may not. */
        public Builder dynamicAdapters(boolean allowed) {
            dynamic = allowed;
            return this;
        }

        /** Sets where layers are computed; not closed. By default in this process. */
        public Builder passes(PassExecutor where) {
            passes = where;
            return this;
        }

        /**
         * Measures requests, steps and the store in a registry of Micrometer; {@code /metrics} gives those of a
         * {@code PrometheusMeterRegistry}. Needs {@code micrometer-registry-prometheus} on the class path.
         */
        public Builder metrics(MeterRegistry registry) {
            measurements = new MicrometerMeasurements(registry);
            return this;
        }

        /**
         * Loads the adapters and begins to listen.
         *
         * @throws IllegalArgumentException if an adapter is of another base model, or no door serves its task
         * @throws IOException if an adapter cannot be read, or the address cannot be used
         */
        public AdapterServer start() throws IOException {
            return new AdapterServer(this);
        }
    }
}
