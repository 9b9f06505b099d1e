package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.answers.AnswerData;
import org.lsradapt.tasks.answers.AnsweredQuestion;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.Preference;
import org.lsradapt.tasks.generation.PreferenceData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.images.CaptionData;
import org.lsradapt.tasks.images.CaptionedImage;
import org.lsradapt.tasks.labels.MultiLabelData;
import org.lsradapt.tasks.labels.MultiLabelText;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenData;

/** Every data set holds out and limits in the same way, and as its builder does. */
class DatasetTest {
    private static final int SIZE = 60;
    private static final double FRACTION = 0.25;
    private static final long SEED = 5;

    /**
     * @param whole data with given evaluation data
     * @param divided the same training data, of which the builder holds a part out
     */
    record Case<D extends Dataset<?, ?, D>>(String name, D whole, D divided) {

        static <T, D extends Dataset<?, ?, D>> Case<D> of(
                String name, IntFunction<T> row, BiFunction<List<T>, Boolean, D> build) {
            List<T> rows = IntStream.range(0, SIZE).mapToObj(row).toList();
            return new Case<>(name, build.apply(rows, true), build.apply(rows, false));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static <B extends DataBuilder<?, B>> B set(B builder, boolean given, UnaryOperator<B> dev) {
        return given ? dev.apply(builder) : builder.heldOut(FRACTION).seed(SEED);
    }

    static Stream<Case<?>> cases() {
        return Stream.of(
                Case.of(
                        "classes",
                        i -> LabelledText.of("text " + i, i % 3 == 0 ? "a" : "b"),
                        (rows, given) -> set(LabelledData.classification(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "numbers",
                        i -> LabelledText.of("text " + i, i / 7.0),
                        (rows, given) -> set(LabelledData.regression(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "labels",
                        i -> i % 4 == 0
                                ? MultiLabelText.of("text " + i, "a", "b")
                                : MultiLabelText.of("text " + i, "a"),
                        (rows, given) -> set(MultiLabelData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "tokens",
                        i -> new LabelledWords(List.of("in", "Rome" + i), List.of("O", i % 3 == 0 ? "B-LOC" : "B-ORG")),
                        (rows, given) -> set(TokenData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "spans",
                        i -> AnsweredQuestion.of("Who " + i + "?", "Ada wrote " + i / 2 + ".", "Ada"),
                        (rows, given) -> set(AnswerData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "texts",
                        i -> PromptCompletion.text("text " + i / 2),
                        (rows, given) -> set(LanguageModelData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "pairs",
                        i -> TextPair.of("question " + i, "answer " + i / 2),
                        (rows, given) -> set(PairData.of(rows).corpusLimit(20), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "captions",
                        i -> new CaptionedImage(Path.of("image" + i + ".png"), "caption " + i),
                        (rows, given) -> given
                                ? CaptionData.of(rows, rows)
                                : CaptionData.of(rows, rows.subList(0, 1)).holdOut(FRACTION, SEED)),
                Case.of(
                        "scored pairs",
                        i -> new ScoredPair("one " + i, "other " + i, i / 60.0),
                        (rows, given) -> set(ScoredPairData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "rankings",
                        i -> new JudgedQuery("question " + i, List.of("p" + i, "n" + i), List.of(1.0, 0.0), List.of()),
                        (rows, given) -> set(RankingData.of(rows), given, it -> it.dev(rows))
                                .read()),
                Case.of(
                        "preferences",
                        i -> Preference.of(i / 2 + " + 1 =", "good " + i, "bad " + i),
                        (rows, given) -> set(PreferenceData.of(rows), given, it -> it.dev(rows))
                                .read()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    <D extends Dataset<?, ?, D>> void holdOut_dividesAsTheBuilderDoes_andKeepsTheNotes(Case<D> data) {
        D found = data.whole().holdOut(FRACTION, SEED);
        assertEquals(data.divided().train(), found.train());
        assertEquals(data.divided().evaluation(), found.evaluation());
        assertEquals(data.divided().heldOut(), found.heldOut());
        assertEquals(data.whole().notes(), found.notes());
        assertTrue(
                found.train().size() >= SIZE / 2 && found.train().size() < SIZE,
                "" + found.train().size());
        assertSame(data.whole().getClass(), found.getClass());
    }

    @ParameterizedTest
    @MethodSource("cases")
    <D extends Dataset<?, ?, D>> void limit_keepsAboutSoMany_andTheEvaluationData(Case<D> data) {
        D fewer = data.whole().limit(20, 3);
        assertTrue(
                fewer.train().size() >= 15 && fewer.train().size() <= 20,
                "" + fewer.train().size());
        assertTrue(data.whole().train().containsAll(fewer.train()));
        assertEquals(fewer.train(), data.whole().limit(20, 3).train());
        assertEquals(data.whole().evaluation(), fewer.evaluation());
        List<String> notes = new ArrayList<>(data.whole().notes());
        notes.add("trained on " + fewer.train().size() + " of the " + SIZE + " training examples");
        assertEquals(notes, fewer.notes());
        assertSame(data.whole(), data.whole().limit(SIZE, 3));
    }

    @ParameterizedTest
    @MethodSource("cases")
    <D extends Dataset<?, ?, D>> void fold_trainsOnTheRowsOfTheOtherFolds(Case<D> data) {
        D divided = data.divided();
        List<?> rows = divided.rows();
        Folds folds = divided.folds(3, SEED);
        for (int fold = 0; fold < 3; fold++) {
            D part = divided.fold(folds, fold);
            assertEquals(IntStream.of(folds.train(fold)).mapToObj(rows::get).toList(), part.train());
            assertEquals(rows, part.rows());
            assertEquals(
                    folds.heldOut(fold).length, part.heldOut().orElseThrow().count());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    <D extends Dataset<?, ?, D>> void rows_areThoseBeforeAPartWasHeldOut(Case<D> data) {
        assertEquals(data.whole().train(), data.whole().rows());
        if (data.divided().evaluation() instanceof List<?> evaluation
                && !(data.divided() instanceof LanguageModelData)) {
            assertEquals(data.whole().train(), data.divided().rows());
            assertEquals(SIZE, data.divided().train().size() + evaluation.size());
        }
    }

    @Test
    void wrongSizes_areRefused() {
        PreferenceData two = PreferenceData.of(
                        List.of(Preference.of("1 + 1 =", "2", "3"), Preference.of("1 + 1 =", "2", "4")))
                .dev(List.of(Preference.of("2 + 2 =", "4", "5")))
                .read();
        assertEquals(
                "limit: 1 training examples, expected at least 2",
                assertThrows(IllegalArgumentException.class, () -> two.limit(1, 0))
                        .getMessage());
        assertEquals(
                "held-out fraction is 1.0, expected a number above 0 and below 1",
                assertThrows(IllegalArgumentException.class, () -> two.holdOut(1, 0))
                        .getMessage());
        assertEquals(
                "train: of 2 pairs none can be held out to evaluate on, as one is to train on and equal texts stay"
                        + " together; expected more pairs, or evaluation data",
                assertThrows(IllegalArgumentException.class, () -> two.holdOut(0.5, 0))
                        .getMessage());
    }

    @Test
    void of_aTaskAndItsData_keepsTheTask() throws IOException {
        List<Example> rows = IntStream.range(0, 40)
                .mapToObj(i -> new Example("text " + i, null, new Label.Category(i % 2)))
                .toList();
        Task task = new OwnTask("own", List.of("a", "b"), OwnTask.metrics(2), rows, rows.subList(0, 2));
        LabelledData labelled = LabelledData.of(task, rows, rows.subList(0, 2));
        assertEquals(rows, labelled.train());
        assertEquals(rows.subList(0, 2), labelled.evaluation());
        assertSame(task, labelled.holdOut(0.2, 3).task());
        assertEquals(
                task.load().holdOut(0.2, 3).evaluation(),
                labelled.holdOut(0.2, 3).evaluation());
        assertSame(task, labelled.limit(10, 0).task());
    }
}
