package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.lsradapt.springai.RandomAdapters.PREFIXED;
import static org.lsradapt.springai.RandomAdapters.TINY;

import io.micrometer.observation.Observation;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.TokenCountBatchingStrategy;
import org.springframework.util.MimeTypeUtils;

class AdaptedEmbeddingModelTest {
    private static final EmbeddingOptions NONE = EmbeddingOptions.builder().build();

    private static BaseModel base;
    private static TextEmbedder embedder;
    private static AdaptedEmbeddingModel model;

    @BeforeAll
    static void load() throws Exception {
        base = BaseModel.load(TINY);
        embedder = TextEmbedder.of(base, PREFIXED);
        model = AdaptedEmbeddingModel.of(embedder);
    }

    @AfterAll
    static void close() {
        embedder.close();
        base.close();
    }

    private static EmbeddingResponse call(AdaptedEmbeddingModel called, EmbeddingOptions options, String... texts) {
        return called.call(new EmbeddingRequest(List.of(texts), options));
    }

    private static float[] first(EmbeddingResponse response) {
        return response.getResult().getOutput();
    }

    @Test
    void textsAreQueriesAndDocumentsArePassages_unlessAViewTakesAllForOne() {
        float[] query = embedder.embedQuery("sun");
        float[] passage = embedder.embed("sun");
        assertFalse(Arrays.equals(query, passage));
        Document document = new Document("sun");
        for (AdaptedEmbeddingModel view :
                List.of(model, model.queries(), model.passages().queries())) {
            assertArrayEquals(query, view.embed("sun"));
            assertArrayEquals(query, view.embed(List.of("sun")).get(0));
            assertArrayEquals(query, first(view.embedForResponse(List.of("sun"))));
            assertArrayEquals(query, first(call(view, NONE, "sun")));
        }
        for (AdaptedEmbeddingModel view :
                List.of(model, model.passages(), model.queries().passages())) {
            assertArrayEquals(passage, view.embed(document));
            assertArrayEquals(
                    passage,
                    view.embed(List.of(document), NONE, new TokenCountBatchingStrategy())
                            .get(0));
        }
        assertArrayEquals(passage, model.passages().embed("sun"));
        assertArrayEquals(passage, first(call(model.passages(), NONE, "sun")));
        assertArrayEquals(query, model.queries().embed(document));
    }

    @Test
    void call_manyTexts_keepsTheirOrderAndCountsTheirTokens() {
        String[] texts = {"a film and a smile", "sun", "warm sun and cold rain and warm sun and cold rain and a film"};
        EmbeddingResponse response = call(model, NONE, texts);
        float[][] expected = embedder.embedQueries(List.of(texts));
        for (int i = 0; i < texts.length; i++) {
            Embedding found = response.getResults().get(i);
            assertEquals(i, found.getIndex());
            assertArrayEquals(expected[i], found.getOutput());
        }
        int tokens = Stream.of(texts)
                .mapToInt(text -> base.tokenizer()
                        .encode(PREFIXED.queryPrefix() + text, null, Integer.MAX_VALUE)
                        .length())
                .map(length -> Math.min(length, PREFIXED.maxLength()))
                .sum();
        assertEquals(tokens, response.getMetadata().getUsage().getPromptTokens());
        assertEquals(tokens, response.getMetadata().getUsage().getTotalTokens());
        assertEquals(model.modelName(), response.getMetadata().getModel());
        assertEquals(base.model().width(), model.dimensions());
        AdaptedEmbeddingModel shorter = model.truncated(5).queries();
        assertEquals(5, shorter.dimensions());
        assertEquals(5, shorter.embed("sun").length);
        assertThrows(IllegalArgumentException.class, () -> model.truncated(1 + model.dimensions()));
        assertEquals(List.of(), call(model, NONE).getResults());
    }

