package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.SmallTrainings;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.answers.AnswerWindows;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.tokens.WordWindows;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.transformer.inputs.CutTexts;

class CutTextsTest {
    /** 32 tokens with the two special ones. */
    private static final List<String> WORDS = Collections.nCopies(30, "rain");

    private static final String LONG = String.join(" ", WORDS);

    /** Does something, and returns the warnings that it logs. */
    private static List<String> warnings(Work work) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN org.lsradapt"))
                .map(line -> line.replaceFirst(".* - ", ""))
                .toList();
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private static TextClassifier train(BaseModel base, int length) throws Exception {
        List<LabelledText> texts = new ArrayList<>(Samples.weather(8));
        texts.add(LabelledText.of(LONG, "cold"));
        return TextClassifier.on(base)
                .config(Samples.quick().build())
                .maxLength(length)
                .listener(TrainingListener.SILENT)
                .train(texts, List.of(LabelledText.of(LONG, "cold"), LabelledText.of("the sun is warm", "warm")));
    }

    @Test
    void train_onLongTexts_warnsOnceOfHowMuchIsCut() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            List<String> found = warnings(() -> train(base, 16).close());
            assertEquals(1, found.size(), found::toString);
            String warning = found.get(0);
            assertTrue(
                    warning.startsWith(
                            "inputs of more than 16 tokens, the maximal length, that were cut: 2 of 11, with "),
                    warning);
            int all = 2 * 32;
            for (LabelledText text : Samples.weather(8)) {
                all += base.tokenizer().ids(text.text()).length + 2;
            }
            all += base.tokenizer().ids("the sun is warm").length + 2;
            assertTrue(warning.endsWith(String.format("%.1f %% of all tokens", 100.0 * 32 / all)), warning);
        }
    }

    @Test
    void train_onTextsThatFit_doesNotWarn() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            assertEquals(List.of(), warnings(() -> train(base, 32).close()));
        }
    }

    @Test
    void predict_ofLongTexts_warnsOnceForTheModel() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier classifier = train(base, 16)) {
            assertEquals(List.of(), warnings(() -> classifier.predict("the sun is warm")));
            assertEquals(
                    List.of(
                            "an input of 32 tokens was cut to the maximal length of 16; there is no warning of further ones"),
                    warnings(() -> {
                        classifier.predict(LONG);
                        classifier.predict(List.of(LONG, LONG));
                    }));
        }
    }

    @Test
    void embed_ofLongTexts_warnsOnceForTheModel() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
            try (TextEmbedder embedder = TextEmbedder.on(base)
                    .config(SmallTrainings.config().build())
                    .maxLength(8)
                    .train(pairs, pairs)) {
                assertEquals(
                        1,
                        warnings(() -> embedder.embed(List.of(LONG, "rain", LONG)))
                                .size());
            }
        }
    }

    @Test
    void collection_ofSomebodyElse_leavesTheReportToIt() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                CutTexts.Collection all = CutTexts.collectAll();
                CutTexts.Collection ofModel = base.cutTexts().collect()) {
            assertTrue(all.isOutermost());
            assertFalse(ofModel.isOutermost());
            assertEquals(List.of(), warnings(() -> train(base, 16).close()));
            assertEquals(ofModel.sentence(), all.sentence());
            assertTrue(all.sentence().orElseThrow().contains("2 of 11"));
        }
    }

    @Test
    void preferences_whoseAnswersAreCut_areCounted() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                CutTexts.Collection cut = base.cutTexts().collect()) {
            PreferencePairs.encode(List.of(Preference.of("the sun", " is warm", " " + LONG)), base, 16);
            assertTrue(cut.sentence().orElseThrow().contains("1 of 2"), cut.sentence()::toString);
        }
    }

    @Test
    void prompts_splitFromTheirAnswers_areCounted() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                CutTexts.Collection cut = base.cutTexts().collect()) {
            ChatTurns.encode(List.of(PromptCompletion.text(LONG), new PromptCompletion("rain", "sun")), base, 32);
            assertEquals(Optional.empty(), cut.sentence());
            ChatTurns.encode(List.of(new PromptCompletion(LONG, "sun")), base, 16);
            assertEquals(
                    "prompts with answers of more than 16 tokens, the maximal length, whose answers are read without the"
                            + " whole prompt: 1 of 2",
                    cut.sentence().orElseThrow());
        }
    }

    /** Windows have all of a text. */
    @Test
    void windows_cutNothing() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                CutTexts.Collection cut = base.cutTexts().collect()) {
            assertTrue(WordWindows.of(WORDS, base.tokenizer(), 16).windows().size() > 1);
            assertTrue(AnswerWindows.of("the sun", LONG, base.tokenizer(), 16)
                            .windows()
                            .size()
                    > 1);
            assertTrue(TextSequences.encode(List.of(PromptCompletion.text(LONG)), base.tokenizer(), 16)
                            .size()
                    > 1);
            assertEquals(Optional.empty(), cut.sentence());
        }
    }
}
