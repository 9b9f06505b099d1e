package org.lsradapt.tasks.reranking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.classification.TextRegressor;
import org.lsradapt.training.settings.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;

public class RerankerTest {
    @TempDir
    Path parent;

    private static final List<String> PASSAGES = List.of("the sun is cold", "a smile", "rain and sun", "is warm");

    /** Each query's answer is another passage, the last ones in the order given, with grades and a teacher's scores. */
    public static List<JudgedQuery> queries(boolean taught) {
        List<JudgedQuery> queries = new ArrayList<>();
        List<String> asked = List.of("the film", "and the", "smile", "sun sun");
        for (int q = 0; q < asked.size(); q++) {
            List<Double> grades = new ArrayList<>();
            for (int p = 0; p < PASSAGES.size(); p++) {
                grades.add(p == 3 - q ? 1.0 : 0.0);
            }
            List<Double> scores =
                    taught ? grades.stream().map(grade -> 4 * grade - 2).toList() : List.of();
            queries.add(new JudgedQuery(asked.get(q), PASSAGES, grades, scores));
        }
        return queries;
    }

    private static RerankerTraining on(String family) {
        return Reranker.on(Samples.model(family))
                .adapters(LsrConfig.defaults())
                .config(TrainingConfig.builder()
                        .epochs(60)
                        .batchSize(4)
                        .learningRate(2e-2)
                        .headLearningRate(2e-2)
                        .evaluateEvery(20)
                        .build());
    }

    private static RankingLoss loss(String name) {
        return switch (name) {
            case "binary" -> RankingLoss.binary();
            case "listwise" -> RankingLoss.listwise();
            default -> RankingLoss.margin();
        };
    }

    @ParameterizedTest
    @CsvSource({"bert, binary", "xlm-roberta, listwise", "deberta-v3, margin"})
    void train_save_load_rank(String family, String loss) throws IOException {
        Path folder = parent.resolve("adapter");
        List<JudgedQuery> queries = queries(loss.equals("margin"));
        RankingData data = RankingData.of(queries).dev(queries).read();
        double[] scores;
        try (Reranker reranker = on(family).loss(loss(loss)).train(data)) {
            Map<String, Double> before = RankingMetrics.of(data.evaluation());
            Map<String, Double> best = reranker.training().orElseThrow().best().metrics();
            assertEquals(RankingMetrics.NAMES, List.copyOf(best.keySet()));
            assertTrue(best.get("ndcg@10") > before.get("ndcg@10") + 0.1, best + " after " + before);
            assertEquals(best, reranker.evaluate(data.evaluation()));
            scores = reranker.score("smile", PASSAGES);
            List<RankedPassage> ranked = reranker.rank("smile", PASSAGES, 2);
            assertEquals(2, ranked.size());
            assertEquals(ranked.get(0).score(), Arrays.stream(scores).max().orElseThrow());
            assertEquals(PASSAGES.get(ranked.get(0).index()), ranked.get(0).text());
            assertEquals(scores[0], reranker.score("smile", PASSAGES.get(0)), 1e-5);
            reranker.save(folder);
        }
        try (Reranker loaded = Reranker.load(folder)) {
            assertArrayEquals(scores, loaded.score("smile", PASSAGES));
            assertTrue(loaded.pairs().orElseThrow());
        }
        try (FineTunedModel loaded = FineTunedModel.load(folder)) {
            assertInstanceOf(Reranker.class, loaded);
        }
        assertThrows(IllegalArgumentException.class, () -> TextRegressor.load(folder));
    }

    /** Queries without scores get a teacher's, and their order is learned. */
    @Test
    void teacher_isLearnedFromByItsMargins() throws IOException {
        RankingData data = RankingData.of(queries(false)).dev(queries(false)).read();
        try (Reranker teacher = on("bert").train(data);
                Reranker student = on("deberta-v3").teacher(teacher).train(data)) {
            double apart = 0;
            double from = 0;
            for (JudgedQuery query : data.train()) {
                double[] taught = teacher.score(query.query(), PASSAGES);
                double[] learned = student.score(query.query(), PASSAGES);
                for (int p = 1; p < PASSAGES.size(); p++) {
                    double margin = taught[0] - taught[p];
                    apart += Math.pow(learned[0] - learned[p] - margin, 2);
                    from += margin * margin;
                }
            }
            assertTrue(apart < 0.2 * from, apart + " of " + from);
            refused(
                    "teacher: found the loss LambdaLoss, NDCG-Loss2++, expected the margin, by which its scores are learned",
                    () -> on("bert")
                            .teacher(teacher)
                            .loss(RankingLoss.listwise())
                            .train(data));
        }
        try (TextClassifier classifier = TextClassifier.on(Samples.model("bert"))
                .config(Samples.quick().epochs(1).build())
                .train(Samples.weather(12), Samples.weather(12))) {
            refused(
                    "teacher: found a model of task " + classifier.task().name() + ", expected a reranker",
                    () -> on("bert").teacher(classifier).train(data));
        }
    }