    @Test
    void observed_embedsTheSame_andReportsEachCall() throws Exception {
        Observed observations = new Observed();
        AdaptedEmbeddingModel observed = model.observed(observations.registry);
        Document document = new Document("sun");
        assertArrayEquals(model.embed("sun"), observed.embed("sun"));
        assertArrayEquals(model.embed(document), observed.embed(document));
        assertArrayEquals(
                model.embed("sun"), first(call(observed.truncated(3).truncated(model.dimensions()), NONE, "sun")));
        for (Observation.Context context : observations.await(3)) {
            Map<String, String> values = Observed.values(context);
            assertEquals("gen_ai.client.operation", context.getName());
            assertEquals("embedding", values.get("gen_ai.operation.name"));
            assertEquals("lsradapt", values.get("gen_ai.system"));
            assertEquals(model.modelName(), values.get("gen_ai.request.model"));
            assertEquals(String.valueOf(model.dimensions()), values.get("gen_ai.request.embedding.dimensions"));
        }
        String tokens = Observed.values(observations.await(3).get(1)).get("gen_ai.usage.input_tokens");
        assertEquals(
                base.tokenizer()
                        .encode(PREFIXED.passagePrefix() + "sun", null, 99)
                        .length(),
                Integer.parseInt(tokens));
    }

    @Test
    void options_ofAnotherModelOrSize_areRefusedByName() {
        String name = model.modelName();
        int width = base.model().width();
        assertArrayEquals(
                embedder.embedQuery("sun"),
                first(call(
                        model,
                        EmbeddingOptions.builder().model(name).dimensions(width).build(),
                        "sun")));
        EmbeddingOptions smaller = EmbeddingOptions.builder().dimensions(3).build();
        assertEquals(
                "options: dimensions is 3, model " + name + " has " + width,
                assertThrows(IllegalArgumentException.class, () -> call(model, smaller, "sun"))
                        .getMessage());
        EmbeddingOptions other = EmbeddingOptions.builder().model("ada").build();
        assertEquals(
                "options: model is 'ada', expected '" + name
                        + "' or none; withAdapter gives a model with another adapter",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> model.embed(
                                        List.of(new Document("sun")), other, new TokenCountBatchingStrategy()))
                        .getMessage());
    }

    @Test
    void document_withoutText_isRefusedByItsId() {
        Document picture = Document.builder()
                .id("picture-7")
                .media(new Media(MimeTypeUtils.IMAGE_PNG, URI.create("file:///sun.png")))
                .build();
        assertEquals(
                "document picture-7: has media and no text, expected one with text",
                assertThrows(IllegalArgumentException.class, () -> model.embed(picture))
                        .getMessage());
    }

    @Test
    void withAdapter_isThatAdapters_andAnUnknownOneIsNamedAtTheCall() {
        try (MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base, PREFIXED);
                AdapterSet set = RandomAdapters.of(base, 1)) {
            many.model().add("acme", set);
            AdaptedEmbeddingModel without = AdaptedEmbeddingModel.of(many);
            AdaptedEmbeddingModel acme = without.withAdapter("acme");
            assertArrayEquals(embedder.embedQuery("sun"), without.embed("sun"));
            assertArrayEquals(many.encoder("acme").embedQueries(List.of("sun"))[0], acme.embed("sun"));
            assertArrayEquals(
                    many.encoder("acme").embed(List.of("sun"))[0],
                    without.passages().withAdapter("acme").embed("sun"));
            assertFalse(Arrays.equals(without.embed("sun"), acme.embed("sun")));
            assertEquals(base.name() + "/acme", acme.modelName());
            assertEquals(base.name(), acme.withAdapter(MultiAdapterModel.BASE).modelName());
            AdaptedEmbeddingModel late = without.withAdapter("late");
            assertEquals(
                    "unknown adapter 'late', expected one of acme",
                    assertThrows(IllegalArgumentException.class, () -> late.embed("sun"))
                            .getMessage());
        }
        assertEquals(
                "with adapter 'acme': the model is made of a TextEmbedder, which has one adapter; expected a"
                        + " MultiAdapterEmbedder",
                assertThrows(IllegalStateException.class, () -> model.withAdapter("acme"))
                        .getMessage());
    }
}
