package org.lsradapt.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.TinyModels;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tiny base model, random adapters of it, and a client. */
final class ServerFixture implements AutoCloseable {
    static final TaskDescription COLOURS =
            new ClassificationDescription("colours", List.of("red", "green", "blue"), false);
    private static final JsonMapper JSON = new JsonMapper();

    final Path folder;
    final BaseModel base;
    private final HttpClient client = HttpClient.newHttpClient();

    ServerFixture(Path folder) throws IOException {
        this.folder = folder;
        base = BaseModel.load(TinyModels.writeBert(Files.createDirectories(folder.resolve("tiny")), 1)
                .toString());
        Files.createDirectories(adapters());
    }

    Path adapters() {
        return folder.resolve("adapters");
    }

    /** Writes an adapter with random numbers, in place of one of that name. */
    Path adapter(String name, TaskDescription task, long seed) throws IOException {
        return adapter(adapters().resolve(name), base, task, seed);
    }

    static Path adapter(Path saved, BaseModel base, TaskDescription task, long seed) throws IOException {
        try (AdapterSet adapters = AdapterSet.create(base.encoderLayers(), LsrConfig.lora(2, 4), Backends.standard())) {
            randomize(adapters.values(), seed);
            if (task.embeds()) {
                EmbeddingSettings settings = EmbeddingSettings.standard(8);
                AdapterFolder.save(saved, card(base, base.encoderFingerprint(), task, Optional.of(settings)), adapters);
            } else if (task.generates()) {
                AdapterFolder.save(saved, card(base, base.fingerprint(), task, Optional.empty()), adapters);
            } else {
                try (SequenceHead head = new SequenceHead(
                        base.weights(), task.head(base.family(), base.model()), task.outputs(), seed)) {
                    randomize(head.values(), seed + 1);
                    AdapterFolder.save(saved, card(base, base.fingerprint(), task, Optional.empty()), adapters, head);
                }
            }
        }
        return saved;
    }

    private static AdapterCard card(
            BaseModel base, String fingerprint, TaskDescription task, Optional<EmbeddingSettings> settings) {
        return new AdapterCard(base.name(), base.modelType(), fingerprint, task, 8, settings, base.precision());
    }

    private static void randomize(INDArray values, long seed) {
        values.assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, values.length()));
    }

    AdapterServer.Builder server() {
        return AdapterServer.on(base).adapters(List.of(adapters())).port(0);
    }

    /**
     * An answer.
     *
     * @param json the body; a missing node if it is not JSON
     */
    record Answer(int status, JsonNode json, HttpResponse<String> response) {
        String error() {
            return json.path("error").path("message").asText();
        }
    }

    Answer post(AdapterServer server, String path, String json) throws Exception {
        return send(HttpRequest.newBuilder(server.uri().resolve(path)).POST(BodyPublishers.ofString(json)));
    }

    Answer get(AdapterServer server, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(server.uri() + path)));
    }

    Answer send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        return new Answer(
                response.statusCode(),
                response.body().startsWith("{") || response.body().startsWith("[")
                        ? JSON.readTree(response.body())
                        : JSON.missingNode(),
                response);
    }

    @Override
    public void close() {
        base.close();
    }
}
