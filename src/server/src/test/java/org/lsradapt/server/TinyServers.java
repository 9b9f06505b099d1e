package org.lsradapt.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Conversation;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.training.settings.TrainingConfig;

/** A small random encoder with adapters {@code embed}, {@code rerank} and {@code weather}, and a decoder with {@code chat}. */
final class TinyServers implements AutoCloseable {
    static final String KEY = "a key of this test";
    static final String ENCODER = "bert";
    static final String DECODER = "tiny";
    static final List<String> PASSAGES = List.of("the sun is cold", "a smile", "rain and sun", "is warm");

    private static final String TEMPLATE = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}"
            + "{% if add_generation_prompt %}assistant {% endif %}";

    final BaseModel encoder;
    final BaseModel decoder;
    final AdapterServer encoders;
    final AdapterServer decoders;
    /** The most tokens of a chat's answer. */
    static final int TOKENS = 12;

    private final Path folder;

    /** Trains the adapters in an empty folder, and starts both servers on free ports. */
    TinyServers(Path folder) throws IOException {
        this.folder = folder;
        try (CloseOnFailure opened = new CloseOnFailure()) {
            encoder = opened.add(BaseModel.load(Samples.model(ENCODER)));
            decoder = opened.add(BaseModel.load(decoder().toString()));
            trainEncoders();
            trainDecoder();
            encoders = opened.add(start(encoder, "encoders"));
            decoders = opened.add(start(decoder, "decoders"));
            opened.release(encoder);
        }
    }

    private Path decoder() throws IOException {
        Path model = Files.createDirectory(folder.resolve(DECODER));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
        return model;
    }

    private AdapterServer start(BaseModel base, String adapters) throws IOException {
        return AdapterServer.on(base)
                .adapters(List.of(folder.resolve(adapters)))
                .keys(List.of(KEY))
                .port(0)
                .start();
    }

    private void trainEncoders() throws IOException {
        Path adapters = Files.createDirectory(folder.resolve("encoders"));
        TrainingConfig config = Samples.quick().epochs(2).build();
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        try (TextEmbedder embedder = TextEmbedder.on(encoder).config(config).train(pairs, pairs)) {
            embedder.save(adapters.resolve("embed"));
        }
        List<JudgedQuery> queries =
                List.of(new JudgedQuery("smile", PASSAGES, Arrays.asList(0.0, 1.0, 0.0, 0.0), List.of()));
        try (Reranker reranker = Reranker.on(encoder).config(config).train(queries, queries)) {
            reranker.save(adapters.resolve("rerank"));
        }
        try (TextClassifier classifier =
                TextClassifier.on(encoder).config(config).train(Samples.weather(12), Samples.weather(6))) {
            classifier.save(adapters.resolve("weather"));
        }
    }

    private void trainDecoder() throws IOException {
        Path adapters = Files.createDirectory(folder.resolve("decoders"));
        List<Conversation> talks = Collections.nCopies(
                8, Conversation.of(ChatMessage.user("the sun"), ChatMessage.assistant("is warm and the rain is cold")));
        try (TextGenerator generator = TextGenerator.on(decoder)
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(10).batchSize(4).build())
                .train(LanguageModelData.of(talks).dev(talks.subList(0, 1)).read())) {
            generator.save(adapters.resolve("chat"));
        }
    }

    /** Returns the library's own answer of {@code chat} to "the sun". */
    GeneratedText answer() throws IOException {
        try (TextGenerator generator = TextGenerator.load(adapter("chat"))) {
            return generator.respond(
                    List.of(ChatMessage.user("the sun")),
                    new Generation(TOKENS, Sampling.GREEDY, List.of()),
                    piece -> {});
        }
    }

    Path adapter(String name) {
        return folder.resolve(name.equals("chat") ? "decoders" : "encoders").resolve(name);
    }

    @Override
    public void close() {
        decoders.close();
        encoders.close();
        decoder.close();
        encoder.close();
    }
}
