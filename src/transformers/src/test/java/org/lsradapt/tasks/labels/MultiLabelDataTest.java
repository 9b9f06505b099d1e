package org.lsradapt.tasks.labels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.tasks.TestFiles;

class MultiLabelDataTest {
    private static final String HEADER = "text,labels\n";

    @TempDir
    Path folder;

    private Path file(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    private static List<List<String>> labels(MultiLabelData data) {
        List<List<String>> all = new ArrayList<>();
        data.train().forEach(text -> all.add(text.labels()));
        data.evaluation().forEach(text -> all.add(text.labels()));
        return all;
    }

    /** The same texts in each of the four forms. */
    @Test
    void aColumn_columnsOfNumbers_andArrays_giveTheSame() throws IOException {
        Path dev = file("dev.csv", HEADER + "d,late\n");
        MultiLabelData column = MultiLabelData.of(file("train.csv", HEADER + "a,\"late, broken\"\nb,\nc,broken\n"))
                .dev(dev)
                .read();
        MultiLabelData pipes = MultiLabelData.of(file("train.tsv", "text\tlabels\na\tlate | broken\nb\t\nc\tbroken\n"))
                .dev(file("dev.tsv", "text\tlabels\nd\tlate\n"))
                .labels("labels", "|")
                .read();
        MultiLabelData columns = MultiLabelData.of(
                        file("columns.csv", "text,broken,late\na,1,1\nb,0,0\nc,true,false\n"))
                .dev(file("columns-dev.csv", "text,broken,late\nd,0,1\n"))
                .labelColumns(List.of("broken", "late"))
                .read();
        MultiLabelData lines = MultiLabelData.of(file("train.jsonl", """
                        {"text":"a","labels":["late","broken"]}
                        {"text":"b","labels":[]}
                        {"text":"c","labels":"broken"}
                        """))
                .dev(file("dev.jsonl", "{\"text\":\"d\",\"labels\":[\"late\"]}\n"))
                .read();
        assertEquals(Map.of("label-columns", List.of("broken", "late")), columns.columns());
        for (MultiLabelData data : List.of(column, pipes, columns, lines)) {
            assertEquals(List.of("broken", "late"), data.labels());
            List<List<String>> sorted = labels(data).stream()
                    .map(some -> some.stream().sorted().toList())
                    .toList();
            assertEquals(List.of(List.of("broken", "late"), List.of(), List.of("broken"), List.of("late")), sorted);
            MultiLabelTask task = data.task("parcels");
            assertEquals(Label.Several.class, task.labelType());
            List<Example> examples = new ArrayList<>(task.load().train());
            examples.addAll(task.load().evaluation());
            assertEquals(
                    "[[1.0, 1.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]",
                    Arrays.deepToString(examples.stream()
                            .map(example -> example.several().amounts(2))
                            .toArray()));
        }
        assertEquals(
                List.of("a,b"),
                MultiLabelData.of(file(
                                "comma.jsonl",
                                "{\"text\":\"a\",\"labels\":[\"a,b\"]}\n{\"text\":\"b\",\"labels\":\"c\"}\n"))
                        .dev(file("comma-dev.jsonl", "{\"text\":\"d\",\"labels\":[\"c\"]}\n"))
                        .read()
                        .train()
                        .get(0)
                        .labels(),
                "an array is not divided");
    }

    @Test
    void pairs_areRead() throws IOException {
        MultiLabelText pair = MultiLabelData.of(
                        file("pairs.csv", "title,body,labels\nt,b,x\nu,c,\"x,y\"\nv,d,y\nw,e,\n"))
                .text("title", "body")
                .heldOut(0.5)
                .read()
                .train()
                .get(0);
        assertTrue(pair.secondText().isPresent());
    }

    @Test
    void heldOut_isStratifiedByTheRarestLabel_andReproducible() {
        List<MultiLabelText> texts = IntStream.range(0, 200)
                .mapToObj(i -> i % 20 == 0
                        ? MultiLabelText.of("text " + i, "rare", "common")
                        : i % 2 == 0 ? MultiLabelText.of("text " + i, "common") : MultiLabelText.of("text " + i))
                .toList();
        MultiLabelData data = MultiLabelData.of(texts).heldOut(0.2).seed(3).read();
        assertEquals(40, data.evaluation().size());
        assertEquals(
                2,
                data.evaluation().stream()
                        .filter(text -> text.labels().contains("rare"))
                        .count());
        assertEquals(
                data.evaluation(),
                MultiLabelData.of(texts).heldOut(0.2).seed(3).read().evaluation());
        assertEquals(20, data.limit(20, 1).train().size());
        assertEquals(data.labels(), data.holdOut(0.5, 1).labels());
        assertEquals(80, data.holdOut(0.5, 1).evaluation().size());
    }

    @Test
    void whatIsWrong_isSaidWithItsPlace() throws IOException {
        refused(HEADER + "a,x\nb,\"x,y,x\"\n", "line 3: column \"labels\" is \"x,y,x\", expected each label once");
        refused(HEADER + "a,x\nb,\"x,,y\"\n", "line 3: column \"labels\" has a label that is empty, expected a label");
        refused(HEADER + "a,x\nb,x\n", "found the label \"x\" alone, expected at least two different labels");
        refused(HEADER + "a,\nb,\n", "found no label, expected at least two different labels");
        IOException value = assertThrows(
                IOException.class,
                () -> MultiLabelData.of(file("two.csv", "text,x,y\na,1,2\n"))
                        .labelColumns(List.of("x", "y"))
                        .read());
        assertTrue(
                value.getMessage().endsWith("line 2: column \"y\" is \"2\", expected 0 or 1, or true or false"),
                value.getMessage());
        IOException unknown = assertThrows(
                IOException.class,
                () -> MultiLabelData.of(file("known.csv", HEADER + "a,x\nb,y\n"))
                        .dev(file("unknown.csv", HEADER + "a,x\nb,z\n"))
                        .read());
        assertTrue(
                unknown.getMessage().contains("unknown.csv, row 2: label \"z\" does not occur in the training data"),
                unknown.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> MultiLabelData.of(folder.resolve("a.csv")).labelColumns(List.of("x")));
        assertThrows(IllegalArgumentException.class, () -> MultiLabelText.of("a", "x", "x"));
        assertThrows(
                IllegalArgumentException.class,
                () -> MultiLabelData.of(List.of(MultiLabelText.of("a", "x"), MultiLabelText.pair("a", "b", "y")))
                        .read());
    }

    private void refused(String content, String message) throws IOException {
        Path file = file("refused.csv", content);
        IOException thrown =
                assertThrows(IOException.class, () -> MultiLabelData.of(file).read());
        assertTrue(thrown.getMessage().endsWith(message), thrown.getMessage());
    }

    @Test
    void missingLabels_areNoted() {
        MultiLabelData data = MultiLabelData.of(List.of(MultiLabelText.of("a", "x"), MultiLabelText.of("b", "y")))
                .labels(List.of("x", "y", "z"))
                .dev(List.of(MultiLabelText.of("c", "x")))
                .read();
        assertTrue(data.notes().contains("labels that no training row has: z"), data.notes()::toString);
        assertTrue(
                data.notes()
                        .contains(
                                "labels that no evaluation row has, whose threshold is 0.5 and whose F1 is not in the mean: y, z"),
                data.notes()::toString);
    }

    @Test
    void inputs_haveLabelsWhereTheFileHas() throws IOException {
        List<String> labels = List.of("x", "y");
        List<Double> thresholds = List.of(0.5, 0.9);
        PredictionInputs with =
                MultiLabelData.of(file("with.csv", HEADER + "a,\"y,x\"\nb,\n")).inputs(labels, thresholds);
        assertTrue(with.hasLabels());
        assertEquals(
                1.0,
                with.evaluate(new double[][] {{1, 5}, {-1, 1}}).get("accuracy"),
                "σ(1) is 0.73, below y's threshold");
        assertFalse(MultiLabelData.of(file("without.csv", "text\na\nb\n"))
                .inputs(labels, thresholds)
                .hasLabels());
        assertThrows(
                IOException.class,
                () -> MultiLabelData.of(file("other.csv", HEADER + "a,z\n")).inputs(labels, thresholds));
    }

    @Test
    void scoresAndThresholds_equalScikitLearns() throws IOException {
        JsonNode golden;
        try (InputStream in = MultiLabelDataTest.class.getResourceAsStream("/golden/labels.json")) {
            golden = new ObjectMapper().readTree(in).get("scores");
        }
        List<String> names = List.of("a", "b", "c", "d", "e");
        List<MultiLabelText> texts = new ArrayList<>();
        List<double[]> outputs = new ArrayList<>();
        for (JsonNode row : golden.get("truth")) {
            texts.add(MultiLabelText.of(
                    "text " + texts.size(),
                    IntStream.range(0, 5)
                            .filter(c -> row.get(c).asInt() == 1)
                            .mapToObj(names::get)
                            .toArray(String[]::new)));
        }
        for (JsonNode row : golden.get("probabilities")) {
            outputs.add(IntStream.range(0, 5)
                    .mapToDouble(c ->
                            Math.log(row.get(c).asDouble() / (1 - row.get(c).asDouble())))
                    .toArray());
        }
        // A probability of 0.3 comes back from its logit within a few ulps, so thresholds lie below.
        List<Double> thresholds = new ArrayList<>();
        golden.get("thresholds").forEach(number -> thresholds.add(number.asDouble() - 1e-9));
        MultiLabelTask task =
                MultiLabelData.of(texts).labels(names).dev(texts).read().task("golden");
        double[][] logits = outputs.toArray(double[][]::new);
        List<Example> examples = task.load().evaluation();
        MultiLabelScores scores = task.scores(examples, logits, thresholds);
        assertEquals(golden.get("macro_f1").asDouble(), scores.macroF1(), 1e-12);
        assertEquals(golden.get("accuracy").asDouble(), scores.accuracy(), 1e-12);
        assertEquals(golden.get("micro").get(0).asDouble(), scores.all().precision(), 1e-12);
        assertEquals(golden.get("micro").get(1).asDouble(), scores.all().recall(), 1e-12);
        assertEquals(golden.get("micro").get(2).asDouble(), scores.all().f1(), 1e-12);
        MultiLabelScores best = task.scores(examples, logits, task.bestThresholds(examples, logits));
        for (int c = 0; c < 5; c++) {
            JsonNode each = golden.get("each").get(c);
            LabelScore score = scores.types().get(c);
            assertEquals(each.get(0).asDouble(), score.precision(), 1e-12);
            assertEquals(each.get(1).asDouble(), score.recall(), 1e-12);
            assertEquals(each.get(2).asDouble(), score.f1(), 1e-12);
            assertEquals(each.get(3).asInt(), score.support());
            assertEquals(
                    golden.get("best").get(c).asDouble(), best.types().get(c).f1(), 1e-12);
        }
        assertEquals(0.5, task.bestThresholds(examples, logits).get(3), "no example has it");
        assertEquals(best.metrics(), task.evaluate(examples, logits));
    }

    @Test
    void threshold_isHalfwayBetweenProbabilities_andNearToOneHalfOfSeveral() {
        assertEquals(0.45, Thresholds.best(new boolean[] {true, true, false}, new double[] {0.9, 0.6, 0.3}), 1e-12);
        assertEquals(0.1, Thresholds.best(new boolean[] {true, true}, new double[] {0.7, 0.2}), 1e-12);
        assertEquals(
                0.25,
                Thresholds.best(new boolean[] {true, false, true}, new double[] {0.5, 0.5, 0.5}),
                1e-12,
                "equal ones are not divided");
        double least = Math.nextUp(0.5);
        assertEquals(
                least,
                Thresholds.best(new boolean[] {true, false}, new double[] {least, 0.5}),
                "there is no number between the two");
        assertEquals(1, Thresholds.probability(1e6));
        assertEquals(0, Thresholds.probability(-1e6));
    }
}
