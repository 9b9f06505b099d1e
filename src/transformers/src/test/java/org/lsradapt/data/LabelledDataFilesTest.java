package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Classification and regression on own files: labels, classes, metrics, names, rows that are held out, and notes. */
class LabelledDataFilesTest extends LabelledFiles {

    @Test
    void read_pairOfTexts_fillsBoth() throws IOException {
        Path train = write("train.csv", "a,b,c\none,two,1\nthree,four,0\n");
        LabelledData data = LabelledData.classification(train)
                .dev(train)
                .text("b", "a")
                .label("c")
                .read();
        assertEquals(
                List.of(
                        new Example("two", "one", new Label.Category(1)),
                        new Example("four", "three", new Label.Category(0))),
                data.train());
        assertEquals(data.train(), data.evaluation());
    }

    @Test
    void labels_order_isNumericOrAlphabetical_notThatOfTheRows() throws IOException {
        assertEquals(List.of("2", "9", "10", "1e2"), labels("train.csv", "text,label\na,10\nb,9\nc,1e2\nd,2\ne,9\n"));
        assertEquals(List.of("10", "9", "x"), labels("train.csv", "text,label\na,x\nb,9\nc,10\n"));
        assertEquals(List.of("B", "a", "\u00e4"), labels("train.csv", "text,label\na,\u00e4\nb,a\nc,B\n"));
        assertEquals(List.of("01", "1", "1.0"), labels("train.csv", "text,label\na,1.0\nb,1\nc,01\n"));
    }

    @Test
    void read_givenClasses_haveTheirOrder_andNoOthersAreTaken() throws IOException {
        Path train = write("train.csv", FILMS);
        LabelledData.FromFiles files = LabelledData.classification(train).dev(train);
        LabelledData data = files.classes(List.of("good", "odd", "bad")).read();
        assertEquals(List.of("good", "odd", "bad"), data.task().labels());
        assertEquals(
                List.of(new Label.Category(0), new Label.Category(2), new Label.Category(2)),
                data.train().stream().map(Example::label).toList());
        files.classes(List.of("good", "odd"));
        assertEquals(
                train + ", line 3: unknown label \"bad\", expected one of good, odd",
                assertThrows(IOException.class, files::read).getMessage());
    }

    @Test
    void read_regression_takesFiniteNumbers() throws IOException {
        Path train = write("train.csv", "text,label\na,1.75\nb,-3e-2\nc,7\n");
        LabelledData data = LabelledData.regression(train).dev(train).read();
        assertEquals(
                List.of(1.75, -0.03, 7.0),
                data.train().stream().map(Example::value).toList());
        assertEquals(Label.Value.class, data.task().labelType());
        assertEquals(List.of("pearson", "spearman", "mae"), data.task().metricNames());
        assertEquals("regression", data.task().name());
    }

    @Test
    void task_classification_hasMetricsByNumberOfClasses() throws IOException {
        Path two = write("two.csv", FILMS);
        LabelledData data = read(two);
        assertEquals(List.of("f1", "accuracy", "matthews"), data.task().metricNames());
        assertEquals("f1", data.task().primaryMetric());
        assertEquals(2, data.task().outputWidth());
        assertEquals(data.train(), data.task().load().train());
        assertEquals(data.evaluation(), data.task().load().evaluation());
        assertEquals("classification", data.task().name());
        assertEquals(false, data.task().needsFolder());
        assertEquals(
                1.0,
                data.task()
                        .evaluate(data.evaluation(), new double[][] {{0, 1}, {1, 0}, {1, 0}})
                        .get("matthews"));
        Path three = write("three.csv", FILMS + "odd,strange\n");
        assertEquals(List.of("f1", "accuracy"), read(three).task().metricNames());
    }

