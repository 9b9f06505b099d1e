package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;

class EnsembleTest {
    private static final List<Example> TEXTS = IntStream.range(0, 40)
            .mapToObj(i -> new Example(Samples.text(i), null))
            .toList();

    @TempDir
    Path parent;

    private static TextClassifier classifier(BaseModel base, long seed) throws Exception {
        return TextClassifier.on(base)
                .adapters(LsrConfig.defaults())
                .config(Samples.quick().epochs(1).seed(seed).build())
                .train(Samples.weather(30), Samples.weather(12));
    }

    private static TextRegressor regressor(BaseModel base, long seed) throws Exception {
        return TextRegressor.on(base)
                .config(Samples.quick().epochs(1).seed(seed).build())
                .train(Samples.degrees(30), Samples.degrees(12));
    }

    @Test
    void classifiers_averageProbabilities() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier one = classifier(base, 1);
                TextClassifier two = classifier(base, 2);
                TextClassifier three = classifier(base, 3);
                Ensemble ensemble = Ensemble.of(List.of(one, two, three))) {
            List<Classification> averaged = ensemble.predictExamples(TEXTS);
            double apart = 0;
            for (int i = 0; i < TEXTS.size(); i++) {
                for (String label : one.labels()) {
                    List<Double> alone = new ArrayList<>();
                    for (TextClassifier member : List.of(one, two, three)) {
                        alone.add(member.predict(TEXTS.get(i).first()).probability(label));
                    }
                    double mean = alone.stream().mapToDouble(p -> p).average().orElseThrow();
                    assertEquals(mean, averaged.get(i).probability(label), 1e-6);
                    apart = Math.max(apart, Math.abs(mean - alone.get(0)));
                }
            }
            assertTrue(apart > 1e-3, "members that say the same would tell nothing: " + apart);
            assertEquals(one.task(), ensemble.task());
            assertEquals(Optional.of(false), ensemble.pairs());
        }
    }

    /** Logits so far apart that a probability is below the smallest double have a finite logarithm. */
    @Test
    void classifiers_thatAreSure_haveFiniteOutputs() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier one = classifier(base, 1);
                TextClassifier two = classifier(base, 2);
                Ensemble ensemble = Ensemble.of(List.of(one, two))) {
            for (TextClassifier member : List.of(one, two)) {
                member.head().values().muli(1e5);
            }
            double[][] outputs = ensemble.outputs(TEXTS);
            double[][] first = one.outputs(TEXTS);
            double[][] second = two.outputs(TEXTS);
            for (int i = 0; i < outputs.length; i++) {
                double gap = Math.abs(first[i][0] - first[i][1]);
                assertTrue(gap > 1000, "the test is of logits far apart: " + gap);
                for (int c = 0; c < 2; c++) {
                    double a = first[i][c] - Math.max(first[i][0], first[i][1]);
                    double b = second[i][c] - Math.max(second[i][0], second[i][1]);
                    double larger = Math.max(a, b);
                    double expected = larger + Math.log((Math.exp(a - larger) + Math.exp(b - larger)) / 2);
                    assertEquals(expected, outputs[i][c], 1e-9 * Math.max(1, Math.abs(expected)));
                }
            }
        }
    }

    @Test
    void regressors_averageNumbers() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextRegressor one = regressor(base, 1);
                TextRegressor two = regressor(base, 2);
                Ensemble ensemble = Ensemble.of(List.of(one, two))) {
            double[][] outputs = ensemble.outputs(TEXTS);
            for (int i = 0; i < outputs.length; i++) {
                double[] mean = {
                    (one.predict(TEXTS.get(i).first())
                                    + two.predict(TEXTS.get(i).first()))
                            / 2
                };
                assertArrayEquals(mean, outputs[i], 1e-6);
            }
            assertEquals(
                    "predictExamples: these models answer with numbers, expected classifiers; see outputs",
                    assertThrows(IllegalStateException.class, () -> ensemble.predictExamples(TEXTS))
                            .getMessage());
        }
    }

    @Test
    void load_putsEachOnTheBaseModel() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            List<Path> folders = List.of(parent.resolve("1"), parent.resolve("2"));
            double[][] before;
            try (TextClassifier one = classifier(base, 1);
                    TextClassifier two = classifier(base, 2);
                    Ensemble ensemble = Ensemble.of(List.of(one, two))) {
                one.save(folders.get(0));
                two.save(folders.get(1));
                before = ensemble.outputs(TEXTS);
            }
            try (Ensemble ensemble = Ensemble.load(folders, base)) {
                assertEquals(2, ensemble.members().size());
                assertArrayEquals(before, ensemble.outputs(TEXTS));
            }
        }
    }

    @Test
    void modelsThatAnswerOtherwise_areRefused_andStayOpen() throws Exception {
        List<LabelledText> colors = List.of(LabelledText.of("the sun", "red"), LabelledText.of("the rain", "blue"));
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier one = classifier(base, 1);
                TextRegressor number = regressor(base, 1);
                TextClassifier other = TextClassifier.on(base)
                        .config(Samples.quick().epochs(1).build())
                        .train(colors, colors)) {
            assertEquals(
                    "ensemble: found a model of task regression, a number from texts, beside one of task classification,"
                            + " classes cold, warm from texts; expected models that answer alike",
                    refused(List.of(one, number)));
            assertTrue(
                    refused(List.of(one, other)).contains("classes blue, red from texts"),
                    refused(List.of(one, other)));
            assertEquals("ensemble: found no models, expected at least one", refused(List.of()));
            assertEquals(2, one.predict("the sun").probabilities().size());
        }
    }

    private static String refused(List<SequenceModel> members) {
        return assertThrows(IllegalArgumentException.class, () -> Ensemble.of(members))
                .getMessage();
    }

    /** By a teacher alone, whose labels are in another order, on texts with wrong labels. */
    @Test
    void teacher_isLearnedFromInPlaceOfLabels() throws Exception {
        List<LabelledText> texts = Samples.weather(60);
        List<LabelledText> wrong = texts.stream()
                .map(text -> LabelledText.of(text.text(), text.label().equals("warm") ? "cold" : "warm"))
                .toList();
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier one = classifier(base, 1);
                TextClassifier two = classifier(base, 2)) {
            Ensemble teacher = Ensemble.of(List.of(one, two));
            ScoringModel remembered = RememberedOutputs.of(teacher, TEXTS);
            assertArrayEquals(teacher.outputs(TEXTS), remembered.outputs(TEXTS));
            assertThrows(
                    IllegalArgumentException.class, () -> remembered.outputs(List.of(new Example("unheard of", null))));
            TextClassifier.Training training = TextClassifier.on(base)
                    .adapters(LsrConfig.defaults())
                    .config(Samples.quick().epochs(4).build())
                    .teacher(teacher)
                    .teacherShare(1)
                    .temperature(1);
            try (TextClassifier student = training.train(wrong, wrong)) {
                double agreeing = 0;
                List<Classification> said = teacher.predictExamples(TEXTS);
                for (int i = 0; i < TEXTS.size(); i++) {
                    agreeing += student.predict(TEXTS.get(i).first())
                                    .label()
                                    .equals(said.get(i).label())
                            ? 1
                            : 0;
                }
                assertTrue(agreeing / TEXTS.size() > 0.9, "agrees on " + agreeing + " of " + TEXTS.size());
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> training.balancedClasses().train(texts, texts));
            List<LabelledText> others =
                    List.of(LabelledText.of("a", "yes"), LabelledText.of("b", "no"), LabelledText.of("c", "yes"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TextClassifier.on(base).teacher(one).train(others, others));
        }
    }

    @Test
    void and_ofTeachersOfDifferentExamples_answersForAll() throws Exception {
        List<Example> some = TEXTS.subList(0, 2);
        List<Example> others = TEXTS.subList(1, TEXTS.size());
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                TextClassifier one = classifier(base, 1);
                TextClassifier two = classifier(base, 2)) {
            RememberedOutputs both = RememberedOutputs.of(one, some).and(RememberedOutputs.of(two, others));
            assertArrayEquals(one.outputs(some), both.outputs(some));
            List<Example> last = TEXTS.subList(2, TEXTS.size());
            double[][] expected = two.outputs(others);
            assertArrayEquals(Arrays.copyOfRange(expected, 1, expected.length), both.outputs(last));
        }
    }
}
