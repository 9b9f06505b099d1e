package org.lsradapt.tasks.answers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.nd4j.linalg.api.buffer.DataType;

public class AnswerExtractorTest {
    private static final String QUESTION = "is the sun a smile?";
    private static final String PASSAGE = "\ud83d\ude00 the rain  is warm smile, and cold";
    private static final String WITHOUT = "the rain is cold and the sun is the sun";

    /** What is asked for is a smile with the word before it; a third of the passages has none. */
    public static final List<AnsweredQuestion> QUESTIONS =
            IntStream.range(0, 48).mapToObj(AnswerExtractorTest::question).toList();

    @TempDir
    Path parent;

    private static AnsweredQuestion question(int i) {
        Random random = new Random(i);
        String[] parts = {"the", "rain", "is", "cold", "and", "sun", ",", "\ud83d\ude00", "a"};
        List<String> words = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            words.add(parts[random.nextInt(parts.length)]);
        }
        if (i % 3 == 0) {
            return AnsweredQuestion.unanswerable(QUESTION, String.join(" ", words));
        }
        words.add(random.nextInt(8), "warm smile");
        return AnsweredQuestion.of(QUESTION, String.join(" ", words), "warm smile");
    }

    private static List<AnsweredQuestion> answerable() {
        return QUESTIONS.stream().filter(AnsweredQuestion::isAnswerable).toList();
    }

    private static AnswerExtractor.Training training(String family, int epochs) {
        return AnswerExtractor.on(Samples.model(family))
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(epochs).batchSize(8).patience(12).build());
    }

    static AnswerExtractor train(String family) throws Exception {
        return training(family, 50)
                .train(AnswerData.of(QUESTIONS).dev(QUESTIONS.subList(0, 16)).read());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-v3", "modernbert"})
    void train_save_load_answer(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        Optional<FoundAnswer> before;
        double threshold;
        try (AnswerExtractor trained = train(family)) {
            assertEquals(
                    trained.evaluated().orElseThrow().metrics(),
                    trained.training().orElseThrow().best().metrics());
            assertTrue(trained.evaluated().get().all().f1() > 0.9, trained.evaluated()::toString);
            assertEquals(trained.evaluated().get(), trained.evaluate(QUESTIONS.subList(0, 16)));
            threshold = trained.noAnswerThreshold().orElseThrow();
            before = trained.answer(QUESTION, PASSAGE);
            assertEquals("warm smile", before.orElseThrow().text());
            trained.save(folder);
        }
        try (AnswerExtractor loaded = AnswerExtractor.load(folder)) {
            assertEquals(before, loaded.answer(QUESTION, PASSAGE));
            assertEquals(threshold, loaded.noAnswerThreshold().orElseThrow());
            assertTrue(loaded.evaluated().isEmpty());
        }
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals("spans", saved.card().orElseThrow().task().kind());
        }
        assertThrows(IllegalArgumentException.class, () -> TextClassifier.load(folder));
    }

    @Test
    void answers_haveTheirPlaceInTheCallersPassage() throws Exception {
        try (AnswerExtractor trained = train("bert")) {
            FoundAnswer answer = trained.answer(QUESTION, PASSAGE).orElseThrow();
            assertEquals(PASSAGE.indexOf("warm"), answer.start());
            assertEquals(answer.text(), PASSAGE.substring(answer.start(), answer.end()));
            assertTrue(answer.score() > 0.2 && answer.score() < 1, answer::toString);
            List<FoundAnswer> candidates = trained.candidates(QUESTION, PASSAGE, 3);
            assertEquals(3, candidates.size());
            assertEquals(answer, candidates.get(0));
            assertTrue(candidates.get(1).score() <= answer.score());
            assertTrue(trained.answer(QUESTION, WITHOUT).isEmpty());
            assertEquals(20, trained.candidates(QUESTION, WITHOUT, 50).size(), "whatever the threshold is");
            AnswerExtractor.Question asked = new AnswerExtractor.Question(QUESTION, PASSAGE);
            AnswerExtractor.Question other = new AnswerExtractor.Question(QUESTION, WITHOUT);
            assertEquals(
                    List.of("warm smile", "", "warm smile"),
                    trained.answers(List.of(asked, other, asked)).stream()
                            .map(one -> one.map(FoundAnswer::text).orElse(""))
                            .toList());
            List<Optional<FoundAnswer>> found = IntStream.range(0, 24)
                    .parallel()
                    .mapToObj(i -> trained.answer(QUESTION, PASSAGE))
                    .toList();
            assertEquals(Collections.nCopies(24, Optional.of(answer)), found);
            assertEquals(
                    "answer: the passage of question 1 of 1 is blank, expected a text",
                    assertThrows(IllegalArgumentException.class, () -> trained.answer(QUESTION, " "))
                            .getMessage());
        }
    }

    /** The only answer stands near the end of several windows. */
    @Test
    void longPassage_isReadToItsEnd() throws Exception {
        String passage = "the rain is cold and ".repeat(12) + "a warm smile, and rain";
        try (AnswerExtractor trained = train("bert")) {
            FoundAnswer answer = trained.answer(QUESTION, passage).orElseThrow();
            assertEquals("warm smile", answer.text());
            assertEquals(passage.indexOf("warm"), answer.start());
        }
    }

    /** As of SQuAD 1.1: there always is an answer. */
    @Test
    void withoutUnanswerableQuestions_thereIsNoThreshold() throws Exception {
        Path folder = parent.resolve("head");
        try (AnswerExtractor trained = AnswerExtractor.on(Samples.model("bert"))
                .headOnly()
                .name("smiles")
                .config(Samples.quick().epochs(2).build())
                .train(answerable())) {
            assertTrue(trained.noAnswerThreshold().isEmpty());
            assertTrue(trained.adapters().isEmpty());
            trained.save(folder);
        }
        try (AnswerExtractor loaded = AnswerExtractor.load(folder)) {
            assertEquals("smiles", loaded.task().name());
            assertTrue(loaded.noAnswerThreshold().isEmpty());
            assertTrue(loaded.answer(QUESTION, WITHOUT).isPresent());
        }
    }

    @Test
    void checkpoints_goOnAndKnowTheirAnswers() throws Exception {
        Path folder = parent.resolve("checkpoints");
        AnswerData data = AnswerData.of(QUESTIONS).dev(QUESTIONS.subList(0, 9)).read();
        float[] whole;
        try (AnswerExtractor trained =
                training("bert", 2).checkpoints(Checkpoints.in(folder)).train(data)) {
            whole = trained.head().values().toFloatVector();
        }
        try (AnswerExtractor again =
                training("bert", 2).checkpoints(Checkpoints.in(folder)).train(data)) {
            assertArrayEquals(whole, again.head().values().toFloatVector());
            assertTrue(again.evaluated().isPresent());
        }
        List<AnsweredQuestion> others = new ArrayList<>(QUESTIONS);
        others.set(1, AnsweredQuestion.unanswerable(QUESTION, QUESTIONS.get(1).passage()));
        String message = assertThrows(
                        Exception.class,
                        () -> training("bert", 2)
                                .checkpoints(Checkpoints.in(folder))
                                .train(AnswerData.of(others)
                                        .dev(QUESTIONS.subList(0, 9))
                                        .read())
                                .close())
                .getMessage();
        assertTrue(message.contains("training data"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-v3", "modernbert"})
    void mergedFolder_isAModelOfAnswers_withEqualOnes(String family) throws Exception {
        Path merged = parent.resolve("merged");
        FoundAnswer expected;
        double threshold;
        try (AnswerExtractor trained = train(family);
                PretrainedModel base = Models.load(Samples.model(family))) {
            expected = trained.answer(QUESTION, PASSAGE).orElseThrow();
            threshold = trained.noAnswerThreshold().orElseThrow();
            MergedModel.withHead(base, trained.adapters(), trained.head(), trained.task(), trained.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        try (AnswerExtractor loaded = AnswerExtractor.load(merged)) {
            FoundAnswer found = loaded.answer(QUESTION, PASSAGE).orElseThrow();
            assertEquals(expected.text(), found.text());
            assertEquals(expected.score(), found.score(), 1e-5);
            assertEquals(threshold, loaded.noAnswerThreshold().orElseThrow());
        }
    }

    @Test
    void causalModel_isRefusedBeforeTraining() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> AnswerExtractor.on(Samples.model("llama"))
                                .train(QUESTIONS)
                                .close())
                .getMessage();
        assertTrue(
                message.endsWith(
                        "reads texts up to each token alone, expected an encoder of texts to answer questions"),
                message);
    }
}
