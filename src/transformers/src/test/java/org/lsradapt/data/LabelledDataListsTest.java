package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Classification and regression on texts in memory. */
class LabelledDataListsTest {

    private static final List<LabelledText> FILMS = List.of(
            LabelledText.of("a great film", "good"), LabelledText.of("dull", "bad"), LabelledText.of("so so", "bad"));

    @Test
    void build_classification_hasLabelsAndRows() {
        LabelledData data =
                LabelledData.classification(FILMS).dev(FILMS).name("films").read();
        assertEquals("films", data.task().name());
        assertEquals(List.of("bad", "good"), data.task().labels());
        assertEquals(
                List.of(
                        new Example("a great film", null, new Label.Category(1)),
                        new Example("dull", null, new Label.Category(0)),
                        new Example("so so", null, new Label.Category(0))),
                data.train());
        assertEquals(data.train(), data.evaluation());
        assertEquals(Optional.empty(), data.heldOut());
    }

    @Test
    void build_withClasses_hasThoseThatNoTextHas() {
        List<LabelledText> texts =
                List.of(LabelledText.of("a", "2"), LabelledText.of("b", "0"), LabelledText.of("c", "2"));
        LabelledData data = LabelledData.classification(texts)
                .classes(List.of("0", "1", "2"))
                .dev(List.of(LabelledText.of("d", "1")))
                .read();
        assertEquals(List.of("0", "1", "2"), data.task().labels());
        assertEquals(
                List.of(2, 0, 2), data.train().stream().map(Example::category).toList());
        assertEquals(1, data.evaluation().get(0).category());
        String unknown = failure(LabelledData.classification(texts).classes(List.of("0", "1")));
        assertTrue(unknown.contains("train[0]: unknown label \"2\", expected one of 0, 1"), unknown);
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.classification(texts).classes(List.of("0", "0")));
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.regression(texts).classes(List.of("0", "2")));
    }

    @Test
    void build_regressionOnOneNumber_saysThatNothingCanBeLearned() {
        List<LabelledText> texts = List.of(LabelledText.of("a", 2), LabelledText.of("b", 2), LabelledText.of("c", 2));
        assertEquals(
                "every row of train has the number 2.0: there is nothing to learn from them",
                LabelledData.regression(texts).dev(texts).read().notes().get(0));
        List<LabelledText> two = List.of(LabelledText.of("a", 2), LabelledText.of("b", 3));
        assertTrue(LabelledData.regression(two).dev(two).read().notes().stream()
                .noneMatch(note -> note.contains("nothing to learn")));
    }

    @Test
    void build_listChangedLater_keepsWhatItHad() {
        List<LabelledText> list = new ArrayList<>(FILMS);
        LabelledData.FromLists lists = LabelledData.classification(list);
        list.clear();
        assertEquals(3, lists.dev(FILMS).read().train().size());
    }

    @Test
    void build_pairsAndNumbers_areRead() {
        List<LabelledText> pairs = List.of(LabelledText.pair("a", "b", 0.1), LabelledText.pair("c", "d", -7));
        LabelledData data = LabelledData.regression(pairs).dev(pairs).read();
        assertEquals(
                List.of(new Example("a", "b", new Label.Value(0.1)), new Example("c", "d", new Label.Value(-7))),
                data.train());
        assertEquals(
                List.of("x", "y"),
                LabelledData.classification(List.of(LabelledText.pair("a", "b", "y"), LabelledText.pair("c", "d", "x")))
                        .dev(List.of(LabelledText.pair("e", "f", "x")))
                        .read()
                        .task()
                        .labels());
    }

    @Test
    void build_noDev_holdsOutAndSaysSo() {
        LabelledData data =
                LabelledData.classification(FILMS).heldOut(0.3).seed(3).read();
        assertEquals(Optional.of(new HeldOut(1, 3, HeldOut.Unit.ROWS, 0, 3)), data.heldOut());
        assertEquals("held out 1 of 3 rows", data.heldOut().orElseThrow().describe());
        assertEquals(
                List.of(
                        "held out 1 of 3 rows of train (seed 3)",
                        "labels that no evaluation row has, whose F1 cannot be measured (the mean is over 1 of 2): good"),
                data.notes());
        assertEquals(0, data.evaluation().get(0).category());
    }

    @Test
    void build_pairs_areEqualInBothTextsAndTheirOrder() {
        LabelledData data = LabelledData.regression(List.of(
                        LabelledText.pair("a", "b", 1),
                        LabelledText.pair("b", "a", 1.5),
                        LabelledText.pair("a", "c", 2),
                        LabelledText.pair("a", "b", 2.5)))
                .heldOut(0.5)
                .read();
        assertEquals(1, data.heldOut().orElseThrow().duplicates());
        assertEquals(data.heldOut().orElseThrow().count(), data.evaluation().size());
        long pairs =
                data.train().stream().filter(row -> row.second().equals("b")).count();
        assertTrue(pairs == 0 || pairs == 2, data.train().toString());
    }

    @Test
    void build_badLists_areRefusedByIndex() {
        LabelledText pair = LabelledText.pair("a", "b", "good");
        LabelledText other = LabelledText.of("x", "neutral");
        assertEquals(
                "train: the list is empty, expected at least one text",
                failure(LabelledData.classification(List.of())));
        assertEquals(
                "dev: the list is empty, expected at least one text",
                failure(LabelledData.classification(FILMS).dev(List.of())));
        assertEquals(
                "train[1] is a pair, expected a single text as train[0]",
                failure(LabelledData.classification(List.of(FILMS.get(0), pair))));
        assertEquals(
                "dev[0] is a single text, expected a pair as train[0]",
                failure(LabelledData.classification(List.of(pair, LabelledText.pair("c", "d", "bad")))
                        .dev(FILMS)));
        assertEquals(
                "dev[0]: label \"neutral\" does not occur in the training texts (labels: bad, good)",
                failure(LabelledData.classification(FILMS).dev(List.of(other))));
        assertEquals(
                "train[0]: label is \"good\", expected a finite decimal number",
                failure(LabelledData.regression(FILMS)));
        assertEquals(
                "train[1]: label is \"NaN\", expected a finite decimal number",
                failure(LabelledData.regression(List.of(LabelledText.of("a", 1), LabelledText.of("b", Double.NaN)))));
        assertEquals(
                "train: every row has the label \"neutral\", expected at least two different labels",
                failure(LabelledData.classification(List.of(other))));
        assertEquals(
                "held-out fraction 0.3 and evaluation data (3 texts): expected one or the other",
                failure(LabelledData.classification(FILMS).dev(FILMS).heldOut(0.3)));
        assertEquals(
                "train: of 2 rows none can be held out to evaluate on, as one of each class is to train on and"
                        + " equal texts stay together; expected more rows, or evaluation data",
                failure(LabelledData.classification(FILMS.subList(0, 2))));
    }

    @Test
    void labelledText_blankOrBroken_isRefused() {
        assertEquals("labelled text: the text is empty, expected a text", failure(" ", "good"));
        assertEquals("labelled text: the label is empty, expected a label", failure("a", ""));
        assertEquals(
                "labelled text: the label is \"good \", expected a label without white space around it",
                failure("a", "good "));
        for (String surrounded : List.of("\u00a0good", "good\u200b", "good\ufeff", "good\u3000")) {
            assertTrue(failure("a", surrounded).endsWith("expected a label without white space around it"), surrounded);
        }
        assertEquals(
                "labelled text: the text holds half of a surrogate pair, expected whole characters",
                failure("a\uDE00", "good"));
        assertEquals(
                "labelled text: the second text is empty, expected a text",
                assertThrows(IllegalArgumentException.class, () -> LabelledText.pair("a", "", "good"))
                        .getMessage());
    }

    private static String failure(String text, String label) {
        return assertThrows(IllegalArgumentException.class, () -> LabelledText.of(text, label))
                .getMessage();
    }

    private static String failure(LabelledData.FromLists lists) {
        return assertThrows(IllegalArgumentException.class, lists::read).getMessage();
    }
}
