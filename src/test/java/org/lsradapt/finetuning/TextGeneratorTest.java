package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.NonFiniteOutputException;
import org.lsradapt.objectives.Sampling;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.PromptCompletion;

class TextGeneratorTest {
    private static final List<PromptCompletion> TEXTS =
            Collections.nCopies(12, PromptCompletion.text("the sun is warm and the rain is cold"));

    @TempDir
    Path parent;

    private static TextGenerator train() throws Exception {
        return TextGenerator.on(Samples.model("llama"))
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(25).batchSize(4).build())
                .train(LanguageModelData.of(TEXTS).dev(TEXTS.subList(0, 1)).build());
    }

    @Test
    void train_save_load_generate() throws Exception {
        Path folder = parent.resolve("adapter");
        String continued;
        try (TextGenerator generator = train()) {
            double perplexity = generator.perplexity(TEXTS);
            double base;
            try (TextGenerator plain = TextGenerator.of(generator.base())) {
                base = plain.perplexity(TEXTS);
                assertNotEquals(
                        plain.generate("the sun is", Generation.defaults().withMaxTokens(8)),
                        generator.generate("the sun is", Generation.defaults().withMaxTokens(8)));
            }
            assertTrue(perplexity < base / 4, "perplexity " + perplexity + ", base model " + base);
            assertEquals(
                    generator.training().orElseThrow().best().metrics().get("perplexity"), perplexity, 1e-6 * perplexity);
            continued = generator.generate("the sun is", Generation.defaults().withMaxTokens(8));
            assertFalse(continued.startsWith("the sun is"), "without the prompt: " + continued);
            generator.save(folder);
        }
        try (TextGenerator loaded = TextGenerator.load(folder)) {
            assertEquals(continued, loaded.generate("the sun is", Generation.defaults().withMaxTokens(8)));
        }
    }

    @Test
    void perplexity_ofADamagedAdapter_isRefused() throws Exception {
        try (TextGenerator generator = train()) {
            generator.adapters().orElseThrow().parameters().get(0).value().assign(Double.NaN);
            assertEquals(
                    "perplexity: not a finite number; the base model or the adapter is damaged",
                    assertThrows(NonFiniteOutputException.class, () -> generator.perplexity(TEXTS)).getMessage());
        }
    }

    @Test
    void pieces_areTheText_andAStopEndsIt() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            Generation ten = Generation.defaults().withMaxTokens(10);
            List<String> pieces = new ArrayList<>();
            String whole = generator.generate("the rain", ten, pieces::add);
            assertEquals(whole, String.join("", pieces));
            assertTrue(pieces.size() > 1, "streamed: " + pieces);
            String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
            assertEquals(whole.substring(0, whole.indexOf(stop)), generator.generate("the rain", ten.withStops(stop)));
        }
    }

    @Test
    void seed_tellsSampledTexts() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            Generation one = Generation.defaults().withMaxTokens(12).withSampling(new Sampling(1.0, 0.9, 1));
            assertEquals(generator.generate("the", one), generator.generate("the", one));
            assertNotEquals(
                    generator.generate("the", one),
                    generator.generate("the", one.withSampling(new Sampling(1.0, 0.9, 2))));
        }
    }

    @Test
    void threads_generateAsOneDoes() throws Exception {
        try (TextGenerator generator = train()) {
            Generation eight = Generation.defaults().withMaxTokens(8);
            String alone = generator.generate("the sun", eight);
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<String>> all = new ArrayList<>();
                for (int t = 0; t < 8; t++) {
                    all.add(threads.submit(() -> generator.generate("the sun", eight)));
                }
                for (Future<String> one : all) {
                    assertEquals(alone, one.get());
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void modelThatPredictsNoTokens_isRefused() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> TextGenerator.on(Samples.model("bert"))
                        .train(LanguageModelData.of(TEXTS).dev(TEXTS).build()));
        assertTrue(
                refused.getMessage().endsWith("predicts no tokens, expected a causal language model such as LLaMA"),
                refused.getMessage());
    }

    @Test
    void baseModelAlone_cannotBeSaved() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            IllegalStateException refused =
                    assertThrows(IllegalStateException.class, () -> generator.save(parent.resolve("none")));
            assertTrue(refused.getMessage().contains("expected one with adapters"), refused.getMessage());
        }
    }
}