    @Test
    void merged_scoresTheSame_andIsWhereTheNextTrainingBegins() throws IOException {
        Path merged = parent.resolve("merged");
        RankingData data = RankingData.of(queries(false)).dev(queries(false)).read();
        double[] scores;
        Map<String, Double> metrics;
        try (Reranker reranker = on("bert").train(data);
                PretrainedModel files = Models.load(Samples.model("bert"))) {
            scores = reranker.score("the film", PASSAGES);
            metrics = reranker.evaluate(data.evaluation());
            MergedModel.withHead(files, reranker.adapters(), reranker.head(), reranker.task(), reranker.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        try (FineTunedModel loaded = FineTunedModel.load(merged)) {
            assertArrayEquals(scores, assertInstanceOf(Reranker.class, loaded).score("the film", PASSAGES), 1e-5);
        }
        try (BaseModel base = BaseModel.load(merged.toString());
                Reranker whole = Reranker.of(base)) {
            assertEquals(metrics, whole.evaluate(data.evaluation()));
            TrainingConfig small = TrainingConfig.builder()
                    .epochs(1)
                    .learningRate(1e-6)
                    .headLearningRate(1e-6)
                    .build();
            try (Reranker further = Reranker.on(base).config(small).train(data)) {
                assertArrayEquals(scores, further.score("the film", PASSAGES), 1e-2);
            }
        }
    }

    @Test
    void train_whatCannotBeLearned_isRefused() {
        List<JudgedQuery> graded = List.of(
                new JudgedQuery("a smile", List.of("the sun", "rain"), List.of(2.0, 0.0), List.of()),
                new JudgedQuery("the sun", List.of("rain", "a smile"), List.of(1.0, 0.0), List.of()));
        refused(
                "query \"a smile\": binary loss: label 2.0",
                () -> on("bert").loss(RankingLoss.binary()).train(graded, graded));
        refused(
                "no scores of a teacher",
                () -> on("bert").loss(RankingLoss.margin()).train(graded, graded));
        List<JudgedQuery> equal =
                List.of(new JudgedQuery("a smile", List.of("the sun", "rain"), List.of(1.0, 1.0), List.of()));
        refused(
                "no query has passages of two labels",
                () -> on("bert").loss(RankingLoss.listwise()).train(equal, graded));
        refused(
                "accumulated",
                () -> Reranker.on(Samples.model("bert"))
                        .config(TrainingConfig.builder().chunkSize(2).build())
                        .train(graded, graded));
        refused("no trained head of one output", () -> {
            try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
                Reranker.of(base).close();
            }
        });
        assertEquals(
                RankingLoss.listwise().toString(),
                RerankerTraining.usualLoss(graded).toString());
        assertEquals(
                RankingLoss.margin().toString(),
                RerankerTraining.usualLoss(queries(true)).toString());
        assertEquals(
                RankingLoss.binary().toString(),
                RerankerTraining.usualLoss(equal).toString());
    }

    private static void refused(String message, Executable call) {
        String found = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(found.contains(message), found);
    }

    @Test
    void rank_badInput_isRefused() throws IOException {
        List<JudgedQuery> queries = queries(false);
        try (Reranker reranker =
                on("bert").config(TrainingConfig.builder().epochs(1).build()).train(queries, queries)) {
            refused("k is 0", () -> reranker.rank("smile", PASSAGES, 0));
            refused("empty", () -> reranker.score("smile", List.of("the sun", " ")));
            refused("a pair", () -> reranker.outputs(List.of(new Example("smile", null))));
            assertEquals(0, reranker.score("smile", List.of()).length);
        }
    }
}