    @Test
    void name_ownAndOfficial() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "films-2",
                LabelledData.classification(train).name("films-2").read().task().name());
        for (String name : List.of("", "..", "Films", "a b", "a/b")) {
            assertEquals(
                    "name \"" + name + "\": expected small letters a to z, digits, and then perhaps dots, hyphens"
                            + " and underscores",
                    refusal(() -> LabelledData.classification(train).name(name)));
        }
        for (String name : List.of("mrpc", "sst-2")) {
            assertEquals(
                    "name \"" + name + "\" is that of a task with official files, expected another one",
                    refusal(() -> LabelledData.classification(train).name(name)));
        }
    }

    @Test
    void heldOut_withDevFileOrOutOfRange_isRefused() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "held-out fraction 0.25 and evaluation data (" + train + "): expected one or the other",
                refusal(() -> LabelledData.classification(train)
                        .dev(train)
                        .heldOut(0.25)
                        .read()));
        for (double fraction : new double[] {0, 1, -0.5, Double.NaN}) {
            assertEquals(
                    "held-out fraction is " + fraction + ", expected a number above 0 and below 1",
                    refusal(() -> LabelledData.classification(train).heldOut(fraction)));
        }
    }

    @Test
    void heldOut_noDevFile_isCountedAndNoted() throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 1230; i++) {
            rows.append("text number ").append(i).append(i % 3 == 0 ? ",good\n" : ",bad\n");
        }
        Path train = write("train.csv", rows.toString());
        LabelledData data = LabelledData.classification(train).seed(7).read();
        assertEquals(Optional.of(new HeldOut(123, 1230, HeldOut.Unit.ROWS, 0, 7)), data.heldOut());
        assertEquals(List.of("held out 123 of 1,230 rows of " + train + " (seed 7)"), data.notes());
        assertEquals(123, data.evaluation().size());
        assertEquals(
                41,
                data.evaluation().stream().filter(row -> row.category() == 1).count());
        assertEquals(1107, data.train().size());
        assertEquals(
                410,
                LabelledData.classification(train)
                        .heldOut(1 / 3.0)
                        .read()
                        .evaluation()
                        .size());
    }

    @Test
    void heldOut_tooFewRows_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,1\nb,0\n");
        assertEquals(
                train + ": of 2 rows none can be held out to evaluate on, as one of each class is to train on and"
                        + " equal texts stay together; expected more rows, or evaluation data",
                failure(train));
        Path one = write("train.csv", "text,label\na,1\n");
        assertEquals(
                one + ": of 1 row none can be held out to evaluate on, as one is to train on and equal texts stay"
                        + " together; expected more rows, or evaluation data",
                failure(LabelledData.regression(one)));
    }

    @Test
    void notes_repeatedAndContradictoryTexts_areCounted() throws IOException {
        Path train = write("train.csv", """
                text,label
                x,good
                x,good
                x,bad
                y,bad
                y,bad
                z,good
                w,good
                v,rare
                """);
        Path dev = write("dev.csv", "text,label\nx,bad\nq,good\n");
        assertEquals(
                List.of(
                        "texts of " + train + " that repeat an earlier one: 3 of 8 rows",
                        "texts of " + train + " that have different labels in different rows: 1",
                        "texts of " + dev + " that are also in " + train + ": 1 of 2 rows",
                        "labels that no evaluation row has, whose F1 cannot be measured (the mean is over 2 of 3): rare"),
                LabelledData.classification(train).dev(dev).read().notes());
        LabelledData held = LabelledData.classification(train).heldOut(0.2).read();
        assertEquals(3, held.heldOut().orElseThrow().duplicates());
        assertTrue(
                held.notes()
                        .contains("texts of " + train
                                + " that repeat an earlier one: 3 of 8 rows; equal texts are"
                                + " on the same side"),
                held.notes().toString());
    }

    @Test
    void notes_labelPerRow_suggestsARegression() throws IOException {
        Path train = write("train.csv", "text,label\na,1.5\nb,2.5\nc,3.5\nd,3.5\ne,4.5\n");
        assertTrue(read(train)
                .notes()
                .contains(
                        "different labels in " + train + ": 4 in 5 rows; for numbers to predict, choose a regression"));
    }

    /** Time that grows with the square of labels or digits would be minutes here. */
    @Test
    void read_manyLabels_takesTimeInProportion() throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 200_000; i++) {
            rows.append("text ").append(i).append(",label ").append(i / 2).append('\n');
        }
        LabelledData data = LabelledData.classification(write("train.csv", rows.toString()))
                .heldOut(0.5)
                .read();
        assertEquals(100_000, data.task().labels().size());
        assertEquals(100_000, data.evaluation().size());
    }
}
