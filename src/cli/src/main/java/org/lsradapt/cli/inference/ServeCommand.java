package org.lsradapt.cli.inference;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.models.BaseModel;
import org.lsradapt.server.AdapterServer;
import org.lsradapt.server.ServerLimits;
import org.lsradapt.store.AdapterStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a base model and its adapters over HTTP until the process is stopped. */
@Command(
        name = "serve",
        sortOptions = false,
        description = "Serves a model and its adapters over HTTP, in the shapes of OpenAI, Cohere,"
                + " text-embeddings-inference and vLLM. Each request names its adapter in \"model\".")
public final class ServeCommand extends ConsoleCommand {

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "The base model: minilm, another name, a folder, or a GGUF file.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The base model's name for clients. Default: that of --model, or of its folder.")
    private String name;

    @Option(
            names = "--adapters",
            paramLabel = "FOLDER",
            arity = "1..*",
            description = "Adapters, or folders of adapters. A folder's name is the adapter's name.")
    @Names(Names.Use.INPUT)
    private List<Path> adapters = List.of();

    @Option(names = "--store", paramLabel = "FILE", description = "A store, whose keys are names of adapters as well.")
    @Names(Names.Use.INPUT)
    private Path store;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on; 0.0.0.0 for all. Default: ${DEFAULT-VALUE}, which only this"
                    + " machine reaches.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port = 8080;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "A file with the keys that clients have to send, one a line.")
    @Names(Names.Use.INPUT)
    private Path keyFile;

    @Option(
            names = "--dynamic-adapters",
            description = "Let clients load and unload adapters of the folders of --adapters.")
    private boolean dynamic;

    @Option(
            names = "--max-waiting",
            paramLabel = "N",
            description = "Requests that may wait or be computed at once; more get 429. Default: ${DEFAULT-VALUE}.")
    private int waiting = ServerLimits.defaults().waiting();

    @Option(names = "--max-texts", paramLabel = "N", description = "Texts in a request. Default: ${DEFAULT-VALUE}.")
    private int texts = ServerLimits.defaults().texts();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Tokens computed for a request. Default: ${DEFAULT-VALUE}.")
    private int tokens = ServerLimits.defaults().tokens();

    @Option(
            names = "--max-body",
            paramLabel = "BYTES",
            description = "Bytes of a request's body. Default: ${DEFAULT-VALUE}.")
    private int body = ServerLimits.defaults().bodyBytes();

    @Option(names = "--max-connections", paramLabel = "N", description = "Open connections. Default: ${DEFAULT-VALUE}.")
    private int connections = ServerLimits.defaults().connections();

    @Option(
            names = "--client-share",
            paramLabel = "F",
            description =
                    "The part of --max-connections, --max-waiting and the memory for bodies that one address may have, up"
                            + " to 1; 127.0.0.1 and ::1 have no limit. Default: ${DEFAULT-VALUE}.")
    private double clientShare = ServerLimits.defaults().clientShare();

    @Option(
            names = "--step-tokens",
            paramLabel = "N",
            description = "Tokens that are computed together, for all requests that wait. Default: ${DEFAULT-VALUE}.")
    private int stepTokens = ServerLimits.defaults().stepTokens();

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DeviceOption device;

    @Override
    protected void execute() throws IOException {
        List<String> keys = keys();
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread stopping = new Thread(() -> stop(stop, stopped), "lsr-adapt-stop");
        try (DeviceOption.Opened where = device.open(console().err()::println);
                BaseModel base = BaseModel.load(model, basePrecision.value());
                Opened opened =
                        new Opened(store == null ? Optional.empty() : Optional.of(AdapterStore.open(store, base)))) {
            AdapterServer.Builder builder = AdapterServer.on(base)
                    .adapters(adapters)
                    .host(host)
                    .port(port)
                    .keys(keys)
                    .dynamicAdapters(dynamic)
                    .passes(where.passes())
                    .limits(ServerLimits.defaults()
                            .withWaiting(waiting)
                            .withTexts(texts)
                            .withTokens(tokens)
                            .withBodyBytes(body)
                            .withConnections(connections)
                            .withClientShare(clientShare)
                            .withStepTokens(stepTokens))
                    .metrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
            if (name != null) {
                builder.name(name);
            }
            opened.store.ifPresent(builder::store);
            try (AdapterServer server = builder.start()) {
                describe(server, opened.store);
                Runtime.getRuntime().addShutdownHook(stopping);
                stop.await();
                console().err().println("stopping: requests that have begun are answered");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
    }

    private record Opened(Optional<AdapterStore> store) implements AutoCloseable {
        @Override
        public void close() {
            store.ifPresent(AdapterStore::close);
        }
    }

    /** Runs while the process ends: asks the command to stop, and waits for it. */
    private static void stop(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
        try {
            stopped.await(2 * ServerLimits.defaults().grace().toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> keys() throws IOException {
        if (keyFile == null) {
            return List.of();
        }
        List<String> keys = Files.readAllLines(keyFile).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (keys.isEmpty()) {
            throw new BadInput("--api-key-file " + keyFile + ": has no keys, expected one a line");
        }
        return keys;
    }

    private void describe(AdapterServer server, Optional<AdapterStore> keys) throws IOException {
        print("%s serves", server.uri());
        server.models().forEach(one -> print("  %s", one));
        if (keys.isPresent()) {
            print("  %,d keys of %s", keys.get().size(), store);
        }
        String header = keyFile == null ? "" : " -H 'Authorization: Bearer KEY'";
        print("Try:");
        print("  curl %s/v1/models%s", server.uri(), header);
        server.doors()
                .forEach((path, named) -> print(
                        "  curl %s%s%s -d '%s'",
                        server.uri(), path, header, EXAMPLES.get(path).replace("NAME", named)));
        out().flush();
    }

    private static final Map<String, String> EXAMPLES = Map.of(
            "/v1/embeddings",
            "{\"model\": \"NAME\", \"input\": [\"a text\"]}",
            "/v1/rerank",
            "{\"model\": \"NAME\", \"query\": \"a question\", \"documents\": [\"a passage\"]}",
            "/classify",
            "{\"model\": \"NAME\", \"input\": [\"a text\"]}",
            "/answer",
            "{\"model\": \"NAME\", \"question\": \"a question\", \"context\": \"a passage\"}",
            "/v1/chat/completions",
            "{\"model\": \"NAME\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}], \"stream\": true}");
}
