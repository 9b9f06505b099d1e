package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.language.PreferenceLoss;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.transformer.inputs.TokenSequence;

class PreferenceTrainingTest {
    private static final List<Preference> PAIRS = List.of(
            Preference.of("the sun", " is warm", " is cold"),
            Preference.of("the rain", " is cold and the rain is cold", " is warm"),
            Preference.of("and the sun", " is warm and the sun", " is cold and the rain is cold"),
            Preference.of("and the rain", " is cold", " is warm"));

    @TempDir
    Path parent;

    private static TextGenerator.Training training(PreferenceLoss loss) {
        return TextGenerator.on(Samples.model("llama"))
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(12).batchSize(2).build())
                .preferenceLoss(loss);
    }

    private static PreferenceLoss loss(String name) {
        return name.equals("dpo") ? PreferenceLoss.dpo(0.3) : PreferenceLoss.orpo(0.5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo", "orpo"})
    void train_save_load_generate(String name) throws Exception {
        PreferenceLoss loss = loss(name);
        Path folder = parent.resolve(name);
        String continued;
        Map<String, Double> measured;
        try (TextGenerator generator =
                training(loss).train(PreferenceData.of(PAIRS).dev(PAIRS).read())) {
            measured = generator.evaluate(PAIRS, loss);
            assertEquals(List.of("accuracy", "margin", "perplexity", "eval_loss"), List.copyOf(measured.keySet()));
            assertEquals(1, measured.get("accuracy"));
            assertTrue(measured.get("margin") > 0.2, measured::toString);
            Map<String, Double> best = generator.training().orElseThrow().best().metrics();
            assertEquals(
                    generator.perplexity(PAIRS.stream().map(Preference::chosen).toList()),
                    measured.get("perplexity"),
                    1e-4);
            measured.forEach((metric, value) -> assertEquals(value, best.get(metric), 1e-5, metric));
            try (TextGenerator plain = TextGenerator.of(generator.base())) {
                Map<String, Double> before = plain.evaluate(PAIRS, loss);
                assertTrue(measured.get("eval_loss") < before.get("eval_loss"), before + " " + measured);
                if (loss.hasReference()) {
                    assertEquals(0, before.get("margin"), 1e-6);
                    assertEquals(Math.log(2), before.get("eval_loss"), 1e-6);
                }
            }
            continued = generator.generate("the sun", Generation.defaults().withMaxTokens(6));
            generator.save(folder);
            if (loss.hasReference()) {
                try (InPlaceMerge merge = InPlaceMerge.of(generator.adapters().orElseThrow())) {
                    assertTrue(assertThrows(IllegalStateException.class, () -> generator.evaluate(PAIRS, loss))
                            .getMessage()
                            .contains("merged"));
                }
            }
        }
        try (TextGenerator loaded = TextGenerator.load(folder)) {
            assertEquals(
                    continued, loaded.generate("the sun", Generation.defaults().withMaxTokens(6)));
            assertEquals(measured.get("eval_loss"), loaded.evaluate(PAIRS, loss).get("eval_loss"), 1e-5);
        }
    }

    @Test
    void config_notSet_isOfTheLossThatIsMinimized() throws IOException {
        PreferenceData data = PreferenceData.of(PAIRS).dev(PAIRS).read();
        List<Map<String, Double>> rates = new ArrayList<>();
        TextGenerator.Training training = TextGenerator.on(Samples.model("llama"))
                .listener(new TrainingListener() {
                    @Override
                    public void learningRates(int step, Map<String, Double> ofStep) {
                        rates.add(ofStep);
                    }
                });
        training.train(data).close();
        List<Map<String, Double>> dpo = List.copyOf(rates);
        rates.clear();
        training.preferenceLoss(PreferenceLoss.orpo(0.1)).train(data).close();
        assertFalse(dpo.isEmpty());
        assertEquals(dpo.size(), rates.size());
        for (int i = 0; i < rates.size(); i++) {
            for (Map.Entry<String, Double> rate : rates.get(i).entrySet()) {
                assertEquals(rate.getValue() / 4, dpo.get(i).get(rate.getKey()), 1e-12, rate.getKey());
            }
        }
    }

    @Test
    void answers_ofConversations_areTheLastOnes() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("model"));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.content }} {% endfor %}{% if add_generation_prompt %}{% endif %}");
        List<Preference> talks = List.of(Preference.of(
                List.of(ChatMessage.user("the sun"), ChatMessage.assistant("is warm"), ChatMessage.user("the rain")),
                "is cold",
                "is warm"));
        try (BaseModel base = BaseModel.load(folder.toString());
                TextGenerator generator = TextGenerator.of(base)) {
            List<TokenSequence> answers = generator.answers(talks, 64);
            assertEquals(2, answers.size());
            assertArrayEquals(
                    base.tokenizer().ids("the sun is warm the rain is cold "),
                    answers.get(0).ids());
            assertArrayEquals(
                    base.tokenizer().ids("the sun is warm the rain is warm "),
                    answers.get(1).ids());
            int given = base.tokenizer().ids("the sun is warm the rain ").length;
            assertTrue(answers.get(0).given() <= given && answers.get(0).given() >= given - 1);
        }
    }

    @Test
    void answers_thatAreTooLong_areCutAtTheirEnd() throws IOException {
        try (TextGenerator generator = TextGenerator.of(BaseModel.load(Samples.model("llama")))) {
            List<TokenSequence> whole = generator.answers(PAIRS, 64);
            TokenSequence longest = whole.get(2);
            int length = longest.length() - 1;
            TokenSequence cut = generator.answers(PAIRS, length).get(2);
            assertEquals(length, cut.length());
            assertEquals(longest.given(), cut.given());
            assertRefused(
                    "preference 1: the prompt has " + whole.get(0).given() + " tokens, expected fewer than the maximal"
                            + " length of " + whole.get(0).given(),
                    () -> generator.answers(PAIRS, whole.get(0).given()));
        }
    }

    @Test
    void train_whatDoesNotFit_isRefused() {
        PreferenceData data = PreferenceData.of(PAIRS).dev(PAIRS).read();
        assertRefused(
                "predicts no tokens",
                () -> TextGenerator.on(Samples.model("bert")).train(data));
        assertRefused(
                "the loss is of two answers together",
                () -> training(loss("dpo"))
                        .config(Samples.quick().chunkSize(3).build())
                        .train(data));
        assertRefused(
                "the loss is ORPO, beta 0.5, expected DPO",
                () -> training(loss("orpo"))
                        .config(Samples.quick().labelSmoothing(0.1).build())
                        .train(data));
    }

    private static void assertRefused(String message, Executable call) {
        String found = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(found.contains(message), found);
    }
}
